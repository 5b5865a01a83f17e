import type { Container, Pod } from '@kubets/api';
import { Quantity } from '@kubets/core';
import type { LinuxResources } from '../runtime.ts';
import { isSidecar } from './containers.ts';
import { quantityMilli, quantityValue } from './quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const CPU_PERIOD_MICROSECONDS = 100_000;
const MIN_CPU_QUOTA_MICROSECONDS = 1_000;
const MIN_CPU_SHARES = 2;
const MAX_CPU_SHARES = 262_144;
const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;
const GUARANTEED_OOM_SCORE_ADJ = -997;
const BEST_EFFORT_OOM_SCORE_ADJ = 1000;
const QOS_RESOURCES = ['cpu', 'memory'];

type Quantities = Readonly<Record<string, string>> | undefined;

const positive = (quantities: Quantities, name: string) => {
  const text = quantities?.[name];
  return text === undefined ? 0 : Math.max(0, Quantity.tryParse(text)?.toNumber() ?? 0);
};

/** The quality-of-service class that requests and limits make. */
export function qosClass(pod: Pod): QosClass {
  const all = pod.spec.resources
    ? [pod.spec.resources]
    : [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.resources ?? {});
  const mentions = (quantities: Quantities) => QOS_RESOURCES.some((name) => positive(quantities, name) > 0);
  if (!all.some(({ requests, limits }) => mentions(requests) || mentions(limits))) return 'BestEffort';
  const isGuaranteed = all.every(({ requests, limits }) =>
    QOS_RESOURCES.every((name) => {
      const limit = positive(limits, name);
      return limit > 0 && (requests?.[name] === undefined || positive(requests, name) === limit);
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

/** Weight of a CPU request in a cgroup; the kernel's least where there is none. */
export function cpuShares(milliCpu: number): number {
  return Math.min(MAX_CPU_SHARES, Math.max(MIN_CPU_SHARES, Math.floor((milliCpu * 1024) / 1000)));
}

export function cpuQuota(milliCpu: number): number {
  return milliCpu === 0
    ? 0
    : Math.max(MIN_CPU_QUOTA_MICROSECONDS, Math.floor((milliCpu * CPU_PERIOD_MICROSECONDS) / 1000));
}

function oomScoreAdj(pod: Pod, container: Container, memoryCapacityBytes: number): number {
  if ((pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY) return GUARANTEED_OOM_SCORE_ADJ;
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return GUARANTEED_OOM_SCORE_ADJ;
  if (qos === 'BestEffort' || memoryCapacityBytes === 0) return BEST_EFFORT_OOM_SCORE_ADJ;
  const requestBytes = positive(container.resources?.requests, 'memory');
  const score = 1000 - Math.floor((1000 * requestBytes) / memoryCapacityBytes);
  return Math.min(BEST_EFFORT_OOM_SCORE_ADJ - 1, Math.max(1000 + GUARANTEED_OOM_SCORE_ADJ, score));
}

/** What the kernel is told about a container's requests and limits. */
export function containerResources(pod: Pod, container: Container, memoryCapacityBytes: number): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const cpuRequest = requests?.cpu ?? limits?.cpu;
  const cpuLimit = limits?.cpu ?? pod.spec.resources?.limits?.cpu;
  const memoryLimit = limits?.memory ?? pod.spec.resources?.limits?.memory;
  const quota = cpuLimit === undefined ? 0 : cpuQuota(quantityMilli(cpuLimit));
  return {
    cpuShares: cpuShares(cpuRequest === undefined ? 0 : quantityMilli(cpuRequest)),
    cpuPeriodMicroseconds: CPU_PERIOD_MICROSECONDS,
    ...(quota ? { cpuQuotaMicroseconds: quota } : {}),
    ...(memoryLimit === undefined ? {} : { memoryLimitBytes: Math.ceil(quantityValue(memoryLimit)) }),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacityBytes),
  };
}

/** Where a pod's cgroup is, below the root of all pods. */
export function podCgroup(pod: Pod, root: string): string {
  const qos = qosClass(pod);
  return `${root}${qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`}/pod${pod.metadata.uid}`;
}

/** Sum over the containers that run together, at least the largest init container; undefined unless each has a value. */
function total(pod: Pod, of: (container: Container) => string | undefined, measure: (text: string) => number) {
  const together = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)].map(of);
  if (together.some((value) => value === undefined)) return undefined;
  const sum = together.reduce((value, text) => value + measure(text ?? '0'), 0);
  const init = (pod.spec.initContainers ?? []).filter((each) => !isSidecar(each)).map(of);
  if (init.some((value) => value === undefined)) return undefined;
  return Math.max(sum, ...init.map((text) => measure(text ?? '0')));
}

/** Limits of the whole pod's cgroup: only where every container has one. */
export function podResources(pod: Pod): LinuxResources {
  const { requests: podRequests, limits: podLimits } = pod.spec.resources ?? {};
  const requested = podRequests?.cpu
    ? quantityMilli(podRequests.cpu)
    : pod.spec.containers.reduce((sum, { resources }) => {
        const text = resources?.requests?.cpu ?? resources?.limits?.cpu;
        return sum + (text ? quantityMilli(text) : 0);
      }, 0);
  const cpuLimit = podLimits?.cpu
    ? quantityMilli(podLimits.cpu)
    : total(pod, (container) => container.resources?.limits?.cpu, quantityMilli);
  const memoryLimit = podLimits?.memory
    ? quantityValue(podLimits.memory)
    : total(pod, (container) => container.resources?.limits?.memory, quantityValue);
  const { cpu: cpuOverhead, memory: memoryOverhead } = pod.spec.overhead ?? {};
  const moreCpu = cpuOverhead ? quantityMilli(cpuOverhead) : 0;
  const quota = cpuLimit ? cpuQuota(cpuLimit + moreCpu) : 0;
  const moreBytes = memoryOverhead ? quantityValue(memoryOverhead) : 0;
  return {
    cpuShares: cpuShares(requested + moreCpu),
    ...(quota ? { cpuPeriodMicroseconds: CPU_PERIOD_MICROSECONDS, cpuQuotaMicroseconds: quota } : {}),
    ...(memoryLimit ? { memoryLimitBytes: Math.ceil(memoryLimit + moreBytes) } : {}),
  };
}
