/** base64 with padding (RFC 4648, section 4), without leaning on a host's Buffer. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Int16Array(128).fill(-1);
for (let index = 0; index < ALPHABET.length; index++) VALUES[ALPHABET.charCodeAt(index)] = index;

const SHAPE = /^[A-Za-z0-9+/]*={0,2}$/;

/** The text without line breaks, once it is known to be base64. Throws an Error worded as Go words it. */
export function checkedBase64(text: string): string {
  if ((text.length & 3) === 0 && SHAPE.test(text)) return text;
  const joined = text.replace(/[\r\n]/g, '');
  if ((joined.length & 3) === 0 && SHAPE.test(joined)) return joined;
  throw new Error(`illegal base64 data at input byte ${wrongByte(text)}`);
}

function wrongByte(text: string): number {
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) continue;
    if (code > 127 || VALUES[code]! < 0) return at;
    digits++;
  }
  return text.length - (digits % 4);
}

/** Bytes of a text that `checkedBase64` has passed. */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let to = 0;
  for (let at = 0; at < text.length; at += 4) {
    const group =
      (VALUES[text.charCodeAt(at)]! << 18) |
      (VALUES[text.charCodeAt(at + 1)]! << 12) |
      ((VALUES[text.charCodeAt(at + 2)]! & 63) << 6) |
      (VALUES[text.charCodeAt(at + 3)]! & 63);
    bytes[to++] = group >> 16;
    if (to < bytes.length) bytes[to++] = group >> 8;
    if (to < bytes.length) bytes[to++] = group;
  }
  return bytes;
}

const CHUNK_BYTES = 0x6000;

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    text += btoa(String.fromCharCode(...bytes.subarray(from, from + CHUNK_BYTES)));
  }
  return text;
}
