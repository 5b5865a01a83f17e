import { bool, defineKind, field, type Infer, list, map, message, string } from '@kubets/core';
import { TopologySelectorTerm } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const StorageClass = message('io.k8s.api.storage.v1.StorageClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  provisioner: field(2, string, '').required().default(''),
  parameters: field(3, map(string), ''),
  reclaimPolicy: field(4, string, '').oneOf('Delete', 'Recycle', 'Retain'),
  mountOptions: field(5, list(string), '').atomic(),
  allowVolumeExpansion: field(6, bool, ''),
  volumeBindingMode: field(7, string, '').oneOf('Immediate', 'WaitForFirstConsumer'),
  allowedTopologies: field(8, list(TopologySelectorTerm), '').atomic(),
});
export interface StorageClass extends Infer<typeof StorageClass> {}

export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  resource: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: StorageClass,
  storageVersionHash: 'K+m6uJwbjGY=',
});
