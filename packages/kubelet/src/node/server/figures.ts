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

const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const CLOCK_TICKS = 100;

/** CPU time that the whole machine has used, in nanoseconds. */
async function nodeCpuNanoseconds(): Promise<number> {
  const line = (await readFile('/proc/stat', 'utf8').catch(() => '')).split('\n')[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return ((user + nice + system + irq + softirq) / CLOCK_TICKS) * 1e9;
}

interface PodUsage {
  readonly pod: Pod;
  readonly startedAtMs: number;
  readonly containers: readonly (ContainerUsage & { readonly startedAtMs: number })[];
}

async function podUsages({ kubelet }: FigureSources): Promise<PodUsage[]> {
  const stats = await kubelet.runtime.stats();
  return kubelet.pods().map((worker) => {
    const uid = worker.uid;
    const containers = stats
      .filter(({ labels }) => labels[LABEL.podUid] === uid)
      .map((usage) => ({ ...usage, startedAtMs: worker.history.get(usage.name)?.latest.startedAtMs ?? 0 }));
    return { pod: worker.pod, startedAtMs: worker.sandbox?.createdAtMs ?? 0, containers };
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** `/stats/summary`. */
export async function statsSummary(sources: FigureSources, nowMs: number): Promise<unknown> {
  const [pods, facts, usage, cpu] = await Promise.all([
    podUsages(sources),
    sources.machine.facts(),
    sources.machine.usage(),
    nodeCpuNanoseconds(),
  ]);
  const time = iso(nowMs);
  const disk = ({ capacityBytes, availableBytes, inodes, inodesFree }: typeof usage.nodefs) => ({
    time,
    availableBytes,
    capacityBytes,
    usedBytes: capacityBytes - availableBytes,
    inodes,
    inodesFree,
    inodesUsed: inodes - inodesFree,
  });
  return {
    node: {
      nodeName: sources.kubelet.nodeName,
      startTime: time,
      cpu: { time, usageCoreNanoSeconds: cpu },
      memory: {
        time,
        availableBytes: usage.memoryAvailableBytes,
        usageBytes: facts.memoryBytes - usage.memoryAvailableBytes,
        workingSetBytes: facts.memoryBytes - usage.memoryAvailableBytes,
      },
      fs: disk(usage.nodefs),
      runtime: { imageFs: disk(usage.imagefs), containerFs: disk(usage.imagefs) },
      rlimit: { time, maxpid: usage.pids.max, curproc: usage.pids.used },
    },
    pods: pods.map(({ pod, startedAtMs, containers }) => ({
      podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      startTime: iso(startedAtMs),
      containers: containers.map((each) => ({
        name: each.name,
        startTime: iso(each.startedAtMs),
        cpu: { time: iso(each.timestampMs), usageCoreNanoSeconds: each.cpuNanoseconds },
        memory: {
          time: iso(each.timestampMs),
          usageBytes: each.memoryUsageBytes,
          workingSetBytes: each.memoryWorkingSetBytes,
          rssBytes: each.memoryRssBytes,
        },
        rootfs: { time: iso(each.timestampMs), usedBytes: each.writableLayerBytes },
      })),
      cpu: { time, usageCoreNanoSeconds: sum(containers.map((each) => each.cpuNanoseconds)) },
      memory: {
        time,
        usageBytes: sum(containers.map((each) => each.memoryUsageBytes)),
        workingSetBytes: sum(containers.map((each) => each.memoryWorkingSetBytes)),
      },
    })),
  };
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs?: number;
}

function family(options: { name: string; help: string; type: string; samples: readonly Sample[] }): string {
  const { name, help, type, samples } = options;
  const lines = samples.map(({ labels, value, timestampMs }) => {
    const pairs = Object.entries(labels ?? {}).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}${timestampMs ? ` ${Math.round(timestampMs)}` : ''}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

/** `/metrics/resource`: what autoscalers and `kubectl top` are fed with. */
export async function resourceMetrics(sources: FigureSources, nowMs: number): Promise<string> {
  const [pods, facts, usage, cpu] = await Promise.all([
    podUsages(sources),
    sources.machine.facts(),
    sources.machine.usage(),
    nodeCpuNanoseconds(),
  ]);
  const each = pods.flatMap(({ pod, containers }) =>
    containers.map((container) => ({
      container,
      labels: { container: container.name, namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name ?? '' },
    })),
  );
  const totals = pods
    .filter(({ containers }) => containers.length > 0)
    .map(({ pod, containers }) => ({
      labels: { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name ?? '' },
      cpu: sum(containers.map(({ cpuNanoseconds }) => cpuNanoseconds)),
      memory: sum(containers.map(({ memoryWorkingSetBytes }) => memoryWorkingSetBytes)),
      timestampMs: containers[0]?.timestampMs ?? nowMs,
    }));
  return [
    family({
      name: 'container_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the container in core-seconds',
      type: 'counter',
      samples: each.map(({ container, labels }) => ({
        labels,
        value: container.cpuNanoseconds / 1e9,
        timestampMs: container.timestampMs,
      })),
    }),
    family({
      name: 'container_memory_working_set_bytes',
      help: 'Current working set of the container in bytes',
      type: 'gauge',
      samples: each.map(({ container, labels }) => ({
        labels,
        value: container.memoryWorkingSetBytes,
        timestampMs: container.timestampMs,
      })),
    }),
    family({
      name: 'container_start_time_seconds',
      help: 'Start time of the container since unix epoch in seconds',
      type: 'gauge',
      samples: each.map(({ container, labels }) => ({ labels, value: container.startedAtMs / 1000 })),
    }),
    family({
      name: 'node_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the node in core-seconds',
      type: 'counter',
      samples: [{ value: cpu / 1e9, timestampMs: nowMs }],
    }),
    family({
      name: 'node_memory_working_set_bytes',
      help: 'Current working set of the node in bytes',
      type: 'gauge',
      samples: [{ value: facts.memoryBytes - usage.memoryAvailableBytes, timestampMs: nowMs }],
    }),
    family({
      name: 'pod_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the pod in core-seconds',
      type: 'counter',
      samples: totals.map(({ labels, cpu: value, timestampMs }) => ({ labels, value: value / 1e9, timestampMs })),
    }),
    family({
      name: 'pod_memory_working_set_bytes',
      help: 'Current working set of the pod in bytes',
      type: 'gauge',
      samples: totals.map(({ labels, memory: value, timestampMs }) => ({ labels, value, timestampMs })),
    }),
    family({
      name: 'resource_scrape_error',
      help: '1 if there was an error while getting container metrics, 0 otherwise',
      type: 'gauge',
      samples: [{ value: 0 }],
    }),
  ].join('');
}

/** `/metrics/cadvisor`, as far as the runtime tells. */
export async function cadvisorMetrics(sources: FigureSources): Promise<string> {
  const pods = await podUsages(sources);
  const each = pods.flatMap(({ pod, containers }) =>
    containers.map((usage) => ({
      usage,
      labels: {
        container: usage.name,
        id: usage.containerId,
        namespace: pod.metadata.namespace ?? '',
        pod: pod.metadata.name ?? '',
      },
    })),
  );
  const samples = (value: (usage: ContainerUsage) => number) =>
    each.map(({ usage, labels }) => ({ labels, value: value(usage), timestampMs: usage.timestampMs }));
  return [
    family({
      name: 'container_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed in seconds.',
      type: 'counter',
      samples: samples(({ cpuNanoseconds }) => cpuNanoseconds / 1e9),
    }),
    family({
      name: 'container_memory_working_set_bytes',
      help: 'Current working set in bytes.',
      type: 'gauge',
      samples: samples(({ memoryWorkingSetBytes }) => memoryWorkingSetBytes),
    }),
    family({
      name: 'container_memory_usage_bytes',
      help: 'Current memory usage in bytes.',
      type: 'gauge',
      samples: samples(({ memoryUsageBytes }) => memoryUsageBytes),
    }),
    family({
      name: 'container_memory_rss',
      help: 'Size of RSS in bytes.',
      type: 'gauge',
      samples: samples(({ memoryRssBytes }) => memoryRssBytes),
    }),
    family({
      name: 'container_fs_usage_bytes',
      help: 'Number of bytes that are consumed by the container on its writable layer.',
      type: 'gauge',
      samples: samples(({ writableLayerBytes }) => writableLayerBytes),
    }),
  ].join('');
}

/** `/metrics`: the kubelet about itself. */
export function kubeletMetrics({ kubelet }: FigureSources): string {
  const running = kubelet.pods().filter(({ sandbox }) => sandbox?.isReady).length;
  const containers = kubelet.pods().flatMap(({ history }) => [...history.values()].map(({ latest }) => latest.state));
  const states = ['created', 'running', 'exited', 'unknown'] as const;
  const { rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    family({
      name: 'kubelet_running_pods',
      help: 'Number of pods that have a running pod sandbox',
      type: 'gauge',
      samples: [{ value: running }],
    }),
    family({
      name: 'kubelet_running_containers',
      help: 'Number of containers currently running',
      type: 'gauge',
      samples: states.map((state) => ({
        labels: { container_state: state },
        value: containers.filter((each) => each === state).length,
      })),
    }),
    family({
      name: 'kubelet_node_name',
      help: "The node's name. The count is always 1.",
      type: 'gauge',
      samples: [{ labels: { node: kubelet.nodeName }, value: 1 }],
    }),
    family({
      name: 'process_resident_memory_bytes',
      help: 'Resident memory size in bytes.',
      type: 'gauge',
      samples: [{ value: rss }],
    }),
    family({
      name: 'process_cpu_seconds_total',
      help: 'Total user and system CPU time spent in seconds.',
      type: 'counter',
      samples: [{ value: (user + system) / 1e6 }],
    }),
  ].join('');
}
