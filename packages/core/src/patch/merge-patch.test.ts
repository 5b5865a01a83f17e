import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../object.ts';
import { jsonEqual } from './json-value.ts';
import { applyMergePatch } from './merge-patch.ts';

describe('applyMergePatch', () => {
  // The examples of RFC 7386, appendix A.
  const cases: [JsonValue, JsonValue, JsonValue][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{}, { a: [{ b: null, c: [{ d: null }] }, null] }, { a: [{ c: [{}] }, null] }],
    [{ a: [1] }, { a: [{ b: null }] }, { a: [{}] }],
  ];
  it.each(cases)('%j patched by %j is %j', (document, patch, result) => {
    const before = structuredClone(document);
    expect(applyMergePatch(document, patch)).toEqual(result);
    expect(document).toEqual(before);
  });

  it('shares what did not change', () => {
    const document = { a: { x: 1 }, b: { y: 1 } };
    const result = applyMergePatch(document, { b: { y: 2 } }) as typeof document;
    expect(result.a).toBe(document.a);
    expect(applyMergePatch(document, { b: { y: 1 }, c: null })).toBe(document);
  });

  it('keeps keys such as __proto__', () => {
    const patch = JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2}}') as JsonValue;
    expect(JSON.stringify(applyMergePatch({}, patch))).toBe('{"__proto__":{"a":1},"constructor":{"b":2}}');
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (document, patch) => {
        const once = applyMergePatch(document as JsonValue, patch as JsonValue);
        expect(jsonEqual(applyMergePatch(once, patch as JsonValue), once)).toBe(true);
      }),
    );
  });
});
