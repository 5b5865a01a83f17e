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
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';

export const PodDisruptionBudgetSpec = message(
  'io.k8s.api.policy.v1.PodDisruptionBudgetSpec',
  'How many pods of an application may be evicted at one time.',
  {
    minAvailable: field(
      1,
      intOrString,
      'Pods, as a number or percentage, that must stay available after an eviction.',
    ).pointer(),
    selector: field(2, LabelSelector, 'Selects the pods; empty for all of the namespace.').replaced(),
    maxUnavailable: field(
      3,
      intOrString,
      'Pods, as a number or percentage, that may be unavailable after an eviction; not with minAvailable.',
    ).pointer(),
    unhealthyPodEvictionPolicy: field(
      4,
      string,
      'Whether pods that are not ready may always be evicted (AlwaysAllow) or only while enough are healthy (IfHealthyBudget).',
    )
      .pointer()
      .oneOf('AlwaysAllow', 'IfHealthyBudget'),
  },
);
export interface PodDisruptionBudgetSpec extends Infer<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = message(
  'io.k8s.api.policy.v1.PodDisruptionBudgetStatus',
  'What was last observed of a budget.',
  {
    observedGeneration: field(1, int64, 'Generation of the spec that this status was computed from.'),
    disruptedPods: field(2, map(time), 'Pods whose eviction was allowed and that are not gone yet, with the time.'),
    disruptionsAllowed: field(3, int32, 'Pods that may be evicted now.').default(0),
    currentHealthy: field(4, int32, 'Pods that are healthy.').default(0),
    desiredHealthy: field(5, int32, 'Pods that must stay healthy.').default(0),
    expectedPods: field(6, int32, 'Pods that the budget counts in all.').default(0),
    conditions: field(7, list(Condition), 'Latest observations, such as DisruptionAllowed.')
      .mapOf('type')
      .mergeBy('type'),
  },
);
export interface PodDisruptionBudgetStatus extends Infer<typeof PodDisruptionBudgetStatus> {}

export const PodDisruptionBudget = message(
  'io.k8s.api.policy.v1.PodDisruptionBudget',
  'Limits how many pods of an application are evicted at one time.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, PodDisruptionBudgetSpec, 'The pods and the limit.').always().default({}),
    status: field(3, PodDisruptionBudgetStatus, 'What was last observed; written by the controller.').default({}),
  },
);
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
    statusSubresource<PodDisruptionBudget>('PodDisruptionBudget', {
      validateUpdate: validatePodDisruptionBudgetStatus,
    }),
  ],
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, PodDisruptionBudgetStatus),
    prepareForUpdate: keepStatus,
    allowUnconditionalUpdate: false,
    validate: validatePodDisruptionBudget,
    hasGeneration: true,
  },
  columns: podDisruptionBudgetColumns,
  storageVersionHash: 'EVWiDmWqyJw=',
});
