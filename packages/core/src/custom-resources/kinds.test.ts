import { describe, expect, test } from 'vitest';
import { conform } from '../codec/conform.ts';
import { applySchemaDefaults } from '../codec/defaults.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import { SchemaCollector } from '../openapi/schemas.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { field, int64, map, message, string } from '../schema/types.ts';
import type { CustomResourceDefinitionObject, JsonSchema } from './json-schema.ts';
import { customResourceKinds } from './kinds.ts';
import { compareKubeVersions } from './versions.ts';

const objectMeta = message('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', '', {
  name: field(1, string, ''),
  generation: field(7, int64, ''),
  creationTimestamp: field(8, string, ''),
  labels: field(11, map(string), ''),
});

const widgetSchema: JsonSchema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', default: 1, minimum: 0 },
        note: { type: 'string', nullable: true },
        plain: { type: 'string' },
        port: { 'x-kubernetes-int-or-string': true },
        raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        nested: { type: 'object', default: {}, properties: { mode: { type: 'string', default: 'fast' } } },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
        parts: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' }, weight: { type: 'number', default: 0.5 } } },
        },
      },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
  },
};

const definition: CustomResourceDefinitionObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: false,
        deprecated: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
      },
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: widgetSchema },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.size',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Note', type: 'string', jsonPath: '.spec.note', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        selectableFields: [{ jsonPath: '.spec.plain' }],
      },
      { name: 'v2', served: false, storage: false },
    ],
  },
};

const [v1, v1beta1, ...others] = customResourceKinds(definition, { objectMeta }) as [KindDefinition, KindDefinition];

const widget = (spec: JsonObject, more: JsonObject = {}) =>
  ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec, ...more }) as unknown as KubeObject;

const decode = (kind: KindDefinition, object: unknown) => {
  const { value, unknownFields } = conform(kind.schema, object as JsonObject);
  applySchemaDefaults(kind.schema, value);
  return { value: value as unknown as KubeObject & JsonObject, unknownFields };
};

const context = { subresource: '', nowMs: 0 };

describe('kinds', () => {
  test('names, scope and versions', () => {
    expect(others).toEqual([]);
    expect(v1).toMatchObject({ group: 'example.com', version: 'v1', kind: 'Widget', listKind: 'WidgetList' });
    expect(v1).toMatchObject({ resource: 'widgets', singular: 'widget', shortNames: ['wd'], namespaced: true });
    expect(v1.schema.name).toBe('com.example.v1.Widget');
    expect(v1.storedAs).toBeUndefined();
    expect(v1beta1.storedAs).toMatchObject({ group: 'example.com', version: 'v1' });
    expect(v1beta1.deprecationWarning).toBe('example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget');
    expect(v1.subresources.map(({ name }) => name)).toEqual(['status', 'scale']);
    expect(v1.subresources[1]?.scale).toEqual({
      specReplicasPath: 'spec.size',
      statusReplicasPath: 'status.replicas',
      selectorPath: 'status.selector',
    });
  });

  test('the stored version has a hash in every version, but only while it is served', () => {
    expect([v1.storageVersionHash, v1beta1.storageVersionHash]).toEqual(['gIwvi5rymmg=', 'gIwvi5rymmg=']);
    const versions = definition.spec.versions.map((each) => ({ ...each, served: !each.storage }));
    const unserved = { ...definition, spec: { ...definition.spec, versions } };
    for (const kind of customResourceKinds(unserved, { objectMeta })) expect(kind.storageVersionHash).toBe('');
  });

  test('another version is the stored object under another name', () => {
    const stored = widget({ size: 2, plain: 'x' });
    const seen = v1beta1.storedAs!.fromStored(stored);
    expect(seen).toEqual({ ...stored, apiVersion: 'example.com/v1beta1', spec: { size: 2 } });
    expect(v1beta1.storedAs!.toStored(seen).apiVersion).toBe('example.com/v1');
  });

  test('columns and selectable fields', () => {
    const object = widget({ size: 0, note: null, plain: 'p' });
    object.metadata.creationTimestamp = '2024-01-01T00:00:00Z';
    const cells = v1.columns.map(({ name, cell }) => [name, cell(object, Date.parse('2024-01-01T00:05:00Z'))]);
    expect(cells).toEqual([
      ['Name', 'w'],
      ['Size', 0],
      ['Note', null],
      ['Age', '5m'],
    ]);
    expect(v1beta1.columns.map(({ name }) => name)).toEqual(['Name', 'Age']);
    expect(v1.selectableFields['spec.plain']?.(object)).toBe('p');
  });
});

