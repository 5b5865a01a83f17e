import type { Pod } from '@kubets/api';

export const INDEX_KEY = 'batch.kubernetes.io/job-completion-index';

/** The completion index of a pod; undefined for pods without one. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX_KEY];
  return text && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** Reads a set of indexes such as 1,3-5. */
export function parseIndexes(text: string | undefined, limit: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',').filter(Boolean)) {
    const [first = '', last = first] = part.split('-');
    for (let index = Number(first); index <= Number(last) && index < limit; index++) indexes.add(index);
  }
  return indexes;
}

/** Writes a set of indexes in its short form. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    // Two neighbours are written one by one, three or more as a range.
    if (end === start) parts.push(`${sorted[start]}`);
    else parts.push(`${sorted[start]}${end === start + 1 ? ',' : '-'}${sorted[end]}`);
    start = end + 1;
  }
  return parts.join(',');
}
