import type { Column, WriteStrategy } from '@kubets/core';
import { defineKind, field, type Infer, int32, int64, intOrString, list, message, string, time } from '@kubets/core';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { PersistentVolumeClaim } from '../core/persistent-volume-claim.ts';
import { PodTemplateSpec } from '../core/pod.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';

export const RollingUpdateStatefulSetStrategy = message('io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy', '', {
  partition: field(1, int32, ''),
  maxUnavailable: field(2, intOrString, ''),
});
export interface RollingUpdateStatefulSetStrategy extends Infer<typeof RollingUpdateStatefulSetStrategy> {}

export const StatefulSetCondition = message('io.k8s.api.apps.v1.StatefulSetCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastTransitionTime: field(3, time, ''),
  reason: field(4, string, ''),
  message: field(5, string, ''),
});
export interface StatefulSetCondition extends Infer<typeof StatefulSetCondition> {}

export const StatefulSetOrdinals = message('io.k8s.api.apps.v1.StatefulSetOrdinals', '', {
  start: field(1, int32, '').default(0),
});
export interface StatefulSetOrdinals extends Infer<typeof StatefulSetOrdinals> {}

export const StatefulSetPersistentVolumeClaimRetentionPolicy = message(
  'io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy',
  '',
  {
    whenDeleted: field(1, string, ''),
    whenScaled: field(2, string, ''),
  },
);
export interface StatefulSetPersistentVolumeClaimRetentionPolicy
  extends Infer<typeof StatefulSetPersistentVolumeClaimRetentionPolicy> {}

export const StatefulSetUpdateStrategy = message('io.k8s.api.apps.v1.StatefulSetUpdateStrategy', '', {
  type: field(1, string, '').oneOf('OnDelete', 'RollingUpdate'),
  rollingUpdate: field(2, RollingUpdateStatefulSetStrategy, ''),
});
export interface StatefulSetUpdateStrategy extends Infer<typeof StatefulSetUpdateStrategy> {}

export const StatefulSetSpec = message('io.k8s.api.apps.v1.StatefulSetSpec', '', {
  replicas: field(1, int32, ''),
  selector: field(2, LabelSelector, '').required(),
  template: field(3, PodTemplateSpec, '').required().default({}),
  volumeClaimTemplates: field(4, list(PersistentVolumeClaim), '').atomic(),
  serviceName: field(5, string, '').default(''),
  podManagementPolicy: field(6, string, '').oneOf('OrderedReady', 'Parallel'),
  updateStrategy: field(7, StatefulSetUpdateStrategy, '').default({}),
  revisionHistoryLimit: field(8, int32, ''),
  minReadySeconds: field(9, int32, ''),
  persistentVolumeClaimRetentionPolicy: field(10, StatefulSetPersistentVolumeClaimRetentionPolicy, ''),
  ordinals: field(11, StatefulSetOrdinals, ''),
});
export interface StatefulSetSpec extends Infer<typeof StatefulSetSpec> {}

export const StatefulSetStatus = message('io.k8s.api.apps.v1.StatefulSetStatus', '', {
  observedGeneration: field(1, int64, ''),
  replicas: field(2, int32, '').required().default(0),
  readyReplicas: field(3, int32, ''),
  currentReplicas: field(4, int32, ''),
  updatedReplicas: field(5, int32, ''),
  currentRevision: field(6, string, ''),
  updateRevision: field(7, string, ''),
  collisionCount: field(9, int32, ''),
  conditions: field(10, list(StatefulSetCondition), '').mapOf('type').mergeBy('type'),
  availableReplicas: field(11, int32, '').default(0),
});
export interface StatefulSetStatus extends Infer<typeof StatefulSetStatus> {}

export const StatefulSet = message('io.k8s.api.apps.v1.StatefulSet', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, StatefulSetSpec, '').always().default({}),
  status: field(3, StatefulSetStatus, '').default({}),
});
export interface StatefulSet extends Infer<typeof StatefulSet> {}

function applyStatefulSetDefaults({ spec }: StatefulSet): void {
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate = { partition: 0, maxUnavailable: 1, ...spec.updateStrategy.rollingUpdate };
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
}

const statefulSetStrategy: WriteStrategy<StatefulSet> = {
  applyDefaults: applyStatefulSetDefaults,
  prepareForCreate: (draft) => clearStatus(draft, StatefulSetStatus),
  prepareForUpdate: keepStatus,
  hasGeneration: true,
};

const statefulSetColumns: Column<StatefulSet>[] = [
  nameColumn,
  {
    name: 'Ready',
    type: 'string',
    description: 'Ready pods out of the pods wanted.',
    cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
  },
  ageColumn,
  ...containerColumns<StatefulSet>(({ spec }) => spec.template.spec),
];

export const statefulSetKind = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  resource: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: StatefulSet,
  subresources: [
    {
      name: 'scale',
      verbs: ['get', 'patch', 'update'],
      kind: 'Scale',
      group: 'autoscaling',
      version: 'v1',
      form: 'scale',
      scale: {
        specReplicasPath: 'spec.replicas',
        statusReplicasPath: 'status.replicas',
        selectorPath: 'spec.selector',
      },
    },
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'StatefulSet',
      form: 'object',
      strategy: statusStrategy<StatefulSet>(),
    },
  ],
  strategy: statefulSetStrategy,
  columns: statefulSetColumns,
  storageVersionHash: 'H+vl74LkKdo=',
});
