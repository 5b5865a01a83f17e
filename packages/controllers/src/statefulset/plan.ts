import type { Pod, StatefulSet, StatefulSetStatus } from '@kubets/api';
import { parseTime } from '@kubets/client';
import { POD_REVISION_LABEL } from '../history/revisions.ts';
import { scaledValue } from '../int-or-percent.ts';
import { availableInMs, isPodAvailable, isPodFinished, isPodReady } from '../pods/state.ts';
import { ordinalOf } from './pods.ts';

export interface Revisions {
  /** Name of the revision that pods had before the update. */
  readonly current: string;
  readonly update: string;
}

export interface StatefulState {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly revisions: Revisions;
}

export interface NewReplica {
  readonly ordinal: number;
  readonly revision: 'current' | 'update';
}

export interface StatefulPlan {
  readonly creates: readonly NewReplica[];
  readonly deletes: readonly Pod[];
  /** Pods that ended by themselves and are to be made again. */
  readonly recreates: readonly Pod[];
  readonly status: StatefulSetStatus;
  readonly requeueAfterMs?: number;
}

/** Pods that end younger than this are not made again at once. */
const MIN_LIFE_MS = 1_000;

const isDeleting = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
const revisionOf = ({ metadata }: Pod) => metadata.labels?.[POD_REVISION_LABEL];
const isHealthy = (pod: Pod) => pod.status?.phase === 'Running' && isPodReady(pod) && !isDeleting(pod);

/** One step: pods in order, unless the set allows them in parallel; then the next part of an update. */
export function planStatefulSet(state: StatefulState, nowMs: number): StatefulPlan {
  const { status, nextCheckMs } = planStatus(state, nowMs);
  const none = {
    creates: [],
    deletes: [],
    recreates: [],
    status,
    ...(nextCheckMs === undefined ? {} : { requeueAfterMs: nextCheckMs }),
  };
  if (state.set.metadata.deletionTimestamp) return none;
  const { replicas, condemned } = sortPods(state);
  const parallel = state.set.spec?.podManagementPolicy === 'Parallel';
  const step = { state, replicas, condemned, parallel, nowMs };
  const filling = planReplicas(step);
  if (filling) return { ...none, ...filling };
  const shrinking = planCondemned(step);
  if (shrinking) return { ...none, deletes: shrinking };
  return { ...none, deletes: planUpdate(step) };
}

interface Step {
  readonly state: StatefulState;
  /** Ordinal to pod, for all ordinals that should exist. */
  readonly replicas: ReadonlyMap<number, Pod | undefined>;
  /** Pods that should not exist, the highest ordinal first. */
  readonly condemned: readonly Pod[];
  readonly parallel: boolean;
  readonly nowMs: number;
}

function sortPods({ set, pods }: StatefulState): Pick<Step, 'replicas' | 'condemned'> {
  const start = set.spec?.ordinals?.start ?? 0;
  const end = start + (set.spec?.replicas ?? 1);
  const replicas = new Map<number, Pod | undefined>();
  for (let ordinal = start; ordinal < end; ordinal++) replicas.set(ordinal, undefined);
  const condemned: Pod[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    if (replicas.has(ordinal)) replicas.set(ordinal, pod);
    else condemned.push(pod);
  }
  const order = (pod: Pod) => ordinalOf(set, pod) ?? 0;
  return { replicas, condemned: condemned.sort((a, b) => order(b) - order(a)) };
}

/** Pods below the partition keep the old revision; a set that has never been complete makes only new ones. */
function revisionFor({ set, revisions }: StatefulState, ordinal: number): NewReplica['revision'] {
  if (revisions.current === revisions.update) return 'update';
  const { updateStrategy, ordinals } = set.spec ?? {};
  const partition = updateStrategy?.rollingUpdate?.partition;
  const isOld = set.status?.currentReplicas ?? 0;
  const start = ordinals?.start ?? 0;
  if (updateStrategy?.type === 'OnDelete') return 'update';
  if (partition === undefined) return ordinal < start + isOld ? 'current' : 'update';
  return ordinal < start + partition ? 'current' : 'update';
}

/** Missing and ended pods. Undefined when all replicas are as they should be and the next stage may follow. */
function planReplicas({ state, replicas, parallel, nowMs }: Step): Partial<StatefulPlan> | undefined {
  const creates: NewReplica[] = [];
  const recreates: Pod[] = [];
  let requeueAfterMs: number | undefined;
  const minReadySeconds = state.set.spec?.minReadySeconds ?? 0;
  for (const [ordinal, pod] of replicas) {
    const waitMs = pod ? restMs(pod, nowMs) : 0;
    if (!pod) creates.push({ ordinal, revision: revisionFor(state, ordinal) });
    else if (isPodFinished(pod) && waitMs > 0) requeueAfterMs = Math.min(requeueAfterMs ?? waitMs, waitMs);
    else if (isPodFinished(pod) && !isDeleting(pod)) recreates.push(pod);
    else if (!parallel && (isDeleting(pod) || !isHealthy(pod) || !isPodAvailable(pod, minReadySeconds, nowMs)))
      return { creates, recreates };
    if (!parallel && (creates.length + recreates.length > 0 || requeueAfterMs !== undefined)) break;
  }
  if (requeueAfterMs !== undefined) return { creates, recreates, requeueAfterMs };
  return creates.length + recreates.length > 0 ? { creates, recreates } : undefined;
}

