import { matchesNodeAffinity, matchesNodeSelectorTerm, type Pod } from '@kubets/api';
import type { NodeInfo } from '../cache/node-info.ts';
import { normalize, type Plugin, type PodJudge, refuseForGood } from '../framework/plugin.ts';

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
      preferred.reduce(
        (sum, { weight, preference }) => sum + (matchesNodeSelectorTerm(preference, node) ? weight : 0),
        0,
      );
    if (!nodeSelector && !required && preferred.length === 0) return undefined;
    return {
      ...(nodeSelector || required
        ? { filter: ({ node }: NodeInfo) => (matchesNodeAffinity(pod.spec, node) ? undefined : refusal) }
        : {}),
      ...(pinned ? { onlyNodes: pinned } : {}),
      ...(preferred.length > 0
        ? { score: { weight: 2, scores: (infos: readonly NodeInfo[]) => normalize(infos.map(marks)) } }
        : {}),
    };
  },
};
