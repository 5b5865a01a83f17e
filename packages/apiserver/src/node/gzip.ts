import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
/** Fast rather than small: the clients are near. */
const LEVEL = 1;

/** Compresses off the main thread. */
export function gzipBody(body: Uint8Array): Promise<Uint8Array> {
  return compress(body, { level: LEVEL });
}
