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

describe.skipIf(!existsSync(FACTS))('table columns', () => {
  const facts: Record<string, ColumnFact[]> = existsSync(FACTS) ? JSON.parse(readFileSync(FACTS, 'utf8')) : {};
  const listed = builtInKinds.filter(({ verbs }) => verbs.includes('list'));

  it.each(listed.map((kind) => [`${kind.group}/${kind.version}/${kind.resource}`, kind] as const))(
    '%s has the documented columns',
    (_key, kind) => {
      const prefix = kind.group ? `${kind.group}/${kind.version}` : kind.version;
      const columns = kind.columns.map(({ name, type, format = '', priority = 0 }) => ({
        name,
        type,
        format,
        priority,
      }));
      expect(columns).toEqual(facts[`${prefix}/${kind.resource}`]);
    },
  );
});
