import { defineKind, field, type Infer, message, quantity, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';

export const CSIStorageCapacity = message('io.k8s.api.storage.v1.CSIStorageCapacity', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  nodeTopology: field(2, LabelSelector, ''),
  storageClassName: field(3, string, '').required().default(''),
  capacity: field(4, quantity, ''),
  maximumVolumeSize: field(5, quantity, ''),
});
export interface CSIStorageCapacity extends Infer<typeof CSIStorageCapacity> {}

export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  resource: 'csistoragecapacities',
  namespaced: true,
  schema: CSIStorageCapacity,
  storageVersionHash: 'xeVl+2Ly1kE=',
});
