import { bool, bytes, defineKind, field, type Infer, map, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const Secret = message('io.k8s.api.core.v1.Secret', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  data: field(2, map(bytes), ''),
  type: field(3, string, ''),
  stringData: field(4, map(string), ''),
  immutable: field(5, bool, ''),
});
export interface Secret extends Infer<typeof Secret> {}

export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  resource: 'secrets',
  namespaced: true,
  schema: Secret,
  storageVersionHash: 'S6u1pOWzb84=',
});
