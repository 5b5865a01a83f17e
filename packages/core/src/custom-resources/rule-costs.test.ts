import { describe, expect, test } from 'vitest';
import { compileCel } from '../cel/cel.ts';
import { seededRandom } from '../ports/random.ts';
import { FieldPath } from '../schema/validation.ts';
import { sizeOfSchema, sizesBelow } from './cel-sizes.ts';
import { celTypeOf, celValueOf } from './cel-types.ts';
import type { JsonSchema } from './json-schema.ts';
import { celErrors } from './rules.ts';

function costOf(schema: JsonSchema, rule: string): number {
  const type = celTypeOf(schema, 'self', false)!;
  const size = sizeOfSchema(schema, false)!;
  return compileCel(rule, { variables: { self: type, oldSelf: type } }).maxCost(sizesBelow(size));
}

const FORMATS = new Set(['duration', 'date', 'date-time']);
const scalar = (name: string): JsonSchema => {
  if (name === 'int-or-string') return { 'x-kubernetes-int-or-string': true };
  return FORMATS.has(name) ? { type: 'string', format: name } : { type: name };
};
const list = (items: JsonSchema, maxItems?: number): JsonSchema => ({
  type: 'array',
  items,
  ...(maxItems === undefined ? {} : { maxItems }),
});
const map = (additionalProperties: JsonSchema, maxProperties?: number): JsonSchema => ({
  type: 'object',
  additionalProperties,
  ...(maxProperties === undefined ? {} : { maxProperties }),
});
const text = (maxLength?: number): JsonSchema => ({
  type: 'string',
  ...(maxLength === undefined ? {} : { maxLength }),
});
const pair: JsonSchema = {
  type: 'object',
  required: ['required'],
  properties: { required: { type: 'string' }, optional: { type: 'string' } },
};
const lists = (item: string) => (max?: number) => list(scalar(item), max);
const maps = (item: string) => (max?: number) => map(scalar(item), max);
const LIMITLESS = Number.POSITIVE_INFINITY;