describe('reading', () => {
  test('unknown fields go, with their paths; zeroes and allowed nulls stay', () => {
    const body = widget({
      size: 0,
      note: null,
      plain: null,
      odd: 1,
      raw: { any: { thing: [] } },
      parts: [{ name: '', extra: true }],
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', odd: 1 }, spec: { free: 1 } },
    });
    const { value, unknownFields } = decode(v1, { ...body, metadata: { name: 'w', odd: '' }, top: 1 });
    expect(unknownFields).toEqual([
      'metadata.odd',
      'spec.odd',
      'spec.parts[0].extra',
      'top',
      'spec.template.metadata.odd',
    ]);
    expect(value.spec).toEqual({
      size: 0,
      note: null,
      raw: { any: { thing: [] } },
      parts: [{ name: '', weight: 0.5 }],
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { free: 1 } },
      nested: { mode: 'fast' },
    });
  });

  test('a null that is not allowed becomes the default', () => {
    expect(decode(v1, widget({ size: null })).value.spec).toEqual({ size: 1, nested: { mode: 'fast' } });
  });

  test('wrong types in metadata cannot be read; elsewhere they are found by validation', () => {
    const wrong = { ...widget({}), metadata: { name: 'w', labels: { a: 1 } } };
    expect(() => decode(v1, wrong)).toThrow('json: cannot unmarshal number into');
    const { value } = decode(v1, widget({ size: 'x' }));
    expect(v1.strategy.validate?.(value, context).slice(0, 1)).toEqual([
      {
        type: 'FieldValueTypeInvalid',
        field: 'spec.size',
        message: 'Invalid value: "string": spec.size in body must be of type integer: "string"',
      },
    ]);
  });

  test('conforming and defaulting twice changes nothing more', () => {
    const once = decode(v1, widget({ parts: [{ name: 'a' }, { weight: null }], port: '80' })).value;
    expect(decode(v1, once).value).toEqual(once);
  });
});

describe('writing', () => {
  test('status is cleared on create and left alone by updates of the rest', () => {
    const draft = widget({ size: 1 }, { status: { replicas: 3 } });
    v1.strategy.prepareForCreate?.(draft, context);
    expect(draft).toEqual(widget({ size: 1 }));
    const old = widget({ size: 1 }, { status: { replicas: 1 } });
    const update = widget({ size: 2 }, { status: { replicas: 3 } });
    v1.strategy.prepareForUpdate?.(update, old, context);
    expect(update).toEqual(widget({ size: 2 }, { status: { replicas: 1 } }));
    expect(v1.strategy.raisesGeneration?.(update, old)).toBe(true);
  });

  test('/status changes the status only', () => {
    const { strategy } = v1.subresources[0]!;
    const old = widget({ size: 1 }, { status: { replicas: 1 } });
    const draft = widget({ size: 2 }, { status: { replicas: 3 } });
    draft.metadata = { name: 'w', labels: { a: 'b' } };
    strategy?.prepareForUpdate?.(draft, old, context);
    expect(draft).toEqual(widget({ size: 1 }, { status: { replicas: 3 } }));
    expect(v1.strategy.raisesGeneration?.(draft, old)).toBe(false);
  });

  test('an object is validated in the version of its request, and replicas by their range', () => {
    const errors = v1.strategy.validate?.(widget({ size: -1 }), context).map(({ message: text }) => text);
    expect(errors).toEqual([
      'Invalid value: -1: spec.size in body should be greater than or equal to 0',
      'Invalid value: -1: should be a non-negative integer',
    ]);
    const old = { ...context, requestApiVersion: 'example.com/v1beta1' };
    expect(v1.strategy.validate?.(widget({ size: -1 }), old)).toEqual([]);
  });
});

describe('publishing', () => {
  test('OpenAPI shows the schema with metadata by reference', () => {
    const collect = (dialect: 'v2' | 'v3') => {
      const collector = new SchemaCollector(dialect, () => [{ group: 'example.com', version: 'v1', kind: 'Widget' }]);
      collector.reference(v1.schema);
      return collector.definitions()['com.example.v1.Widget'] as JsonObject & {
        properties: Record<string, JsonObject>;
      };
    };
    const v3 = collect('v3');
    expect(v3.properties.metadata?.allOf).toEqual([
      { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
    ]);
    expect(v3.properties.spec).toMatchObject({ properties: { size: { type: 'integer', default: 1, minimum: 0 } } });
    expect(v3['x-kubernetes-group-version-kind']).toHaveLength(1);
    expect((collect('v2').properties.spec as { properties: JsonObject }).properties.note).toEqual({});
  });
});

test('versions are ordered by what they promise', () => {
  const sorted = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10'];
  expect([...sorted].reverse().sort((a, b) => compareKubeVersions(b, a))).toEqual(sorted);
});
