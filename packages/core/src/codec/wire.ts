/** Reading and writing the protobuf wire format. */

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_FIXED32 = 5;

const TWO_32 = 2 ** 32;
const INITIAL_BYTES = 16 * 1024;
/** A buffer that has grown beyond this is not kept for the next message. */
const KEPT_BYTES = 1024 * 1024;
const SHORT_TEXT = 48;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is wrong with bytes that are no protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/**
 * Writes a message from its end to its beginning: the length of a nested message is then known when its header is written, and
 * nothing is measured or copied twice.
 */
export class BackwardWriter {
  #buffer = new Uint8Array(INITIAL_BYTES);
  /** Index of the first byte written so far. */
  #start = INITIAL_BYTES;

  /** The number of bytes written so far; the difference of two marks is the length of what lies between. */
  get mark(): number {
    return this.#buffer.length - this.#start;
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Uint8Array {
    const bytes = this.#buffer.slice(this.#start);
    this.reset();
    return bytes;
  }

  reset(): void {
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(INITIAL_BYTES);
    this.#start = this.#buffer.length;
  }

  varint(value: number): void {
    if (value >= 0 && value < 0x80) {
      if (this.#start === 0) this.#grow(1);
      this.#buffer[--this.#start] = value;
    } else if (value >= 0 && value < TWO_32) {
      this.#smallVarint(value >>> 0);
    } else {
      this.#bigVarint(value);
    }
  }

  #smallVarint(value: number): void {
    const size = value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
    if (this.#start < size) this.#grow(size);
    this.#start -= size;
    let rest = value;
    for (let index = 0; index < size - 1; index++, rest >>>= 7)
      this.#buffer[this.#start + index] = (rest & 0x7f) | 0x80;
    this.#buffer[this.#start + size - 1] = rest;
  }

  #bigVarint(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    const groups: number[] = [];
    for (; rest >= 0x80n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
    groups.push(Number(rest));
    this.bytes(Uint8Array.from(groups));
  }

  double(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.bytes(bytes);
  }

  bytes(value: Uint8Array): void {
    if (this.#start < value.length) this.#grow(value.length);
    this.#start -= value.length;
    this.#buffer.set(value, this.#start);
  }

  text(value: string): void {
    const length = value.length;
    if (length > SHORT_TEXT) {
      this.#longText(value);
      return;
    }
    if (this.#start < length) this.#grow(length);
    const buffer = this.#buffer;
    let at = this.#start;
    for (let index = length - 1; index >= 0; index--) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.#longText(value);
        return;
      }
      buffer[--at] = code;
    }
    this.#start = at;
  }

  #longText(value: string): void {
    const room = value.length * 3;
    if (this.#start < room) this.#grow(room);
    const from = this.#start - room;
    const { written } = encoder.encodeInto(value, this.#buffer.subarray(from, this.#start));
    this.#buffer.copyWithin(this.#start - written, from, from + written);
    this.#start -= written;
  }

  #grow(bytes: number): void {
    const used = this.mark;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, used + bytes));
    grown.set(this.#buffer.subarray(this.#start), grown.length - used);
    this.#buffer = grown;
    this.#start = grown.length - used;
  }
}

/** Reads a message; every read beyond `end` throws a `WireError`. */
export class Reader {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A varint as an unsigned number of up to 32 bits: tags and lengths. */
  uint32(): number {
    const first = this.bytes[this.position];
    if (first !== undefined && first < 0x80) {
      this.position++;
      return first;
    }
    const value = this.int64();
    if (value < 0 || value >= TWO_32) throw new WireError('proto: integer overflow');
    return value;
  }

  /** A varint as a signed number of 64 bits; inexact beyond 2^53. */
  int64(): number {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.position++];
      if (byte === undefined) throw new WireError('unexpected EOF');
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high |= (byte & 0x7f) >> 4;
      } else high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) return (high | 0) * TWO_32 + (low >>> 0);
    }
    throw new WireError('proto: integer overflow');
  }

  int32(): number {
    const value = this.int64();
    return value | 0;
  }

  double(): number {
    const from = this.#advance(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + from, 8).getFloat64(0, true);
  }

  /** Reads a length and gives the end of what follows, which the reader now stands at the beginning of. */
  lengthEnd(): number {
    const length = this.uint32();
    const end = this.position + length;
    if (end > this.bytes.length) throw new WireError('unexpected EOF');
    return end;
  }

  /** The bytes of a length-delimited field, as a view. */
  view(): Uint8Array {
    const end = this.lengthEnd();
    const view = this.bytes.subarray(this.position, end);
    this.position = end;
    return view;
  }

  text(): string {
    const end = this.lengthEnd();
    const { bytes } = this;
    const from = this.position;
    this.position = end;
    if (end - from > SHORT_TEXT) return decoder.decode(bytes.subarray(from, end));
    let result = '';
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > 0x7f) return decoder.decode(bytes.subarray(from, end));
      result += String.fromCharCode(byte);
    }
    return result;
  }

  /** Passes over a field that nobody wants. */
  skip(wireType: number): void {
    if (wireType === WIRE_VARINT) this.int64();
    else if (wireType === WIRE_FIXED64) this.#advance(8);
    else if (wireType === WIRE_BYTES) this.position = this.lengthEnd();
    else if (wireType === WIRE_FIXED32) this.#advance(4);
    else throw new WireError(`proto: illegal wireType ${wireType}`);
  }

  #advance(count: number): number {
    const from = this.position;
    if (from + count > this.bytes.length) throw new WireError('unexpected EOF');
    this.position = from + count;
    return from;
  }
}
