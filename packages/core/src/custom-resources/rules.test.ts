import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../object.ts';
import { FieldPath } from '../schema/validation.ts';
import type { JsonSchema, JsonSchemaRule } from './json-schema.ts';
import { celErrors } from './rules.ts';
import { validateCustomResource } from './validation.ts';

const schemaWith = (rules: JsonSchemaRule[], more: Record<string, JsonSchema> = {}): JsonSchema => ({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': rules,
      properties: {
        replicas: { type: 'integer' },
        minReplicas: { type: 'integer' },
        'max-size': { type: 'integer' },
        name: { type: 'string' },
        port: { 'x-kubernetes-int-or-string': true },
        when: { type: 'string', format: 'date-time' },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        ...more,
      },
    },
  },
});

const errorsOf = (rules: JsonSchemaRule[], spec: JsonObject, old?: JsonObject) =>
  validateCustomResource(schemaWith(rules), { spec }, old && { spec: old }).map(
    ({ field, message }) => `${field}: ${message}`,
  );

describe('rules', () => {
  const cases: [name: string, rule: JsonSchemaRule, spec: JsonObject, errors: string[]][] = [
    ['kept', { rule: 'self.minReplicas <= self.replicas' }, { minReplicas: 1, replicas: 2 }, []],
    [
      'broken',
      { rule: 'self.minReplicas <= self.replicas' },
      { minReplicas: 3, replicas: 2 },
      ['spec: Invalid value: failed rule: self.minReplicas <= self.replicas'],
    ],
    ['message', { rule: 'self.replicas > 5', message: 'too few' }, { replicas: 1 }, ['spec: Invalid value: too few']],
    [
      'message expression',
      { rule: 'self.replicas > 5', messageExpression: '"got %d".format([self.replicas])' },
      { replicas: 1 },
      ['spec: Invalid value: got 1'],
    ],
    [
      'reason and path',
      { rule: 'has(self.name)', reason: 'FieldValueRequired', fieldPath: '.name', message: 'name it' },
      {},
      ['spec.name: Required value: name it'],
    ],
    [
      'escaped name',
      { rule: 'self.max__dash__size < 10' },
      { 'max-size': 11 },
      ['spec: Invalid value: failed rule: self.max__dash__size < 10'],
    ],
    [
      'missing key',
      { rule: 'self.replicas > 1' },
      {},
      ['spec: Invalid value: "object": no such key: replicas evaluating rule: self.replicas > 1'],
    ],
    ['int or string', { rule: 'type(self.port) == int ? self.port > 0 : self.port.endsWith("%")' }, { port: '5%' }, []],
    ['time', { rule: 'self.when > timestamp("2020-01-01T00:00:00Z")' }, { when: '2024-01-01T00:00:00Z' }, []],
    ['set', { rule: 'self.tags == ["b", "a"]' }, { tags: ['a', 'b'] }, []],
    ['null is absence', { rule: '!has(self.name)' }, {}, []],
  ];
  test.each(cases)('%s', (_, rule, spec, errors) => expect(errorsOf([rule], spec)).toEqual(errors));

  test('rules wait until the object is otherwise valid', () => {
    expect(errorsOf([{ rule: 'self.replicas > 5' }], { replicas: 'x' })).toEqual([
      'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
  });

  test('transition rules see the old value, and are not ratcheted', () => {
    const immutable = [{ rule: 'self.name == oldSelf.name', message: 'name is immutable' }];
    expect(errorsOf(immutable, { name: 'a' })).toEqual([]);
    expect(errorsOf(immutable, { name: 'b' }, { name: 'a' })).toEqual(['spec: Invalid value: name is immutable']);
    const optional = [{ rule: 'oldSelf.hasValue() || self.replicas == 1', optionalOldSelf: true }];
    expect(errorsOf(optional, { replicas: 2 })).toHaveLength(1);
    expect(errorsOf(optional, { replicas: 3 }, { replicas: 2 })).toEqual([]);
  });

  test('what has not changed may go on breaking a rule', () => {
    const rules = [{ rule: 'self.replicas > 5' }];
    expect(errorsOf(rules, { replicas: 1 }, { replicas: 1 })).toEqual([]);
    expect(errorsOf(rules, { replicas: 2 }, { replicas: 1 })).toHaveLength(1);
  });

  test('metadata is visible at the root', () => {
    const schema: JsonSchema = {
      type: 'object',
      'x-kubernetes-validations': [{ rule: 'self.metadata.name.startsWith("a")' }],
    };
    const named = (name: string) => ({ apiVersion: 'a/v1', kind: 'A', metadata: { name } });
    expect(validateCustomResource(schema, named('abc'))).toEqual([]);
    expect(validateCustomResource(schema, named('xyz'))).toHaveLength(1);
  });
});

describe('expensive rules', () => {
  const ints = (maxItems: number): JsonSchema => ({ type: 'array', maxItems, items: { type: 'integer' } });
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        'x-kubernetes-validations': [
          { rule: 'self.x + self.y > 0' },
          {
            rule: 'self.firstArray.isSorted() && self.secondArray.isSorted() && ((self.firstArray.sum() + self.secondArray.sum()) % 2 == 0)',
          },
          { rule: 'self.largeArray.all(x, self.largeArray.all(y, y == x))' },
        ],
        properties: {
          x: { type: 'integer' },
          y: { type: 'integer' },
          firstArray: ints(1000),
          secondArray: ints(1000),
          largeArray: ints(725),
        },
      },
    },
  };
  const messagesOf = (spec: JsonObject) => validateCustomResource(schema, { spec }).map(({ message }) => message);

  test('may be written, and are held to what one call may cost', () => {
    expect(celErrors(schema)).toEqual([]);
    expect(messagesOf({ x: 1, y: 0, firstArray: [3, 4], secondArray: [5, 10], largeArray: [2, 2] })).toEqual([]);
    const largeArray = Array.from({ length: 725 }, () => 20);
    expect(messagesOf({ x: 1, y: 0, firstArray: [], secondArray: [], largeArray })).toEqual([
      `Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.largeArray.all(x, self.largeArray.all(y, y == x))`,
    ]);
  });

  test('in lists of lists may not', () => {
    const inner: JsonSchema = {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-validations': [{ rule: "self.all(s, s == 'string constant')" }],
    };
    const nested: JsonSchema = { type: 'object', properties: { x: { type: 'array', items: inner } } };
    expect(celErrors(nested)[0]!.message).toContain('estimated rule cost exceeds budget by factor of more than 100x');
  });
});

