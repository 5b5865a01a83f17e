import {
  type Column,
  defineKind,
  dnsLabelName,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  int32,
  int64,
  intOrString,
  invalid,
  isDns1123Label,
  list,
  message,
  required,
  sameJson,
  string,
  time,
  validateLabelSelector,
  type WriteStrategy,
} from '@kubets/core';
import { scaleSubresource } from '../autoscaling/scale.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { applyClaimSpecDefaults } from '../core/claim-defaults.ts';
import { PersistentVolumeClaim } from '../core/persistent-volume-claim.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
import { podTemplateWarnings } from '../core/pod/warnings.ts';
import { PodTemplateSpec } from '../core/pod.ts';
import {
  isZeroIntOrPercent,
  validateAtMost100Percent,
  validateIntOrPercent,
  validateNonNegative,
  validateNonNegativeFields,
  validateOptionalChoice,
  validateText,
} from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { validateCollisionCount } from './deployment.ts';
import { validateNonEmptySelector, validateWorkloadTemplate } from './pod-template.ts';

export const RollingUpdateStatefulSetStrategy = message(
  'io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy',
  'How far a rolling update of a StatefulSet may go.',
  {
    partition: field(1, int32, 'Only pods with this ordinal or a higher one are updated; 0 by default.').pointer(),
    maxUnavailable: field(
      2,
      intOrString,
      'Most pods, as a number or percentage, that may be unavailable during the update.',
    ).pointer(),
  },
);
export interface RollingUpdateStatefulSetStrategy extends Infer<typeof RollingUpdateStatefulSetStrategy> {}

export const StatefulSetCondition = message(
  'io.k8s.api.apps.v1.StatefulSetCondition',
  'One observation about the state of a StatefulSet.',
  {
    type: field(1, string, 'Which observation it is.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
  },
);
export interface StatefulSetCondition extends Infer<typeof StatefulSetCondition> {}

export const StatefulSetOrdinals = message(
  'io.k8s.api.apps.v1.StatefulSetOrdinals',
  'How the pods of a StatefulSet are numbered.',
  {
    start: field(1, int32, 'Ordinal of the first pod; 0 by default.').default(0),
  },
);
export interface StatefulSetOrdinals extends Infer<typeof StatefulSetOrdinals> {}

export const StatefulSetPersistentVolumeClaimRetentionPolicy = message(
  'io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy',
  'What becomes of claims that were made from the claim templates.',
  {
    whenDeleted: field(1, string, 'Retain keeps the claims when the set is deleted; Delete deletes them with it.'),
    whenScaled: field(2, string, 'Retain keeps the claims of pods that scaling down removes; Delete deletes them.'),
  },
);
export interface StatefulSetPersistentVolumeClaimRetentionPolicy
  extends Infer<typeof StatefulSetPersistentVolumeClaimRetentionPolicy> {}

export const StatefulSetUpdateStrategy = message(
  'io.k8s.api.apps.v1.StatefulSetUpdateStrategy',
  'How pods of a StatefulSet are replaced when the template changes.',
  {
    type: field(
      1,
      string,
      'RollingUpdate replaces pods by itself, last one first; OnDelete waits until somebody deletes them.',
    ).oneOf('OnDelete', 'RollingUpdate'),
    rollingUpdate: field(
      2,
      RollingUpdateStatefulSetStrategy,
      'Limits of the rolling update; only with type RollingUpdate.',
    ),
  },
);
export interface StatefulSetUpdateStrategy extends Infer<typeof StatefulSetUpdateStrategy> {}

export const StatefulSetSpec = message(
  'io.k8s.api.apps.v1.StatefulSetSpec',
  'Which pods and volumes a StatefulSet keeps, and how it changes them.',
  {
    replicas: field(1, int32, 'Number of pods wanted; 1 by default.').pointer(),
    selector: field(
      2,
      LabelSelector,
      "Selects the pods that belong to the set; must match the template's labels and cannot change.",
    ).required(),
    template: field(3, PodTemplateSpec, "The pod to run; each gets the set's name and its ordinal as its own name.")
      .required()
      .default({}),
    volumeClaimTemplates: field(
      4,
      list(PersistentVolumeClaim),
      'Claims made for each pod, which keeps them when it is replaced.',
    ).atomic(),
    serviceName: field(
      5,
      string,
      'Headless service that gives the pods their DNS names; it has to exist before the set.',
    ).default(''),
    podManagementPolicy: field(
      6,
      string,
      'OrderedReady makes and deletes pods one after the other; Parallel all at once.',
    ).oneOf('OrderedReady', 'Parallel'),
    updateStrategy: field(
      7,
      StatefulSetUpdateStrategy,
      'How running pods are replaced when the template changes.',
    ).default({}),
    revisionHistoryLimit: field(8, int32, 'Number of old revisions to keep for rolling back; 10 by default.').pointer(),
    minReadySeconds: field(9, int32, 'Seconds that a pod must be ready without a crash to count as available.'),
    persistentVolumeClaimRetentionPolicy: field(
      10,
      StatefulSetPersistentVolumeClaimRetentionPolicy,
      'What becomes of the claims when pods or the set go.',
    ),
    ordinals: field(11, StatefulSetOrdinals, 'How the pods are numbered.'),
  },
);
export interface StatefulSetSpec extends Infer<typeof StatefulSetSpec> {}

export const StatefulSetStatus = message(
  'io.k8s.api.apps.v1.StatefulSetStatus',
  'What the controller last observed of a StatefulSet.',
  {
    observedGeneration: field(1, int64, 'Generation of the spec that this status was computed from.'),
    replicas: field(2, int32, 'Pods that exist.').required().default(0),
    readyReplicas: field(3, int32, 'Pods whose Ready condition is true.'),
    currentReplicas: field(4, int32, 'Pods of the revision currentRevision.'),
    updatedReplicas: field(5, int32, 'Pods of the revision updateRevision.'),
    currentRevision: field(6, string, 'Revision that pods had before the update under way.'),
    updateRevision: field(7, string, 'Revision that pods get in the update under way.'),
    collisionCount: field(
      9,
      int32,
      'Collisions of revision names met so far; part of the hash in new names.',
    ).pointer(),
    conditions: field(10, list(StatefulSetCondition), 'Latest observations about the set.')
      .mapOf('type')
      .mergeBy('type'),
    availableReplicas: field(11, int32, 'Pods that have been ready for at least minReadySeconds.').default(0),
  },
);
export interface StatefulSetStatus extends Infer<typeof StatefulSetStatus> {}

export const StatefulSet = message(
  'io.k8s.api.apps.v1.StatefulSet',
  'Keeps pods with lasting names, ordinals and volumes of their own.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, StatefulSetSpec, 'The pods and volumes wanted.').always().default({}),
    status: field(3, StatefulSetStatus, 'What was last observed; written by the controller.').default({}),
  },
);
export interface StatefulSet extends Infer<typeof StatefulSet> {}

