import type { Column, WriteStrategy } from '@kubets/core';
import { defineKind, field, type Infer, int32, int64, list, message, string, time } from '@kubets/core';
import { ageColumn, containerColumns, nameColumn, selectorColumn } from '../columns.ts';
import { PodTemplateSpec } from '../core/pod.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';

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

const replicaSetStrategy: WriteStrategy<ReplicaSet> = {
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
  },
  prepareForCreate: (draft) => clearStatus(draft, ReplicaSetStatus),
  prepareForUpdate: keepStatus,
  hasGeneration: true,
};

const replicaSetColumns: Column<ReplicaSet>[] = [
  nameColumn,
  {
    name: 'Desired',
    type: 'integer',
    description: 'Number of pods wanted.',
    cell: ({ spec }) => spec.replicas ?? 0,
  },
  {
    name: 'Current',
    type: 'integer',
    description: 'Number of pods that exist.',
    cell: ({ status }) => status?.replicas ?? 0,
  },
  {
    name: 'Ready',
    type: 'integer',
    description: 'Number of pods that are ready.',
    cell: ({ status }) => status?.readyReplicas ?? 0,
  },
  ageColumn,
  ...containerColumns<ReplicaSet>(({ spec }) => spec.template?.spec),
  selectorColumn(({ spec }) => spec.selector),
];

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
      scale: {
        specReplicasPath: 'spec.replicas',
        statusReplicasPath: 'status.replicas',
        selectorPath: 'spec.selector',
      },
    },
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'ReplicaSet',
      form: 'object',
      strategy: statusStrategy<ReplicaSet>(),
    },
  ],
  strategy: replicaSetStrategy,
  columns: replicaSetColumns,
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  storageVersionHash: 'P1RzHs8/mWQ=',
});
