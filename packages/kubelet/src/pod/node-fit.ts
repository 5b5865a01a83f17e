import type { Node, NodeSelectorTerm, Pod, Taint, Toleration } from '@kubets/api';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

const isInteger = (text: string | undefined): text is string => text !== undefined && /^-?[0-9]+$/.test(text);

function isMet({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return isInteger(value) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { metadata }: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((each) => isMet(each, metadata.labels?.[each.key])) &&
    matchFields.every((each) => each.key === 'metadata.name' && isMet(each, metadata.name))
  );
}

const requiredAffinity = ({ spec }: Pod) => spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;

/** True when the pod says which nodes it may be on. */
export function choosesNodes(pod: Pod): boolean {
  return Object.keys(pod.spec.nodeSelector ?? {}).length > 0 || requiredAffinity(pod) !== undefined;
}

/** Whether the pod's node selector and required node affinity let it onto the node. */
export function isMeantForNode(pod: Pod, node: Node): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {}))
    if (node.metadata.labels?.[key] !== value) return false;
  const required = requiredAffinity(pod);
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

export function toleratesTaint(pod: Pod, taint: Taint): boolean {
  return (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}
