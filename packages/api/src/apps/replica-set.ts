import { defineKind, field, type Infer, int32, int64, list, message, string, time } from '@kubets/core';
import { PodTemplateSpec } from '../core/pod.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';

export const ReplicaSetCondition = message('io.k8s.api.apps.v1.ReplicaSetCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastTransitionTime: field(3, time, ''),
  reason: field(4, string, ''),
  message: field(5, string, ''),
});
export interface ReplicaSetCondition extends Infer<typeof ReplicaSetCondition> {}

export const ReplicaSetSpec = message('io.k8s.api.apps.v1.ReplicaSetSpec', '', {
  replicas: field(1, int32, ''),
  selector: field(2, LabelSelector, '').required(),
  template: field(3, PodTemplateSpec, '').default({}),
  minReadySeconds: field(4, int32, ''),
});
export interface ReplicaSetSpec extends Infer<typeof ReplicaSetSpec> {}

export const ReplicaSetStatus = message('io.k8s.api.apps.v1.ReplicaSetStatus', '', {
  replicas: field(1, int32, '').required().default(0),
  fullyLabeledReplicas: field(2, int32, ''),
  observedGeneration: field(3, int64, ''),
  readyReplicas: field(4, int32, ''),
  availableReplicas: field(5, int32, ''),
  conditions: field(6, list(ReplicaSetCondition), '').mapOf('type').mergeBy('type'),
  terminatingReplicas: field(7, int32, ''),
});
export interface ReplicaSetStatus extends Infer<typeof ReplicaSetStatus> {}

export const ReplicaSet = message('io.k8s.api.apps.v1.ReplicaSet', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ReplicaSetSpec, '').always().default({}),
  status: field(3, ReplicaSetStatus, '').default({}),
});
export interface ReplicaSet extends Infer<typeof ReplicaSet> {}

export const replicaSetKind = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  resource: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicaSet,
  subresources: [
    {
      name: 'scale',
      verbs: ['get', 'patch', 'update'],
      kind: 'Scale',
      group: 'autoscaling',
      version: 'v1',
      form: 'scale',
    },
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'ReplicaSet', form: 'object' },
  ],
  storageVersionHash: 'P1RzHs8/mWQ=',
});
