import type { Node, NodeCondition, Taint } from '@kubets/api';
import { formatTime } from '@kubets/client';
import { deepEqual } from '../equality.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
/** Conditions that mean nothing any more when the kubelet has fallen silent. */
const WATCHED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
/** Conditions that keep new pods away: type and status to taint. */
const SCHEDULING_TAINTS: readonly [string, string, string][] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const MANAGED = new Set([...SCHEDULING_TAINTS.map(([, , key]) => key), UNSCHEDULABLE]);

export function readyStatus(node: Node): string {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
}

/** Conditions of a node whose kubelet has not been heard of for too long; undefined when they say so already. */
export function silentConditions(node: Node, nowMs: number): NodeCondition[] | undefined {
  const now = formatTime(nowMs);
  const conditions = [...(node.status?.conditions ?? [])];
  let changed = false;
  for (const type of WATCHED) {
    const index = conditions.findIndex((condition) => condition.type === type);
    const old = conditions[index];
    if (!old) {
      const reason = 'NodeStatusNeverUpdated';
      const message = 'Kubelet never posted node status.';
      const lastHeartbeatTime = node.metadata.creationTimestamp ?? now;
      conditions.push({ type, status: 'Unknown', reason, message, lastHeartbeatTime, lastTransitionTime: now });
      changed = true;
    } else if (old.status !== 'Unknown') {
      const reason = 'NodeStatusUnknown';
      const message = 'Kubelet stopped posting node status.';
      conditions[index] = { ...old, status: 'Unknown', reason, message, lastTransitionTime: now };
      changed = true;
    }
  }
  return changed ? conditions : undefined;
}

/**
 * The taints that a node's state asks for, beside those that others have set; undefined when it has them. `evicting` is false when
 * so much is down that the fault must be elsewhere, and nothing should be driven off its node.
 */
export function planTaints(node: Node, evicting: boolean, nowMs: number): Taint[] | undefined {
  const wanted: Taint[] = [];
  for (const [type, status, key] of SCHEDULING_TAINTS) {
    const condition = node.status?.conditions?.find((candidate) => candidate.type === type);
    if (condition?.status === status) wanted.push({ key, effect: 'NoSchedule' });
  }
  if (node.spec?.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const drives = ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined;
  if (drives && evicting) wanted.push({ key: drives, effect: 'NoExecute' });
  const old = node.spec?.taints ?? [];
  const others = old.filter(({ key, effect }) => !MANAGED.has(key) || effect === 'PreferNoSchedule');
  const kept = wanted.map((taint) => {
    const known = old.find(({ key, effect }) => key === taint.key && effect === taint.effect);
    return known ?? { ...taint, timeAdded: formatTime(nowMs) };
  });
  const next = [...others, ...kept];
  const sorted = (taints: readonly Taint[]) => taints.map(({ key, effect }) => `${key}:${effect}`).sort();
  return deepEqual(sorted(next), sorted(old)) ? undefined : next;
}
