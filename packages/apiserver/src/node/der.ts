/** The little of ASN.1 DER that certificates need: values are built inside out, as bytes. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** A value with an explicit tag byte. */
export function tagged(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body]);
}

export const sequence = (...parts: Uint8Array[]) => tagged(TAG.sequence, ...parts);
export const setOf = (...parts: Uint8Array[]) => tagged(TAG.set, ...parts);
export const nullValue = () => tagged(TAG.null);
export const octetString = (bytes: Uint8Array) => tagged(TAG.octetString, bytes);
export const utf8String = (text: string) => tagged(TAG.utf8, Buffer.from(text));
export const boolean = (value: boolean) => tagged(TAG.boolean, Buffer.from([value ? 0xff : 0]));
export const bitString = (bytes: Uint8Array, unusedBits = 0) => tagged(TAG.bitString, Buffer.from([unusedBits]), bytes);
/** Context-specific, constructed (`[n] { ... }`). */
export const context = (number: number, ...parts: Uint8Array[]) => tagged(0xa0 | number, ...parts);
/** Context-specific, primitive. */
export const contextPrimitive = (number: number, bytes: Uint8Array) => tagged(0x80 | number, bytes);

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const trimmed = bytes.subarray(start);
  const needsZero = (trimmed[0] ?? 0) >= 0x80;
  return tagged(TAG.integer, needsZero ? Buffer.from([0]) : Buffer.alloc(0), trimmed);
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const digits = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left % 128) | 0x80);
    bytes.push(...digits);
  }
  return tagged(TAG.objectId, Buffer.from(bytes));
}

/** A time with seconds; before 2050 in the two-digit form, as certificates require. */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  const early = Number(text.slice(0, 4)) < 2050;
  return tagged(early ? TAG.utcTime : TAG.generalizedTime, Buffer.from(early ? text.slice(2) : text));
}

/** Where a value's content begins, and where the value ends. */
function extentOf(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  const start = at + 2 + count;
  return { start, end: start + bytes.readUIntBE(at + 2, count) };
}

/** The bytes inside a value. */
export function contentOf(value: Buffer): Buffer {
  const { start, end } = extentOf(value, 0);
  return value.subarray(start, end);
}

/** The tag of a value. */
export const tagOf = (value: Buffer): number => value[0] ?? 0;

/** An object identifier in dotted form. */
export function dottedOf(value: Buffer): string {
  const parts: number[] = [];
  let part = 0;
  for (const byte of contentOf(value)) {
    part = part * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (parts.length === 0)
      parts.push(Math.min(Math.floor(part / 40), 2), part - 40 * Math.min(Math.floor(part / 40), 2));
    else parts.push(part);
    part = 0;
  }
  return parts.join('.');
}

/** The values that a constructed value (or an octet string around values) holds, each with its tag and length. */
export function children(value: Buffer): Buffer[] {
  const content = contentOf(value);
  const found: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const { end } = extentOf(content, at);
    found.push(content.subarray(at, end));
    at = end;
  }
  return found;
}
