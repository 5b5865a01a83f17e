import { type Pod, type Taint, type Toleration, tolerates } from '@kubets/api';
import { parseTime } from '@kubets/client';

/**
 * Milliseconds until a pod has to leave its node: 0 for now, undefined for never. What it tolerates for a while counts from when the
 * taints were added, or, where they do not say, from when they were first seen on the pod's node.
 */
export function evictionDelayMs(
  pod: Pod,
  taints: readonly Taint[],
  { nowMs, seenMs }: { nowMs: number; seenMs: number },
): number | undefined {
  const driving = taints.filter(({ effect }) => effect === 'NoExecute');
  if (driving.length === 0) return undefined;
  const used: Toleration[] = [];
  for (const taint of driving) {
    const toleration = pod.spec.tolerations?.find((candidate) => tolerates(candidate, taint));
    if (!toleration) return 0;
    used.push(toleration);
  }
  const seconds = used.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [tolerationSeconds]));
  if (seconds.length === 0) return undefined;
  const sinceMs = Math.max(...driving.map(({ timeAdded }) => parseTime(timeAdded) || 0)) || seenMs;
  return Math.max(0, sinceMs + Math.max(0, Math.min(...seconds)) * 1000 - nowMs);
}
