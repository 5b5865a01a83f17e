import {
  bool,
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  int32,
  int64,
  intOrString,
  invalid,
  list,
  message,
  notSupported,
  required,
  sameJson,
  string,
  time,
  validateImmutable,
  validateLabelSelector,
  type WriteStrategy,
} from '@kubets/core';
import { scaleSubresource } from '../autoscaling/scale.ts';
import { ageColumn, containerColumns, labelSelectorText, nameColumn } from '../columns.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
import { PodTemplateSpec } from '../core/pod.ts';
import {
  isZeroIntOrPercent,
  validateAtMost100Percent,
  validateIntOrPercent,
  validateNonNegative,
  validateNonNegativeFields,
} from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { validateNonEmptySelector, validateWorkloadTemplate, workloadWarnings } from './pod-template.ts';

export const DeploymentCondition = message(
  'io.k8s.api.apps.v1.DeploymentCondition',
  'One observation about the state of a Deployment.',
  {
    type: field(1, string, 'Which observation it is.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
    lastUpdateTime: field(6, time, 'When the condition was last written.'),
    lastTransitionTime: field(7, time, 'When the status last changed.'),
  },
);
export interface DeploymentCondition extends Infer<typeof DeploymentCondition> {}

export const RollingUpdateDeployment = message(
  'io.k8s.api.apps.v1.RollingUpdateDeployment',
  'How far a rolling update of a Deployment may go at one time.',
  {
    maxUnavailable: field(
      1,
      intOrString,
      'Most pods, as a number or percentage of the replicas, that may be unavailable during the update.',
    ).pointer(),
    maxSurge: field(
      2,
      intOrString,
      'Most pods, as a number or percentage of the replicas, that may exist beyond those wanted.',
    ).pointer(),
  },
);
export interface RollingUpdateDeployment extends Infer<typeof RollingUpdateDeployment> {}

export const DeploymentStrategy = message(
  'io.k8s.api.apps.v1.DeploymentStrategy',
  'How old pods are replaced by new ones.',
  {
    type: field(1, string, 'RollingUpdate replaces pods step by step; Recreate deletes all old ones first.').oneOf(
      'Recreate',
      'RollingUpdate',
    ),
    rollingUpdate: field(2, RollingUpdateDeployment, 'Limits of the rolling update; only with type RollingUpdate.'),
  },
);
export interface DeploymentStrategy extends Infer<typeof DeploymentStrategy> {}

export const DeploymentSpec = message(
  'io.k8s.api.apps.v1.DeploymentSpec',
  'Which pods a Deployment keeps running, and how it changes them.',
  {
    replicas: field(1, int32, 'Number of pods wanted; 1 by default.').pointer(),
    selector: field(
      2,
      LabelSelector,
      "Selects the pods that belong to the deployment; must match the template's labels and cannot change.",
    ).required(),
    template: field(3, PodTemplateSpec, 'The pod to run; a change starts a roll-out.').required().default({}),
    strategy: field(4, DeploymentStrategy, 'How old pods are replaced by new ones.').default({}).retainKeys(),
    minReadySeconds: field(5, int32, 'Seconds that a pod must be ready without a crash to count as available.'),
    revisionHistoryLimit: field(
      6,
      int32,
      'Number of old ReplicaSets to keep for rolling back; 10 by default.',
    ).pointer(),
    paused: field(7, bool, 'While true, changes of the template start no roll-out.'),
    progressDeadlineSeconds: field(
      9,
      int32,
      'Seconds without progress after which a roll-out is reported as failed; 600 by default.',
    ).pointer(),
  },
);
export interface DeploymentSpec extends Infer<typeof DeploymentSpec> {}

export const DeploymentStatus = message(
  'io.k8s.api.apps.v1.DeploymentStatus',
  'What the controller last observed of a Deployment.',
  {
    observedGeneration: field(1, int64, 'Generation of the spec that this status was computed from.'),
    replicas: field(2, int32, 'Pods of the deployment that are not being deleted, of whatever template.'),
    updatedReplicas: field(3, int32, 'Pods made from the current template.'),
    availableReplicas: field(4, int32, 'Pods that have been ready for at least minReadySeconds.'),
    unavailableReplicas: field(5, int32, 'Pods that are missing or not available yet.'),
    conditions: field(6, list(DeploymentCondition), 'Latest observations, such as Available and Progressing.')
      .mapOf('type')
      .mergeBy('type'),
    readyReplicas: field(7, int32, 'Pods whose Ready condition is true.'),
    collisionCount: field(
      8,
      int32,
      'Collisions of ReplicaSet names met so far; part of the hash in new names.',
    ).pointer(),
    terminatingReplicas: field(9, int32, 'Pods that are being deleted and have not ended yet.').pointer(),
  },
);
export interface DeploymentStatus extends Infer<typeof DeploymentStatus> {}

export const Deployment = message(
  'io.k8s.api.apps.v1.Deployment',
  'Keeps a number of equal pods running and rolls out changes to them.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, DeploymentSpec, 'The pods wanted and how to change them.').always().default({}),
    status: field(3, DeploymentStatus, 'What was last observed; written by the controller.').default({}),
  },
);
export interface Deployment extends Infer<typeof Deployment> {}

function applyDeploymentDefaults(deployment: Deployment): void {
  const spec = deployment.spec;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
  }
  applyPodTemplateDefaults(spec.template);
}

