import type { Pod } from '@kubets/api';
import type { Random } from '@kubets/core';
import type { ClusterView } from '../cache/cache.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import { isRejection, type Plugin, type PodJudge, type Refusal, type Rejection, type Scorer } from './plugin.ts';

/** Up to so many nodes all are looked at; beyond, a share that falls with the number of nodes. */
const MIN_FEASIBLE_NODES = 100;
const MIN_PERCENTAGE = 5;

export interface NodeRefusal extends Refusal {
  readonly plugin: string;
}

/** Why a pod fits nowhere. */
export interface Diagnosis {
  readonly totalNodes: number;
  readonly refusals: ReadonlyMap<string, NodeRefusal>;
  /** Plugins that refused; their events bring the pod back. */
  readonly refusedBy: ReadonlySet<string>;
  readonly rejection?: Rejection;
}

export type Verdict =
  | { readonly type: 'fits'; readonly node: string; readonly feasible: number }
  | { readonly type: 'refused'; readonly diagnosis: Diagnosis };

interface NamedJudge extends PodJudge {
  readonly plugin: string;
}

export interface Judgement {
  readonly judges: readonly NamedJudge[];
  readonly rejection?: Rejection & { readonly plugin: string };
}

/** Pods that have been promised room on a node by a preemption, as far as they matter to this pod. */
export type Nominated = (node: string, pod: Pod) => readonly Pod[];

/** Asks every plugin what it makes of a pod. */
export function judgePod(plugins: readonly Plugin[], pod: Pod, view: ClusterView): Judgement {
  const judges: NamedJudge[] = [];
  for (const plugin of plugins) {
    const judge = plugin.judge(pod, view);
    if (!judge) continue;
    if (isRejection(judge)) return { judges, rejection: { ...judge, plugin: plugin.name } };
    judges.push({ plugin: plugin.name, ...judge });
  }
  return { judges };
}

export function filterNode(judges: readonly NamedJudge[], info: NodeInfo): NodeRefusal | undefined {
  for (const judge of judges) {
    const refusal = judge.filter?.(info);
    if (refusal) return { plugin: judge.plugin, ...refusal };
  }
  return undefined;
}

/** Finds the best node for one pod. Nodes are tried in turn, going on where the search before stopped. */
export class Algorithm {
  readonly #plugins: readonly Plugin[];
  readonly #random: Random;
  readonly #nominated: Nominated;
  #nextStart = 0;

  constructor(options: { plugins: readonly Plugin[]; random: Random; nominated: Nominated }) {
    this.#plugins = options.plugins;
    this.#random = options.random;
    this.#nominated = options.nominated;
  }

  schedule(pod: Pod, view: ClusterView): Verdict {
    const nodes = view.nodes();
    const { judges, rejection } = judgePod(this.#plugins, pod, view);
    if (rejection) {
      const diagnosis = {
        totalNodes: nodes.length,
        refusals: new Map(),
        refusedBy: new Set([rejection.plugin]),
        rejection,
      };
      return { type: 'refused', diagnosis };
    }
    const { feasible, refusals } = this.#findFeasible(pod, judges, nodes);
    if (feasible.length === 0) {
      const refusedBy = new Set([...refusals.values()].map(({ plugin }) => plugin));
      return { type: 'refused', diagnosis: { totalNodes: nodes.length, refusals, refusedBy } };
    }
    return { type: 'fits', node: this.#choose(judges, feasible).name, feasible: feasible.length };
  }

  #findFeasible(pod: Pod, judges: readonly NamedJudge[], nodes: readonly NodeInfo[]) {
    const feasible: NodeInfo[] = [];
    const refusals = new Map<string, NodeRefusal>();
    const only = judges.find(({ onlyNodes }) => onlyNodes)?.onlyNodes;
    const wanted = nodesToFind(nodes.length);
    const preferred = this.#preferred(pod, nodes);
    if (preferred && !this.#refusal(pod, judges, preferred)) return { feasible: [preferred], refusals };
    const start = nodes.length > 0 ? this.#nextStart % nodes.length : 0;
    let tried = 0;
    for (; tried < nodes.length && feasible.length < wanted; tried++) {
      const info = nodes[(start + tried) % nodes.length]!;
      if (only && !only.has(info.name)) {
        const reasons = ["node(s) didn't satisfy plugin(s) [NodeAffinity]"];
        refusals.set(info.name, { plugin: 'NodeAffinity', unresolvable: true, reasons });
        continue;
      }
      const refusal = this.#refusal(pod, judges, info);
      if (refusal) refusals.set(info.name, refusal);
      else feasible.push(info);
    }
    this.#nextStart = start + tried;
    return { feasible, refusals };
  }

  /** A pod that a preemption made room for goes there if it can. */
  #preferred(pod: Pod, nodes: readonly NodeInfo[]): NodeInfo | undefined {
    const name = pod.status?.nominatedNodeName;
    return name ? nodes.find((info) => info.name === name) : undefined;
  }

  /** With promised room taken, and, as a promise may come to nothing, without. */
  #refusal(pod: Pod, judges: readonly NamedJudge[], info: NodeInfo): NodeRefusal | undefined {
    const nominated = this.#nominated(info.name, pod);
    if (nominated.length > 0) {
      const filled = info.clone();
      for (const other of nominated) filled.add(other);
      const refusal = filterNode(judges, filled);
      if (refusal) return refusal;
    }
    return filterNode(judges, info);
  }

  #choose(judges: readonly NamedJudge[], feasible: readonly NodeInfo[]): NodeInfo {
    if (feasible.length === 1) return feasible[0]!;
    const totals = new Array<number>(feasible.length).fill(0);
    for (const { score } of judges) if (score) addScores(totals, score, feasible);
    let best = 0;
    let ties = 1;
    for (let index = 1; index < totals.length; index++) {
      const difference = totals[index]! - totals[best]!;
      if (difference > 0) {
        best = index;
        ties = 1;
      } else if (difference === 0 && this.#random.next() * ++ties < 1) best = index;
    }
    return feasible[best]!;
  }
}

function addScores(totals: number[], { weight, scores }: Scorer, feasible: readonly NodeInfo[]): void {
  const marks = scores(feasible);
  for (let index = 0; index < totals.length; index++) totals[index] = totals[index]! + weight * marks[index]!;
}

function nodesToFind(total: number): number {
  if (total < MIN_FEASIBLE_NODES) return total;
  const percentage = Math.max(MIN_PERCENTAGE, 50 - Math.trunc(total / 125));
  return Math.max(MIN_FEASIBLE_NODES, Math.trunc((total * percentage) / 100));
}
