import type { Pod } from '@kubets/api';
import { quantityValue } from '../pod/quantity.ts';
import { podLimits } from '../pod/requests.ts';

/** Disk space that a pod takes up on its node, in bytes. */
export interface LocalUsage {
  /** emptyDir volumes by name, those in memory included. */
  readonly emptyDirs: ReadonlyMap<string, number>;
  readonly logsBytes: number;
  /** Writable layers by container name. */
  readonly containers: ReadonlyMap<string, number>;
}

const RESOURCE = 'ephemeral-storage';

/** True for pods whose use of disk space has to be measured. */
export function limitsLocalStorage({ spec }: Pod): boolean {
  const hasLimit = spec.containers.some(({ resources }) => resources?.limits?.[RESOURCE] !== undefined);
  return hasLimit || (spec.volumes ?? []).some(({ emptyDir }) => (emptyDir?.sizeLimit ?? '0') !== '0');
}

const isOnDisk = (pod: Pod, volume: string) =>
  pod.spec.volumes?.find(({ name }) => name === volume)?.emptyDir?.medium !== 'Memory';

export function diskBytes(pod: Pod, usage: LocalUsage): number {
  const volumes = [...usage.emptyDirs].filter(([name]) => isOnDisk(pod, name)).map(([, bytes]) => bytes);
  return [...volumes, ...usage.containers.values(), usage.logsBytes].reduce((sum, bytes) => sum + bytes, 0);
}

function fullVolume(pod: Pod, usage: LocalUsage): string | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    const bytes = limit === undefined ? 0 : quantityValue(limit);
    if (bytes > 0 && (usage.emptyDirs.get(name) ?? 0) > bytes)
      return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(limit)}. `;
  }
  return undefined;
}

function fullPod(pod: Pod, usage: LocalUsage): string | undefined {
  const limit = podLimits(pod).get(RESOURCE);
  if (!limit || diskBytes(pod, usage) <= limit) return undefined;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatBytes(limit)}. `;
}

function fullContainer(pod: Pod, usage: LocalUsage): string | undefined {
  for (const { name, resources } of pod.spec.containers) {
    const limit = resources?.limits?.[RESOURCE];
    if (limit !== undefined && (usage.containers.get(name) ?? 0) > quantityValue(limit))
      return `Container ${name} exceeded its local ephemeral storage limit ${JSON.stringify(limit)}. `;
  }
  return undefined;
}

/** Why a pod is evicted for the disk space that it takes up; undefined while it keeps within its limits. */
export function exceededLimit(pod: Pod, usage: LocalUsage): string | undefined {
  return fullVolume(pod, usage) ?? fullPod(pod, usage) ?? fullContainer(pod, usage);
}

const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

/** A number of bytes as a quantity, in the largest unit that it is a multiple of. */
export function formatBytes(bytes: number): string {
  let value = Math.round(bytes);
  let unit = 0;
  while (value !== 0 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${UNITS[unit]}`;
}
