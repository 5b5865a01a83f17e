import { bytes, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { PodStatus } from './pod.ts';
import { ObjectReference } from './reference.ts';

/** Messages of the core group that have encodings but are not served. */

export const PodStatusResult = message('io.k8s.api.core.v1.PodStatusResult', 'The status of a pod on its own.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  status: field(2, PodStatus, 'What has been observed; written by the system, read by users.').default({}),
});
export interface PodStatusResult extends Infer<typeof PodStatusResult> {}

export const RangeAllocation = message('io.k8s.api.core.v1.RangeAllocation', 'Which numbers of a range are taken.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  range: field(2, string, 'The range, as text.').required().default(''),
  data: field(3, bytes, 'A bit for each number.').required().default(''),
});
export interface RangeAllocation extends Infer<typeof RangeAllocation> {}

export const SerializedReference = message('io.k8s.api.core.v1.SerializedReference', 'A reference as an object.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  reference: field(1, ObjectReference, 'What is referred to.').default({}),
});
export interface SerializedReference extends Infer<typeof SerializedReference> {}
