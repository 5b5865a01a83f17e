import { bool, bytes, defineKind, field, type Infer, map, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateConfigMap, validateConfigMapUpdate } from './config-map-validation.ts';

export const ConfigMap = message(
  'io.k8s.api.core.v1.ConfigMap',
  'Configuration for pods to read, as text or bytes under keys.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
    data: field(2, map(string), "Values in UTF-8, by key; keys may hold letters, digits, '-', '_' and '.'."),
    binaryData: field(3, map(bytes), 'Values that are not text, in base64, by key; no key may be in data too.'),
    immutable: field(4, bool, 'True keeps the values as they are for good: the object can only be deleted.').pointer(),
  },
);
export interface ConfigMap extends Infer<typeof ConfigMap> {}

export const configMapKind = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  resource: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: ConfigMap,
  strategy: { validate: validateConfigMap, validateUpdate: validateConfigMapUpdate },
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'string',
      description: 'Number of keys, of text and of bytes.',
      cell: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn,
  ],
  storageVersionHash: 'qFsyl6wFWjQ=',
});
