import {
  deploymentKind,
  labelMatcher,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgetKind,
  podKind,
  replicaSetKind,
  replicationControllerKind,
  statefulSetKind,
} from '@kubets/api';
import { type EventRecorder, formatTime, type Informer, keyOf, parseTime, type ResourceClient } from '@kubets/client';
import type { KubeObject, OwnerReference } from '@kubets/core';
import { withCondition } from '../conditions.ts';
import { deepEqual } from '../equality.ts';
import { scaledValue } from '../int-or-percent.ts';
import { controllerOf } from '../ownership/controller-ref.ts';
import { keysSelecting } from '../ownership/selecting.ts';
import { isPodFinished, isPodReady } from '../pods/state.ts';
import {
  type Controller,
  type ControllerContext,
  type Requeue,
  reads,
  type Watch,
  watch,
} from '../runner/controller.ts';

/** An eviction that the API server has allowed counts as done for so long, until the pod is seen to go. */
const DISRUPTION_TIMEOUT_MS = 2 * 60_000;
const STALE_CONDITION_MS = 2 * 60_000;

export interface BudgetState {
  readonly budget: PodDisruptionBudget;
  readonly pods: readonly Pod[];
  /** Sum of the wanted sizes of the controllers of these pods; undefined when none of them can be scaled. */
  readonly expectedScale: number | undefined;
}

/** The budget's status: how many of its pods may go now. */
export function planBudget(
  state: BudgetState,
  nowMs: number,
): { status: NonNullable<PodDisruptionBudget['status']>; nextCheckMs?: number } {
  const { budget, pods } = state;
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  let expectedPods = pods.length;
  let desiredHealthy = 0;
  if (maxUnavailable !== undefined) {
    expectedPods = state.expectedScale ?? pods.length;
    desiredHealthy = Math.max(0, expectedPods - scaledValue(maxUnavailable, expectedPods, 'up'));
  } else if (typeof minAvailable === 'string') {
    expectedPods = state.expectedScale ?? pods.length;
    desiredHealthy = scaledValue(minAvailable, expectedPods, 'up');
  } else desiredHealthy = minAvailable ?? 0;
  const disrupted = stillDisrupted(budget, pods, nowMs);
  const currentHealthy = pods.filter(
    (pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp && !disrupted[pod.metadata.name ?? ''],
  ).length;
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const allowed = disruptionsAllowed > 0;
  const generation = budget.metadata.generation;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed ? 'True' : 'False',
    reason: allowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    ...(generation ? { observedGeneration: generation } : {}),
  };
  const waits = Object.values(disrupted).map((since) => Math.max(0, parseTime(since) + DISRUPTION_TIMEOUT_MS - nowMs));
  return {
    status: {
      ...(generation ? { observedGeneration: generation } : {}),
      ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy,
      expectedPods,
      conditions: withCondition(budget.status?.conditions, condition, nowMs),
    },
    ...(waits.length > 0 ? { nextCheckMs: Math.min(...waits) } : {}),
  };
}

function stillDisrupted(budget: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): Record<string, string> {
  const live = new Map(pods.map((pod) => [pod.metadata.name ?? '', pod]));
  return Object.fromEntries(
    Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, since]) => {
      const pod = live.get(name);
      return pod && !pod.metadata.deletionTimestamp && parseTime(since) + DISRUPTION_TIMEOUT_MS > nowMs;
    }),
  );
}

type ScaledInformers = ReturnType<typeof scaledInformers>;

/** The kinds whose sizes tell how many pods there should be. */
function scaledInformers({ informers }: ControllerContext) {
  return {
    ReplicaSet: informers.informer(replicaSetKind),
    Deployment: informers.informer(deploymentKind),
    StatefulSet: informers.informer(statefulSetKind),
    ReplicationController: informers.informer(replicationControllerKind),
  };
}

