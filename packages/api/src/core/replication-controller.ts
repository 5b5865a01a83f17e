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
import { scaleSubresource } from '../autoscaling/scale.ts';
import { ageColumn, containerColumns, formatLabels, nameColumn, replicaColumns } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { applyPodTemplateDefaults } from './pod/defaults.ts';
import { PodTemplateSpec } from './pod.ts';
import {
  validateReplicationController,
  validateReplicationControllerStatus,
} from './replication-controller-validation.ts';

export const ReplicationControllerCondition = message(
  'io.k8s.api.core.v1.ReplicationControllerCondition',
  "One aspect of a replication controller's state.",
  {
    type: field(1, string, 'Aspect, such as ReplicaFailure.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One CamelCase word that says why.'),
    message: field(5, string, 'The details, in words for people.'),
  },
);
export interface ReplicationControllerCondition extends Infer<typeof ReplicationControllerCondition> {}

export const ReplicationControllerSpec = message(
  'io.k8s.api.core.v1.ReplicationControllerSpec',
  'How many pods of which kind a controller keeps running.',
  {
    replicas: field(1, int32, 'How many pods are wanted.').pointer().default(1),
    selector: field(2, map(string), 'Labels of the pods that count; those of the template by default.').atomicMap(),
    template: field(3, PodTemplateSpec, 'Description of the pods that are made when there are too few.'),
    minReadySeconds: field(4, int32, 'How long a new pod must have been ready to count as available.').default(0),
  },
);
export interface ReplicationControllerSpec extends Infer<typeof ReplicationControllerSpec> {}

export const ReplicationControllerStatus = message(
  'io.k8s.api.core.v1.ReplicationControllerStatus',
  'How many pods a replication controller has.',
  {
    replicas: field(1, int32, 'How many pods there are.').required().default(0),
    fullyLabeledReplicas: field(2, int32, 'How many of the pods have every label of the template.'),
    observedGeneration: field(3, int64, 'Generation of the controller that this status belongs to.'),
    readyReplicas: field(4, int32, 'How many of the pods are ready.'),
    availableReplicas: field(5, int32, 'How many of the pods have been ready for minReadySeconds.'),
    conditions: field(6, list(ReplicationControllerCondition), "Aspects of the controller's state.")
      .mapOf('type')
      .mergeBy('type'),
  },
);
export interface ReplicationControllerStatus extends Infer<typeof ReplicationControllerStatus> {}

export const ReplicationController = message(
  'io.k8s.api.core.v1.ReplicationController',
  'Keeps a number of pods running; use a Deployment for anything new.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
    spec: field(2, ReplicationControllerSpec, 'The pods that are wanted, and how many.').always().default({}),
    status: field(
      3,
      ReplicationControllerStatus,
      'What has been observed; written by the system, read by users.',
    ).default({}),
  },
);
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
    if (spec.minReadySeconds === 0) delete spec.minReadySeconds;
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
    scaleSubresource,
    statusSubresource<ReplicationController>('ReplicationController', {
      validateUpdate: validateReplicationControllerStatus,
    }),
  ],
  columns: [
    nameColumn,
    ...replicaColumns<ReplicationController>(),
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