function validateDeployment({ spec }: Deployment): FieldError[] {
  const path = new FieldPath('spec');
  const errors = validateNonNegative(spec.replicas, path.child('replicas'));
  const selectorPath = path.child('selector');
  if (!spec.selector) errors.push(required(selectorPath));
  errors.push(
    ...validateLabelSelector(spec.selector, selectorPath),
    ...validateNonEmptySelector(spec.selector, selectorPath, 'deployment'),
  );
  const { template, selector } = spec;
  errors.push(
    ...validateWorkloadTemplate({
      template,
      selector,
      path: path.child('template'),
      owner: 'ReplicaSet',
      invalidSelector: { path: selectorPath, detail: 'invalid label selector' },
    }),
  );
  errors.push(
    ...validateDeploymentStrategy(spec.strategy ?? {}, path.child('strategy')),
    ...validateNonNegativeFields(spec, path, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']),
  );
  const { progressDeadlineSeconds, minReadySeconds = 0 } = spec;
  if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
    const detail = 'must be greater than minReadySeconds';
    errors.push(invalid(path.child('progressDeadlineSeconds'), progressDeadlineSeconds, detail));
  }
  return errors;
}

function validateDeploymentStrategy(strategy: DeploymentStrategy, path: FieldPath): FieldError[] {
  const { type, rollingUpdate } = strategy;
  const rollingPath = path.child('rollingUpdate');
  switch (type) {
    case 'Recreate':
      if (!rollingUpdate) return [];
      return [fieldForbidden(rollingPath, "may not be specified when strategy `type` is 'Recreate'")];
    case 'RollingUpdate':
      if (!rollingUpdate) return [required(rollingPath, 'this should be defaulted and never be nil')];
      return validateRollingUpdate(rollingUpdate, rollingPath);
    default:
      return [notSupported(path, strategy, ['Recreate', 'RollingUpdate'])];
  }
}

function validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDeployment, path: FieldPath): FieldError[] {
  const unavailablePath = path.child('maxUnavailable');
  const errors = [
    ...validateIntOrPercent(maxUnavailable, unavailablePath),
    ...validateIntOrPercent(maxSurge, path.child('maxSurge')),
  ];
  if (isZeroIntOrPercent(maxUnavailable) && isZeroIntOrPercent(maxSurge)) {
    errors.push(invalid(unavailablePath, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  errors.push(...validateAtMost100Percent(maxUnavailable, unavailablePath));
  return errors;
}

function validateDeploymentStatus({ status = {} }: Deployment, old: Deployment): FieldError[] {
  const path = new FieldPath('status');
  const { replicas = 0, readyReplicas = 0, collisionCount } = status;
  const errors = validateNonNegativeFields(status, path, [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'terminatingReplicas',
    'collisionCount',
  ]);
  for (const name of ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    const value = status[name] ?? 0;
    if (value > replicas) errors.push(invalid(path.child(name), value, 'cannot be greater than status.replicas'));
  }
  if ((status.availableReplicas ?? 0) > readyReplicas) {
    const detail = 'cannot be greater than readyReplicas';
    errors.push(invalid(path.child('availableReplicas'), status.availableReplicas, detail));
  }
  return [...errors, ...validateCollisionCount(collisionCount, old.status?.collisionCount, path)];
}

/** Revision names are hashed with the count of collisions so far, which therefore never shrinks. */
export function validateCollisionCount(
  count: number | undefined,
  old: number | undefined,
  statusPath: FieldPath,
): FieldError[] {
  if (old === undefined || (count ?? -1) >= old) return [];
  return [invalid(statusPath.child('collisionCount'), count, 'cannot be decremented')];
}

const deploymentStrategy: WriteStrategy<Deployment> = {
  warnings: (object) => workloadWarnings(object, object.spec.template),
  applyDefaults: applyDeploymentDefaults,
  validate: validateDeployment,
  validateUpdate: ({ spec }, old) =>
    validateImmutable(spec.selector, old.spec.selector, new FieldPath('spec').child('selector')),
  prepareForCreate: (draft) => clearStatus(draft, DeploymentStatus),
  prepareForUpdate: keepStatus,
  hasGeneration: true,
  // Annotations reach the replica sets, so the controller has to observe a change of them.
  raisesGeneration: (object, old) => !sameJson(object.metadata.annotations, old.metadata.annotations),
};

const deploymentColumns: Column<Deployment>[] = [
  nameColumn,
  {
    name: 'Ready',
    type: 'string',
    description: 'Ready pods out of the pods wanted.',
    cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
  },
  {
    name: 'Up-to-date',
    type: 'string',
    description: 'Pods that already run the current template.',
    cell: ({ status }) => status?.updatedReplicas ?? 0,
  },
  {
    name: 'Available',
    type: 'string',
    description: 'Pods that have been ready for at least minReadySeconds.',
    cell: ({ status }) => status?.availableReplicas ?? 0,
  },
  ageColumn,
  ...containerColumns<Deployment>(({ spec }) => spec.template.spec),
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Selector of the pods that belong to the deployment.',
    cell: ({ spec }) => labelSelectorText(spec.selector),
  },
];

export const deploymentKind = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  resource: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: Deployment,
  subresources: [
    scaleSubresource,
    statusSubresource<Deployment>('Deployment', { metadata: 'fixedLabels', validateUpdate: validateDeploymentStatus }),
  ],
  strategy: deploymentStrategy,
  columns: deploymentColumns,
  storageVersionHash: '8aSe+NMegvE=',
});