/** A pod that ended as soon as it was made, because its node refused it, say, is made again only after a moment. */
function restMs({ metadata }: Pod, nowMs: number): number {
  return metadata.deletionTimestamp ? 0 : parseTime(metadata.creationTimestamp) + MIN_LIFE_MS - nowMs;
}

/**
 * Undefined when nothing is left to be taken down. A pod that does not serve waits until those below it do, unless it is
 * the lowest of all that do not.
 */
function planCondemned({ state, condemned, replicas, parallel, nowMs }: Step): Pod[] | undefined {
  if (condemned.length === 0) return undefined;
  if (parallel) return condemned.filter((pod) => !isDeleting(pod));
  const [highest] = condemned;
  if (!highest || isDeleting(highest)) return [];
  const minReadySeconds = state.set.spec?.minReadySeconds ?? 0;
  if (isHealthy(highest) && isPodAvailable(highest, minReadySeconds, nowMs)) return [highest];
  const lowest = [...replicas.values(), ...[...condemned].reverse()].find((pod) => pod && !isHealthy(pod));
  return lowest === highest ? [highest] : [];
}

/** From the highest ordinal down to the partition, one after the other or as many as may be unavailable. */
function planUpdate({ state, replicas, nowMs }: Step): Pod[] {
  const { set, revisions } = state;
  const { updateStrategy, ordinals, minReadySeconds = 0, replicas: size = 1 } = set.spec ?? {};
  if (updateStrategy?.type === 'OnDelete') return [];
  const { partition = 0, maxUnavailable } = updateStrategy?.rollingUpdate ?? {};
  const limit = maxUnavailable === undefined ? 1 : Math.max(1, scaledValue(maxUnavailable, size, 'up'));
  const available = (pod: Pod | undefined) =>
    pod !== undefined && isHealthy(pod) && isPodAvailable(pod, minReadySeconds, nowMs);
  let unavailable = [...replicas.values()].filter((pod) => !available(pod)).length;
  const deletes: Pod[] = [];
  for (const [ordinal, pod] of [...replicas].reverse()) {
    if (ordinal < partition + (ordinals?.start ?? 0)) break;
    if (!pod || revisionOf(pod) === revisions.update || isDeleting(pod)) {
      if (limit === 1 && !available(pod)) break;
      continue;
    }
    if (available(pod)) {
      if (unavailable >= limit) break;
      unavailable++;
    }
    deletes.push(pod);
    if (limit === 1) break;
  }
  return deletes;
}

function planStatus({ set, pods, revisions }: StatefulState, nowMs: number) {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const counts = { replicas: 0, ready: 0, available: 0, current: 0, updated: 0 };
  let nextCheckMs: number | undefined;
  for (const pod of pods) {
    if (ordinalOf(set, pod) === undefined) continue;
    counts.replicas++;
    if (pod.status?.phase === 'Running' && isPodReady(pod)) {
      counts.ready++;
      const waitMs = availableInMs(pod, minReadySeconds, nowMs);
      if (waitMs === 0) counts.available++;
      else if (waitMs !== undefined) nextCheckMs = Math.min(nextCheckMs ?? waitMs, waitMs);
    }
    if (isDeleting(pod)) continue;
    if (revisionOf(pod) === revisions.current) counts.current++;
    if (revisionOf(pod) === revisions.update) counts.updated++;
  }
  const complete = isRolledOut(set, counts, revisions);
  const current = complete ? revisions.update : revisions.current;
  const optional = {
    readyReplicas: counts.ready,
    currentReplicas: complete ? counts.updated : counts.current,
    updatedReplicas: counts.updated,
  };
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: counts.replicas,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value > 0)),
    availableReplicas: counts.available,
    currentRevision: current,
    updateRevision: revisions.update,
  };
  return { status, nextCheckMs };
}

/** The update is over when every pod has it and is ready; the new revision is then the current one. */
function isRolledOut(
  set: StatefulSet,
  counts: { replicas: number; ready: number; updated: number },
  { current, update }: Revisions,
): boolean {
  if (current === update || set.spec?.updateStrategy?.type === 'OnDelete') return false;
  return (
    counts.updated === counts.replicas &&
    counts.ready === counts.replicas &&
    counts.replicas === (set.spec?.replicas ?? 1)
  );
}
