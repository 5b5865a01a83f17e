import { createGzip, type Gzip } from 'node:zlib';

/** Fast rather than small: the clients are near. */
const LEVEL = 1;
const CHUNK_BYTES = 64 * 1024;

/** Compresses piece by piece, off the main thread, as fast as the result is read. */
export async function* gzipBody(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES });
  feed(gzip, pieces).catch((error) => gzip.destroy(error));
  yield* gzip;
}

async function feed(gzip: Gzip, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  let wake = () => {};
  gzip.on('drain', () => wake());
  gzip.on('close', () => wake());
  for await (const piece of pieces) {
    if (gzip.destroyed) return;
    if (gzip.write(piece)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  gzip.end();
}
