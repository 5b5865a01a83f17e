import { isEmptySelector, labelMatcher, type Pod, type PodDisruptionBudget } from '@kubets/api';
import { parseTime } from '@kubets/client';
import { type ClusterView, WhatIfView } from '../cache/cache.ts';
import { type NodeInfo, priorityOf } from '../cache/node-info.ts';
import { type Diagnosis, filterNode, judgePod } from '../framework/algorithm.ts';
import { summarize } from '../framework/message.ts';
import type { Plugin } from '../framework/plugin.ts';

/** Nodes for which a whole preemption is worked out: a tenth of all, but at least so many. */
const MIN_CANDIDATES = 100;
const CANDIDATE_SHARE = 0.1;
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

export interface Candidate {
  readonly node: string;
  readonly victims: readonly Pod[];
  readonly budgetViolations: number;
}

export type PreemptionResult =
  | { readonly type: 'nominate'; readonly candidate: Candidate }
  | { readonly type: 'none'; readonly message: string };

export interface PreemptionInput {
  readonly pod: Pod;
  readonly diagnosis: Diagnosis;
  readonly view: ClusterView;
  readonly plugins: readonly Plugin[];
  readonly budgets: readonly PodDisruptionBudget[];
  /** Where among the nodes the search begins. */
  readonly offset: number;
}

/** Looks for a node where deleting pods of lower priority would let the pod in, and for the least painful way to do it. */
export function planPreemption(input: PreemptionInput): PreemptionResult {
  const { pod, diagnosis, view } = input;
  const reason = ineligible(pod, view);
  if (reason) return { type: 'none', message: reason };
  const reasons: string[] = [];
  const possible: NodeInfo[] = [];
  for (const info of view.nodes()) {
    const refusal = diagnosis.refusals.get(info.name);
    if (refusal && !refusal.unresolvable) possible.push(info);
    else reasons.push(NOT_HELPFUL);
  }
  const candidates: Candidate[] = [];
  const limit = Math.max(MIN_CANDIDATES, Math.trunc(possible.length * CANDIDATE_SHARE));
  for (let index = 0; index < possible.length && candidates.length < limit; index++) {
    const info = possible[(input.offset + index) % possible.length]!;
    const found = victimsOn(info, input);
    if ('victims' in found) candidates.push(found);
    else reasons.push(...found.reasons);
  }
  const best = pickCandidate(candidates);
  if (best) return { type: 'nominate', candidate: best };
  return { type: 'none', message: summarize(diagnosis.totalNodes, reasons) };
}

/** A pod that waits for its victims to go does not look for more. */
function ineligible(pod: Pod, view: ClusterView): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = pod.status?.nominatedNodeName ? view.node(pod.status.nominatedNodeName) : undefined;
  if (!nominated) return undefined;
  const waiting = [...nominated.pods.values()].some(
    (other) => other.metadata.deletionTimestamp && priorityOf(other) < priorityOf(pod),
  );
  return waiting ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function victimsOn(info: NodeInfo, input: PreemptionInput): Candidate | { reasons: readonly string[] } {
  const { pod, view, plugins, budgets } = input;
  const lower = [...info.pods.values()].filter((other) => priorityOf(other) < priorityOf(pod));
  if (lower.length === 0) return { reasons: [NO_VICTIMS] };
  const copy = info.clone();
  const whatIf = new WhatIfView(view, copy);
  for (const victim of lower) whatIf.remove(victim);
  const refusal = () => {
    const { judges, rejection } = judgePod(plugins, pod, whatIf);
    return rejection ? { reasons: [rejection.reason] } : filterNode(judges, copy);
  };
  const still = refusal();
  if (still) return { reasons: still.reasons };
  const { violating, others } = splitByBudgets(lower.sort(moreImportant), budgets);
  const victims: Pod[] = [];
  let budgetViolations = 0;
  const spare = (victim: Pod) => {
    whatIf.restore(victim);
    if (!refusal()) return true;
    whatIf.remove(victim);
    victims.push(victim);
    return false;
  };
  for (const victim of violating) if (!spare(victim)) budgetViolations++;
  for (const victim of others) spare(victim);
  return { node: info.name, victims: victims.sort(moreImportant), budgetViolations };
}

const startMs = (pod: Pod) => parseTime(pod.status?.startTime ?? pod.metadata.creationTimestamp);

/** Higher priority first; of equal ones that which has run longer. */
function moreImportant(left: Pod, right: Pod): number {
  return priorityOf(right) - priorityOf(left) || startMs(left) - startMs(right) || 0;
}

/** Separates pods whose loss a disruption budget does not allow any more. */
function splitByBudgets(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]) {
  const allowed = budgets.map(({ status }) => status?.disruptionsAllowed ?? 0);
  const matchers = budgets.map(({ spec }) => labelMatcher(spec?.selector));
  const violating: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    let violates = false;
    budgets.forEach((budget, index) => {
      if (budget.metadata.namespace !== pod.metadata.namespace || isEmptySelector(budget.spec?.selector)) return;
      if (!matchers[index]!(pod.metadata.labels)) return;
      if (budget.status?.disruptedPods?.[pod.metadata.name ?? '']) return;
      allowed[index] = allowed[index]! - 1;
      if (allowed[index]! < 0) violates = true;
    });
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}

/** Fewest broken budgets, then least priority lost, then fewest pods, then the youngest. */
function pickCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  const offsetPriority = (pod: Pod) => priorityOf(pod) + 2 ** 31;
  const marks = (candidate: Candidate) => {
    const { victims, budgetViolations } = candidate;
    const highest = victims[0] ? priorityOf(victims[0]) : Number.NEGATIVE_INFINITY;
    const sum = victims.reduce((total, victim) => total + offsetPriority(victim), 0);
    const important = victims.filter((victim) => priorityOf(victim) === highest).map(startMs);
    return [budgetViolations, highest, sum, victims.length, -Math.min(...important)];
  };
  let best: { candidate: Candidate; marks: number[] } | undefined;
  for (const candidate of candidates) {
    const own = marks(candidate);
    if (!best || isLess(own, best.marks)) best = { candidate, marks: own };
  }
  return best?.candidate;
}

function isLess(left: readonly number[], right: readonly number[]): boolean {
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return left[index]! < right[index]!;
  }
  return false;
}
