import { field, type Infer, int32, int64, list, message, string } from '@kubets/core';
import { LabelSelector } from '../meta/selector.ts';
import { NodeSelector, NodeSelectorTerm } from './reference.ts';

export const PreferredSchedulingTerm = message('io.k8s.api.core.v1.PreferredSchedulingTerm', '', {
  weight: field(1, int32, '').required().default(0),
  preference: field(2, NodeSelectorTerm, '').required().default({}),
});
export interface PreferredSchedulingTerm extends Infer<typeof PreferredSchedulingTerm> {}

export const NodeAffinity = message('io.k8s.api.core.v1.NodeAffinity', '', {
  requiredDuringSchedulingIgnoredDuringExecution: field(1, NodeSelector, ''),
  preferredDuringSchedulingIgnoredDuringExecution: field(2, list(PreferredSchedulingTerm), '').atomic(),
});
export interface NodeAffinity extends Infer<typeof NodeAffinity> {}

export const PodAffinityTerm = message('io.k8s.api.core.v1.PodAffinityTerm', '', {
  labelSelector: field(1, LabelSelector, ''),
  namespaces: field(2, list(string), '').atomic(),
  topologyKey: field(3, string, '').required().default(''),
  namespaceSelector: field(4, LabelSelector, ''),
  matchLabelKeys: field(5, list(string), '').atomic(),
  mismatchLabelKeys: field(6, list(string), '').atomic(),
});
export interface PodAffinityTerm extends Infer<typeof PodAffinityTerm> {}

export const WeightedPodAffinityTerm = message('io.k8s.api.core.v1.WeightedPodAffinityTerm', '', {
  weight: field(1, int32, '').required().default(0),
  podAffinityTerm: field(2, PodAffinityTerm, '').required().default({}),
});
export interface WeightedPodAffinityTerm extends Infer<typeof WeightedPodAffinityTerm> {}

export const PodAffinity = message('io.k8s.api.core.v1.PodAffinity', '', {
  requiredDuringSchedulingIgnoredDuringExecution: field(1, list(PodAffinityTerm), '').atomic(),
  preferredDuringSchedulingIgnoredDuringExecution: field(2, list(WeightedPodAffinityTerm), '').atomic(),
});
export interface PodAffinity extends Infer<typeof PodAffinity> {}

export const PodAntiAffinity = message('io.k8s.api.core.v1.PodAntiAffinity', '', {
  requiredDuringSchedulingIgnoredDuringExecution: field(1, list(PodAffinityTerm), '').atomic(),
  preferredDuringSchedulingIgnoredDuringExecution: field(2, list(WeightedPodAffinityTerm), '').atomic(),
});
export interface PodAntiAffinity extends Infer<typeof PodAntiAffinity> {}

export const Affinity = message('io.k8s.api.core.v1.Affinity', '', {
  nodeAffinity: field(1, NodeAffinity, ''),
  podAffinity: field(2, PodAffinity, ''),
  podAntiAffinity: field(3, PodAntiAffinity, ''),
});
export interface Affinity extends Infer<typeof Affinity> {}

export const Toleration = message('io.k8s.api.core.v1.Toleration', '', {
  key: field(1, string, ''),
  operator: field(2, string, '').oneOf('Equal', 'Exists', 'Gt', 'Lt'),
  value: field(3, string, ''),
  effect: field(4, string, '').oneOf('NoExecute', 'NoSchedule', 'PreferNoSchedule'),
  tolerationSeconds: field(5, int64, ''),
});
export interface Toleration extends Infer<typeof Toleration> {}

export const TopologySpreadConstraint = message('io.k8s.api.core.v1.TopologySpreadConstraint', '', {
  maxSkew: field(1, int32, '').required().default(0),
  topologyKey: field(2, string, '').required().default(''),
  whenUnsatisfiable: field(3, string, '').required().default('').oneOf('DoNotSchedule', 'ScheduleAnyway'),
  labelSelector: field(4, LabelSelector, ''),
  minDomains: field(5, int32, ''),
  nodeAffinityPolicy: field(6, string, '').oneOf('Honor', 'Ignore'),
  nodeTaintsPolicy: field(7, string, '').oneOf('Honor', 'Ignore'),
  matchLabelKeys: field(8, list(string), '').atomic(),
});
export interface TopologySpreadConstraint extends Infer<typeof TopologySpreadConstraint> {}
