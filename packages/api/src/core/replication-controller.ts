import {
  defineKind,
  field,
  type Infer,
  int32,
  int64,
  list,
  map,
  message,
  string,
  time,
  type WriteStrategy,
} from '@kubets/core';
import { Scale } from '../autoscaling/scale.ts';
import { ageColumn, containerColumns, formatLabels, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';
import { applyPodTemplateDefaults } from './pod/defaults.ts';
import { PodTemplateSpec } from './pod.ts';
import {
  validateReplicationController,
  validateReplicationControllerStatus,
} from './replication-controller-validation.ts';

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

const replicationControllerStrategy: WriteStrategy<ReplicationController> = {
  hasGeneration: true,
  applyDefaults({ metadata, spec }) {
    applyPodTemplateDefaults(spec.template);
    const labels = spec.template?.metadata?.labels;
    if (labels) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
  },
  prepareForCreate: (draft) => clearStatus(draft, ReplicationControllerStatus),
  validate: validateReplicationController,
  prepareForUpdate: keepStatus,
};

export const replicationControllerKind = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  resource: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicationController,
  strategy: replicationControllerStrategy,
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
      schema: Scale,
    },
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'ReplicationController',
      form: 'object',
      strategy: statusStrategy<ReplicationController>({ validateUpdate: validateReplicationControllerStatus }),
    },
  ],
  columns: [
    nameColumn,
    {
      name: 'Desired',
      type: 'integer',
      description: 'How many pods are wanted.',
      cell: ({ spec }) => spec.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'How many pods there are.',
      cell: ({ status }) => status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'How many pods are ready.',
      cell: ({ status }) => status?.readyReplicas ?? 0,
    },
    ageColumn,
    ...containerColumns<ReplicationController>(({ spec }) => spec.template?.spec),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Labels of the pods that belong to the controller.',
      cell: ({ spec }) => formatLabels(spec.selector),
    },
  ],
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  storageVersionHash: 'Jond2If31h0=',
});
