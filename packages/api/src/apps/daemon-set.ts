import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
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
import { ageColumn, containerColumns, formatLabels, nameColumn, selectorColumn } from '../columns.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
import { podTemplateWarnings } from '../core/pod/warnings.ts';
import { PodTemplateSpec } from '../core/pod.ts';
import {
  isZeroIntOrPercent,
  validateAtMost100Percent,
  validateIntOrPercent,
  validateNonNegativeFields,
} from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { validateCollisionCount } from './deployment.ts';
import { validateNonEmptySelector, validateWorkloadTemplate } from './pod-template.ts';

export const DaemonSetCondition = message(
  'io.k8s.api.apps.v1.DaemonSetCondition',
  'One observation about the state of a DaemonSet.',
  {
    type: field(1, string, 'Which observation it is.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
  },
);
export interface DaemonSetCondition extends Infer<typeof DaemonSetCondition> {}

export const RollingUpdateDaemonSet = message(
  'io.k8s.api.apps.v1.RollingUpdateDaemonSet',
  'How far a rolling update of a DaemonSet may go at one time.',
  {
    maxUnavailable: field(
      1,
      intOrString,
      'Most nodes, as a number or percentage, whose pod may be unavailable during the update.',
    ).pointer(),
    maxSurge: field(
      2,
      intOrString,
      'Most nodes, as a number or percentage, that may run an old and a new pod at once.',
    ).pointer(),
  },
);
export interface RollingUpdateDaemonSet extends Infer<typeof RollingUpdateDaemonSet> {}

export const DaemonSetUpdateStrategy = message(
  'io.k8s.api.apps.v1.DaemonSetUpdateStrategy',
  'How pods of a DaemonSet are replaced when the template changes.',
  {
    type: field(1, string, 'RollingUpdate replaces pods by itself; OnDelete waits until somebody deletes them.').oneOf(
      'OnDelete',
      'RollingUpdate',
    ),
    rollingUpdate: field(2, RollingUpdateDaemonSet, 'Limits of the rolling update; only with type RollingUpdate.'),
  },
);
export interface DaemonSetUpdateStrategy extends Infer<typeof DaemonSetUpdateStrategy> {}

export const DaemonSetSpec = message(
  'io.k8s.api.apps.v1.DaemonSetSpec',
  'Which pod runs on which nodes, and how it is updated.',
  {
    selector: field(
      1,
      LabelSelector,
      "Selects the pods that belong to the set; must match the template's labels and cannot change.",
    ).required(),
    template: field(
      2,
      PodTemplateSpec,
      "The pod to run on every node that the template's node selector and affinity allow.",
    )
      .required()
      .default({}),
    updateStrategy: field(
      3,
      DaemonSetUpdateStrategy,
      'How running pods are replaced when the template changes.',
    ).default({}),
    minReadySeconds: field(4, int32, 'Seconds that a pod must be ready without a crash to count as available.'),
    revisionHistoryLimit: field(6, int32, 'Number of old revisions to keep for rolling back; 10 by default.').pointer(),
  },
);
export interface DaemonSetSpec extends Infer<typeof DaemonSetSpec> {}

export const DaemonSetStatus = message(
  'io.k8s.api.apps.v1.DaemonSetStatus',
  'What the controller last observed of a DaemonSet.',
  {
    currentNumberScheduled: field(1, int32, 'Nodes that should run the pod and run at least one.')
      .required()
      .default(0),
    numberMisscheduled: field(2, int32, 'Nodes that run the pod and should not.').required().default(0),
    desiredNumberScheduled: field(3, int32, 'Nodes that should run the pod.').required().default(0),
    numberReady: field(4, int32, 'Nodes that should run the pod and have one that is ready.').required().default(0),
    observedGeneration: field(5, int64, 'Generation of the spec that this status was computed from.'),
    updatedNumberScheduled: field(6, int32, 'Nodes whose pod was made from the current template.'),
    numberAvailable: field(7, int32, 'Nodes whose pod has been ready for minReadySeconds.'),
    numberUnavailable: field(8, int32, 'Nodes that should run the pod and have none available.'),
    collisionCount: field(
      9,
      int32,
      'Collisions of revision names met so far; part of the hash in new names.',
    ).pointer(),
    conditions: field(10, list(DaemonSetCondition), 'Latest observations about the set.').mapOf('type').mergeBy('type'),
  },
);
export interface DaemonSetStatus extends Infer<typeof DaemonSetStatus> {}

export const DaemonSet = message(
  'io.k8s.api.apps.v1.DaemonSet',
  'Runs one pod on every node, or on every node of a kind.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, DaemonSetSpec, 'The pod to run and where.').always().default({}),
    status: field(3, DaemonSetStatus, 'What was last observed; written by the controller.').default({}),
  },
);
export interface DaemonSet extends Infer<typeof DaemonSet> {}

/** Counts the changes of the pod template; older clients compare it with the label on the pods. */
const TEMPLATE_GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

function applyDaemonSetDefaults({ spec }: DaemonSet): void {
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
  }
  spec.revisionHistoryLimit ??= 10;
  applyPodTemplateDefaults(spec.template);
}

