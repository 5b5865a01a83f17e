import { field, type Infer, int32, int64, list, message, string } from '@kubets/core';
import { LabelSelector } from '../meta/selector.ts';
import { NodeSelector, NodeSelectorTerm } from './reference.ts';

export const PreferredSchedulingTerm = message(
  'io.k8s.api.core.v1.PreferredSchedulingTerm',
  'A preference for nodes, with its weight.',
  {
    weight: field(1, int32, 'How much the preference counts, from 1 to 100.').required().default(0),
    preference: field(2, NodeSelectorTerm, 'Nodes that are preferred.').required().default({}),
  },
);
export interface PreferredSchedulingTerm extends Infer<typeof PreferredSchedulingTerm> {}

export const NodeAffinity = message(
  'io.k8s.api.core.v1.NodeAffinity',
  'Rules on which nodes a pod may, or should, run.',
  {
    requiredDuringSchedulingIgnoredDuringExecution: field(
      1,
      NodeSelector,
      'Nodes that the pod may be scheduled to; later changes of labels do not matter.',
    ),
    preferredDuringSchedulingIgnoredDuringExecution: field(
      2,
      list(PreferredSchedulingTerm),
      'Nodes that are preferred: weights of matching terms are added up.',
    ).atomic(),
  },
);
export interface NodeAffinity extends Infer<typeof NodeAffinity> {}

export const PodAffinityTerm = message(
  'io.k8s.api.core.v1.PodAffinityTerm',
  'A set of pods, and what counts as the same place as theirs.',
  {
    labelSelector: field(1, LabelSelector, 'Labels of the pods; none means no pods.'),
    namespaces: field(2, list(string), 'Namespaces of the pods, beside those selected by namespaceSelector.').atomic(),
    topologyKey: field(3, string, 'Label of nodes; nodes with the same value are one place.').required().default(''),
    namespaceSelector: field(4, LabelSelector, 'Labels of the namespaces of the pods; empty selects all of them.'),
    matchLabelKeys: field(5, list(string), 'Labels whose value must be the same as on the new pod.').atomic(),
    mismatchLabelKeys: field(6, list(string), 'Labels whose value must differ from that on the new pod.').atomic(),
  },
);
export interface PodAffinityTerm extends Infer<typeof PodAffinityTerm> {}

export const WeightedPodAffinityTerm = message(
  'io.k8s.api.core.v1.WeightedPodAffinityTerm',
  'A set of pods that one prefers to be near to, or far from.',
  {
    weight: field(1, int32, 'How much the preference counts, from 1 to 100.').required().default(0),
    podAffinityTerm: field(2, PodAffinityTerm, 'The pods, and what counts as the same place.').required().default({}),
  },
);
export interface WeightedPodAffinityTerm extends Infer<typeof WeightedPodAffinityTerm> {}

export const PodAffinity = message(
  'io.k8s.api.core.v1.PodAffinity',
  'Rules on which other pods a pod must, or should, be near to.',
  {
    requiredDuringSchedulingIgnoredDuringExecution: field(
      1,
      list(PodAffinityTerm),
      'Pods that must be in the same place; all terms must hold.',
    ).atomic(),
    preferredDuringSchedulingIgnoredDuringExecution: field(
      2,
      list(WeightedPodAffinityTerm),
      'Pods that one prefers to have in the same place.',
    ).atomic(),
  },
);
export interface PodAffinity extends Infer<typeof PodAffinity> {}

export const PodAntiAffinity = message(
  'io.k8s.api.core.v1.PodAntiAffinity',
  'Rules on which other pods a pod must, or should, keep away from.',
  {
    requiredDuringSchedulingIgnoredDuringExecution: field(
      1,
      list(PodAffinityTerm),
      'Pods that must not be in the same place; all terms must hold.',
    ).atomic(),
    preferredDuringSchedulingIgnoredDuringExecution: field(
      2,
      list(WeightedPodAffinityTerm),
      'Pods that one prefers not to have in the same place.',
    ).atomic(),
  },
);
export interface PodAntiAffinity extends Infer<typeof PodAntiAffinity> {}

export const Affinity = message('io.k8s.api.core.v1.Affinity', 'Rules on where a pod is scheduled to.', {
  nodeAffinity: field(1, NodeAffinity, 'Rules about nodes.'),
  podAffinity: field(2, PodAffinity, 'Rules about pods to be near to.'),
  podAntiAffinity: field(3, PodAntiAffinity, 'Rules about pods to keep away from.'),
});
export interface Affinity extends Infer<typeof Affinity> {}

export const Toleration = message('io.k8s.api.core.v1.Toleration', 'Lets a pod run on nodes with a matching taint.', {
  key: field(1, string, 'Taint that is tolerated; empty, with operator Exists, tolerates all.'),
  operator: field(2, string, 'Equal to compare the value, Exists for any value, Lt and Gt to compare numbers.').oneOf(
    'Equal',
    'Exists',
    'Gt',
    'Lt',
  ),
  value: field(3, string, 'Value of the taint that is tolerated; empty with operator Exists.'),
  effect: field(
    4,
    string,
    'Effect that is tolerated: NoSchedule, PreferNoSchedule or NoExecute; empty means all.',
  ).oneOf('NoExecute', 'NoSchedule', 'PreferNoSchedule'),
  tolerationSeconds: field(
    5,
    int64,
    'How long the pod stays after a NoExecute taint has come; for ever by default.',
  ).pointer(),
});
export interface Toleration extends Infer<typeof Toleration> {}

export const TopologySpreadConstraint = message(
  'io.k8s.api.core.v1.TopologySpreadConstraint',
  'How evenly matching pods are spread over places.',
  {
    maxSkew: field(1, int32, 'How many more matching pods one place may have than the emptiest.').required().default(0),
    topologyKey: field(2, string, 'Label of nodes; nodes with the same value are one place.').required().default(''),
    whenUnsatisfiable: field(
      3,
      string,
      'DoNotSchedule to wait for an even place, ScheduleAnyway to take the best there is.',
    )
      .required()
      .default('')
      .oneOf('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector: field(4, LabelSelector, 'Labels of the pods that are counted.'),
    minDomains: field(
      5,
      int32,
      'How many places there must be before the emptiest counts as more than empty.',
    ).pointer(),
    nodeAffinityPolicy: field(6, string, 'Whether nodes that the pod may not run on are left out: Honor or Ignore.')
      .pointer()
      .oneOf('Honor', 'Ignore'),
    nodeTaintsPolicy: field(
      7,
      string,
      'Whether nodes with taints that the pod does not tolerate are left out: Honor or Ignore.',
    )
      .pointer()
      .oneOf('Honor', 'Ignore'),
    matchLabelKeys: field(
      8,
      list(string),
      'Labels whose value must be the same as on the new pod for a pod to count.',
    ).atomic(),
  },
);
export interface TopologySpreadConstraint extends Infer<typeof TopologySpreadConstraint> {}
