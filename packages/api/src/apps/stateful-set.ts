import type { Column, WriteStrategy } from '@kubets/core';
import {
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
} from '@kubets/core';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { applyClaimSpecDefaults } from '../core/claim-defaults.ts';
import { PersistentVolumeClaim } from '../core/persistent-volume-claim.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
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
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';
import { validateCollisionCount } from './deployment.ts';
import { validateNonEmptySelector, validateWorkloadTemplate } from './pod-template.ts';

export const RollingUpdateStatefulSetStrategy = message('io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy', '', {
  partition: field(1, int32, '').pointer(),
  maxUnavailable: field(2, intOrString, '').pointer(),
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
  replicas: field(1, int32, '').pointer(),
  selector: field(2, LabelSelector, '').required(),
  template: field(3, PodTemplateSpec, '').required().default({}),
  volumeClaimTemplates: field(4, list(PersistentVolumeClaim), '').atomic(),
  serviceName: field(5, string, '').default(''),
  podManagementPolicy: field(6, string, '').oneOf('OrderedReady', 'Parallel'),
  updateStrategy: field(7, StatefulSetUpdateStrategy, '').default({}),
  revisionHistoryLimit: field(8, int32, '').pointer(),
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
  collisionCount: field(9, int32, '').pointer(),
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
  applyPodTemplateDefaults(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) applyClaimTemplateDefaults(claim);
}

function applyClaimTemplateDefaults(claim: PersistentVolumeClaim): void {
  claim.apiVersion = 'v1';
  claim.kind = 'PersistentVolumeClaim';
  claim.status = { ...claim.status, phase: claim.status?.phase || 'Pending' };
  applyClaimSpecDefaults(claim.spec);
}

function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  const path = new FieldPath('spec');
  const { selector, template, persistentVolumeClaimRetentionPolicy: retention } = spec;
  const selectorPath = path.child('selector');
  const retentionPath = path.child('persistentVolumeClaimRetentionPolicy');
  return [
    ...validatePodManagementPolicy(spec.podManagementPolicy, path.child('podManagementPolicy')),
    ...validateStatefulSetUpdateStrategy(spec.updateStrategy ?? {}, path.child('updateStrategy')),
    ...validateOptionalChoice(retention?.whenDeleted, retentionPath.child('whenDeleted'), ['Retain', 'Delete']),
    ...validateOptionalChoice(retention?.whenScaled, retentionPath.child('whenScaled'), ['Retain', 'Delete']),
    ...validateNonNegativeFields(spec, path, ['replicas', 'minReadySeconds', 'revisionHistoryLimit']),
    ...validateNonNegative(spec.ordinals?.start, path.child('ordinals', 'start')),
    ...(spec.serviceName ? validateText(spec.serviceName, path.child('serviceName'), isDns1123Label) : []),
    ...(selector ? [] : [required(selectorPath)]),
    ...validateLabelSelector(selector, selectorPath),
    ...validateNonEmptySelector(selector, selectorPath, 'statefulset'),
    ...validateWorkloadTemplate({ template, selector, path: path.child('template'), owner: 'StatefulSet' }),
  ];
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
      strategy: statusStrategy<StatefulSet>({ validateUpdate: validateStatefulSetStatus }),
    },
  ],
  validateName: dnsLabelName,
  strategy: statefulSetStrategy,
  columns: statefulSetColumns,
  storageVersionHash: 'H+vl74LkKdo=',
});
