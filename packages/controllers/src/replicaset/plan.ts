import {
  matchesLabels,
  type Pod,
  type PodTemplateSpec,
  type ReplicaSetCondition,
  type ReplicaSetStatus,
} from '@kubets/api';
import { formatTime } from '@kubets/client';
import { availableInMs, isPodActive, isPodReady, isPodTerminating } from '../pods/state.ts';
import { choosePodsToDelete } from './ranking.ts';

/** Creations or deletions of one reconciliation; the rest follows in the next. */
export const BURST_REPLICAS = 500;

export interface ReplicaState {
  readonly replicas: number;
  /** Pods that the owner controls, in any state. */
  readonly pods: readonly Pod[];
  /** Active pods of all replica sets of the same owner, `pods` among them. */
  readonly related: readonly Pod[];
  /** The owner is being deleted: its pods are the garbage collector's business. */
  readonly deleting: boolean;
}

export interface ReplicaPlan {
  readonly create: number;
  readonly deletes: readonly Pod[];
}

/** How many pods to add, or which to remove. */
export function planReplicas(state: ReplicaState, nowMs: number): ReplicaPlan {
  const active = state.pods.filter(isPodActive);
  const surplus = active.length - state.replicas;
  if (state.deleting || surplus === 0) return { create: 0, deletes: [] };
  if (surplus < 0) return { create: Math.min(-surplus, BURST_REPLICAS), deletes: [] };
  const count = Math.min(surplus, BURST_REPLICAS);
  return { create: 0, deletes: choosePodsToDelete({ pods: active, related: state.related, count, nowMs }) };
}

export interface StatusInput {
  readonly pods: readonly Pod[];
  readonly template: PodTemplateSpec;
  readonly minReadySeconds: number;
  readonly generation: number;
  readonly old: ReplicaSetStatus;
  readonly countsTerminating: boolean;
  /** What went wrong in this reconciliation. */
  readonly failure?: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string };
}

/** The status, and when it has to be looked at again because a ready pod becomes available by mere time. */
export function planStatus(input: StatusInput, nowMs: number): { status: ReplicaSetStatus; nextCheckMs?: number } {
  const active = input.pods.filter(isPodActive);
  let fullyLabeledReplicas = 0;
  let readyReplicas = 0;
  let availableReplicas = 0;
  let nextCheckMs = Number.POSITIVE_INFINITY;
  for (const pod of active) {
    if (matchesLabels(input.template.metadata?.labels, pod.metadata.labels)) fullyLabeledReplicas++;
    if (!isPodReady(pod)) continue;
    readyReplicas++;
    const waitMs = availableInMs(pod, input.minReadySeconds, nowMs);
    if (waitMs === 0) availableReplicas++;
    else if (waitMs !== undefined) nextCheckMs = Math.min(nextCheckMs, waitMs);
  }
  const conditions = planFailure(input, nowMs);
  const status: ReplicaSetStatus = {
    replicas: active.length,
    ...(fullyLabeledReplicas > 0 ? { fullyLabeledReplicas } : {}),
    ...(readyReplicas > 0 ? { readyReplicas } : {}),
    ...(availableReplicas > 0 ? { availableReplicas } : {}),
    ...(input.countsTerminating ? { terminatingReplicas: input.pods.filter(isPodTerminating).length } : {}),
    observedGeneration: input.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  return Number.isFinite(nextCheckMs) ? { status, nextCheckMs } : { status };
}

function planFailure({ old, failure }: StatusInput, nowMs: number): ReplicaSetCondition[] {
  const conditions = old.conditions ?? [];
  const current = conditions.find(({ type }) => type === 'ReplicaFailure');
  if (failure && current) return conditions;
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others;
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: formatTime(nowMs), ...failure }];
}
