import type { Pod } from '@kubets/api';
import { isCritical } from '../pod/admission.ts';
import { amountsOf, podRequests } from '../pod/requests.ts';
import { formatBytes } from './local-storage.ts';

export type Signal = 'memory' | 'disk' | 'pid';

/** What a pod uses of the resource that is short: bytes, or processes. */
export interface PodUse {
  readonly pod: Pod;
  readonly total: number;
  readonly containers: ReadonlyMap<string, number>;
}

/** The resource's name in requests and in messages. */
const RESOURCE: Record<Signal, string> = { memory: 'memory', disk: 'ephemeral-storage', pid: 'pids' };

const priorityOf = ({ pod }: PodUse) => pod.spec.priority ?? 0;
const excessOf = (signal: Signal, { pod, total }: PodUse) => total - (podRequests(pod).get(RESOURCE[signal]) ?? 0);

/** Pods that may be evicted, the first to go first: above their requests, of low priority, far above their requests. */
export function evictionOrder(signal: Signal, uses: readonly PodUse[]): PodUse[] {
  const exceeds = (use: PodUse) => (signal !== 'pid' && excessOf(signal, use) > 0 ? 0 : 1);
  return uses
    .filter(({ pod }) => !isCritical(pod))
    .sort(
      (a, b) =>
        exceeds(a) - exceeds(b) ||
        priorityOf(a) - priorityOf(b) ||
        (signal === 'pid' ? b.total - a.total : excessOf(signal, b) - excessOf(signal, a)),
    );
}

export interface Threshold {
  readonly quantity: number;
  readonly available: number;
}

/** What an evicted pod's status says. */
export function evictionMessage(signal: Signal, use: PodUse, threshold: Threshold | undefined): string {
  const resource = RESOURCE[signal];
  const parts = [`The node was low on resource: ${resource}. `];
  const format = (value: number) => (signal === 'pid' ? String(value) : formatBytes(value));
  if (threshold)
    parts.push(`Threshold quantity: ${format(threshold.quantity)}, available: ${format(threshold.available)}. `);
  for (const { name, resources } of signal === 'pid' ? [] : use.pod.spec.containers) {
    const used = use.containers.get(name) ?? 0;
    const request = amountsOf(resources?.requests).get(resource) ?? 0;
    if (used > request)
      parts.push(
        `Container ${name} was using ${format(used)}, request is ${format(request)}, has larger consumption of ${resource}. `,
      );
  }
  return parts.join('');
}
