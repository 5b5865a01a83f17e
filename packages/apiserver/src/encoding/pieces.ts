/** A long answer is made and sent in pieces of this size, or of one item's where that is longer. */
export const PIECE_BYTES = 128 * 1024;
const FIRST_BYTES = 4 * 1024;
/** Bytes of UTF-8 that one unit of a text can take. */
const MAX_BYTES_PER_UNIT = 3;
/** Memory of pieces that were sent, for the next ones: without it a list of 14 MB asks for as much, and has it collected. */
const MAX_FREE_PIECES = 8;
const encoder = new TextEncoder();

const free: Uint8Array[] = [];
const lent = new WeakSet<ArrayBufferLike>();

function newPiece(length: number): Uint8Array {
  if (length > PIECE_BYTES) return new Uint8Array(length);
  const piece = free.pop() ?? new Uint8Array(PIECE_BYTES);
  lent.add(piece.buffer);
  return piece;
}

/** Takes the memory of a piece back; to be called when nobody looks at it any more. Other bytes are left alone. */
export function reusePiece({ buffer }: Uint8Array): void {
  if (lent.delete(buffer) && free.length < MAX_FREE_PIECES) free.push(new Uint8Array(buffer));
}

/** Gathers what is written to it into pieces. */
export class PieceWriter {
  #piece: Uint8Array = new Uint8Array(FIRST_BYTES);
  #used = 0;
  #full: Uint8Array[] = [];

  /** A piece that is full, or undefined when there is none. */
  take(): Uint8Array | undefined {
    return this.#full.shift();
  }

  /** What has been written and not been taken; nothing may be written afterwards. */
  rest(): Uint8Array {
    return this.#piece.subarray(0, this.#used);
  }

  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#piece.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  byte(byte: number): void {
    this.#makeRoom(1);
    this.#piece[this.#used++] = byte;
  }

  text(text: string): void {
    if (text.length * MAX_BYTES_PER_UNIT > PIECE_BYTES) {
      this.bytes(encoder.encode(text));
      return;
    }
    this.#makeRoom(text.length * MAX_BYTES_PER_UNIT);
    this.#used += encoder.encodeInto(text, this.#piece.subarray(this.#used)).written;
  }

  /** Has `write` fill at most `length` bytes of a piece, from the given place on; it returns where it ended. */
  with(length: number, write: (target: Uint8Array, at: number) => number): void {
    this.#makeRoom(length);
    this.#used = write(this.#piece, this.#used);
  }

  /** The first piece grows, as most answers are short; the others are made as long as they are to be. */
  #makeRoom(length: number): void {
    const wanted = this.#used + length;
    if (wanted <= this.#piece.length) return;
    if (this.#piece.length < PIECE_BYTES && wanted <= PIECE_BYTES) {
      const grown = new Uint8Array(Math.min(PIECE_BYTES, Math.max(2 * this.#piece.length, wanted)));
      grown.set(this.rest());
      this.#piece = grown;
      return;
    }
    if (this.#used > 0) this.#full.push(this.rest());
    this.#piece = newPiece(length);
    this.#used = 0;
  }
}

/** All pieces as one. */
export async function joinPieces(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    all.push(piece);
    length += piece.length;
  }
  if (all.length === 1) return all[0]!;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of all) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