describe('estimates', () => {
  type Case = [schema: (max?: number) => JsonSchema, rule: string, cost: number, max: number, boundedCost: number];
  const cases: Case[] = [
    [lists('number'), 'self.all(x, true)', 4718591, 10, 32],
    [lists('string'), 'self.all(x, true)', 3145727, 20, 62],
    [lists('boolean'), 'self.all(x, true)', 1887437, 5, 17],
    [(max) => list(list(scalar('number')), max), 'self.all(x, true)', 3145727, 100, 302],
    [maps('number'), 'self.all(x, true)', 1348169, 10, 32],
    [maps('string'), 'self.all(x, true)', 1179647, 3, 11],
    [maps('boolean'), 'self.all(x, true)', 943718, 100, 302],
    [text, 'self.contains("test")', 314574, 10, 5],
    [text, 'self.startsWith("test")', 2, 15, 2],
    [text, 'self.endsWith("test")', 2, 30, 2],
    [text, 'size(self + "hello") > size("hello")', 314578, 4, 7],
    [lists('number'), 'self[1] == 0.0', 2, 5000, 2],
    [lists('string'), 'self[1] == self[1]', 314577, 8, 314577],
    [lists('number'), 'self.all(x, self.all(y, true))', LIMITLESS, 10, 352],
    [lists('number'), 'self.all(x, self.all(y, self.all(z, true)))', LIMITLESS, 10, 3552],
    [text, 'self.matches("x")', 314574, 50, 22],
    [text, '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
    [text, 'self.matches("")', 1, 100, 1],
    [(max) => map(text(max), max), 'self.all(x, x.contains(self[x]))', 2752507, 10, 72],
    [maps('number'), 'self["x"] == 0.0', 2, 0, 2],
    [text, 'self == "x"', 2, 0, 1],
    [lists('number'), 'self.all(x, x == 0.0)', 6291454, 3 * 1024 * 2048, 25165826],
    [lists('int-or-string'), 'self.all(x, true)', 4718591, 10, 32],
    [lists('int-or-string'), 'self[0] == 5', 3, 10, 3],
    [lists('boolean'), 'self[0] == false', 2, 25, 2],
    [(max) => list(list(scalar('number')), max), 'self[0][0] == -1.0', 3, 51, 3],
    [(max) => list(map(scalar('number')), max), 'self.all(x, x.y == 25.2)', 6291452, 12, 74],
    [(max) => list(map(scalar('number')), max), 'self[0].x > 2.0', 4, 3000, 4],
    [lists('duration'), 'self.all(x, true)', 2359295, 5, 17],
    [lists('duration'), 'self[0].getHours() == 2', 4, 525, 4],
    [lists('date'), 'self.all(x, true)', 725936, 15, 47],
    [lists('date-time'), 'self.all(x, true)', 428963, 25, 77],
    [lists('date-time'), 'self[2].getMinutes() == 45', 4, 99, 4],
    [maps('int-or-string'), 'self.all(x, true)', 1348169, 15, 47],
    [(max) => map(pair, max), 'self.all(x, true)', 428963, 20, 62],
    [(max) => map(map(scalar('number')), max), 'self.all(x, true)', 1179647, 10, 32],
    [maps('duration'), 'self.all(x, true)', 1048577, 5, 17],
    [maps('date'), 'self.all(x, true)', 524288, 10, 32],
    [maps('date-time'), 'self.all(x, true)', 349526, 25, 77],
    [text, 'self.find("[0-9]+") == ""', 629147, 10, 11],
    [(max) => list(text(max), max), 'self.join(" ") == "aa bb"', 329853068905, 10, 43],
    [(max) => list(text(max), max), 'self.isSorted() == true', 329854432052, 10, 52],
    [text, 'self.lowerAscii() == "lower!"', 314575, 10, 6],
    [maps('integer'), 'oldSelf.size() == self.size()', 5, 10, 5],
    [maps('date-time'), 'self["a"] == self["b"]', 8, 7, 8],
    [maps('duration'), 'self["c"] == self["d"]', 8, 42, 8],
    [
      (max) => ({
        type: 'object',
        properties: { str: text(max), before: text(2), after: text(4) },
      }),
      'self.str.replace(self.before, self.after) == "does not matter"',
      629154,
      4,
      12,
    ],
    [
      (max) => ({ type: 'object', properties: { str: text(max), separator: text(max) } }),
      'self.str.split(self.separator) == []',
      629160,
      10,
      22,
    ],
    [(max) => ({ ...text(max), enum: ['A', 'B', 'C', 'LongValue'] }), 'self.contains("A")', 2, 1000, 401],
  ];
  test.each(cases)('%o %s', (schema, rule, cost, max, boundedCost) => {
    const unbounded = costOf(schema(), rule);
    if (cost === LIMITLESS) expect(unbounded).toBeGreaterThan(10_000_000);
    else expect(unbounded).toBe(cost);
    expect(costOf(schema(max), rule)).toBe(boundedCost);
  });
});

describe('what an evaluation costs is no more than estimated', () => {
  const bounds = { maxItems: 6, maxLength: 9 };
  const words = list(text(bounds.maxLength), bounds.maxItems);
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      text: text(bounds.maxLength),
      words,
      numbers: list(scalar('integer'), bounds.maxItems),
      labels: map(text(bounds.maxLength), bounds.maxItems),
      nested: list(words, bounds.maxItems),
      flag: scalar('boolean'),
    },
  };
  const random = seededRandom(7);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const many = <T>(make: () => T): T[] => Array.from({ length: below(bounds.maxItems + 1) }, make);
  const word = () => 'abc'.repeat(3).slice(0, below(bounds.maxLength + 1));
  const value = () => ({
    text: word(),
    words: many(word),
    numbers: many(() => below(9)),
    labels: Object.fromEntries(many(() => [word(), word()])),
    nested: many(() => many(word)),
    flag: below(2) === 1,
  });
  test.each([
    'self.text + self.text == self.text',
    'self.text.contains("bc") || self.text.startsWith("ab") && self.text.endsWith("c")',
    'self.text.matches("^a(b|c)*$")',
    'self.text.find("b+").size() > 1 || self.text.findAll("[ab]", 2).size() > 0',
    'self.text.replace("ab", "xyz").size() > 3',
    'self.text.split("b").join("--").size() > 2',
    'self.text.upperAscii().lowerAscii().trim().substring(0) == self.text',
    'self.words.all(w, w.contains("a") || w == "b")',
    'self.words.exists(w, w in self.labels)',
    'self.words.exists_one(w, w == self.text)',
    'self.words.filter(w, w.size() > 2).map(w, w + "!").join(",").size() > 0',
    'self.words.map(w, w != "", w.size()).sum() > 5',
    'self.words.isSorted() || self.words.indexOf("abc") == 1',
    'self.numbers.max() > self.numbers.min() || self.numbers.sum() == 3',
    'self.numbers.all(i, n, n >= i) && self.numbers.transformList(i, n, i * n).size() > 0',
    'self.labels.all(k, k.startsWith("a")) || self.labels.exists(k, v, k == v)',
    'self.labels.transformMap(k, v, v + k).size() == self.labels.size()',
    'self.nested.all(list, list.all(w, self.words.exists(x, x == w)))',
    'self.nested.map(list, list.map(w, w + w)).size() > 1',
    'has(self.text) ? self.words == ["a"] : self.flag',
    'self.?text.orValue("").size() > 0 || self.words[?0].hasValue()',
    'self.words[?0].optMap(w, w + "x").orValue("none") == "none"',
    'self.words.sortBy(w, w.size()).size() > 0 && self.words.distinct().size() > 0',
    'sets.contains(self.words, ["a"]) || sets.intersects(self.words, self.words)',
    '"%s and %d".format([self.text, 3]) == "x"',
    'isIP(self.text) || isCIDR(self.text) || isQuantity(self.text) || format.uuid().validate(self.text).hasValue()',
    'string(bytes(self.text)) == self.text',
    'type(dyn(self.text)) == string && {"a": 1, "b": 2}.exists(k, k == "a")',
  ])('%s', (rule) => {
    const type = celTypeOf(schema, 'self', false)!;
    const program = compileCel(rule, { variables: { self: type } });
    const most = program.maxCost(sizesBelow(sizeOfSchema(schema, false)!));
    for (let run = 0; run < 100; run++) {
      const { cost } = program.evaluate({ self: celValueOf(schema, value(), false) });
      expect(cost).toBeLessThanOrEqual(most);
    }
  });
});