function validateDaemonSet({ spec }: DaemonSet): FieldError[] {
  const path = new FieldPath('spec');
  const { selector, template } = spec;
  return [
    ...validateLabelSelector(selector, path.child('selector')),
    ...validateNonEmptySelector(selector, path.child('selector'), 'daemonset'),
    ...validateWorkloadTemplate({ template, selector, path: path.child('template'), owner: 'DaemonSet' }),
    ...validateNonNegativeFields(spec, path, ['minReadySeconds', 'revisionHistoryLimit']),
    ...validateDaemonSetUpdateStrategy(spec.updateStrategy ?? {}, path.child('updateStrategy')),
  ];
}

function validateDaemonSetUpdateStrategy(strategy: DaemonSetUpdateStrategy, path: FieldPath): FieldError[] {
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') return [notSupported(path, strategy, ['RollingUpdate', 'OnDelete'])];
  const rollingPath = path.child('rollingUpdate');
  return strategy.rollingUpdate ? validateRollingUpdate(strategy.rollingUpdate, rollingPath) : [required(rollingPath)];
}

function validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDaemonSet, path: FieldPath): FieldError[] {
  const unavailablePath = path.child('maxUnavailable');
  const surgePath = path.child('maxSurge');
  const errors = [
    ...validateIntOrPercent(maxUnavailable, unavailablePath),
    ...validateIntOrPercent(maxSurge, surgePath),
  ];
  const hasUnavailable = !isZeroIntOrPercent(maxUnavailable);
  const hasSurge = !isZeroIntOrPercent(maxSurge);
  if (hasUnavailable && hasSurge) {
    errors.push(invalid(surgePath, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (!hasUnavailable && !hasSurge) {
    errors.push(required(unavailablePath, 'cannot be 0 when maxSurge is 0'));
  }
  return [
    ...errors,
    ...validateAtMost100Percent(maxUnavailable, unavailablePath),
    ...validateAtMost100Percent(maxSurge, surgePath),
  ];
}

function validateDaemonSetStatus({ status }: DaemonSet, old: DaemonSet): FieldError[] {
  const path = new FieldPath('status');
  return [
    ...validateNonNegativeFields(status, path, [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ]),
    ...validateCollisionCount(status?.collisionCount, old.status?.collisionCount, path),
  ];
}

function templateGenerationOf(daemonSet: DaemonSet): number {
  return Number(daemonSet.metadata.annotations?.[TEMPLATE_GENERATION_ANNOTATION] ?? 0) || 0;
}

function setTemplateGeneration(draft: DaemonSet, generation: number): void {
  draft.metadata.annotations = {
    ...draft.metadata.annotations,
    [TEMPLATE_GENERATION_ANNOTATION]: String(generation),
  };
}

const daemonSetStrategy: WriteStrategy<DaemonSet> = {
  warnings: ({ spec }) => podTemplateWarnings(spec.template, new FieldPath('spec').child('template')),
  applyDefaults: applyDaemonSetDefaults,
  validate: validateDaemonSet,
  validateUpdate: ({ spec }, old) =>
    validateImmutable(spec.selector, old.spec.selector, new FieldPath('spec').child('selector')),
  prepareForCreate(draft) {
    clearStatus(draft, DaemonSetStatus);
    setTemplateGeneration(draft, Math.max(1, templateGenerationOf(draft)));
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    const templateChanged = !sameJson(draft.spec.template, old.spec.template);
    setTemplateGeneration(draft, templateGenerationOf(old) + (templateChanged ? 1 : 0));
  },
  hasGeneration: true,
};

const daemonSetColumns: Column<DaemonSet>[] = [
  nameColumn,
  {
    name: 'Desired',
    type: 'integer',
    description: 'Number of nodes that should run the pod.',
    cell: ({ status }) => status?.desiredNumberScheduled ?? 0,
  },
  {
    name: 'Current',
    type: 'integer',
    description: 'Number of nodes that run at least one pod and should.',
    cell: ({ status }) => status?.currentNumberScheduled ?? 0,
  },
  {
    name: 'Ready',
    type: 'integer',
    description: 'Number of nodes whose pod is ready.',
    cell: ({ status }) => status?.numberReady ?? 0,
  },
  {
    name: 'Up-to-date',
    type: 'integer',
    description: 'Number of nodes whose pod runs the current template.',
    cell: ({ status }) => status?.updatedNumberScheduled ?? 0,
  },
  {
    name: 'Available',
    type: 'integer',
    description: 'Number of nodes whose pod has been ready for minReadySeconds.',
    cell: ({ status }) => status?.numberAvailable ?? 0,
  },
  {
    name: 'Node Selector',
    type: 'string',
    description: 'Labels that a node needs to run the pod.',
    cell: ({ spec }) => formatLabels(spec.template.spec?.nodeSelector),
  },
  ageColumn,
  ...containerColumns<DaemonSet>(({ spec }) => spec.template.spec),
  selectorColumn(({ spec }) => spec.selector),
];

export const daemonSetKind = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  resource: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: DaemonSet,
  subresources: [
    statusSubresource<DaemonSet>('DaemonSet', {
      prepareForUpdate: (draft, old) => setTemplateGeneration(draft, templateGenerationOf(old)),
      validateUpdate: validateDaemonSetStatus,
    }),
  ],
  strategy: daemonSetStrategy,
  columns: daemonSetColumns,
  storageVersionHash: 'dd7pWHUlMKQ=',
});
