import { defineKind, field, type Infer, int32, int64, intOrString, list, message, string, time } from '@kubets/core';
import { PodTemplateSpec } from '../core/pod.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';

export const DaemonSetCondition = message('io.k8s.api.apps.v1.DaemonSetCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastTransitionTime: field(3, time, ''),
  reason: field(4, string, ''),
  message: field(5, string, ''),
});
export interface DaemonSetCondition extends Infer<typeof DaemonSetCondition> {}

export const RollingUpdateDaemonSet = message('io.k8s.api.apps.v1.RollingUpdateDaemonSet', '', {
  maxUnavailable: field(1, intOrString, ''),
  maxSurge: field(2, intOrString, ''),
});
export interface RollingUpdateDaemonSet extends Infer<typeof RollingUpdateDaemonSet> {}

export const DaemonSetUpdateStrategy = message('io.k8s.api.apps.v1.DaemonSetUpdateStrategy', '', {
  type: field(1, string, '').oneOf('OnDelete', 'RollingUpdate'),
  rollingUpdate: field(2, RollingUpdateDaemonSet, ''),
});
export interface DaemonSetUpdateStrategy extends Infer<typeof DaemonSetUpdateStrategy> {}

export const DaemonSetSpec = message('io.k8s.api.apps.v1.DaemonSetSpec', '', {
  selector: field(1, LabelSelector, '').required(),
  template: field(2, PodTemplateSpec, '').required().default({}),
  updateStrategy: field(3, DaemonSetUpdateStrategy, '').default({}),
  minReadySeconds: field(4, int32, ''),
  revisionHistoryLimit: field(6, int32, ''),
});
export interface DaemonSetSpec extends Infer<typeof DaemonSetSpec> {}

export const DaemonSetStatus = message('io.k8s.api.apps.v1.DaemonSetStatus', '', {
  currentNumberScheduled: field(1, int32, '').required().default(0),
  numberMisscheduled: field(2, int32, '').required().default(0),
  desiredNumberScheduled: field(3, int32, '').required().default(0),
  numberReady: field(4, int32, '').required().default(0),
  observedGeneration: field(5, int64, ''),
  updatedNumberScheduled: field(6, int32, ''),
  numberAvailable: field(7, int32, ''),
  numberUnavailable: field(8, int32, ''),
  collisionCount: field(9, int32, ''),
  conditions: field(10, list(DaemonSetCondition), '').mapOf('type').mergeBy('type'),
});
export interface DaemonSetStatus extends Infer<typeof DaemonSetStatus> {}

export const DaemonSet = message('io.k8s.api.apps.v1.DaemonSet', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, DaemonSetSpec, '').always().default({}),
  status: field(3, DaemonSetStatus, '').default({}),
});
export interface DaemonSet extends Infer<typeof DaemonSet> {}

export const daemonSetKind = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  resource: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: DaemonSet,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'DaemonSet', form: 'object' }],
  storageVersionHash: 'dd7pWHUlMKQ=',
});
