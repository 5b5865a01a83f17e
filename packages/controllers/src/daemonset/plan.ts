import {
  type DaemonSet,
  type DaemonSetStatus,
  matchesNodeAffinity,
  type Node,
  type Pod,
  type PodTemplateSpec,
  type Taint,
  type Toleration,
  tolerates,
} from '@kubets/api';
import { POD_REVISION_LABEL } from '../history/revisions.ts';
import { scaledValue } from '../int-or-percent.ts';
import { availableInMs, isPodAvailable, isPodFinished, isPodReady } from '../pods/state.ts';

const exists = (key: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect,
});
/** Daemons stay where other pods are driven away. */
const TOLERATIONS: readonly Toleration[] = [
  exists('not-ready', 'NoExecute'),
  exists('unreachable', 'NoExecute'),
  exists('disk-pressure', 'NoSchedule'),
  exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'),
  exists('unschedulable', 'NoSchedule'),
];

export interface DaemonState {
  readonly daemonSet: DaemonSet;
  readonly nodes: readonly Node[];
  /** Pods that it controls. */
  readonly pods: readonly Pod[];
  /** Hash of the revision that its template has. */
  readonly updateHash: string;
}

export interface DaemonPlan {
  /** Names of nodes that need a pod. */
  readonly creates: readonly string[];
  readonly deletes: readonly Pod[];
  /** Pods among `deletes` that had ended by themselves. */
  readonly ended: readonly Pod[];
  readonly status: DaemonSetStatus;
  readonly requeueAfterMs?: number;
}

export function daemonTolerations(template: PodTemplateSpec): Toleration[] {
  const own = template.spec?.tolerations ?? [];
  const added = template.spec?.hostNetwork
    ? [...TOLERATIONS, exists('network-unavailable', 'NoSchedule')]
    : TOLERATIONS;
  const same = (a: Toleration, b: Toleration) => a.key === b.key && a.effect === b.effect && a.operator === b.operator;
  return [...own, ...added.filter((toleration) => !own.some((mine) => same(mine, toleration)))];
}

/** The node that a daemon's pod is meant for, whether or not it is there already. */
export function targetNode(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
    const field = matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (field?.values?.[0]) return field.values[0];
  }
  return undefined;
}

/** Whether a node should get the daemon's pod, and whether one that is there may stay. */
export function judgeNode(daemonSet: DaemonSet, node: Node): { shouldRun: boolean; mayStay: boolean } {
  const { template } = daemonSet.spec ?? { template: {} };
  const spec = template.spec;
  if (spec?.nodeName && spec.nodeName !== node.metadata.name) return { shouldRun: false, mayStay: false };
  if (spec && !matchesNodeAffinity(spec, node)) return { shouldRun: false, mayStay: false };
  const tolerations = daemonTolerations(template);
  const tolerated = (taint: Taint) => tolerations.some((toleration) => tolerates(toleration, taint));
  const untolerated = (node.spec?.taints ?? []).filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerated(taint),
  );
  return { shouldRun: untolerated.length === 0, mayStay: !untolerated.some(({ effect }) => effect === 'NoExecute') };
}

const isUpdated = (pod: Pod, hash: string) => pod.metadata.labels?.[POD_REVISION_LABEL] === hash;
const isDeleting = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;

function byNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const grouped = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod) ?? '';
    const group = grouped.get(node);
    if (group) group.push(pod);
    else grouped.set(node, [pod]);
  }
  return grouped;
}

/** One step: a pod for every node that should have one, none elsewhere, and the next part of an update. */
export function planDaemonSet(state: DaemonState, nowMs: number): DaemonPlan {
  const { daemonSet, nodes } = state;
  const grouped = byNode(state.pods);
  const creates: string[] = [];
  const deletes: Pod[] = [];
  const ended: Pod[] = [];
  if (!daemonSet.metadata.deletionTimestamp) {
    for (const node of nodes)
      manageNode({ state, node, own: grouped.get(node.metadata.name ?? '') ?? [], nowMs }, { creates, deletes, ended });
    const known = new Set(nodes.map(({ metadata }) => metadata.name));
    for (const [name, pods] of grouped)
      if (!known.has(name)) deletes.push(...pods.filter((pod) => !isDeleting(pod) && !pod.spec.nodeName));
    if (creates.length + deletes.length === 0) rollOut(state, grouped, { creates, deletes }, nowMs);
  }
  const { status, nextCheckMs } = planStatus(state, grouped, nowMs);
  return { creates, deletes, ended, status, ...(nextCheckMs === undefined ? {} : { requeueAfterMs: nextCheckMs }) };
}

interface NodeStep {
  readonly state: DaemonState;
  readonly node: Node;
  readonly own: readonly Pod[];
  readonly nowMs: number;
}

interface Changes {
  readonly creates: string[];
  readonly deletes: Pod[];
  readonly ended: Pod[];
}