function applyStatefulSetDefaults({ spec }: StatefulSet): void {
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  // Whoever names the type and says nothing of its limits gets none.
  if (!spec.updateStrategy.type)
    spec.updateStrategy = { rollingUpdate: {}, ...spec.updateStrategy, type: 'RollingUpdate' };
  const { type, rollingUpdate } = spec.updateStrategy;
  if (type === 'RollingUpdate' && rollingUpdate) {
    spec.updateStrategy.rollingUpdate = { partition: 0, maxUnavailable: 1, ...rollingUpdate };
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  applyPodTemplateDefaults(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) applyClaimTemplateDefaults(claim);
}

function applyClaimTemplateDefaults(claim: PersistentVolumeClaim): void {
  claim.apiVersion = 'v1';
  claim.kind = 'PersistentVolumeClaim';
  claim.status = { ...claim.status, phase: claim.status?.phase || 'Pending' };
  applyClaimSpecDefaults(claim.spec);
}

function validateStatefulSet({ metadata, spec }: StatefulSet): FieldError[] {
  const path = new FieldPath('spec');
  const isNew = !metadata.resourceVersion;
  const { selector, persistentVolumeClaimRetentionPolicy: retention } = spec;
  const selectorPath = path.child('selector');
  const retentionPath = path.child('persistentVolumeClaimRetentionPolicy');
  return [
    ...validatePodManagementPolicy(spec.podManagementPolicy, path.child('podManagementPolicy')),
    ...validateStatefulSetUpdateStrategy(spec.updateStrategy ?? {}, path.child('updateStrategy')),
    ...validateOptionalChoice(retention?.whenDeleted, retentionPath.child('whenDeleted'), ['Retain', 'Delete']),
    ...validateOptionalChoice(retention?.whenScaled, retentionPath.child('whenScaled'), ['Retain', 'Delete']),
    ...validateNonNegativeFields(spec, path, ['replicas', 'minReadySeconds', 'revisionHistoryLimit']),
    ...validateNonNegative(spec.ordinals?.start, path.child('ordinals', 'start')),
    ...(isNew && spec.serviceName ? validateText(spec.serviceName, path.child('serviceName'), isDns1123Label) : []),
    ...(selector ? [] : [required(selectorPath)]),
    ...validateLabelSelector(selector, selectorPath),
    ...validateNonEmptySelector(selector, selectorPath, 'statefulset'),
    ...validateWorkloadTemplate({
      template: withClaimVolumes(spec),
      selector,
      path: path.child('template'),
      owner: 'StatefulSet',
      invalidSelector: { path: selectorPath, detail: '' },
    }),
  ];
}

/** The template with the volumes that its pods get from the claim templates, in place of those of the same names. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec | undefined {
  if (!template?.spec || volumeClaimTemplates.length === 0) return template;
  const names = new Set(volumeClaimTemplates.map(({ metadata }) => metadata.name ?? ''));
  const kept = (template.spec.volumes ?? []).filter(({ name }) => !names.has(name));
  const claimed = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...kept, ...claimed] } };
}

function validatePodManagementPolicy(policy: string | undefined, path: FieldPath): FieldError[] {
  if (!policy) return [required(path)];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [invalid(path, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStatefulSetUpdateStrategy(strategy: StatefulSetUpdateStrategy, path: FieldPath): FieldError[] {
  const { type, rollingUpdate } = strategy;
  const rollingPath = path.child('rollingUpdate');
  switch (type) {
    case undefined:
    case '':
      return [required(path)];
    case 'OnDelete':
      if (!rollingUpdate) return [];
      return [invalid(rollingPath, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
    case 'RollingUpdate':
      return rollingUpdate ? validateRollingUpdate(rollingUpdate, rollingPath) : [];
    default:
      return [invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  }
}

function validateRollingUpdate(
  { partition, maxUnavailable }: RollingUpdateStatefulSetStrategy,
  path: FieldPath,
): FieldError[] {
  const unavailablePath = path.child('maxUnavailable');
  const errors = [
    ...validateNonNegative(partition, path.child('partition')),
    ...validateIntOrPercent(maxUnavailable, unavailablePath),
  ];
  if (maxUnavailable !== undefined && isZeroIntOrPercent(maxUnavailable)) {
    errors.push(invalid(unavailablePath, maxUnavailable, 'cannot be 0'));
  }
  return [...errors, ...validateAtMost100Percent(maxUnavailable, unavailablePath)];
}

const UPDATABLE_FIELDS = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

function validateStatefulSetUpdate(object: StatefulSet, old: StatefulSet): FieldError[] {
  const changeable = new Set<string>(UPDATABLE_FIELDS);
  const fixedPart = (spec: StatefulSetSpec) => Object.entries(spec).filter(([name]) => !changeable.has(name));
  if (sameJson(Object.fromEntries(fixedPart(object.spec)), Object.fromEntries(fixedPart(old.spec)))) return [];
  const quoted = UPDATABLE_FIELDS.map((name) => `'${name}'`);
  const listed = `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
  const detail = `updates to statefulset spec for fields other than ${listed} are forbidden`;
  return [fieldForbidden(new FieldPath('spec'), detail)];
}

function validateStatefulSetStatus({ status }: StatefulSet, old: StatefulSet): FieldError[] {
  const path = new FieldPath('status');
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const errors = validateNonNegativeFields(status, path, [
    'replicas',
    'readyReplicas',
    'currentReplicas',
    'updatedReplicas',
    'availableReplicas',
    'observedGeneration',
    'collisionCount',
  ]);
  for (const name of ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const) {
    const value = status?.[name] ?? 0;
    if (value > replicas) errors.push(invalid(path.child(name), value, 'cannot be greater than status.replicas'));
  }
  if (availableReplicas > readyReplicas) {
    const detail = 'cannot be greater than status.readyReplicas';
    errors.push(invalid(path.child('availableReplicas'), availableReplicas, detail));
  }
  return [...errors, ...validateCollisionCount(status?.collisionCount, old.status?.collisionCount, path)];
}

const statefulSetStrategy: WriteStrategy<StatefulSet> = {
  warnings: ({ spec }) => podTemplateWarnings(spec.template, new FieldPath('spec').child('template')),
  applyDefaults: applyStatefulSetDefaults,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
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
    scaleSubresource,
    statusSubresource<StatefulSet>('StatefulSet', { validateUpdate: validateStatefulSetStatus }),
  ],
  validateName: dnsLabelName,
  strategy: statefulSetStrategy,
  columns: statefulSetColumns,
  storageVersionHash: 'H+vl74LkKdo=',
});
