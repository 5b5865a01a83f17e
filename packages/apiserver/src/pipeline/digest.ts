/** Hashes texts for entity tags; WebCrypto's digests are asynchronous, and a tag only has to change with its document. */
export function entityTag(text: string): string {
  const lanes = [0x811c9dc5, 0x01000193, 0xdeadbeef, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const lane = i & 3;
    lanes[lane] = Math.imul(lanes[lane]! ^ code, 0x01000193);
    if ((i & 0xff) === 0xff) for (let k = 0; k < 4; k++) lanes[k] = (lanes[k]! ^ (lanes[(k + 1) & 3]! >>> 13)) | 0;
  }
  for (let k = 0; k < 8; k++)
    lanes[k & 3] = Math.imul(lanes[k & 3]! ^ (lanes[(k + 1) & 3]! >>> 15) ^ text.length, 0x85ebca6b);
  return lanes
    .map((lane) => (lane >>> 0).toString(16).padStart(8, '0'))
    .join('')
    .toUpperCase();
}
