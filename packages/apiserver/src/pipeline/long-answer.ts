import { reusePiece } from '../encoding/pieces.ts';
import type { HttpExchange, ResponseStream } from './http.ts';

/** Bytes of an answer that may wait to be sent before the next piece of it is made. */
const MAX_AHEAD_BYTES = 512 * 1024;

/** An answer whose first piece has been made. */
export interface BegunAnswer {
  readonly first: Uint8Array;
  /** The pieces that follow; undefined when there are none. */
  readonly rest: AsyncIterable<Uint8Array> | undefined;
}

/** Makes the start of an answer, so that what goes wrong there can still be told with a code of its own. */
export async function beginAnswer(pieces: AsyncIterable<Uint8Array>): Promise<BegunAnswer> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return { first: new Uint8Array(0), rest: undefined };
  const second = await iterator.next();
  if (second.done) return { first: first.value, rest: undefined };
  return { first: first.value, rest: following(second.value, iterator) };
}

async function* following(
  second: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield second;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

/** All pieces of an answer that has begun. */
export async function* wholeAnswer({ first, rest }: BegunAnswer): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  if (rest) yield* rest;
}

/** Sends an answer piece by piece, no faster than the client reads; resolves when it is sent or the client has gone. */
export async function sendPieces(
  exchange: HttpExchange,
  stream: ResponseStream,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  let wake = () => {};
  let isGone = false;
  exchange.onClose(() => {
    isGone = true;
    wake();
  });
  stream.onDrain(() => wake());
  try {
    for await (const piece of pieces) {
      if (isGone) return;
      if (stream.write(piece, () => reusePiece(piece)) || stream.bufferedBytes <= MAX_AHEAD_BYTES) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (isGone) return;
    }
    stream.end();
  } catch (error) {
    stream.abort();
    throw error;
  }
}
