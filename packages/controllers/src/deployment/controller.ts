import {
  type Deployment,
  deploymentKind,
  isEmptySelector,
  labelMatcher,
  type Pod,
  podKind,
  type ReplicaSet,
  replicaSetKind,
} from '@kubets/api';
import { type EventRecorder, type Informer, keyOf, type ResourceClient } from '@kubets/client';
import { hasReason, messageOf } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { claim } from '../ownership/claim.ts';
import {
  controlledBy,
  controllerKey,
  controllerKeys,
  controllerOf,
  indexByController,
  isControlledBy,
} from '../ownership/controller-ref.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { isPodFinished } from '../pods/state.ts';
import {
  type Change,
  type Controller,
  type ControllerContext,
  type Requeue,
  type Watch,
  watch,
} from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import { type DeploymentPlan, planDeployment, type SetUpdate } from './plan.ts';
import { hasTemplateOf, REVISION } from './replica-sets.ts';
import { nextProgressCheckMs, withCondition } from './status.ts';

/** Rolls replica sets out, back, up and down as deployments ask. */
export class DeploymentController implements Controller {
  readonly name = 'deployment';
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #deployments: Informer<Deployment>;
  readonly #replicaSets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  readonly #client: ResourceClient<Deployment>;
  readonly #setClient: ResourceClient<ReplicaSet>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#deployments = context.informers.informer(deploymentKind);
    this.#replicaSets = context.informers.informer(replicaSetKind);
    this.#pods = context.informers.informer(podKind);
    this.#client = context.client.resource(deploymentKind);
    this.#setClient = context.client.resource(replicaSetKind);
    this.#recorder = context.recorder('deployment-controller');
    indexByController(this.#replicaSets);
    indexByController(this.#pods);
    this.watches = [
      watch(this.#deployments, ({ object }) => [keyOf(object)]),
      watch(this.#replicaSets, (change) => this.#setKeys(change)),
      watch(this.#pods, ({ type, object }) =>
        type === 'deleted' ? this.#recreateKeys(controllerOf(object)?.uid, object) : [],
      ),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const deployment = this.#deployments.store.get(key);
    if (!deployment) return undefined;
    if (isEmptySelector(deployment.spec.selector)) return this.#rejectEmptySelector(deployment);
    const matches = labelMatcher(deployment.spec.selector);
    const options = { client: this.#context.client, owner: deployment, ownerKind: deploymentKind, matches };
    const claimed = await claim({ ...options, informer: this.#replicaSets });
    const hasRunningPods = (uid: string) => this.#hasRunningPods(uid);
    const plan = planDeployment({ deployment, replicaSets: claimed, hasRunningPods }, this.#context.clock.now());
    await this.#apply(deployment, plan);
    await this.#writeStatus(deployment, plan);
    const afterMs = nextProgressCheckMs(deployment, plan.status, this.#context.clock.now());
    return afterMs === undefined ? undefined : { afterMs };
  }

  #setKeys(change: Change<ReplicaSet>): string[] {
    const { object } = change;
    const keys = controllerKeys(change, deploymentKind);
    if (controllerOf(object)) return keys;
    const matching = this.#deployments.store
      .list(object.metadata.namespace)
      .filter(({ spec }) => !isEmptySelector(spec.selector) && labelMatcher(spec.selector)(object.metadata.labels));
    return [...keys, ...matching.map(keyOf)];
  }

  /** A Recreate roll-out goes on when the last pod of the old replica set is gone. */
  #recreateKeys(setUid: string | undefined, pod: { metadata: { namespace?: string } }): string[] {
    if (!setUid) return [];
    const set = this.#replicaSets.store.list(pod.metadata.namespace).find(({ metadata }) => metadata.uid === setUid);
    const keys = set ? controllerKey(set, deploymentKind) : [];
    return keys.filter((key) => this.#deployments.store.get(key)?.spec.strategy?.type === 'Recreate');
  }

  #hasRunningPods(uid: string): boolean {
    return controlledBy(this.#pods, { metadata: { uid } }).some((pod) => !isPodFinished(pod));
  }

  async #rejectEmptySelector(deployment: Deployment): Promise<undefined> {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    this.#recorder.event(deployment, 'Warning', 'SelectingAll', message);
    const generation = deployment.metadata.generation ?? 0;
    if ((deployment.status?.observedGeneration ?? 0) >= generation) return undefined;
    await this.#client.updateStatus({
      ...deployment,
      status: { ...deployment.status, observedGeneration: generation },
    });
    return undefined;
  }

  async #apply(deployment: Deployment, plan: DeploymentPlan): Promise<void> {
    if (plan.create) await this.#create(deployment, plan.create);
    for (const update of plan.updates) await this.#resize(deployment, update);
    for (const { metadata } of plan.deletes) await this.#remove(metadata.namespace ?? '', metadata.name ?? '');
  }

  async #resize(deployment: Deployment, { set, from, to }: SetUpdate): Promise<void> {
    await this.#setClient.update(set);
    if (from === to) return;
    const direction = from < to ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${to}`;
    this.#recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  async #remove(namespace: string, name: string): Promise<void> {
    await ignoring(this.#setClient.delete(namespace, name), 'NotFound');
  }

  async #create(deployment: Deployment, set: ReplicaSet): Promise<void> {
    try {
      await this.#setClient.create(set);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (hasReason(error, 'AlreadyExists')) return this.#collided(deployment, set);
      await this.#creationFailed(deployment, set, error);
      throw error;
    }
    const size = set.spec?.replicas ?? 0;
    if (size === 0) return;
    const message = `Scaled up replica set ${set.metadata.name} from 0 to ${size}`;
    this.#recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  /** The name is taken: by our own earlier attempt, or by another template with the same hash, which the counter avoids. */
  async #collided(deployment: Deployment, set: ReplicaSet): Promise<void> {
    const existing = await this.#setClient.get(set.metadata.namespace ?? '', set.metadata.name ?? '');
    if (isControlledBy(existing, deployment) && hasTemplateOf(deployment, existing)) return;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await this.#client.updateStatus({ ...deployment, status: { ...deployment.status, collisionCount } });
    throw new Error(`replica set ${set.metadata.name} exists with another template`);
  }

  async #creationFailed(deployment: Deployment, set: ReplicaSet, error: unknown): Promise<void> {
    const message = `Failed to create new replica set "${set.metadata.name}": ${messageOf(error)}`;
    this.#recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
    if (deployment.spec.progressDeadlineSeconds === undefined) return;
    const reason = { status: 'False', reason: 'ReplicaSetCreateError', message };
    const conditions = withCondition(
      deployment.status?.conditions ?? [],
      'Progressing',
      reason,
      this.#context.clock.now(),
    );
    await this.#client.updateStatus({ ...deployment, status: { ...deployment.status, conditions } });
  }

  /** The revision goes with the status: written by itself, it would raise the generation. */
  async #writeStatus(deployment: Deployment, { status, revision }: DeploymentPlan): Promise<void> {
    const { annotations } = deployment.metadata;
    const revised = revision !== undefined && annotations?.[REVISION] !== revision;
    if (!revised && deepEqual(deployment.status ?? {}, status)) return;
    const metadata = revised
      ? { ...deployment.metadata, annotations: { ...annotations, [REVISION]: revision } }
      : deployment.metadata;
    await ignoring(this.#client.updateStatus({ ...deployment, metadata, status }), 'NotFound');
  }
}
