import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int32,
  int64,
  invalid,
  list,
  message,
  required,
  string,
  time,
  validateImmutable,
  validateLabelSelector,
  type WriteStrategy,
} from '@kubets/core';
import { scaleSubresource } from '../autoscaling/scale.ts';
import { ageColumn, containerColumns, nameColumn, replicaColumns, selectorColumn } from '../columns.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
import { PodTemplateSpec } from '../core/pod.ts';
import { validateNonNegativeFields } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { validateNonEmptySelector, validateWorkloadTemplate, workloadWarnings } from './pod-template.ts';

export const ReplicaSetCondition = message(
  'io.k8s.api.apps.v1.ReplicaSetCondition',
  'One observation about the state of a ReplicaSet.',
  {
    type: field(1, string, 'Which observation it is.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
  },
);
export interface ReplicaSetCondition extends Infer<typeof ReplicaSetCondition> {}

export const ReplicaSetSpec = message('io.k8s.api.apps.v1.ReplicaSetSpec', 'Which pods a ReplicaSet keeps running.', {
  replicas: field(1, int32, 'Number of pods wanted; 1 by default.').pointer(),
  selector: field(
    2,
    LabelSelector,
    "Selects the pods that belong to the set; must match the template's labels and cannot change.",
  ).required(),
  template: field(3, PodTemplateSpec, 'The pod to make when there are too few.').default({}),
  minReadySeconds: field(4, int32, 'Seconds that a pod must be ready without a crash to count as available.'),
});
export interface ReplicaSetSpec extends Infer<typeof ReplicaSetSpec> {}

export const ReplicaSetStatus = message(
  'io.k8s.api.apps.v1.ReplicaSetStatus',
  'What the controller last observed of a ReplicaSet.',
  {
    replicas: field(1, int32, 'Pods of the set that are not being deleted.').required().default(0),
    fullyLabeledReplicas: field(2, int32, 'Pods that carry all labels of the template.'),
    observedGeneration: field(3, int64, 'Generation of the spec that this status was computed from.'),
    readyReplicas: field(4, int32, 'Pods whose Ready condition is true.'),
    availableReplicas: field(5, int32, 'Pods that have been ready for at least minReadySeconds.'),
    conditions: field(6, list(ReplicaSetCondition), 'Latest observations about the set.').mapOf('type').mergeBy('type'),
    terminatingReplicas: field(7, int32, 'Pods that are being deleted and have not ended yet.').pointer(),
  },
);
export interface ReplicaSetStatus extends Infer<typeof ReplicaSetStatus> {}

export const ReplicaSet = message(
  'io.k8s.api.apps.v1.ReplicaSet',
  'Keeps a number of equal pods running; usually made by a Deployment.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, ReplicaSetSpec, 'The pods wanted.').always().default({}),
    status: field(3, ReplicaSetStatus, 'What was last observed; written by the controller.').default({}),
  },
);
export interface ReplicaSet extends Infer<typeof ReplicaSet> {}

function validateReplicaSet({ spec }: ReplicaSet): FieldError[] {
  const path = new FieldPath('spec');
  const { template, selector } = spec;
  const selectorPath = path.child('selector');
  return [
    ...validateNonNegativeFields(spec, path, ['replicas', 'minReadySeconds']),
    ...(selector ? [] : [required(selectorPath)]),
    ...validateLabelSelector(selector, selectorPath),
    ...validateNonEmptySelector(selector, selectorPath, 'deployment'),
    ...validateWorkloadTemplate({
      template,
      selector,
      path: path.child('template'),
      owner: 'ReplicaSet',
      invalidSelector: { path: selectorPath, detail: 'invalid label selector' },
    }),
  ];
}

function validateReplicaSetStatus({ status }: ReplicaSet): FieldError[] {
  const path = new FieldPath('status');
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const errors = validateNonNegativeFields(status, path, [
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'terminatingReplicas',
    'observedGeneration',
  ]);
  for (const name of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    const value = status?.[name] ?? 0;
    if (value > replicas) errors.push(invalid(path.child(name), value, 'cannot be greater than status.replicas'));
  }
  if (availableReplicas > readyReplicas) {
    errors.push(invalid(path.child('availableReplicas'), availableReplicas, 'cannot be greater than readyReplicas'));
  }
  return errors;
}

const replicaSetStrategy: WriteStrategy<ReplicaSet> = {
  warnings: (object) => workloadWarnings(object, object.spec.template),
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
    applyPodTemplateDefaults(spec.template);
  },
  validate: validateReplicaSet,
  validateUpdate: ({ spec }, old) =>
    validateImmutable(spec.selector, old.spec.selector, new FieldPath('spec').child('selector')),
  prepareForCreate: (draft) => clearStatus(draft, ReplicaSetStatus),
  prepareForUpdate: keepStatus,
  hasGeneration: true,
};

const replicaSetColumns: Column<ReplicaSet>[] = [
  nameColumn,
  ...replicaColumns<ReplicaSet>(),
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
    scaleSubresource,
    statusSubresource<ReplicaSet>('ReplicaSet', { validateUpdate: validateReplicaSetStatus }),
  ],
  strategy: replicaSetStrategy,
  columns: replicaSetColumns,
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  storageVersionHash: 'P1RzHs8/mWQ=',
});
