import { bool, bytes, defineKind, field, type Infer, map, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateConfigMap, validateConfigMapUpdate } from './config-map-validation.ts';

export const ConfigMap = message('io.k8s.api.core.v1.ConfigMap', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  data: field(2, map(string), ''),
  binaryData: field(3, map(bytes), ''),
  immutable: field(4, bool, ''),
});
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
