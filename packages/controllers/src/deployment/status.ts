import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@kubets/api';
import { formatTime, parseTime } from '@kubets/client';
import { availableOf, desiredReplicas, limitsOf, sum } from './replica-sets.ts';
import type { ReplicaSets } from './sizes.ts';

const MAX_INT32 = 2 ** 31 - 1;

type Reason = Pick<DeploymentCondition, 'status' | 'reason' | 'message'>;

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== MAX_INT32;
}

export function conditionOf(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Sets a condition; an equal status and reason leave it untouched, an equal status keeps the time of its transition. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  type: string,
  reason: Reason,
  nowMs: number,
): DeploymentCondition[] {
  const current = conditions.find((condition) => condition.type === type);
  if (current && current.status === reason.status && current.reason === reason.reason) return [...conditions];
  return replaceCondition(conditions, type, reason, nowMs);
}

/** As `withCondition`, but the time of the last update always moves. */
function replaceCondition(
  conditions: readonly DeploymentCondition[],
  type: string,
  reason: Reason,
  nowMs: number,
): DeploymentCondition[] {
  const current = conditions.find((condition) => condition.type === type);
  const now = formatTime(nowMs);
  const unchanged = current?.status === reason.status ? current.lastTransitionTime : undefined;
  const next = { type, ...reason, lastUpdateTime: now, lastTransitionTime: unchanged ?? now };
  return [...without(conditions, type), next];
}

function without(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** Counters and the condition Available; the other conditions are taken over. */
export function calculateStatus(
  deployment: Deployment,
  { current, old }: ReplicaSets,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): DeploymentStatus {
  const sets = current ? [...old, current] : [...old];
  const replicas = sum(sets, ({ status }) => status?.replicas ?? 0);
  const availableReplicas = sum(sets, availableOf);
  const minAvailable = desiredReplicas(deployment) - limitsOf(deployment).maxUnavailable;
  const available: Reason =
    availableReplicas >= minAvailable
      ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
      : {
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        };
  const collisionCount = deployment.status?.collisionCount;
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...counters({
      replicas,
      updatedReplicas: current?.status?.replicas ?? 0,
      readyReplicas: sum(sets, ({ status }) => status?.readyReplicas ?? 0),
      availableReplicas,
      unavailableReplicas: Math.max(0, sum(sets, ({ spec }) => spec?.replicas ?? 1) - availableReplicas),
    }),
    terminatingReplicas: sum(sets, ({ status }) => status?.terminatingReplicas ?? 0),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(conditions, 'Available', available, nowMs),
  };
}

/** Counters of zero are left out, as the API writes them. */
function counters(values: Record<string, number>): Partial<DeploymentStatus> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
}

export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(deployment: Deployment, next: DeploymentStatus): boolean {
  const old = deployment.status ?? {};
  const count = (status: DeploymentStatus, key: keyof DeploymentStatus) => (status[key] as number | undefined) ?? 0;
  const outdated = (status: DeploymentStatus) => count(status, 'replicas') - count(status, 'updatedReplicas');
  return (
    count(next, 'updatedReplicas') > count(old, 'updatedReplicas') ||
    outdated(next) < outdated(old) ||
    count(next, 'readyReplicas') > count(old, 'readyReplicas') ||
    count(next, 'availableReplicas') > count(old, 'availableReplicas')
  );
}

function deadlineMs(deployment: Deployment, progressing: DeploymentCondition): number {
  return parseTime(progressing.lastUpdateTime) + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, nowMs: number): boolean {
  const progressing = conditionOf(status, 'Progressing');
  if (!progressing || progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineMs(deployment, progressing) < nowMs;
}

/** How a roll-out stands: counters, availability, progress against its deadline, and failures of its replica sets. */
export function rolloutStatus(
  deployment: Deployment,
  sets: ReplicaSets,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): DeploymentStatus {
  const status = calculateStatus(deployment, sets, conditions, nowMs);
  let next = status.conditions ?? [];
  const progressing = conditionOf(status, 'Progressing');
  const completeBefore =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && progressing?.reason === 'NewReplicaSetAvailable';
  if (!hasProgressDeadline(deployment)) next = without(next, 'Progressing');
  else if (!completeBefore) next = progressConditions({ deployment, status, current: sets.current, nowMs });
  return { ...status, conditions: failureConditions(sets, next) };
}

function progressConditions(options: {
  deployment: Deployment;
  status: DeploymentStatus;
  current: ReplicaSet | undefined;
  nowMs: number;
}): DeploymentCondition[] {
  const { deployment, status, current, nowMs } = options;
  const conditions = status.conditions ?? [];
  const subject = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(
      conditions,
      'Progressing',
      { status: 'True', reason: 'NewReplicaSetAvailable', message },
      nowMs,
    );
  }
  if (isProgressing(deployment, status)) {
    const message = `${subject} is progressing.`;
    return replaceCondition(conditions, 'Progressing', { status: 'True', reason: 'ReplicaSetUpdated', message }, nowMs);
  }
  if (isTimedOut(deployment, status, nowMs)) {
    const message = `${subject} has timed out progressing.`;
    return withCondition(
      conditions,
      'Progressing',
      { status: 'False', reason: 'ProgressDeadlineExceeded', message },
      nowMs,
    );
  }
  return conditions;
}

function failureConditions({ current, old }: ReplicaSets, conditions: DeploymentCondition[]): DeploymentCondition[] {
  const failureOf = (set: ReplicaSet | undefined) =>
    set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const failure = failureOf(current) ?? old.map(failureOf).find((found) => found !== undefined);
  if (!failure) return without(conditions, 'ReplicaFailure');
  const now = failure.lastTransitionTime ? { lastUpdateTime: failure.lastTransitionTime } : {};
  const known = conditions.find(({ type }) => type === 'ReplicaFailure');
  if (known?.reason === failure.reason && known?.status === failure.status) return conditions;
  return [...without(conditions, 'ReplicaFailure'), { ...failure, ...now }];
}

/** When a roll-out that does not move has to be looked at again to find it timed out. */
export function nextProgressCheckMs(
  deployment: Deployment,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const progressing = conditionOf(status, 'Progressing');
  if (!hasProgressDeadline(deployment) || !progressing || isComplete(deployment, status)) return undefined;
  if (progressing.reason === 'ProgressDeadlineExceeded' || progressing.reason === 'NewReplicaSetAvailable')
    return undefined;
  return Math.max(0, deadlineMs(deployment, progressing) - nowMs) + 1000;
}

/** Pausing stops the clock of the progress deadline, resuming starts it anew; both show in the condition Progressing. */
export function pausedConditions(deployment: Deployment, nowMs: number): DeploymentCondition[] {
  const conditions = deployment.status?.conditions ?? [];
  const progressing = conditionOf(deployment.status, 'Progressing');
  if (!hasProgressDeadline(deployment) || progressing?.reason === 'ProgressDeadlineExceeded') return conditions;
  const shown = progressing?.reason === 'DeploymentPaused';
  if (deployment.spec.paused && !shown) {
    const reason = { status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' };
    return withCondition(conditions, 'Progressing', reason, nowMs);
  }
  if (!deployment.spec.paused && shown) {
    const reason = { status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' };
    return withCondition(conditions, 'Progressing', reason, nowMs);
  }
  return conditions;
}
