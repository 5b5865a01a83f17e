import { bool, bytes, defineKind, field, type Infer, map, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

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
  storageVersionHash: 'qFsyl6wFWjQ=',
});
