import {
  type Deployment,
  type DeploymentCondition,
  type DeploymentStatus,
  deploymentKind,
  type ReplicaSet,
} from '@kubets/api';
import { deepEqual } from '../equality.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { templateHash } from '../ownership/template-hash.ts';
import {
  findNewReplicaSet,
  HASH_LABEL,
  isActive,
  newSetAnnotations,
  REVISION,
  replicaAnnotations,
  replicasOf,
  revisionOf,
} from './replica-sets.ts';
import { isScaling, nextCurrentSize, type ReplicaSets, rollingUpdateSizes, type Sizes, scaledSizes } from './sizes.ts';
import {
  calculateStatus,
  conditionOf,
  hasProgressDeadline,
  isComplete,
  pausedConditions,
  rolloutStatus,
  withCondition,
} from './status.ts';

export interface DeploymentState {
  readonly deployment: Deployment;
  /** The replica sets that it controls. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Whether pods of a replica set (by uid) exist that have not finished; Recreate waits for them. */
  hasRunningPods(replicaSetUid: string): boolean;
}

export interface SetUpdate {
  readonly set: ReplicaSet;
  readonly from: number;
  readonly to: number;
}

export interface DeploymentPlan {
  /** Revision that the deployment's own annotation should show. */
  readonly revision?: string;
  readonly create?: ReplicaSet;
  /** Replica sets with their new size and annotations; `from` equals `to` when only annotations change. */
  readonly updates: readonly SetUpdate[];
  readonly deletes: readonly ReplicaSet[];
  readonly status: DeploymentStatus;
}

/** One step towards what the deployment asks for. */
export function planDeployment(state: DeploymentState, nowMs: number): DeploymentPlan {
  const { deployment, replicaSets } = state;
  const current = findNewReplicaSet(deployment, replicaSets);
  const sets: ReplicaSets = { current, old: replicaSets.filter((set) => set !== current) };
  if (deployment.metadata.deletionTimestamp) {
    const status = calculateStatus(deployment, sets, deployment.status?.conditions ?? [], nowMs);
    return { updates: [], deletes: [], status };
  }
  const conditions = pausedConditions(deployment, nowMs);
  const draft = { state, sets, conditions, nowMs };
  if (deployment.spec.paused || isScaling(deployment, sets)) return planScaling(draft);
  return deployment.spec.strategy?.type === 'Recreate' ? planRecreate(draft) : planRolling(draft);
}

interface Draft {
  readonly state: DeploymentState;
  readonly sets: ReplicaSets;
  readonly conditions: readonly DeploymentCondition[];
  readonly nowMs: number;
}

function planScaling(draft: Draft): DeploymentPlan {
  const { state, sets, conditions, nowMs } = draft;
  const { deployment } = state;
  return {
    ...revise(draft, scaledSizes(deployment, sets)),
    deletes: deployment.spec.paused ? expired(deployment, sets.old) : [],
    status: calculateStatus(deployment, sets, conditions, nowMs),
  };
}

function planRolling(draft: Draft): DeploymentPlan {
  const { state, sets } = draft;
  const { current, old } = sets;
  if (!current) return planCreation(draft);
  const sizes = rollingUpdateSizes(state.deployment, { current, old });
  return finish(draft, sizes);
}

function planRecreate(draft: Draft): DeploymentPlan {
  const { state, sets } = draft;
  const active = sets.old.filter(isActive);
  if (active.length > 0) return finish(draft, new Map(active.map((set) => [set.metadata.name ?? '', 0])));
  const running = sets.old.some(
    ({ metadata, status }) => (status?.replicas ?? 0) > 0 || state.hasRunningPods(metadata.uid ?? ''),
  );
  if (running) return finish(draft, new Map());
  if (!sets.current) return planCreation(draft);
  const size = nextCurrentSize(state.deployment, sets, replicasOf(sets.current));
  return finish(draft, new Map([[sets.current.metadata.name ?? '', size]]));
}

/** Sizes, annotations, clean-up and status of a step that creates nothing. */
function finish(draft: Draft, sizes: Sizes): DeploymentPlan {
  const { state, sets, conditions, nowMs } = draft;
  const { deployment } = state;
  const changes = [...sizes].some(([name, size]) => {
    return state.replicaSets.some((set) => set.metadata.name === name && replicasOf(set) !== size);
  });
  const found = foundConditions(draft, conditions);
  return {
    ...revise(draft, sizes),
    deletes: !changes && isComplete(deployment, deployment.status) ? expired(deployment, sets.old) : [],
    status: rolloutStatus(deployment, sets, found, nowMs),
  };
}

