import {
  defineKind,
  field,
  type Infer,
  int32,
  int64,
  intOrString,
  list,
  map,
  message,
  string,
  time,
} from '@kubets/core';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';

export const PodDisruptionBudgetSpec = message('io.k8s.api.policy.v1.PodDisruptionBudgetSpec', '', {
  minAvailable: field(1, intOrString, ''),
  selector: field(2, LabelSelector, ''),
  maxUnavailable: field(3, intOrString, ''),
  unhealthyPodEvictionPolicy: field(4, string, '').oneOf('AlwaysAllow', 'IfHealthyBudget'),
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

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  resource: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  schema: PodDisruptionBudget,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'PodDisruptionBudget', form: 'object' }],
  storageVersionHash: 'EVWiDmWqyJw=',
});
