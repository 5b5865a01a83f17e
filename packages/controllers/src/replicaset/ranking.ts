import type { Pod } from '@kubets/api';
import { parseTime } from '@kubets/client';
import { isPodReady, podCondition } from '../pods/state.ts';

const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST_ANNOTATION];
  return text && /^-?[0-9]+$/.test(text) ? Number(text) : 0;
}

function restarts(pod: Pod): { count: number } {
  let count = 0;
  for (const status of pod.status?.containerStatuses ?? []) count = Math.max(count, status.restartCount);
  return { count };
}

/** Ages compare on a logarithmic scale, so that pods of about one age are chosen among by chance and not by seconds. */
function logAge(sinceMs: number, nowMs: number): number {
  const ageNs = (nowMs - sinceMs) * 1e6;
  return ageNs <= 0 ? 0 : Math.floor(Math.log2(ageNs));
}

interface RankedPod {
  readonly pod: Pod;
  readonly assigned: number;
  readonly phase: number;
  readonly ready: number;
  readonly cost: number;
  readonly crowd: number;
  readonly readySinceMs: number;
  readonly restarts: number;
  readonly createdMs: number;
}

function rank(pod: Pod, crowd: number): RankedPod {
  const ready = isPodReady(pod);
  return {
    pod,
    assigned: pod.spec.nodeName ? 1 : 0,
    phase: PHASE_ORDER[pod.status?.phase ?? 'Pending'] ?? 0,
    ready: ready ? 1 : 0,
    cost: deletionCost(pod),
    crowd,
    readySinceMs: ready ? parseTime(podCondition(pod, 'Ready')?.lastTransitionTime) : Number.NaN,
    restarts: restarts(pod).count,
    createdMs: parseTime(pod.metadata.creationTimestamp),
  };
}

/** Younger ages go first; of equal rounded ages the smaller uid. */
function byAge(left: number, right: number, uids: readonly [string, string], nowMs: number): number {
  if (Number.isNaN(left) || Number.isNaN(right) || left === right) return 0;
  const difference = logAge(left, nowMs) - logAge(right, nowMs);
  return difference || (uids[0] < uids[1] ? -1 : 1);
}

function compare(a: RankedPod, b: RankedPod, nowMs: number): number {
  const uids = [a.pod.metadata.uid ?? '', b.pod.metadata.uid ?? ''] as const;
  return (
    a.assigned - b.assigned ||
    a.phase - b.phase ||
    a.ready - b.ready ||
    a.cost - b.cost ||
    b.crowd - a.crowd ||
    byAge(a.readySinceMs, b.readySinceMs, uids, nowMs) ||
    b.restarts - a.restarts ||
    byAge(a.createdMs, b.createdMs, uids, nowMs) ||
    0
  );
}

/**
 * The `count` pods that are missed least: not yet placed, not running, not ready; then of low deletion cost, crowded together
 * with `related` pods on one node, young, or restarting.
 */
export function choosePodsToDelete(options: {
  pods: readonly Pod[];
  /** Active pods of all replica sets of one owner, among which crowding on nodes is counted. */
  related: readonly Pod[];
  count: number;
  nowMs: number;
}): Pod[] {
  const { pods, related, count, nowMs } = options;
  if (count >= pods.length) return [...pods];
  const crowds = new Map<string, number>();
  for (const { spec } of related) if (spec.nodeName) crowds.set(spec.nodeName, (crowds.get(spec.nodeName) ?? 0) + 1);
  return pods
    .map((pod) => rank(pod, crowds.get(pod.spec.nodeName ?? '') ?? 0))
    .sort((a, b) => compare(a, b, nowMs))
    .slice(0, count)
    .map(({ pod }) => pod);
}
