import { defineKind, field, type Infer, int32, int64, list, map, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { PodTemplateSpec } from './pod.ts';

export const ReplicationControllerCondition = message('io.k8s.api.core.v1.ReplicationControllerCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastTransitionTime: field(3, time, ''),
  reason: field(4, string, ''),
  message: field(5, string, ''),
});
export interface ReplicationControllerCondition extends Infer<typeof ReplicationControllerCondition> {}

export const ReplicationControllerSpec = message('io.k8s.api.core.v1.ReplicationControllerSpec', '', {
  replicas: field(1, int32, '').default(1),
  selector: field(2, map(string), '').atomicMap(),
  template: field(3, PodTemplateSpec, ''),
  minReadySeconds: field(4, int32, '').default(0),
});
export interface ReplicationControllerSpec extends Infer<typeof ReplicationControllerSpec> {}

export const ReplicationControllerStatus = message('io.k8s.api.core.v1.ReplicationControllerStatus', '', {
  replicas: field(1, int32, '').required().default(0),
  fullyLabeledReplicas: field(2, int32, ''),
  observedGeneration: field(3, int64, ''),
  readyReplicas: field(4, int32, ''),
  availableReplicas: field(5, int32, ''),
  conditions: field(6, list(ReplicationControllerCondition), '').mapOf('type').mergeBy('type'),
});
export interface ReplicationControllerStatus extends Infer<typeof ReplicationControllerStatus> {}

export const ReplicationController = message('io.k8s.api.core.v1.ReplicationController', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ReplicationControllerSpec, '').always().default({}),
  status: field(3, ReplicationControllerStatus, '').default({}),
});
export interface ReplicationController extends Infer<typeof ReplicationController> {}

export const replicationControllerKind = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  resource: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicationController,
  subresources: [
    {
      name: 'scale',
      verbs: ['get', 'patch', 'update'],
      kind: 'Scale',
      group: 'autoscaling',
      version: 'v1',
      form: 'scale',
    },
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'ReplicationController', form: 'object' },
  ],
  storageVersionHash: 'Jond2If31h0=',
});