function manageNode({ state, node, own, nowMs }: NodeStep, { creates, deletes, ended }: Changes): void {
  const { shouldRun, mayStay } = judgeNode(state.daemonSet, node);
  const live = own.filter((pod) => !isDeleting(pod));
  if (!mayStay) {
    deletes.push(...live);
    return;
  }
  if (!shouldRun && live.length === 0) return;
  const finished = live.filter(isPodFinished);
  const running = live.filter((pod) => !isPodFinished(pod));
  if (finished.length > 0) {
    deletes.push(...finished);
    ended.push(...finished);
  }
  const isLeaving = own.some((pod) => isDeleting(pod) && !isPodFinished(pod));
  if (shouldRun && running.length === 0 && finished.length === 0 && !isLeaving) creates.push(node.metadata.name ?? '');
  if (running.length > 1) deletes.push(...surplus(state, running, nowMs));
}

/** Of several pods on one node the oldest stays; during a surge an old and a new one do, until the new one is available. */
function surplus({ daemonSet, updateHash }: DaemonState, running: readonly Pod[], nowMs: number): Pod[] {
  const age = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '');
  const sorted = [...running].sort(
    (a, b) => Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) || age(a) - age(b),
  );
  const { maxSurge } = updateLimits(daemonSet, 1);
  if (maxSurge === 0) return sorted.slice(1);
  const old = sorted.filter((pod) => !isUpdated(pod, updateHash));
  const updated = sorted.filter((pod) => isUpdated(pod, updateHash));
  const minReadySeconds = daemonSet.spec?.minReadySeconds ?? 0;
  const done = updated.some((pod) => isPodAvailable(pod, minReadySeconds, nowMs));
  return [...updated.slice(1), ...(done ? old : old.slice(1))];
}

function updateLimits({ spec }: DaemonSet, desired: number): { maxSurge: number; maxUnavailable: number } {
  const { maxSurge = 0, maxUnavailable = 1 } = spec?.updateStrategy?.rollingUpdate ?? {};
  if (spec?.updateStrategy?.type === 'OnDelete') return { maxSurge: 0, maxUnavailable: 0 };
  const surge = scaledValue(maxSurge, desired, 'up');
  const unavailable = scaledValue(maxUnavailable, desired, 'up');
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Replaces pods of old revisions, no more at a time than the strategy allows. */
function rollOut(
  state: DaemonState,
  grouped: ReadonlyMap<string, readonly Pod[]>,
  { creates, deletes }: Pick<Changes, 'creates' | 'deletes'>,
  nowMs: number,
): void {
  const { daemonSet, nodes, updateHash } = state;
  if (daemonSet.spec?.updateStrategy?.type === 'OnDelete') return;
  const wanted = nodes.filter((node) => judgeNode(daemonSet, node).shouldRun);
  const { maxSurge, maxUnavailable } = updateLimits(daemonSet, wanted.length);
  const minReadySeconds = daemonSet.spec?.minReadySeconds ?? 0;
  let unavailable = 0;
  let surging = 0;
  const outdated: { node: string; pod: Pod; available: boolean }[] = [];
  for (const { metadata } of wanted) {
    const live = (grouped.get(metadata.name ?? '') ?? []).filter((pod) => !isDeleting(pod));
    const available = live.some((pod) => isPodAvailable(pod, minReadySeconds, nowMs));
    if (!available) unavailable++;
    const old = live.find((pod) => !isUpdated(pod, updateHash));
    if (live.length > 1) surging++;
    else if (old) outdated.push({ node: metadata.name ?? '', pod: old, available });
  }
  // What does not work anyway is replaced first, and costs nothing.
  for (const { node, pod, available } of outdated.sort((a, b) => Number(a.available) - Number(b.available))) {
    if (maxSurge > 0) {
      if (!available) deletes.push(pod);
      else if (surging < maxSurge) {
        surging++;
        creates.push(node);
      }
    } else if (!available) deletes.push(pod);
    else if (unavailable < maxUnavailable) {
      unavailable++;
      deletes.push(pod);
    }
  }
}

function planStatus(state: DaemonState, grouped: ReadonlyMap<string, readonly Pod[]>, nowMs: number) {
  const { daemonSet, nodes, updateHash } = state;
  const minReadySeconds = daemonSet.spec?.minReadySeconds ?? 0;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  let nextCheckMs: number | undefined;
  for (const node of nodes) {
    const { shouldRun } = judgeNode(daemonSet, node);
    const own = [...(grouped.get(node.metadata.name ?? '') ?? [])];
    if (shouldRun) counts.desired++;
    if (own.length === 0) continue;
    if (!shouldRun) {
      counts.misscheduled++;
      continue;
    }
    counts.current++;
    const [oldest] = own.sort((a, b) => Number(isUpdated(b, updateHash)) - Number(isUpdated(a, updateHash)));
    const ready = own.filter(isPodReady);
    if (ready.length > 0) counts.ready++;
    const waits = ready.map((pod) => availableInMs(pod, minReadySeconds, nowMs) ?? Number.POSITIVE_INFINITY);
    if (waits.some((ms) => ms === 0)) counts.available++;
    else if (waits.length > 0) nextCheckMs = Math.min(nextCheckMs ?? Number.POSITIVE_INFINITY, ...waits);
    if (oldest && isUpdated(oldest, updateHash)) counts.updated++;
  }
  const unavailable = counts.desired - counts.available;
  const optional = {
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: unavailable,
  };
  const status: DaemonSetStatus = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: daemonSet.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value > 0)),
  };
  return { status, nextCheckMs };
}
