import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../object.ts';
import { StatusError } from '../status.ts';
import { applyJsonPatch, type JsonPatchOperation, MAX_JSON_PATCH_OPERATIONS, parseJsonPatch } from './json-patch.ts';
import { definedKeys, isObject, jsonEqual } from './json-value.ts';

const patch = (document: JsonValue, operations: JsonValue) => applyJsonPatch(document, parseJsonPatch(operations));

function failure(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('expected a StatusError');
}

describe('applyJsonPatch', () => {
  const cases: { title: string; document: JsonValue; patch: JsonValue; result: JsonValue }[] = [
    { title: 'adds', document: { a: 1 }, patch: [{ op: 'add', path: '/b', value: 2 }], result: { a: 1, b: 2 } },
    { title: 'adds null', document: {}, patch: [{ op: 'add', path: '/b', value: null }], result: { b: null } },
    { title: 'inserts', document: [1, 3], patch: [{ op: 'add', path: '/1', value: 2 }], result: [1, 2, 3] },
    { title: 'appends', document: [1], patch: [{ op: 'add', path: '/-', value: 2 }], result: [1, 2] },
    { title: 'appends at the length', document: [1], patch: [{ op: 'add', path: '/1', value: 2 }], result: [1, 2] },
    { title: 'counts from the end', document: [1, 2], patch: [{ op: 'remove', path: '/-1' }], result: [1] },
    { title: 'removes', document: { a: 1, b: 2 }, patch: [{ op: 'remove', path: '/a' }], result: { b: 2 } },
    { title: 'replaces', document: { a: [1] }, patch: [{ op: 'replace', path: '/a/0', value: 2 }], result: { a: [2] } },
    { title: 'replaces all', document: { a: 1 }, patch: [{ op: 'replace', path: '', value: 2 }], result: 2 },
    {
      title: 'moves',
      document: { a: [1, 2] },
      patch: [{ op: 'move', from: '/a/0', path: '/a/1' }],
      result: { a: [2, 1] },
    },
    {
      title: 'copies',
      document: { a: [1] },
      patch: [{ op: 'copy', from: '/a', path: '/b' }],
      result: { a: [1], b: [1] },
    },
    {
      title: 'keeps copies apart',
      document: { a: [1] },
      patch: [
        { op: 'add', path: '/a/-', value: 2 },
        { op: 'copy', from: '/a', path: '/b' },
        { op: 'add', path: '/b/-', value: 3 },
      ],
      result: { a: [1, 2], b: [1, 2, 3] },
    },
    {
      title: 'unescapes pointers',
      document: { 'a/b': 1, 'm~n': 2 },
      patch: [
        { op: 'test', path: '/a~1b', value: 1 },
        { op: 'remove', path: '/m~0n' },
      ],
      result: { 'a/b': 1 },
    },
    {
      title: 'tests',
      document: { a: { b: [1] } },
      patch: [{ op: 'test', path: '/a', value: { b: [1] } }],
      result: { a: { b: [1] } },
    },
    { title: 'tests absence as null', document: {}, patch: [{ op: 'test', path: '/a', value: null }], result: {} },
    { title: 'takes the empty key', document: { '': 1 }, patch: [{ op: 'remove', path: '/' }], result: {} },
  ];
  it.each(cases)('$title', ({ document, patch: operations, result }) => {
    const before = structuredClone(document);
    expect(patch(document, operations)).toEqual(result);
    expect(document).toEqual(before);
  });

  it('treats the names of inherited properties as ordinary keys', () => {
    const document = JSON.parse('{"__proto__":{"a":1}}') as JsonObject;
    const result = patch(document, [{ op: 'add', path: '/__proto__/b', value: 2 }]);
    expect(JSON.stringify(result)).toBe('{"__proto__":{"a":1,"b":2}}');
    expect(failure(() => patch({}, [{ op: 'remove', path: '/constructor' }])).code).toBe(422);
  });

  const rejected: [string, JsonValue, JsonValue][] = [
    ['a failing test', { a: 1 }, [{ op: 'test', path: '/a', value: 2 }]],
    ['a missing key', {}, [{ op: 'remove', path: '/a' }]],
    ['a missing parent', {}, [{ op: 'add', path: '/a/b', value: 1 }]],
    ['replacing nothing', {}, [{ op: 'replace', path: '/a', value: 1 }]],
    ['an index too large', [1], [{ op: 'add', path: '/2', value: 1 }]],
    ['an index with a leading zero', [1, 2], [{ op: 'remove', path: '/01' }]],
    ['a key of an array', [1], [{ op: 'remove', path: '/a' }]],
    ['a pointer without a slash', { a: 1 }, [{ op: 'remove', path: 'a' }]],
    ['moving into itself', { a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }]],
  ];
  it.each(rejected)('rejects %s', (_, document, operations) => {
    const error = failure(() => patch(document, operations));
    expect(error).toMatchObject({ code: 422, reason: 'Invalid', details: {} });
    expect(error.message).toBe('the server rejected our request due to an error in our request');
  });

  it('rejects what is not a patch', () => {
    expect(failure(() => parseJsonPatch({ a: 1 })).code).toBe(400);
    expect(failure(() => parseJsonPatch([1])).code).toBe(400);
  });

  it.each([
    [{ op: 'frob', path: '/a' }, 'unsupported operation'],
    [{ op: 'remove' }, "failed to decode 'path': operation missing path field: missing value"],
    [{ op: 'copy', path: '/a' }, "failed to decode 'from': operation, missing from field: missing value"],
    [{ op: 'add', path: '/a' }, "failed to decode 'value': operation, missing value field: missing value"],
  ])('rejects the operation %j', (operation, why) => {
    const error = failure(() => parseJsonPatch([operation]));
    expect(error).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(error.message).toBe(`invalid operation ${JSON.stringify(operation)}: ${why}`);
  });

  it('limits operations, copies and depth', () => {
    const many = Array.from({ length: MAX_JSON_PATCH_OPERATIONS + 1 }, () => ({ op: 'test', path: '', value: 1 }));
    expect(failure(() => parseJsonPatch(many))).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
    const doubling = Array.from({ length: 40 }, () => ({ op: 'copy', from: '', path: '/a' }));
    expect(failure(() => patch({ text: 'x'.repeat(1000), a: 0 }, [...doubling, ...doubling, ...doubling])).code).toBe(
      422,
    );
    const deep = `${'/a'.repeat(999)}`;
    const nested = JSON.parse(`${'{"a":'.repeat(999)}1${'}'.repeat(999)}`);
    expect(failure(() => patch(nested, [{ op: 'add', path: deep, value: [[1]] }])).code).toBe(422);
  });

  it('turns any document into any other by a generated difference, and back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (a, b) => {
        const [from, to] = [plain(a as JsonValue), plain(b as JsonValue)];
        const there = applyJsonPatch(from, difference(from, to));
        expect(jsonEqual(there, to)).toBe(true);
        expect(jsonEqual(applyJsonPatch(there, difference(to, from)), from)).toBe(true);
      }),
    );
  });
});

/** JSON as the wire carries it. */
function plain(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function difference(from: JsonValue, to: JsonValue, path = ''): JsonPatchOperation[] {
  if (jsonEqual(from, to)) return [];
  if (!isObject(from) || !isObject(to)) return [{ op: 'replace', path, value: to }];
  const pointer = (key: string) => `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const gone = definedKeys(from).filter((key) => !Object.hasOwn(to, key));
  const removals = gone.map((key): JsonPatchOperation => ({ op: 'remove', path: pointer(key) }));
  const changes = definedKeys(to).flatMap((key): JsonPatchOperation[] =>
    Object.hasOwn(from, key)
      ? difference(from[key]!, to[key]!, pointer(key))
      : [{ op: 'add', path: pointer(key), value: to[key]! }],
  );
  return [...removals, ...changes];
}
