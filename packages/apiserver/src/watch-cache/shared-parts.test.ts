import type { KubeObject } from '@kubets/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Siblings, shareParts } from './shared-parts.ts';

/** JSON as objects have it, with few names and values, so that parts are often equal. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(null, true, 0, 1, '', 'a', 'registry.example.com/image'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', 'constructor', '__proto__', '10'), tie('value')), { maxLength: 4 })
      .map((fields) =>
        JSON.parse(`{${fields.map(([name, value]) => `"${name}":${JSON.stringify(value)}`).join(',')}}`),
      ),
  ),
})).value;

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}

describe('parts that two objects share', () => {
  it('change neither of them, and nothing of what they say', () => {
    fc.assert(
      fc.property(json, json, (value, like) => {
        const text = JSON.stringify(value);
        const likeText = JSON.stringify(like);
        const shared = shareParts(frozen(value), frozen(like));
        expect(JSON.stringify(shared)).toBe(text);
        expect([JSON.stringify(value), JSON.stringify(like)]).toEqual([text, likeText]);
      }),
      { numRuns: 2000 },
    );
  });

  it('are all parts when the objects are equal, and stay so', () => {
    fc.assert(
      fc.property(json, (value) => {
        const twin = JSON.parse(JSON.stringify(value));
        if (!JSON.stringify(value).includes('__proto__')) expect(shareParts(twin, value)).toBe(value);
        expect(shareParts(value, value)).toBe(value);
      }),
    );
  });

  it('are those below what differs', () => {
    const like = { spec: { a: { deep: [1, { b: 'c' }] }, name: 'one' }, status: { phase: 'Running' } };
    const value = { spec: { a: { deep: [1, { b: 'c' }] }, name: 'two', more: {} }, status: { phase: 'Running' } };
    const shared = shareParts(value, like);
    expect(shared).toEqual(value);
    expect(shared.spec.a).toBe(like.spec.a);
    expect(shared.status).toBe(like.status);
    expect(shared.spec).not.toBe(value.spec);
  });
});

describe('siblings', () => {
  const pod = (name: string, uid: string) =>
    ({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name, ownerReferences: [{ controller: true, uid }] },
      spec: { tolerations: [{ key: name.length > 3 ? 'long' : 'short' }] },
    }) as unknown as KubeObject & { spec: object };

  it('share with the last one of their owner, or with what they were themselves', () => {
    const siblings = new Siblings();
    const first = siblings.share(pod('a', 'x'));
    const other = siblings.share(pod('long-name', 'y'));
    const second = siblings.share(pod('b', 'x'));
    expect(second).toEqual(pod('b', 'x'));
    expect(second.spec).toBe(first.spec);
    expect(siblings.share(pod('c', 'x'), other).spec).not.toBe(first.spec);
    expect(siblings.share(pod('long-name', 'z'), other).spec).toBe(other.spec);
  });
});
