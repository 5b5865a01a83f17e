import { bool, defineKind, field, type Infer, int32, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const PriorityClass = message('io.k8s.api.scheduling.v1.PriorityClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  value: field(2, int32, '').default(0),
  globalDefault: field(3, bool, ''),
  description: field(4, string, ''),
  preemptionPolicy: field(5, string, '').oneOf('Never', 'PreemptLowerPriority'),
});
export interface PriorityClass extends Infer<typeof PriorityClass> {}

export const priorityClassKind = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  resource: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: PriorityClass,
  storageVersionHash: '1QwjyaZjj3Y=',
});