describe('limits', () => {
  const schemaWith = (tags: JsonSchema): JsonSchema => ({
    type: 'object',
    properties: { spec: { type: 'object', properties: { tags } } },
  });
  const errorsOf = (tags: JsonSchema, isKnown = false) =>
    celErrors(schemaWith(tags), new FieldPath('schema'), { isKnown }).map(
      ({ field, message }) => `${field}: ${message}`,
    );
  const rules = (rule: string) => ({ 'x-kubernetes-validations': [{ rule }] });
  const tags = (maxLength: number, maxItems: number) => ({
    ...list(text(maxLength), maxItems),
    ...rules("self.all(x, x.contains('gpu'))"),
  });

  test.each([
    [16, 909_090],
    [63, 333_333],
    [253, 94_339],
    [1024, 24_154],
  ])('of texts of %i characters %i are searched and no more', (maxLength, maxItems) => {
    expect(errorsOf(tags(maxLength, maxItems))).toEqual([]);
    expect(errorsOf(tags(maxLength, maxItems + 1))).toEqual([expect.stringContaining('budget by factor of 1.0000')]);
  });

  test('what is unbounded exceeds all limits', () => {
    const at = 'schema.properties[spec].properties[tags].x-kubernetes-validations[0].rule';
    const advice =
      '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
    const schema = { ...list(text()), ...rules("self.all(x, x.contains('gpu'))") };
    expect(errorsOf(schema)).toEqual([
      `${at}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
      `${at}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ]);
    expect(errorsOf(schema, true)).toEqual([]);
  });

  test('a rule inside of a list is evaluated for each of its items', () => {
    const items = { ...text(1000), ...rules("self.contains('gpu')") };
    expect(errorsOf(list(items, 24_000))).toEqual([]);
    expect(errorsOf(list(items, 100_000))).toEqual([expect.stringContaining('by factor of 4.0x')]);
    expect(errorsOf(list(items))[0]).toContain('by factor of 42.0x');
  });

  test('messages count as well', () => {
    const object = (messageExpression: string): JsonSchema => ({
      type: 'object',
      properties: { min: { type: 'integer' }, max: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.min <= self.max', messageExpression }],
    });
    expect(errorsOf(object("'%d > %d'.format([self.min, self.max])"))).toEqual([]);
    expect(errorsOf(object("'min ' + string(self.min)"))[0]).toContain(
      'messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x',
    );
  });
});
