import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtInKinds } from '../src/index.ts';

const FACTS = new URL('../../../../shared/reference/api/columns.json', import.meta.url);

interface ColumnFact {
  name: string;
  type: string;
  format: string;
  priority: number;
}

/** The tables of these groups are compared; the others are still being written. */
const COMPARED_GROUPS = new Set(['']);

describe.skipIf(!existsSync(FACTS))('table columns', () => {
  const facts: Record<string, ColumnFact[]> = existsSync(FACTS) ? JSON.parse(readFileSync(FACTS, 'utf8')) : {};
  const listed = builtInKinds.filter(({ group, verbs }) => COMPARED_GROUPS.has(group) && verbs.includes('list'));

  it.each(listed.map((kind) => [kind.resource, kind] as const))('%s has the documented columns', (resource, kind) => {
    const prefix = kind.group ? `${kind.group}/${kind.version}` : kind.version;
    const columns = kind.columns.map(({ name, type, format = '', priority = 0 }) => ({ name, type, format, priority }));
    expect(columns).toEqual(facts[`${prefix}/${resource}`]);
  });
});
