import type { Column, FieldError } from '@kubets/core';
import {
  defineKind,
  FieldPath,
  field,
  type Infer,
  int32,
  int64,
  intOrString,
  invalid,
  list,
  map,
  message,
  string,
  time,
  validateLabelSelector,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import {
  validateAtMost100Percent,
  validateIntOrPercent,
  validateNonNegativeFields,
  validateOptionalChoice,
} from '../field-rules.ts';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';

export const PodDisruptionBudgetSpec = message('io.k8s.api.policy.v1.PodDisruptionBudgetSpec', '', {
  minAvailable: field(1, intOrString, '').pointer(),
  selector: field(2, LabelSelector, '').replaced(),
  maxUnavailable: field(3, intOrString, '').pointer(),
  unhealthyPodEvictionPolicy: field(4, string, '').pointer().oneOf('AlwaysAllow', 'IfHealthyBudget'),
});
export interface PodDisruptionBudgetSpec extends Infer<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = message('io.k8s.api.policy.v1.PodDisruptionBudgetStatus', '', {
  observedGeneration: field(1, int64, ''),
  disruptedPods: field(2, map(time), ''),
  disruptionsAllowed: field(3, int32, '').default(0),
  currentHealthy: field(4, int32, '').default(0),
  desiredHealthy: field(5, int32, '').default(0),
  expectedPods: field(6, int32, '').default(0),
  conditions: field(7, list(Condition), '').mapOf('type').mergeBy('type'),
});
export interface PodDisruptionBudgetStatus extends Infer<typeof PodDisruptionBudgetStatus> {}

export const PodDisruptionBudget = message('io.k8s.api.policy.v1.PodDisruptionBudget', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, PodDisruptionBudgetSpec, '').always().default({}),
  status: field(3, PodDisruptionBudgetStatus, '').default({}),
});
export interface PodDisruptionBudget extends Infer<typeof PodDisruptionBudget> {}

function validatePodDisruptionBudget({ spec }: PodDisruptionBudget): FieldError[] {
  const path = new FieldPath('spec');
  const { minAvailable, maxUnavailable } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.push(invalid(path, spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    errors.push(
      ...validateIntOrPercent(spec[name], path.child(name)),
      ...validateAtMost100Percent(spec[name], path.child(name)),
    );
  }
  return [
    ...errors,
    ...validateLabelSelector(spec.selector, path.child('selector')),
    ...validateOptionalChoice(spec.unhealthyPodEvictionPolicy, path.child('unhealthyPodEvictionPolicy'), [
      'IfHealthyBudget',
      'AlwaysAllow',
    ]),
  ];
}

function validatePodDisruptionBudgetStatus({ status }: PodDisruptionBudget): FieldError[] {
  const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;
  return validateNonNegativeFields(status, new FieldPath('status'), counts);
}

const podDisruptionBudgetColumns: Column<PodDisruptionBudget>[] = [
  nameColumn,
  {
    name: 'Min Available',
    type: 'string',
    description: 'Pods that must stay available.',
    cell: ({ spec }) => String(spec.minAvailable ?? 'N/A'),
  },
  {
    name: 'Max Unavailable',
    type: 'string',
    description: 'Pods that may be unavailable.',
    cell: ({ spec }) => String(spec.maxUnavailable ?? 'N/A'),
  },
  {
    name: 'Allowed Disruptions',
    type: 'integer',
    description: 'Pods that may be evicted now.',
    cell: ({ status }) => status?.disruptionsAllowed ?? 0,
  },
  ageColumn,
];

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  resource: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  schema: PodDisruptionBudget,
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'PodDisruptionBudget',
      form: 'object',
      strategy: statusStrategy<PodDisruptionBudget>({ validateUpdate: validatePodDisruptionBudgetStatus }),
    },
  ],
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, PodDisruptionBudgetStatus),
    prepareForUpdate: keepStatus,
    validate: validatePodDisruptionBudget,
    hasGeneration: true,
  },
  columns: podDisruptionBudgetColumns,
  storageVersionHash: 'EVWiDmWqyJw=',
});
