import { readFile } from 'node:fs/promises';
import type { Pod } from '@kubets/api';
import type { Kubelet } from '../../kubelet.ts';
import type { Machine } from '../../node-status.ts';
import { LABEL } from '../../pod/identity.ts';
import type { ContainerUsage } from '../../runtime.ts';

export interface FigureSources {
  readonly kubelet: Kubelet;
  readonly machine: Machine;
}

const CLOCK_TICKS = 100;

/** CPU time that the whole machine has used, in nanoseconds. */
export async function nodeCpuNanoseconds(): Promise<number> {
  const line = (await readFile('/proc/stat', 'utf8').catch(() => '')).split('\n')[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return ((user + nice + system + irq + softirq) / CLOCK_TICKS) * 1e9;
}

export interface PodUsage {
  readonly pod: Pod;
  readonly startedAtMs: number;
  readonly containers: readonly (ContainerUsage & { readonly startedAtMs: number })[];
}

export async function podUsages({ kubelet }: FigureSources): Promise<PodUsage[]> {
  const stats = await kubelet.runtime.stats();
  return kubelet.pods().map((worker) => {
    const uid = worker.uid;
    const containers = stats
      .filter(({ labels }) => labels[LABEL.podUid] === uid)
      .map((usage) => ({ ...usage, startedAtMs: worker.history.get(usage.name)?.latest.startedAtMs ?? 0 }));
    return { pod: worker.pod, startedAtMs: worker.sandbox?.createdAtMs ?? 0, containers };
  });
}

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
