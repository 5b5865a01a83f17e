/** Assembles protobuf messages out of parts that are already encoded; whole messages are the schema codec's work. */
const encoder = new TextEncoder();

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const part of parts) total += part.length;
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Writes a number from `at` on, and returns where it ends. */
function writeVarint(target: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[end++] = (rest % 0x80) | 0x80;
  target[end++] = rest;
  return end;
}

export function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintLength(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

/** Tag and length of a length-delimited field; its bytes follow. */
export function fieldHeader(fieldNumber: number, length: number): Uint8Array {
  const tag = fieldNumber * 8 + 2;
  const bytes = new Uint8Array(varintLength(tag) + varintLength(length));
  writeVarint(bytes, writeVarint(bytes, 0, tag), length);
  return bytes;
}

/** A length-delimited field: tag, length, bytes. */
export function delimited(fieldNumber: number, bytes: Uint8Array): Uint8Array {
  return concatBytes([fieldHeader(fieldNumber, bytes.length), bytes]);
}

export function textField(fieldNumber: number, text: string): Uint8Array {
  return delimited(fieldNumber, encoder.encode(text));
}

/** A message behind its length in four bytes, big-endian, as streams of protobuf messages separate them. */
export function lengthPrefixed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(message.length + 4);
  new DataView(frame.buffer).setUint32(0, message.length);
  frame.set(message, 4);
  return frame;
}
