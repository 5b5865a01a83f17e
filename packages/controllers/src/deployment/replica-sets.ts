import type { Deployment, ReplicaSet } from '@kubets/api';
import { parseTime } from '@kubets/client';
import { deepEqual } from '../equality.ts';
import { scaledValue } from '../int-or-percent.ts';

export const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
/** Deployment annotations that are not its replica sets' business. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

export const replicasOf = (set: ReplicaSet): number => set.spec?.replicas ?? 1;
export const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
export const sum = (sets: readonly ReplicaSet[], value: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + value(set), 0);
export const desiredReplicas = (deployment: Deployment): number => deployment.spec.replicas ?? 1;

/** A revision is a number of 64 bits; 0n where there is none, or none that can be read. */
export function revisionOf(set: ReplicaSet): bigint {
  return parseRevision(set.metadata.annotations?.[REVISION]);
}

function parseRevision(text = ''): bigint {
  return /^-?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : 0n;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type !== 'Recreate';
}

/** How far a rolling update may go above and below the wanted number; never 0 for both, as then nothing could move. */
export function limitsOf(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const replicas = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, 'up');
  const unavailable = scaledValue(maxUnavailable, replicas, 'down');
  if (surge === 0 && unavailable === 0) return { maxSurge: 0, maxUnavailable: Math.min(1, replicas) };
  return { maxSurge: surge, maxUnavailable: Math.min(unavailable, replicas) };
}

export function byCreation(left: ReplicaSet, right: ReplicaSet): number {
  const difference = parseTime(left.metadata.creationTimestamp) - parseTime(right.metadata.creationTimestamp);
  return difference || ((left.metadata.name ?? '') < (right.metadata.name ?? '') ? -1 : 1);
}

export const isActive = (set: ReplicaSet): boolean => replicasOf(set) > 0;

function withoutHash(template: unknown): unknown {
  const { metadata, ...rest } = template as { metadata?: { labels?: Record<string, string> } };
  const { [HASH_LABEL]: _hash, ...labels } = metadata?.labels ?? {};
  return { ...rest, metadata: { ...metadata, labels } };
}

/** Whether a replica set's pods are what the deployment's template asks for. */
export function hasTemplateOf(deployment: Deployment, set: ReplicaSet): boolean {
  return deepEqual(withoutHash(deployment.spec.template), withoutHash(set.spec?.template ?? {}));
}

/** The oldest replica set of the current template: a roll-back must find again what it had made. */
export function findNewReplicaSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...sets].sort(byCreation).find((set) => hasTemplateOf(deployment, set));
}

/** The annotations that the replica set of the current template should have. */
export function newSetAnnotations(options: {
  deployment: Deployment;
  existing: ReplicaSet | undefined;
  revision: bigint;
}): Record<string, string> {
  const { deployment, existing, revision } = options;
  const annotations: Record<string, string> = { ...existing?.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  }
  const previous = annotations[REVISION];
  if (parseRevision(previous) < revision) {
    annotations[REVISION] = String(revision);
    // A revision that it had before means that this is a roll-back: the history keeps it.
    if (previous) {
      const history = annotations[REVISION_HISTORY];
      annotations[REVISION_HISTORY] = history ? `${history},${previous}` : previous;
    }
  }
  return existing ? annotations : { ...annotations, ...replicaAnnotations(deployment) };
}

/** What the deployment wanted when it last set a replica set's size; tells a scaling from a roll-out later. */
export function replicaAnnotations(deployment: Deployment): Record<string, string> {
  const desired = desiredReplicas(deployment);
  return {
    [DESIRED_REPLICAS]: String(desired),
    [MAX_REPLICAS]: String(desired + limitsOf(deployment).maxSurge),
  };
}
