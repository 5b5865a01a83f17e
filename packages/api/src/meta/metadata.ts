import { bool, field, fieldsV1, type Infer, int64, list, map, message, string, time } from '@kubets/core';
import { ShardInfo } from './other.ts';

export const ListMetaSchema = message('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta', '', {
  selfLink: field(1, string, ''),
  resourceVersion: field(2, string, ''),
  continue: field(3, string, ''),
  remainingItemCount: field(4, int64, ''),
  shardInfo: field(5, ShardInfo, ''),
});
export interface ListMetaSchema extends Infer<typeof ListMetaSchema> {}

export const ManagedFieldsEntrySchema = message('io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry', '', {
  manager: field(1, string, ''),
  operation: field(2, string, ''),
  apiVersion: field(3, string, ''),
  time: field(4, time, ''),
  fieldsType: field(6, string, ''),
  fieldsV1: field(7, fieldsV1, ''),
  subresource: field(8, string, ''),
});
export interface ManagedFieldsEntrySchema extends Infer<typeof ManagedFieldsEntrySchema> {}

export const OwnerReferenceSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
  '',
  {
    kind: field(1, string, '').required().default(''),
    name: field(3, string, '').required().default(''),
    uid: field(4, string, '').required().default(''),
    apiVersion: field(5, string, '').required().default(''),
    controller: field(6, bool, ''),
    blockOwnerDeletion: field(7, bool, ''),
  },
  { mapType: 'atomic' },
);
export interface OwnerReferenceSchema extends Infer<typeof OwnerReferenceSchema> {}

export const ObjectMetaSchema = message('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', '', {
  name: field(1, string, ''),
  generateName: field(2, string, ''),
  namespace: field(3, string, ''),
  selfLink: field(4, string, ''),
  uid: field(5, string, ''),
  resourceVersion: field(6, string, ''),
  generation: field(7, int64, ''),
  creationTimestamp: field(8, time, ''),
  deletionTimestamp: field(9, time, ''),
  deletionGracePeriodSeconds: field(10, int64, ''),
  labels: field(11, map(string), ''),
  annotations: field(12, map(string), ''),
  ownerReferences: field(13, list(OwnerReferenceSchema), '').mapOf('uid').mergeBy('uid'),
  finalizers: field(14, list(string), '').set().mergeBy(),
  managedFields: field(17, list(ManagedFieldsEntrySchema), '').atomic(),
});
export interface ObjectMetaSchema extends Infer<typeof ObjectMetaSchema> {}
