import { canonicalJson } from '../equality.ts';

const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function fnv1a(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Writes a number in letters and digits that never form a word by chance, fit for object names. */
function safeEncode(value: number): string {
  return Array.from(String(value), (digit) => SAFE_ALPHABET[digit.charCodeAt(0) % SAFE_ALPHABET.length]).join('');
}

/** A short stable name of a pod template; `collisionCount` leads away from a name that another template has taken. */
export function templateHash(template: unknown, collisionCount?: number): string {
  const hash = fnv1a(canonicalJson(template));
  return safeEncode(collisionCount === undefined ? hash : fnv1a(String(collisionCount), hash));
}
