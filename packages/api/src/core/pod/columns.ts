import type { Column } from '@kubets/core';
import { ageColumn, ageOf, nameColumn } from '../../columns.ts';
import type { ContainerStateTerminated, ContainerStatus, Pod } from '../pod.ts';
import { isSidecar } from './sidecar.ts';

/** What `kubectl get pods` says of a pod, worked out of the statuses of its containers. */
export interface PodSummary {
  readonly readyContainers: number;
  readonly totalContainers: number;
  /** One word, such as Running, Init:0/1, CrashLoopBackOff or Terminating. */
  readonly reason: string;
  readonly restarts: number;
  /** RFC 3339 time of the newest of these restarts, '' where there was none. */
  readonly lastRestart: string;
}

interface Tally {
  readyContainers: number;
  restarts: number;
  lastRestart: string;
}

/** Sums a pod up as its table row does. */
export function summarizePod(pod: Pod): PodSummary {
  const init = summarizeInitContainers(pod);
  const isInitialized = !init.reason || hasCondition(pod, 'Initialized');
  const main = isInitialized ? summarizeContainers(pod, init.sidecars) : undefined;
  const tally = main?.tally ?? init.tally;
  return {
    totalContainers: (pod.spec.containers?.length ?? 0) + (pod.spec.initContainers ?? []).filter(isSidecar).length,
    readyContainers: tally.readyContainers,
    restarts: tally.restarts,
    lastRestart: tally.lastRestart,
    reason: deletionReason(pod) ?? main?.reason ?? init.reason ?? phaseReason(pod),
  };
}

function phaseReason({ status }: Pod): string {
  const isGated = status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return isGated ? 'SchedulingGated' : status?.reason || status?.phase || '';
}

function deletionReason({ metadata, status }: Pod): string | undefined {
  if (!metadata.deletionTimestamp) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? undefined : 'Terminating';
}

/** Goes through the init containers up to the first that has not done its part; its state is the pod's reason. */
function summarizeInitContainers(pod: Pod): { tally: Tally; sidecars: Tally; reason: string | undefined } {
  const specs = pod.spec.initContainers ?? [];
  const tally: Tally = { readyContainers: 0, restarts: 0, lastRestart: '' };
  const sidecars: Tally = { readyContainers: 0, restarts: 0, lastRestart: '' };
  let reason: string | undefined;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(specs.find(({ name }) => name === status.name));
    countRestarts(tally, status);
    if (sidecar) countRestarts(sidecars, status);
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) tally.readyContainers++;
      continue;
    }
    reason = initReason(status, `Init:${index}/${specs.length}`);
    break;
  }
  sidecars.readyContainers = tally.readyContainers;
  return { tally, sidecars, reason };
}

function initReason({ state }: ContainerStatus, progress: string): string {
  if (state?.terminated) return `Init:${exitReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : progress;
}

function exitReason({ reason, signal, exitCode }: ContainerStateTerminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** The first container with something to report gives the reason; ready ones are counted. */
function summarizeContainers(pod: Pod, sidecars: Tally): { tally: Tally; reason: string } {
  const tally = { ...sidecars };
  let reason = phaseReason(pod);
  let hasRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(tally, status);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) {
      reason = waiting.reason;
    } else if (terminated) {
      reason = exitReason(terminated);
    } else if (status.ready && running) {
      hasRunning = true;
      tally.readyContainers++;
    }
  }
  if (reason === 'Completed' && hasRunning) reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return { tally, reason };
}

function countRestarts(tally: Tally, status: ContainerStatus): void {
  tally.restarts += status.restartCount ?? 0;
  const finishedAt = status.lastState?.terminated?.finishedAt ?? '';
  if (finishedAt > tally.lastRestart) tally.lastRestart = finishedAt;
}

function hasCondition({ status }: Pod, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function restartsText({ restarts, lastRestart }: PodSummary, nowMs: number): string {
  return restarts > 0 && lastRestart ? `${restarts} (${ageOf(lastRestart, nowMs)} ago)` : `${restarts}`;
}

function readinessGatesText(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`;
}

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  {
    name: 'Ready',
    type: 'string',
    description: 'How many containers are ready, of how many.',
    cell(pod) {
      const { readyContainers, totalContainers } = summarizePod(pod);
      return `${readyContainers}/${totalContainers}`;
    },
  },
  {
    name: 'Status',
    type: 'string',
    description: 'State of the pod, or the reason why a container is not running.',
    cell: (pod) => summarizePod(pod).reason,
  },
  {
    name: 'Restarts',
    type: 'string',
    description: 'How often containers were restarted, and when last.',
    cell: (pod, nowMs) => restartsText(summarizePod(pod), nowMs),
  },
  ageColumn,
  {
    name: 'IP',
    type: 'string',
    priority: 1,
    description: 'First address of the pod.',
    cell: ({ status }) => status?.podIPs?.[0]?.ip || '<none>',
  },
  {
    name: 'Node',
    type: 'string',
    priority: 1,
    description: 'Node that the pod is assigned to.',
    cell: ({ spec }) => spec.nodeName || '<none>',
  },
  {
    name: 'Nominated Node',
    type: 'string',
    priority: 1,
    description: 'Node where room is being made for the pod.',
    cell: ({ status }) => status?.nominatedNodeName || '<none>',
  },
  {
    name: 'Readiness Gates',
    type: 'string',
    priority: 1,
    description: 'How many of the further conditions of readiness are true.',
    cell: readinessGatesText,
  },
];
