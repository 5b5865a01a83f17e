import { describe, expect, test } from 'vitest';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from './custom-resource-definition.ts';
import { definitionWarnings, validateDefinition } from './definition-validation.ts';

const schema = { openAPIV3Schema: { type: 'object' } };
const version = (more: Partial<CustomResourceDefinitionVersion> = {}): CustomResourceDefinitionVersion => ({
  name: 'v1',
  served: true,
  storage: true,
  schema,
  ...more,
});

function definition(
  versions: CustomResourceDefinitionVersion[],
  more: Partial<CustomResourceDefinition['spec']> = {},
): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'foos.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList' },
      versions,
      ...more,
    },
    status: { acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
  };
}

const errorsOf = (object: CustomResourceDefinition) =>
  validateDefinition(object, { old: undefined }).map(({ field, message }) => `${field}: ${message}`);

describe('what all versions have alike is told of once, as the definition itself had it', () => {
  const scale = { specReplicasPath: '.status.x', statusReplicasPath: '.status', labelSelectorPath: 'x' };
  const complaints = [
    'subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec',
    'subresources.scale.statusReplicasPath: Invalid value: ".status": should be a json path under .status',
    'subresources.scale.labelSelectorPath: Invalid value: "x": must be a simple json path starting with .',
  ];
  const other = version({ name: 'v2', storage: false });

  test('alike', () => {
    const both = [version({ subresources: { scale } }), { ...other, subresources: { scale } }];
    expect(errorsOf(definition(both))).toEqual(complaints.map((text) => `spec.${text}`));
  });

  test('different', () => {
    const one = [version({ subresources: { scale } }), other];
    expect(errorsOf(definition(one))).toEqual(complaints.map((text) => `spec.versions[0].${text}`));
  });
});

const SELECTABLE = {
  openAPIV3Schema: {
    type: 'object',
    properties: { spec: { type: 'object', properties: { a: { type: 'string' }, n: { type: 'number' } } } },
  },
};

test.each([
  ['.spec.a', []],
  [
    '.spec.n',
    [
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
    ],
  ],
  ['.spec.z', ['is an invalid path: does not refer to a valid field']],
  ['.spec.a[0]', ['is an invalid path: array notation is not allowed']],
  ['spec.a', ['is an invalid path: expected [ or . but got: spec']],
])('selectable field %s', (jsonPath, details) => {
  const versions = [version({ schema: SELECTABLE, selectableFields: [{ jsonPath }] })];
  const at = `spec.selectableFields[0].jsonPath: Invalid value: ${JSON.stringify(jsonPath)}`;
  expect(errorsOf(definition(versions))).toEqual(details.map((detail) => `${at}: ${detail}`));
});

test.each([
  ['', 'must not be an empty string'],
  ['x'.repeat(257), 'must be <= 256 characters long'],
  ['x\ny', 'must only contain printable UTF-8 characters; non-printable character found at index 1'],
])('deprecation warning %j', (deprecationWarning, detail) => {
  const found = errorsOf(definition([version({ deprecated: true, deprecationWarning })]));
  const at = `spec.versions[0].deprecationWarning: Invalid value: ${JSON.stringify(deprecationWarning)}`;
  expect(found).toEqual([`${at}: ${detail}`]);
});

test('a webhook without the strategy for it', () => {
  const webhook = { clientConfig: { url: 'https://a/b' }, conversionReviewVersions: ['v1'] };
  expect(errorsOf(definition([version()], { conversion: { strategy: 'None', webhook } }))).toEqual([
    'spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook',
    'spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook',
  ]);
});

test('kinds have mixed case', () => {
  const names = { plural: 'foos', singular: 'foo', kind: 'Foo-', listKind: 'FooList' };
  const [found] = errorsOf(definition([version()], { names }));
  expect(found).toMatch(
    /^spec\.names\.kind: Invalid value: "Foo-": may have mixed case, but should otherwise match: a DNS-1035/,
  );
});

test('formats that nothing checks are warned of', () => {
  const properties = { a: { type: 'string', format: 'odd' }, b: { type: 'string', format: 'date' } };
  const odd = version({ schema: { openAPIV3Schema: { type: 'object', properties } } });
  expect(definitionWarnings(definition([odd]))).toEqual(['unrecognized format "odd"']);
});
