import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../object.ts';
import {
  deepDifferenceOfFields,
  differenceOfFields,
  type FieldSet,
  fieldSetOf,
  fieldSetOfPaths,
  hasPath,
  intersectionOfFields,
  LEAF,
  leavesOf,
  pathsOf,
  pathText,
  readFieldSet,
  unionFields,
} from './field-set.ts';

const texts = (set: FieldSet) => pathsOf(set).map(pathText);

describe('field sets', () => {
  const labels = fieldSetOfPaths(['metadata', 'labels'], ['metadata', 'labels', 'a'], ['spec']);

  it('have the form that they have on the wire', () => {
    expect(labels).toEqual({ 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } }, 'f:spec': {} });
    expect(texts(labels)).toEqual(['.spec', '.metadata.labels', '.metadata.labels.a']);
    expect(leavesOf(labels)).toEqual({ 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': {} });
    expect(hasPath(labels, ['f:metadata', 'f:labels'])).toBe(true);
    expect(hasPath(labels, ['f:metadata'])).toBe(false);
  });

  it('lose a path with or without what is below it', () => {
    const path = fieldSetOfPaths(['metadata', 'labels']);
    expect(texts(differenceOfFields(labels, path))).toEqual(['.spec', '.metadata.labels.a']);
    expect(texts(deepDifferenceOfFields(labels, path))).toEqual(['.spec']);
  });

  it('are sorted as Kubernetes sorts them', () => {
    const elements = [
      'v:10',
      'v:9',
      'k:{"port":443}',
      'k:{"port":80}',
      'f:b',
      'f:a',
      'i:2',
      'k:{"name":"b"}',
      'k:{"name":"a"}',
    ];
    const set = fieldSetOf(
      elements.map((element) => [element, LEAF] as const),
      true,
    );
    expect(Object.keys(set)).toEqual([
      '.',
      'f:a',
      'f:b',
      'k:{"name":"a"}',
      'k:{"name":"b"}',
      'k:{"port":80}',
      'k:{"port":443}',
      'v:9',
      'v:10',
      'i:2',
    ]);
  });

  it('are read from what clients send', () => {
    expect(readFieldSet({ 'f:b': {}, 'f:a': { 'k:{"b":1, "a":"x"}': {} } })).toEqual({
      'f:a': { 'k:{"a":"x","b":1}': {} },
      'f:b': {},
    });
    expect(readFieldSet({ 'z:new': {}, 'f:a': {} })).toEqual({ 'f:a': {} });
    const malformed: JsonObject[] = [
      { x: {} },
      { 'f:a': 1 },
      { 'k:x': {} },
      { 'k:1': {} },
      { 'i:x': {} },
      { 'v:': {} },
    ];
    for (const bad of malformed) {
      expect(readFieldSet(bad)).toBeUndefined();
    }
    expect(readFieldSet(labels)).toBe(labels);
  });

  it('print paths', () => {
    const path = ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'v:"x"', 'i:0'];
    expect(pathText(path)).toBe('.spec.ports[port=80,protocol="TCP"][="x"][0]');
  });
});

const names = fc.constantFrom('a', 'b', 'c');
const sets = fc
  .array(fc.array(names, { minLength: 1, maxLength: 3 }), { maxLength: 6 })
  .map((paths) => fieldSetOfPaths(...paths));
const asSet = (set: FieldSet) => new Set(texts(set));
const sortedTexts = (...parts: Iterable<string>[]) => [...new Set(parts.flatMap((part) => [...part]))].sort();

describe('laws of field sets', () => {
  it('union, difference and intersection are those of the sets of paths', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [inA, inB] = [asSet(a), asSet(b)];
        expect(texts(unionFields(a, b)).sort()).toEqual(sortedTexts(inA, inB));
        expect(texts(differenceOfFields(a, b)).sort()).toEqual(sortedTexts([...inA].filter((path) => !inB.has(path))));
        expect(texts(intersectionOfFields(a, b)).sort()).toEqual(sortedTexts([...inA].filter((path) => inB.has(path))));
      }),
    );
  });

  it('an operation that changes nothing gives the set itself', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const union = unionFields(a, b);
        expect(unionFields(union, b)).toBe(union);
        const rest = differenceOfFields(a, b);
        if (texts(rest).length > 0) expect(differenceOfFields(rest, b)).toBe(rest);
      }),
    );
  });

  it('stay sorted', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const union = unionFields(a, b);
        expect(readFieldSet(JSON.parse(JSON.stringify(union)))).toEqual(union);
        expect(JSON.stringify(readFieldSet(JSON.parse(JSON.stringify(union))))).toBe(JSON.stringify(union));
      }),
    );
  });
});