/** Keeps the statuses of disruption budgets, which evictions draw on. */
export class DisruptionController implements Controller {
  readonly name = 'disruption';
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #budgets: Informer<PodDisruptionBudget>;
  readonly #pods: Informer<Pod>;
  readonly #client: ResourceClient<PodDisruptionBudget>;
  readonly #recorder: EventRecorder;
  readonly #scaled: ScaledInformers;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#budgets = context.informers.informer(podDisruptionBudgetKind);
    this.#pods = context.informers.informer(podKind);
    this.#client = context.client.resource(podDisruptionBudgetKind);
    this.#recorder = context.recorder('controllermanager');
    this.#scaled = scaledInformers(context);
    this.watches = [
      watch(this.#budgets, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)])),
      watch(this.#pods, ({ object, old }) => [
        ...keysSelecting(this.#budgets, object),
        ...(old ? keysSelecting(this.#budgets, old) : []),
      ]),
      ...Object.values(this.#scaled).map((informer) => reads(informer as ScaledInformers['ReplicaSet'])),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const budget = this.#budgets.store.get(key);
    if (!budget || budget.metadata.deletionTimestamp) return undefined;
    const matches = labelMatcher(budget.spec?.selector);
    const selected = this.#pods.store
      .list(budget.metadata.namespace)
      .filter((pod) => matches(pod.metadata.labels) && !isPodFinished(pod));
    if (selected.length === 0) this.#recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const state = { budget, pods: selected, expectedScale: this.#expectedScale(selected) };
    const { status, nextCheckMs } = planBudget(state, this.#context.clock.now());
    if (!deepEqual(budget.status, status)) await this.#client.updateStatus({ ...budget, status });
    return nextCheckMs === undefined ? undefined : { afterMs: nextCheckMs };
  }

  #expectedScale(selected: readonly Pod[]): number | undefined {
    const sizes = new Map<string, number>();
    for (const pod of selected) {
      const found = this.#scaleOf(controllerOf(pod), pod.metadata.namespace ?? '');
      if (found) sizes.set(found.uid, found.size);
    }
    if (sizes.size === 0 && selected.length > 0) return undefined;
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /** The size of the outermost controller that can be scaled: a deployment's rather than its replica set's. */
  #scaleOf(owner: OwnerReference | undefined, namespace: string): { uid: string; size: number } | undefined {
    if (!owner || !(owner.kind in this.#scaled)) return undefined;
    const found = this.#scaled[owner.kind as keyof ScaledInformers].store.get(`${namespace}/${owner.name}`);
    if (!found || found.metadata.uid !== owner.uid) return undefined;
    const size = (found as KubeObject & { spec?: { replicas?: number } }).spec?.replicas ?? 1;
    return this.#scaleOf(controllerOf(found), namespace) ?? { uid: owner.uid, size };
  }
}

/** A pod that was to be disrupted and still lives after two minutes will not be: the condition is taken back. */
export function staleDisruptionController(context: ControllerContext): Controller {
  const pods = context.informers.informer(podKind);
  const targetOf = (pod: Pod) =>
    pod.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');

  return {
    name: 'stale-pod-disruption',
    concurrency: 1,
    watches: [watch(pods, ({ object }) => (targetOf(object) ? [keyOf(object)] : []))],
    async reconcile(key): Promise<Requeue | undefined> {
      const pod = pods.store.get(key);
      const target = pod && targetOf(pod);
      if (!pod || !target || pod.metadata.deletionTimestamp || isPodFinished(pod)) return undefined;
      const waitMs = parseTime(target.lastTransitionTime) + STALE_CONDITION_MS - context.clock.now();
      if (waitMs > 0) return { afterMs: waitMs };
      const { namespace = '', name = '', uid } = pod.metadata;
      const condition = { ...target, status: 'False', lastTransitionTime: formatTime(context.clock.now()) };
      const patch = { metadata: { uid }, status: { conditions: [condition] } };
      await context.client.resource(podKind).patch({ namespace, name, subresource: 'status' }, 'strategic', patch);
      return undefined;
    },
  };
}
