import type { Deployment, ReplicaSet } from '@kubets/api';
import {
  availableOf,
  byCreation,
  DESIRED_REPLICAS,
  desiredReplicas,
  isActive,
  isRollingUpdate,
  limitsOf,
  MAX_REPLICAS,
  replicasOf,
  sum,
} from './replica-sets.ts';

/** New sizes by replica set name; those left out stay as they are. */
export type Sizes = Map<string, number>;

export interface ReplicaSets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

const nameOf = (set: ReplicaSet): string => set.metadata.name ?? '';
const everySet = ({ current, old }: ReplicaSets) => (current ? [...old, current] : [...old]);

/** The size of the current replica set that the strategy allows next, given what runs beside it. */
export function nextCurrentSize(deployment: Deployment, sets: ReplicaSets, currentSize: number): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  if (currentSize > desired) return desired;
  const total = sum(sets.old, replicasOf) + currentSize;
  const room = desired + limitsOf(deployment).maxSurge - total;
  return room <= 0 ? currentSize : currentSize + Math.min(room, desired - currentSize);
}

/** One step of a rolling update: first the new replica set grows; when it cannot, the old ones shrink. */
export function rollingUpdateSizes(deployment: Deployment, sets: ReplicaSets & { current: ReplicaSet }): Sizes {
  const size = nextCurrentSize(deployment, sets, replicasOf(sets.current));
  if (size !== replicasOf(sets.current)) return new Map([[nameOf(sets.current), size]]);
  return shrinkOld(deployment, sets);
}

function shrinkOld(deployment: Deployment, sets: ReplicaSets & { current: ReplicaSet }): Sizes {
  const sizes: Sizes = new Map();
  const old = [...sets.old].sort(byCreation);
  if (sum(old, replicasOf) === 0) return sizes;
  const minAvailable = desiredReplicas(deployment) - limitsOf(deployment).maxUnavailable;
  const notYetAvailable = replicasOf(sets.current) - availableOf(sets.current);
  let budget = sum(everySet(sets), replicasOf) - minAvailable - notYetAvailable;
  if (budget <= 0) return sizes;
  for (const set of old) {
    const unhealthy = Math.min(budget, replicasOf(set) - availableOf(set));
    if (replicasOf(set) === 0 || unhealthy <= 0) continue;
    sizes.set(nameOf(set), replicasOf(set) - unhealthy);
    budget -= unhealthy;
  }
  let spare = sum(everySet(sets), availableOf) - minAvailable;
  for (const set of old) {
    const size = sizes.get(nameOf(set)) ?? replicasOf(set);
    const removed = Math.min(size, Math.max(0, spare));
    if (removed === 0) continue;
    sizes.set(nameOf(set), size - removed);
    spare -= removed;
  }
  return sizes;
}

/** Whether the wanted number has changed since the sizes were last set. */
export function isScaling(deployment: Deployment, sets: ReplicaSets): boolean {
  return everySet(sets).some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return isActive(set) && desired !== undefined && Number(desired) !== desiredReplicas(deployment);
  });
}

function isSaturated(deployment: Deployment, set: ReplicaSet | undefined): boolean {
  const desired = desiredReplicas(deployment);
  const annotated = set?.metadata.annotations?.[DESIRED_REPLICAS];
  if (!set || annotated === undefined) return false;
  return replicasOf(set) === desired && Number(annotated) === desired && availableOf(set) === desired;
}

/** Sizes for a changed number of replicas, also in the middle of a roll-out or while paused. */
export function scaledSizes(deployment: Deployment, sets: ReplicaSets): Sizes {
  const only = onlyActiveOrLatest(sets);
  if (only) return new Map([[nameOf(only), desiredReplicas(deployment)]]);
  if (isSaturated(deployment, sets.current)) {
    return new Map(sets.old.filter(isActive).map((set) => [nameOf(set), 0]));
  }
  return isRollingUpdate(deployment) ? proportionalSizes(deployment, sets) : new Map();
}

function onlyActiveOrLatest(sets: ReplicaSets): ReplicaSet | undefined {
  const active = everySet(sets).filter(isActive);
  if (active.length > 1) return undefined;
  return active[0] ?? sets.current ?? [...sets.old].sort(byCreation).at(-1);
}

/** Spreads the difference over all active replica sets in proportion to their sizes; the largest takes what rounding leaves. */
function proportionalSizes(deployment: Deployment, sets: ReplicaSets): Sizes {
  const active = everySet(sets).filter(isActive);
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + limitsOf(deployment).maxSurge : 0;
  const toAdd = allowed - sum(active, replicasOf);
  const age = toAdd > 0 ? -1 : 1;
  active.sort((a, b) => replicasOf(b) - replicasOf(a) || age * byCreation(a, b));
  const sizes: Sizes = new Map();
  let added = 0;
  for (const set of active) {
    const share = toAdd === 0 ? 0 : proportionOf(deployment, set, { toAdd, added });
    sizes.set(nameOf(set), replicasOf(set) + share);
    added += share;
  }
  const largest = active[0];
  if (largest && toAdd !== 0) {
    sizes.set(nameOf(largest), Math.max(0, (sizes.get(nameOf(largest)) ?? 0) + toAdd - added));
  }
  return sizes;
}

function proportionOf(deployment: Deployment, set: ReplicaSet, change: { toAdd: number; added: number }): number {
  const { toAdd, added } = change;
  if (toAdd === added) return 0;
  const share = fractionOf(deployment, set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const desired = desiredReplicas(deployment);
  const size = replicasOf(set);
  if (desired === 0) return -size;
  const max = desired + limitsOf(deployment).maxSurge;
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? 0) || (deployment.status?.replicas ?? 0) || max;
  return Math.round((size * max) / before) - size;
}
