import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../object.ts';
import type { JsonSchema } from './json-schema.ts';
import { validateCustomResource } from './validation.ts';

const errorsOf = (property: JsonSchema, value: JsonValue) => {
  const schema: JsonSchema = { type: 'object', properties: { spec: { type: 'object', properties: { x: property } } } };
  return validateCustomResource(schema, { spec: { x: value } }).map((error) => `${error.field}: ${error.message}`);
};
const body = (text: string) => `spec.x in body ${text}`;

describe('one value', () => {
  const cases: [name: string, schema: JsonSchema, value: JsonValue, errors: string[]][] = [
    ['integer', { type: 'integer' }, 3, []],
    [
      'text for integer',
      { type: 'integer' },
      'a',
      [`spec.x: Invalid value: "string": ${body('must be of type integer: "string"')}`],
    ],
    [
      'fraction for integer',
      { type: 'integer' },
      1.5,
      [
        `spec.x: Invalid value: "number": ${body('must be of type integer: "number"')}`,
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.x',
      ],
    ],
    [
      'too large for int32',
      { type: 'integer', format: 'int32' },
      3_000_000_000,
      ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x'],
    ],
    [
      'too large for float',
      { type: 'number', format: 'float' },
      1e300,
      ['<nil>: Invalid value: "": Checked value must be of type number with format float in spec.x'],
    ],
    [
      'fraction for int32',
      { type: 'integer', format: 'int32' },
      1.5,
      [
        `spec.x: Invalid value: "float64": ${body('must be of type int32: "float64"')}`,
        '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x',
      ],
    ],
    ['integer for number', { type: 'number' }, 1, []],
    ['null', { type: 'string' }, null, [`spec.x: Invalid value: "null": ${body('must be of type string: "null"')}`]],
    ['allowed null', { type: 'string', nullable: true }, null, []],
    [
      'maximum',
      { type: 'integer', maximum: 10 },
      11,
      [`spec.x: Invalid value: 11: ${body('should be less than or equal to 10')}`],
    ],
    [
      'exclusive maximum',
      { type: 'integer', maximum: 10, exclusiveMaximum: true },
      10,
      [`spec.x: Invalid value: 10: ${body('should be less than 10')}`],
    ],
    [
      'minimum',
      { type: 'integer', minimum: 1 },
      0,
      [`spec.x: Invalid value: 0: ${body('should be greater than or equal to 1')}`],
    ],
    [
      'exclusive minimum',
      { type: 'number', minimum: 0, exclusiveMinimum: true },
      0,
      [`spec.x: Invalid value: 0: ${body('should be greater than 0')}`],
    ],
    [
      'multiple',
      { type: 'integer', multipleOf: 5 },
      7,
      [`spec.x: Invalid value: 7: ${body('should be a multiple of 5')}`],
    ],
    ['multiple of a fraction', { type: 'number', multipleOf: 0.1 }, 0.3, []],
    ['too long', { type: 'string', maxLength: 2 }, 'abc', ['spec.x: Too long: may not be more than 2 bytes']],
    ['length in characters', { type: 'string', maxLength: 2 }, '\u{1F600}\u{1F600}', []],
    [
      'too short',
      { type: 'string', minLength: 1 },
      '',
      [`spec.x: Invalid value: "": ${body('should be at least 1 chars long')}`],
    ],
    [
      'pattern',
      { type: 'string', pattern: '^[a-z]+$' },
      'A',
      [`spec.x: Invalid value: "A": ${body("should match '^[a-z]+$'")}`],
    ],
    ['pattern with flags', { type: 'string', pattern: '(?i)^abc$' }, 'aBC', []],
    ['enum', { type: 'string', enum: ['b', 'a'] }, 'x', ['spec.x: Unsupported value: "x": supported values: "a", "b"']],
    [
      'enum of numbers',
      { type: 'integer', enum: [1, 2] },
      3,
      ['spec.x: Unsupported value: 3: supported values: "1", "2"'],
    ],
    [
      'format',
      { type: 'string', format: 'date-time' },
      'now',
      [`spec.x: Invalid value: "now": ${body('must be of type date-time: "now"')}`],
    ],
    ['unknown format', { type: 'string', format: 'colour' }, 'now', []],
    [
      'too few items',
      { type: 'array', items: { type: 'string' }, minItems: 2 },
      ['a'],
      [`spec.x: Invalid value: 1: ${body('should have at least 2 items')}`],
    ],
    [
      'too many items',
      { type: 'array', items: { type: 'string' }, maxItems: 1 },
      ['a', 'b'],
      ['spec.x: Too many: 2: must have at most 1 items'],
    ],
    [
      'item',
      { type: 'array', items: { type: 'string' } },
      ['a', 1],
      ['spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer"'],
    ],
    [
      'too few properties',
      { type: 'object', minProperties: 1 },
      {},
      [`spec.x: Invalid value: 0: ${body('should have at least 1 properties')}`],
    ],
    [
      'too many properties',
      { type: 'object', maxProperties: 1, additionalProperties: { type: 'string' } },
      { a: '', b: '' },
      ['spec.x: Too many: 2: must have at most 1 items'],
    ],
    [
      'map value',
      { type: 'object', additionalProperties: { type: 'string' } },
      { 'a.b': 1 },
      ['spec.x.a.b: Invalid value: "integer": spec.x.a.b in body must be of type string: "integer"'],
    ],
    [
      'required',
      { type: 'object', required: ['image'], properties: { image: { type: 'string' } } },
      {},
      ['spec.x.image: Required value'],
    ],
    ['int or string', { 'x-kubernetes-int-or-string': true }, '50%', []],
    [
      'neither int nor string',
      { 'x-kubernetes-int-or-string': true },
      true,
      [`spec.x: Invalid value: "boolean": ${body('must be of type integer,string: "boolean"')}`],
    ],
    [
      'not',
      { type: 'string', not: { enum: ['a'] } },
      'a',
      ['<nil>: Invalid value: "": "spec.x" must not validate the schema (not)'],
    ],
    [
      'anyOf',
      { type: 'integer', anyOf: [{ maximum: 1 }, { minimum: 5 }] },
      3,
      [
        '<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)',
        `spec.x: Invalid value: 3: ${body('should be less than or equal to 1')}`,
      ],
    ],
    [
      'oneOf, none',
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        oneOf: [{ required: ['a'] }, { required: ['b'] }],
      },
      {},
      [
        '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found none valid',
        'spec.x.a: Required value',
      ],
    ],
    [
      'oneOf, both',
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        oneOf: [{ required: ['a'] }, { required: ['b'] }],
      },
      { a: '', b: '' },
      ['<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      'allOf',
      { type: 'integer', allOf: [{ maximum: 1 }, { minimum: 1 }] },
      3,
      [
        `spec.x: Invalid value: 3: ${body('should be less than or equal to 1')}`,
        '<nil>: Invalid value: "": "spec.x" must validate all the schemas (allOf)',
      ],
    ],
    [
      'set',
      { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      ['a', 'b', 'a'],
      ['spec.x[2]: Duplicate value: "a"'],
    ],
    [
      'map list',
      {
        type: 'array',
        items: { type: 'object', properties: { name: { type: 'string' } } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
      [{ name: 'a' }, { name: 'a' }],
      ['spec.x[1]: Duplicate value: {"name":"a"}'],
    ],
    [
      'embedded',
      { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
      { kind: '' },
      ['spec.x.apiVersion: Required value', 'spec.x.kind: Invalid value: "": must not be empty'],
    ],
  ];
  test.each(cases)('%s', (_, schema, value, errors) => expect(errorsOf(schema, value)).toEqual(errors));
});

describe('formats', () => {
  const cases: [format: string, good: string[], bad: string[]][] = [
    ['date', ['2024-02-29'], ['2023-02-29', '2024-1-1']],
    ['date-time', ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.5+02:00'], ['2024-01-01', '2024-13-01T00:00:00Z']],
    ['duration', ['1h', '3 days', '1m30s'], ['soon', '1x']],
    ['uuid', ['6ba7b810-9dad-11d1-80b4-00c04fd430c8'], ['6ba7b810']],
    ['ipv4', ['10.0.0.1'], ['::1', '300.1.1.1']],
    ['ipv6', ['::1'], ['10.0.0.1']],
    ['cidr', ['10.0.0.0/8', 'fd00::/8'], ['10.0.0.0', '10.0.0.0/40']],
    ['uri', ['https://example.com/a?b', '/path', 'urn:x'], ['example', '']],
    ['email', ['a@example.com'], ['a', 'a@']],
    ['hostname', ['a.example.com', 'a-b', 'a'], ['-a', 'a_b', 'a.b', 'a--b', 'a.com.']],
    ['byte', ['YWJj', 'YQ=='], ['YQ', '!']],
    ['mac', ['00:1b:63:84:45:e6'], ['00:1b']],
  ];
  test.each(cases)('%s', (format, good, bad) => {
    for (const text of good) expect([text, errorsOf({ type: 'string', format }, text)]).toEqual([text, []]);
    for (const text of bad) expect([text, errorsOf({ type: 'string', format }, text).length]).toEqual([text, 1]);
  });
});

describe('ratcheting', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          a: { type: 'integer', maximum: 1 },
          b: { type: 'integer', maximum: 1 },
          list: { type: 'array', items: { type: 'string', maxLength: 1 } },
          keyed: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: { type: 'object', properties: { name: { type: 'string' }, size: { type: 'integer', maximum: 1 } } },
          },
        },
      },
    },
  };
  const fieldsOf = (now: JsonObject, old: JsonObject) =>
    validateCustomResource(schema, { spec: now }, { spec: old }).map(({ field }) => field);

  test('what has not changed does not fail', () => {
    expect(fieldsOf({ a: 5, b: 1 }, { a: 5, b: 0 })).toEqual([]);
    expect(fieldsOf({ a: 6, b: 5 }, { a: 5, b: 5 })).toEqual(['spec.a']);
    expect(fieldsOf({ list: ['aa'], b: 1 }, { list: ['aa'] })).toEqual([]);
    expect(fieldsOf({ list: ['aa', 'b'] }, { list: ['aa'] })).toEqual(['spec.list[0]']);
  });

  test('items of a map list are followed by their keys', () => {
    const old = {
      keyed: [
        { name: 'a', size: 5 },
        { name: 'b', size: 1 },
      ],
    };
    expect(
      fieldsOf(
        {
          keyed: [
            { name: 'b', size: 0 },
            { name: 'a', size: 5 },
          ],
        },
        old,
      ),
    ).toEqual([]);
    expect(
      fieldsOf(
        {
          keyed: [
            { name: 'b', size: 5 },
            { name: 'a', size: 5 },
          ],
        },
        old,
      ),
    ).toEqual(['spec.keyed[0].size']);
  });
});
