import type { NodeInfo } from '../cache/node-info.ts';
import { podRequests } from '../cache/resources.ts';
import { MAX_SCORE, type Plugin, refuse, refuseForGood } from '../framework/plugin.ts';

function shortages(info: NodeInfo, wanted: readonly (readonly [string, number])[]): string[] {
  const reasons: string[] = [];
  if (info.pods.size + 1 > (info.allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  for (const [resource, amount] of wanted) {
    const free = (info.allocatable.get(resource) ?? 0) - (info.requested.get(resource) ?? 0);
    if (amount > free) reasons.push(`Insufficient ${resource}`);
  }
  return reasons;
}

/** More than the whole node has: nothing that goes away could make room. */
function neverFits(info: NodeInfo, wanted: readonly (readonly [string, number])[]): boolean {
  return wanted.some(([resource, amount]) => amount > (info.allocatable.get(resource) ?? 0));
}

const leastAllocated = (requested: number, capacity: number) =>
  capacity === 0 || requested > capacity ? 0 : Math.trunc(((capacity - requested) * MAX_SCORE) / capacity);

/** Requests must fit into what the node has left; of those that fit, the emptier the better. */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  wakesOn: ['nodeAdded', 'nodeChanged', 'podDeleted', 'podChanged'],
  judge(pod) {
    const { exact, nonZero } = podRequests(pod);
    const wanted = [...exact].filter(([, amount]) => amount > 0);
    const filter = (info: NodeInfo) => {
      if (info.pods.size < (info.allocatable.get('pods') ?? 0)) {
        let fits = true;
        for (const [resource, amount] of wanted) {
          if (amount > (info.allocatable.get(resource) ?? 0) - (info.requested.get(resource) ?? 0)) fits = false;
        }
        if (fits) return undefined;
      }
      const reasons = shortages(info, wanted);
      return neverFits(info, wanted) ? refuseForGood(...reasons) : refuse(...reasons);
    };
    const score = (info: NodeInfo) => {
      const cpu = info.allocatable.get('cpu') ?? 0;
      const memory = info.allocatable.get('memory') ?? 0;
      const marks =
        leastAllocated(info.nonZeroMilliCpu + nonZero.milliCpu, cpu) +
        leastAllocated(info.nonZeroMemoryBytes + nonZero.memoryBytes, memory);
      return Math.trunc(marks / (Number(cpu > 0) + Number(memory > 0) || 1));
    };
    return { filter, score: { weight: 1, scores: (infos) => infos.map(score) } };
  },
};

/** Prefers nodes whose processors and memory would be used to about the same share. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  wakesOn: [],
  judge(pod) {
    const { exact } = podRequests(pod);
    const cpu = exact.get('cpu') ?? 0;
    const memory = exact.get('memory') ?? 0;
    if (cpu === 0 && memory === 0) return undefined;
    const share = (info: NodeInfo, resource: string, amount: number) => {
      const capacity = info.allocatable.get(resource) ?? 0;
      return capacity === 0 ? 1 : Math.min(1, ((info.requested.get(resource) ?? 0) + amount) / capacity);
    };
    const score = (info: NodeInfo) => {
      const deviation = Math.abs(share(info, 'cpu', cpu) - share(info, 'memory', memory)) / 2;
      return Math.trunc((1 - deviation) * MAX_SCORE);
    };
    return { score: { weight: 1, scores: (infos) => infos.map(score) } };
  },
};
