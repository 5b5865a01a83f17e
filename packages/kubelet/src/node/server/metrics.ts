import type { ContainerUsage } from '../../runtime.ts';
import { type FigureSources, nodeCpuNanoseconds, type PodUsage, podUsages, sum } from './figures.ts';

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
  const memory = facts.memoryBytes - usage.memoryAvailableBytes;
  return [
    ...containerFamilies(pods),
    ...nodeFamilies({ cpuNanoseconds: cpu, memoryBytes: memory, timestampMs: nowMs }),
    ...podFamilies(pods, nowMs),
    family({
      name: 'resource_scrape_error',
      help: '1 if there was an error while getting container metrics, 0 otherwise',
      type: 'gauge',
      samples: [{ value: 0 }],
    }),
  ].join('');
}

function containerFamilies(pods: readonly PodUsage[]): string[] {
  const each = pods.flatMap(({ pod, containers }) =>
    containers.map((container) => ({
      container,
      labels: { container: container.name, namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name ?? '' },
    })),
  );
  const samples = (value: (usage: ContainerUsage) => number) =>
    each.map(({ container, labels }) => ({ labels, value: value(container), timestampMs: container.timestampMs }));
  return [
    family({
      name: 'container_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the container in core-seconds',
      type: 'counter',
      samples: samples(({ cpuNanoseconds }) => cpuNanoseconds / 1e9),
    }),
    family({
      name: 'container_memory_working_set_bytes',
      help: 'Current working set of the container in bytes',
      type: 'gauge',
      samples: samples(({ memoryWorkingSetBytes }) => memoryWorkingSetBytes),
    }),
    family({
      name: 'container_start_time_seconds',
      help: 'Start time of the container since unix epoch in seconds',
      type: 'gauge',
      samples: each.map(({ container, labels }) => ({ labels, value: container.startedAtMs / 1000 })),
    }),
  ];
}

function nodeFamilies(figures: { cpuNanoseconds: number; memoryBytes: number; timestampMs: number }): string[] {
  const { cpuNanoseconds, memoryBytes, timestampMs } = figures;
  return [
    family({
      name: 'node_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the node in core-seconds',
      type: 'counter',
      samples: [{ value: cpuNanoseconds / 1e9, timestampMs }],
    }),
    family({
      name: 'node_memory_working_set_bytes',
      help: 'Current working set of the node in bytes',
      type: 'gauge',
      samples: [{ value: memoryBytes, timestampMs }],
    }),
  ];
}

function podFamilies(pods: readonly PodUsage[], nowMs: number): string[] {
  const running = pods.filter(({ containers }) => containers.length > 0);
  const samples = (value: (usage: ContainerUsage) => number, unit = 1) =>
    running.map(({ pod, containers }) => ({
      labels: { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name ?? '' },
      value: sum(containers.map(value)) / unit,
      timestampMs: containers[0]?.timestampMs ?? nowMs,
    }));
  return [
    family({
      name: 'pod_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the pod in core-seconds',
      type: 'counter',
      samples: samples(({ cpuNanoseconds }) => cpuNanoseconds, 1e9),
    }),
    family({
      name: 'pod_memory_working_set_bytes',
      help: 'Current working set of the pod in bytes',
      type: 'gauge',
      samples: samples(({ memoryWorkingSetBytes }) => memoryWorkingSetBytes),
    }),
  ];
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