describe('rules in a definition', () => {
  const at = 'properties[spec].x-kubernetes-validations[0]';
  const shown = (rule: string, messageExpression = '') =>
    `{"Rule":"${rule}","Message":"","MessageExpression":"${messageExpression}","Reason":null,"FieldPath":"","OptionalOldSelf":null}`;
  const cases: [name: string, rule: JsonSchemaRule, errors: string[]][] = [
    ['good', { rule: 'self.replicas > 1' }, []],
    [
      'not compiled where something else is wrong',
      { rule: 'self.z > 1', fieldPath: '.nope' },
      [`${at}.fieldPath: Invalid value: ".nope": must be a valid path`],
    ],
    ['empty', { rule: ' ' }, [`${at}.rule: Required value: rule is not specified`]],
    [
      'undefined field',
      { rule: 'self.z > 1' },
      [
        `${at}.rule: Invalid value: ${shown('self.z \\u003e 1')}: compilation failed: ERROR: <input>:1:5: undefined field 'z'\n | self.z > 1\n | ....^`,
      ],
    ],
    [
      'no bool',
      { rule: 'self.replicas' },
      [`${at}.rule: Invalid value: ${shown('self.replicas')}: cel expression must evaluate to a bool`],
    ],
    [
      'no text',
      { rule: 'true', messageExpression: '1' },
      [`${at}.messageExpression: Invalid value: ${shown('true', '1')}: messageExpression must evaluate to a string`],
    ],
    [
      'unknown reason',
      { rule: 'true', reason: 'Odd' },
      [
        `${at}.reason: Unsupported value: "Odd": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
      ],
    ],
    [
      'bad path',
      { rule: 'true', fieldPath: '.nope' },
      [`${at}.fieldPath: Invalid value: ".nope": must be a valid path`],
    ],
    [
      'line break',
      { rule: 'true', message: 'a\nb' },
      [`${at}.message: Invalid value: "a\\nb": must not contain line breaks`],
    ],
  ];
  test.each(cases)('%s', (_, rule, errors) => {
    const found = celErrors(schemaWith([rule]), new FieldPath());
    expect(found.map(({ field, message }) => `${field}: ${message}`)).toEqual(errors);
  });

  test('items of a plain list have no past', () => {
    const schema = schemaWith([], {
      list: {
        type: 'array',
        maxItems: 10,
        items: { type: 'string', maxLength: 10, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
      },
    });
    expect(celErrors(schema).map(({ message }) => message)).toEqual([
      'Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within properties[spec].properties[list]',
    ]);
  });
});
