import { describe, expect, test } from 'vitest';
import { pathsOf, pathText } from '../apply/field-set.ts';
import { applyPatch } from '../apply/server-side-apply.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import { field, message, string } from '../schema/types.ts';
import type { JsonSchema } from './json-schema.ts';
import { messageOfSchema } from './message.ts';

const objectMeta = message('example.ObjectMeta', '', { name: field(1, string, '') });
const keyed = (list: JsonSchema): JsonSchema => ({
  ...list,
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
});
const item: JsonSchema = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, size: { type: 'integer' } },
};
const schema = messageOfSchema(
  {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          plain: { type: 'array', items: { type: 'string' } },
          tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          items: keyed({ items: item }),
          groups: { type: 'object', additionalProperties: keyed({ items: item }) },
          whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  },
  { name: 'com.example.v1.Thing', objectMeta },
);

function apply(live: KubeObject | undefined, manager: string, spec: JsonObject): KubeObject {
  const applied = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' }, spec };
  const nowIso = '2026-01-01T00:00:00Z';
  return applyPatch({
    manager,
    apiVersion: 'example.com/v1',
    subresource: '',
    nowIso,
    live,
    applied,
    schema,
    force: false,
  });
}

describe('server-side apply of custom resources', () => {
  test('list and map types say what merges', () => {
    const first = apply(undefined, 'one', {
      plain: ['x'],
      tags: ['a'],
      items: [{ name: 'a', size: 1 }],
      groups: { g: [{ name: 'a', size: 1 }] },
      whole: { k: 'v' },
      free: { any: { thing: 1 } },
    });
    const paths = pathsOf(first.metadata.managedFields?.[0]?.fieldsV1 ?? {}).map(pathText);
    expect(paths).toEqual(
      expect.arrayContaining(['.spec.plain', '.spec.tags[="a"]', '.spec.whole', '.spec.free.any.thing']),
    );
    expect(paths).toEqual(expect.arrayContaining(['.spec.items[name="a"].size', '.spec.groups.g[name="a"].size']));
    const second = apply(first, 'two', {
      tags: ['b'],
      items: [{ name: 'b' }],
      groups: { g: [{ name: 'b' }] },
    }) as KubeObject & {
      spec: JsonObject;
    };
    expect(second.spec.tags).toEqual(['a', 'b']);
    expect(second.spec.items).toEqual([{ name: 'a', size: 1 }, { name: 'b' }]);
    expect(second.spec.groups).toEqual({ g: [{ name: 'a', size: 1 }, { name: 'b' }] });
  });

  test('an atomic list has one owner', () => {
    const first = apply(undefined, 'one', { plain: ['x'] });
    expect(() => apply(first, 'two', { plain: ['y'] })).toThrow('conflict');
  });
});
