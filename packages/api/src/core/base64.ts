import { decodeBase64, encodeBase64 } from '@kubets/core';

/** How many bytes base64 text stands for. */
export function byteLengthOfBase64(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.floor((text.length * 3) / 4) - padding;
}

/** Base64 of the UTF-8 bytes of a text. */
export function base64OfText(text: string): string {
  return encodeBase64(new TextEncoder().encode(text));
}

/** The text whose UTF-8 bytes the base64 stands for. */
export function textOfBase64(base64: string): string {
  return new TextDecoder().decode(decodeBase64(base64));
}
