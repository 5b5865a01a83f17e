import { expect, test } from 'vitest';
import { FieldPath } from '../schema/validation.ts';
import type { JsonSchema } from './json-schema.ts';
import { structuralSchemaErrors } from './structural.ts';

const spec = (schema: JsonSchema): JsonSchema => ({ type: 'object', properties: { spec: schema } });
const METADATA_DETAIL =
  'must not specify anything other than name and generateName, but metadata is implicitly specified';

const cases: [name: string, schema: JsonSchema, errors: string[]][] = [
  ['a good schema', spec({ type: 'object', properties: { a: { type: 'string', default: 'x' } } }), []],
  ['no type', spec({}), ['properties[spec].type: Required value: must not be empty for specified object fields']],
  [
    'no type of items',
    spec({ type: 'array', items: {} }),
    ['properties[spec].items.type: Required value: must not be empty for specified array items'],
  ],
  ['no type at the root', {}, ['type: Required value: must not be empty at the root']],
  ['another type at the root', { type: 'string' }, ['type: Invalid value: "string": must be object at the root']],
  [
    'unknown type',
    spec({ type: 'text' }),
    [
      'properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
  ],
  ['$ref', spec({ type: 'object', $ref: '#/x' }), ['properties[spec].$ref: Forbidden: $ref is not supported']],
  [
    'uniqueItems',
    spec({ type: 'array', items: { type: 'string' }, uniqueItems: true }),
    [
      'properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
  ],
  [
    'properties beside additionalProperties',
    spec({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
    ['properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
  ],
  ['array without items', spec({ type: 'array' }), ['properties[spec].items: Required value: must be specified']],
  [
    'type inside a junctor',
    spec({ type: 'object', anyOf: [{ type: 'object' }] }),
    ['properties[spec].anyOf[0].type: Forbidden: must be empty to be structural'],
  ],
  [
    'description inside not',
    spec({ type: 'object', not: { description: 'x' } }),
    ['properties[spec].not.description: Forbidden: must be empty to be structural'],
  ],
  [
    'field of a junctor of the root alone',
    { type: 'object', oneOf: [{ properties: { a: { minimum: 1 } } }] },
    ['properties[a]: Required value: because it is defined in oneOf[0].properties[a]'],
  ],
  ['field of an inner junctor alone', spec({ type: 'object', oneOf: [{ properties: { a: { minimum: 1 } } }] }), []],
  ['nothing but listed properties', spec({ type: 'object', additionalProperties: false }), []],
  [
    'keyword without a structure',
    spec({ type: 'string', $schema: 'x' }),
    [': Invalid value: "": OpenAPIV3Schema \'schema\' is not supported'],
  ],
  [
    'default that breaks a rule',
    spec({ type: 'string', default: 'x', 'x-kubernetes-validations': [{ rule: 'self == "y"' }] }),
    ['properties[spec].default: Invalid value: "x": failed rule: self == "y"'],
  ],
  [
    'default of an embedded resource without a kind',
    spec({
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
      default: { apiVersion: 'v1' },
    }),
    ['properties[spec].default.kind: Required value'],
  ],
  ['int or string', spec({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }), []],
  [
    'int or string with a pattern',
    spec({
      'x-kubernetes-int-or-string': true,
      allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: '^1' }],
    }),
    [],
  ],
  [
    'int or string that keeps fields',
    spec({ 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true }),
    [
      'properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true',
    ],
  ],
  ['open field without type', spec({ 'x-kubernetes-preserve-unknown-fields': true }), []],
  [
    'closing an open schema',
    spec({ type: 'object', 'x-kubernetes-preserve-unknown-fields': false }),
    ['properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined'],
  ],
  [
    'embedded without properties',
    spec({ type: 'object', 'x-kubernetes-embedded-resource': true }),
    [
      'properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    ],
  ],
  [
    'metadata beyond names',
    { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
    [`properties[metadata]: Forbidden: ${METADATA_DETAIL}`],
  ],
  [
    'metadata with a name',
    {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { type: 'string', pattern: '^a' } } } },
    },
    [],
  ],
  [
    'list type of no list',
    spec({ type: 'object', 'x-kubernetes-list-type': 'set' }),
    ['properties[spec].type: Invalid value: "object": must be array if x-kubernetes-list-type is specified'],
  ],
  [
    'keys without map',
    spec({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-map-keys': ['a'] }),
    ['properties[spec].x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty'],
  ],
  [
    'map without keys',
    spec({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' }),
    ['properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map'],
  ],
  [
    'key that may be missing',
    spec({
      type: 'array',
      items: { type: 'object', properties: { a: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
    }),
    [
      'properties[spec].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
    ],
  ],
  [
    'set of granular objects',
    spec({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'set' }),
    [
      'properties[spec].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
    ],
  ],
  [
    'default with unknown fields',
    spec({ type: 'object', default: { a: 1 } }),
    ['properties[spec].default: Invalid value: {"a":1}: must not have unknown fields'],
  ],
  [
    'default of a wrong type',
    spec({ type: 'object', properties: { a: { type: 'integer', default: 'x' } } }),
    ['properties[spec].properties[a].default: Invalid value: "string":  in body must be of type integer: "string"'],
  ],
  [
    'bad pattern',
    spec({ type: 'string', pattern: '(' }),
    [
      'properties[spec].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
    ],
  ],
];

test('rules stand outside of alternatives', () => {
  const rules = { 'x-kubernetes-validations': [{ rule: 'true' }] };
  const found = structuralSchemaErrors(spec({ type: 'object', anyOf: [rules], allOf: [rules] }), new FieldPath());
  expect(found.map((error) => `${error.field}: ${error.message}`)).toEqual([
    'properties[spec].allOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural',
    'properties[spec].anyOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural',
  ]);
});

test.each(cases)('%s', (_, schema, errors) => {
  const found = structuralSchemaErrors(schema, new FieldPath());
  expect(found.map((error) => `${error.field}: ${error.message}`)).toEqual(errors);
});