function foundConditions({ state, sets, nowMs }: Draft, conditions: readonly DeploymentCondition[]) {
  const { deployment } = state;
  if (!sets.current || !hasProgressDeadline(deployment)) return conditions;
  if (conditionOf({ conditions: [...conditions] }, 'Progressing')) return conditions;
  const message = `Found new replica set "${sets.current.metadata.name}"`;
  return withCondition(conditions, 'Progressing', { status: 'True', reason: 'FoundNewReplicaSet', message }, nowMs);
}

function nextRevision(old: readonly ReplicaSet[]): bigint {
  const [newest = 0n] = old.map(revisionOf).sort((a, b) => Number(b - a));
  return (newest > 0n ? newest : 0n) + 1n;
}

function planCreation(draft: Draft): DeploymentPlan {
  const { state, sets, conditions, nowMs } = draft;
  const { deployment } = state;
  const create = newReplicaSet(deployment, sets);
  const message = `Created new replica set "${create.metadata.name}"`;
  const created: readonly DeploymentCondition[] = hasProgressDeadline(deployment)
    ? withCondition(conditions, 'Progressing', { status: 'True', reason: 'NewReplicaSetCreated', message }, nowMs)
    : conditions;
  const revision = create.metadata.annotations?.[REVISION];
  return {
    ...(revision ? { revision } : {}),
    create,
    updates: [],
    deletes: [],
    status: rolloutStatus(deployment, { current: undefined, old: sets.old }, created, nowMs),
  };
}

function newReplicaSet(deployment: Deployment, sets: ReplicaSets): ReplicaSet {
  const { template } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const { selector, minReadySeconds } = deployment.spec;
  const revision = nextRevision(sets.old);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels,
      annotations: newSetAnnotations({ deployment, existing: undefined, revision }),
      ownerReferences: [newControllerRef(deployment, deploymentKind)],
    },
    spec: {
      replicas: nextCurrentSize(deployment, sets, 0),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    },
  };
}

/** Replica sets whose size, annotations or minReadySeconds have to change, and the revision to show. */
function revise({ state, sets }: Draft, sizes: Sizes): Pick<DeploymentPlan, 'updates' | 'revision'> {
  const { deployment, replicaSets } = state;
  const { current } = sets;
  const updates: SetUpdate[] = [];
  let revision: string | undefined;
  for (const set of replicaSets) {
    const size = sizes.get(set.metadata.name ?? '') ?? replicasOf(set);
    let annotations = set.metadata.annotations ?? {};
    if (set === current) {
      annotations = newSetAnnotations({ deployment, existing: set, revision: nextRevision(sets.old) });
      revision = annotations[REVISION];
    }
    if (sizes.has(set.metadata.name ?? '')) annotations = { ...annotations, ...replicaAnnotations(deployment) };
    const changed = withSize(set, size, annotations, set === current ? deployment.spec.minReadySeconds : undefined);
    if (!deepEqual(changed, set)) updates.push({ set: changed, from: replicasOf(set), to: size });
  }
  return { updates, ...(revision ? { revision } : {}) };
}

function withSize(
  set: ReplicaSet,
  size: number,
  annotations: Record<string, string>,
  minReadySeconds: number | undefined,
): ReplicaSet {
  if (!set.spec) return set;
  return {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, replicas: size, ...(minReadySeconds === undefined ? {} : { minReadySeconds }) },
  };
}

/** Old replica sets beyond the history limit, oldest revision first, as far as nothing runs in them. */
function expired(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit === 2 ** 31 - 1) return [];
  const cleanable = old.filter(({ metadata }) => !metadata.deletionTimestamp);
  const surplus = cleanable.length - limit;
  if (surplus <= 0) return [];
  return cleanable
    .sort((a, b) => Number(revisionOf(a) - revisionOf(b)))
    .slice(0, surplus)
    .filter(
      (set) =>
        (set.status?.replicas ?? 0) === 0 &&
        replicasOf(set) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    );
}
