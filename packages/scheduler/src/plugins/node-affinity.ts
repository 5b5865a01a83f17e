import type { Node, NodeSelectorTerm, Pod } from '@kubets/api';
import type { NodeInfo } from '../cache/node-info.ts';
import { normalize, type Plugin, type PodJudge, refuseForGood } from '../framework/plugin.ts';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

function matchesRequirement({ operator, values = [] }: Requirement, value: string | undefined): boolean {
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
      return value !== undefined && /^-?[0-9]+$/.test(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && /^-?[0-9]+$/.test(value) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** Whether a node meets all requirements of one term; an empty term matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, { metadata }: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, metadata.labels?.[requirement.key])) &&
    matchFields.every((requirement) => {
      return requirement.key === 'metadata.name' && matchesRequirement(requirement, metadata.name);
    })
  );
}

/** Whether a pod's node selector and required node affinity let it onto a node. */
export function matchesNodeAffinity({ spec }: Pod, node: Node): boolean {
  for (const key in spec.nodeSelector) if (node.metadata.labels?.[key] !== spec.nodeSelector[key]) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** Node names that the affinity's fields pin the pod to; undefined when any name may do. */
function pinnedNodes({ spec }: Pod): Set<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms?.length) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const named = matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (named.length === 0) return undefined;
    for (const { values = [] } of named) for (const name of values) names.add(name);
  }
  return names;
}

/** Node selectors and node affinity. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  wakesOn: ['nodeAdded', 'nodeChanged', 'podChanged'],
  judge(pod): PodJudge | undefined {
    const { nodeSelector, affinity } = pod.spec;
    const preferred = affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const refusal = refuseForGood("node(s) didn't match Pod's node affinity/selector");
    const pinned = pinnedNodes(pod);
    const marks = ({ node }: NodeInfo) =>
      preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
    if (!nodeSelector && !required && preferred.length === 0) return undefined;
    return {
      ...(nodeSelector || required
        ? { filter: ({ node }: NodeInfo) => (matchesNodeAffinity(pod, node) ? undefined : refusal) }
        : {}),
      ...(pinned ? { onlyNodes: pinned } : {}),
      ...(preferred.length > 0
        ? { score: { weight: 2, scores: (infos: readonly NodeInfo[]) => normalize(infos.map(marks)) } }
        : {}),
    };
  },
};
