import type { MachineUsage } from '../../node-status.ts';
import { type FigureSources, nodeCpuNanoseconds, type PodUsage, podUsages, sum } from './figures.ts';

const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `/stats/summary`. */
export async function statsSummary(sources: FigureSources, nowMs: number): Promise<unknown> {
  const [pods, facts, usage, cpu] = await Promise.all([
    podUsages(sources),
    sources.machine.facts(),
    sources.machine.usage(),
    nodeCpuNanoseconds(),
  ]);
  const node = nodeStats({ memoryBytes: facts.memoryBytes, usage, cpuNanoseconds: cpu, time: iso(nowMs) });
  return {
    node: { nodeName: sources.kubelet.nodeName, ...node },
    pods: pods.map((pod) => podStats(pod, iso(nowMs))),
  };
}

function nodeStats(figures: { memoryBytes: number; usage: MachineUsage; cpuNanoseconds: number; time: string }) {
  const { memoryBytes, usage, cpuNanoseconds, time } = figures;
  const usedBytes = memoryBytes - usage.memoryAvailableBytes;
  return {
    startTime: time,
    cpu: { time, usageCoreNanoSeconds: cpuNanoseconds },
    memory: { time, availableBytes: usage.memoryAvailableBytes, usageBytes: usedBytes, workingSetBytes: usedBytes },
    fs: diskStats(usage.nodefs, time),
    runtime: { imageFs: diskStats(usage.imagefs, time), containerFs: diskStats(usage.imagefs, time) },
    rlimit: { time, maxpid: usage.pids.max, curproc: usage.pids.used },
  };
}

function diskStats({ capacityBytes, availableBytes, inodes, inodesFree }: MachineUsage['nodefs'], time: string) {
  return {
    time,
    availableBytes,
    capacityBytes,
    usedBytes: capacityBytes - availableBytes,
    inodes,
    inodesFree,
    inodesUsed: inodes - inodesFree,
  };
}

function podStats({ pod, startedAtMs, containers }: PodUsage, time: string) {
  return {
    podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
    startTime: iso(startedAtMs),
    containers: containers.map(containerStats),
    cpu: { time, usageCoreNanoSeconds: sum(containers.map((each) => each.cpuNanoseconds)) },
    memory: {
      time,
      usageBytes: sum(containers.map((each) => each.memoryUsageBytes)),
      workingSetBytes: sum(containers.map((each) => each.memoryWorkingSetBytes)),
    },
  };
}

function containerStats(usage: PodUsage['containers'][number]) {
  const time = iso(usage.timestampMs);
  return {
    name: usage.name,
    startTime: iso(usage.startedAtMs),
    cpu: { time, usageCoreNanoSeconds: usage.cpuNanoseconds },
    memory: {
      time,
      usageBytes: usage.memoryUsageBytes,
      workingSetBytes: usage.memoryWorkingSetBytes,
      rssBytes: usage.memoryRssBytes,
    },
    rootfs: { time, usedBytes: usage.writableLayerBytes },
  };
}
