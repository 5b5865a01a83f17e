import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue, KubeObject } from '../object.ts';
import { field, json, list, map, message, string } from '../schema/types.ts';
import { pathsOf, pathText } from './field-set.ts';
import { trackUpdate } from './managed-fields.ts';
import { applyPatch } from './server-side-apply.ts';

/** A kind such as a custom resource has: parts without a schema, keys without a default. */
const Item = message('example.Item', '', { key: field(0, string, ''), value: field(0, string, '') });
const Spec = message('example.Spec', '', {
  items: field(0, list(Item), '').mapOf('key'),
  free: field(0, json, ''),
  groups: field(0, map(Item), ''),
});
const Meta = message('example.Meta', '', { name: field(0, string, '') });
const Thing = message('example.Thing', '', {
  apiVersion: field(0, string, ''),
  kind: field(0, string, ''),
  metadata: field(0, Meta, ''),
  spec: field(0, Spec, ''),
});
const OpenThing = message('example.OpenThing', '', Thing.fields, { keepsUnknownFields: true });

const base = { manager: 'me', apiVersion: 'example/v1', subresource: '', nowIso: '2026-01-01T00:00:00Z' };

function thing(rest: JsonObject): KubeObject {
  return { apiVersion: 'example/v1', kind: 'Thing', metadata: { name: 'a' }, ...rest };
}

function apply(live: KubeObject | undefined, rest: JsonObject, schema = Thing, force = false): KubeObject {
  return applyPatch({ ...base, live, applied: thing(rest) as unknown as JsonObject, schema, force });
}

function ownedPaths(object: KubeObject): string[] {
  return pathsOf(object.metadata.managedFields?.[0]?.fieldsV1 ?? {}).map(pathText);
}

describe('apply without a full schema', () => {
  it('deduces parts from the values', () => {
    const created = trackUpdate({
      ...base,
      live: undefined,
      updated: thing({ spec: { free: { a: { b: 1 }, c: [1] } } }),
      schema: Thing,
    });
    expect(ownedPaths(created)).toEqual(['.spec', '.spec.free', '.spec.free.a', '.spec.free.c', '.spec.free.a.b']);
    const applied = apply(undefined, { spec: { free: { a: { b: 1 } } } });
    expect(ownedPaths(applied)).toEqual(['.spec.free.a', '.spec.free.a.b']);
  });

  it('follows a value that changes its form', () => {
    const object = apply(undefined, { spec: { free: { a: { b: 1 } } } });
    const scalar = apply(object, { spec: { free: { a: 'x' } } });
    expect(scalar).toMatchObject({ spec: { free: { a: 'x' } } });
    expect(ownedPaths(scalar)).toEqual(['.spec.free.a']);
    expect(apply(scalar, { spec: { free: { a: { c: 1 } } } })).toMatchObject({ spec: { free: { a: { c: 1 } } } });
  });

  it('merges maps of messages', () => {
    const object = apply(undefined, { spec: { groups: { x: { key: '1' } } } });
    expect(ownedPaths(object)).toEqual(['.spec.groups.x', '.spec.groups.x.key']);
    expect(apply(object, { spec: { groups: { y: { key: '2' } } } })).toMatchObject({
      spec: { groups: { y: { key: '2' } } },
    });
  });

  it('refuses items without their key and undeclared fields, unless the schema is open', () => {
    const missing =
      'element 0: associative list with keys has an element that omits all key fields ["key"] (and doesn\'t have default values for any key fields)';
    expect(() => apply(undefined, { spec: { items: [{ value: 'x' }] } })).toThrow(`.spec.items: ${missing}`);
    expect(() => apply(undefined, { extra: 1 })).toThrow('.extra: field not declared in schema');
    expect(ownedPaths(apply(undefined, { extra: { a: 1 } }, OpenThing))).toEqual(['.extra', '.extra.a']);
    expect(() => apply(undefined, { extra: 1, other: 1 })).toThrow(
      'errors:\n  .extra: field not declared in schema\n  .other: field not declared in schema',
    );
  });

  it('keeps what is applied as null', () => {
    const object = apply(undefined, { spec: { items: [{ key: 'a', value: 'x' }] } });
    const result = apply(object, { spec: { items: [{ key: 'a', value: null }] } });
    expect(result).toMatchObject({ spec: { items: [{ key: 'a', value: null }] } });
    expect(ownedPaths(result)).toContain('.spec.items[key="a"].value');
  });

  it('takes a value of unknown type as a whole when it becomes one of another kind', () => {
    const open = (q: JsonValue) => ({ extra: { q } });
    const owner = apply(undefined, open([1]), OpenThing);
    const other = (live: KubeObject, q: JsonValue) =>
      applyPatch({
        ...base,
        live,
        applied: thing(open(q)) as unknown as JsonObject,
        schema: OpenThing,
        manager: 'two',
        force: false,
      });
    expect(() => other(owner, { a: 1 })).toThrow('.extra.q');
    expect(() => other(apply(undefined, open({ a: 1 }), OpenThing), [])).toThrow('.extra.q');
    expect(() => other(owner, {})).toThrow('.extra.q');
  });

  it('tolerates several items of one key that are there already', () => {
    const items: JsonObject[] = [{ key: 'a', value: '1' }, { key: 'a', value: '2' }, { key: 'b' }];
    const live = trackUpdate({
      ...base,
      manager: 'other',
      live: undefined,
      updated: thing({ spec: { items } }),
      schema: Thing,
    });
    expect(ownedPaths(live)).toContain('.spec.items[key="a"]');
    expect(apply(live, { spec: { items: [{ key: 'b', value: 'x' }] } })).toMatchObject({
      spec: { items: [items[0]!, items[1]!, { key: 'b', value: 'x' }] },
    });
    const forced = apply(live, { spec: { items: [{ key: 'a', value: '3' }] } }, Thing, true);
    expect((forced as unknown as { spec: JsonObject }).spec.items).toEqual([{ key: 'a', value: '3' }, { key: 'b' }]);
  });
});
