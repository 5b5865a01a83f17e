import { type Pod, type Taint, tolerates } from '@kubets/api';

/** True when the pod says which nodes it may be on. */
export function choosesNodes({ spec }: Pod): boolean {
  const { nodeSelector = {}, affinity } = spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return Object.keys(nodeSelector).length > 0 || required !== undefined;
}

export function toleratesTaint(pod: Pod, taint: Taint): boolean {
  return (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}
