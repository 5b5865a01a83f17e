import type { Pod } from '@kubets/api';
import type { ClusterView } from '../cache/cache.ts';
import type { NodeInfo } from '../cache/node-info.ts';

/** Why a node is refused. Preemption can help only where taking pods away would change the answer. */
export interface Refusal {
  readonly reasons: readonly string[];
  /** True when no preemption would help. */
  readonly unresolvable: boolean;
}

/** Why a pod fits nowhere, known before any node is looked at. */
export interface Rejection {
  readonly reason: string;
  /** The pod waits for something outside the scheduler: no back-off, no failure. */
  readonly waiting?: boolean;
}

/** Changes in the cluster that may let a refused pod in. */
export type ClusterEvent =
  | 'nodeAdded'
  | 'nodeChanged'
  | 'podAdded'
  | 'podChanged'
  | 'podDeleted'
  | 'volumeChanged'
  | 'namespaceChanged';

/** What a plugin makes of one pod: tests and marks for nodes. A plugin with nothing to say about a pod makes none. */
export interface PodJudge {
  /** Undefined lets the pod onto the node. */
  filter?(info: NodeInfo): Refusal | undefined;
  score?: Scorer;
  /** When set, only these nodes are looked at. */
  readonly onlyNodes?: ReadonlySet<string>;
}

export interface Scorer {
  readonly weight: number;
  /** Raw marks for nodes that passed all filters, then made comparable: 0 to 100. */
  scores(infos: readonly NodeInfo[]): number[];
}

/** One aspect of scheduling. */
export interface Plugin {
  readonly name: string;
  /** Events after which a pod that this plugin refused deserves another try. */
  readonly wakesOn: readonly ClusterEvent[];
  judge(pod: Pod, view: ClusterView): PodJudge | Rejection | undefined;
}

export const MAX_SCORE = 100;

export function refuse(...reasons: string[]): Refusal {
  return { reasons, unresolvable: false };
}

export function refuseForGood(...reasons: string[]): Refusal {
  return { reasons, unresolvable: true };
}

export function isRejection(judge: PodJudge | Rejection): judge is Rejection {
  return 'reason' in judge;
}

/** Stretches scores so that the highest is 100; `reverse` makes the lowest the best. */
export function normalize(scores: number[], reverse = false): number[] {
  let max = 0;
  for (const score of scores) max = Math.max(max, score);
  return scores.map((score) => {
    const scaled = max === 0 ? 0 : Math.trunc((MAX_SCORE * score) / max);
    return reverse ? MAX_SCORE - scaled : scaled;
  });
}
