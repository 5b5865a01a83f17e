import { type Pod, podKind, type ReplicaSetStatus, replicaSetKind } from '@kubets/api';
import { type Informer, keyOf } from '@kubets/client';
import { type KubeObject, messageOf } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { claim } from '../ownership/claim.ts';
import {
  controlledBy,
  controllerKeys,
  controllerOf,
  indexByController,
  newControllerRef,
} from '../ownership/controller-ref.ts';
import { isNamespaceTerminating, PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { isPodActive } from '../pods/state.ts';
import {
  type Change,
  type Controller,
  type ControllerContext,
  type Requeue,
  type Watch,
  watch,
} from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import { slowStartBatch } from '../runner/slow-start.ts';
import type { ReplicaFlavor } from './flavor.ts';
import { planReplicas, planStatus, type ReplicaPlan } from './plan.ts';

type Failure = { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string };

/** Keeps as many pods of one template running as asked for; serves replica sets and replication controllers alike. */
export class ReplicaController<T extends KubeObject> implements Controller {
  readonly name: string;
  readonly concurrency = 5;
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #flavor: ReplicaFlavor<T>;
  readonly #owners: Informer<T>;
  readonly #pods: Informer<Pod>;
  readonly #podControl: PodControl;

  constructor(context: ControllerContext, flavor: ReplicaFlavor<T>) {
    this.name = flavor.name;
    this.#context = context;
    this.#flavor = flavor;
    this.#owners = context.informers.informer(flavor.kind);
    this.#pods = context.informers.informer(podKind);
    this.#podControl = new PodControl(context.client, context.recorder(flavor.component));
    indexByController(this.#pods);
    this.watches = [
      watch(this.#owners, ({ object }) => [keyOf(object)]),
      watch(this.#pods, (change) => this.#podKeys(change)),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const owner = this.#owners.store.get(key);
    if (!owner) return undefined;
    const claimed = await this.#claimPods(owner);
    const state = {
      replicas: this.#flavor.replicas(owner),
      pods: claimed,
      related: this.#relatedPods(owner, claimed),
      deleting: owner.metadata.deletionTimestamp !== undefined,
    };
    const { failure, error } = await this.#apply(owner, planReplicas(state, this.#context.clock.now()));
    const next = await this.#writeStatus(owner, failure);
    if (error !== undefined && !isNamespaceTerminating(error)) throw error;
    return next === undefined ? undefined : { afterMs: next };
  }

  #podKeys(change: Change<Pod>): string[] {
    const { object, old, type } = change;
    const keys = controllerKeys(change, this.#flavor.kind);
    if (controllerOf(object) || type === 'deleted') return keys;
    const relabeled = !old || !deepEqual(old.metadata.labels, object.metadata.labels) || controllerOf(old);
    return relabeled ? [...keys, ...this.#ownersMatching(object)] : keys;
  }

  #ownersMatching(pod: Pod): string[] {
    return this.#owners.store
      .list(pod.metadata.namespace)
      .filter((owner) => this.#flavor.matches(owner)(pod.metadata.labels))
      .map(keyOf);
  }

  #claimPods(owner: T): Promise<Pod[]> {
    return claim({
      client: this.#context.client,
      owner,
      ownerKind: this.#flavor.kind,
      matches: this.#flavor.matches(owner),
      informer: this.#pods,
      adoptable: isPodActive,
    });
  }

  /** Pods of this owner and of its siblings under one deployment. */
  #relatedPods(owner: T, own: readonly Pod[]): Pod[] {
    const parent = controllerOf(owner);
    const siblings = this.#context.informers.existing(replicaSetKind);
    if (!parent || !siblings || (this.#flavor.kind as unknown) !== replicaSetKind) return own.filter(isPodActive);
    const related = siblings.store
      .list(owner.metadata.namespace)
      .filter((sibling) => controllerOf(sibling)?.uid === parent.uid && (sibling.status?.replicas ?? 0) > 0);
    if (related.length <= 1) return own.filter(isPodActive);
    return related.flatMap((sibling) => controlledBy(this.#pods, sibling)).filter(isPodActive);
  }

  async #apply(owner: T, plan: ReplicaPlan): Promise<{ failure?: Failure; error?: unknown }> {
    if (plan.create > 0) {
      const ownerReference = newControllerRef(owner, this.#flavor.kind);
      const pod = podFromTemplate({ owner, ownerReference, template: this.#flavor.template(owner) });
      const { error } = await slowStartBatch(plan.create, () => this.#podControl.create(pod, owner));
      return error === undefined ? {} : { failure: { reason: 'FailedCreate', message: messageOf(error) }, error };
    }
    const results = await Promise.allSettled(plan.deletes.map((pod) => this.#podControl.delete(pod, owner)));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return {};
    return { failure: { reason: 'FailedDelete', message: messageOf(failed.reason) }, error: failed.reason };
  }

  async #writeStatus(owner: T, failure: Failure | undefined): Promise<number | undefined> {
    const matches = this.#flavor.matches(owner);
    const { status, nextCheckMs } = planStatus(
      {
        pods: controlledBy(this.#pods, owner).filter((pod) => matches(pod.metadata.labels)),
        template: this.#flavor.template(owner),
        minReadySeconds: this.#flavor.minReadySeconds(owner),
        generation: owner.metadata.generation ?? 0,
        old: this.#flavor.status(owner),
        countsTerminating: this.#flavor.countsTerminating,
        ...(failure ? { failure } : {}),
      },
      this.#context.clock.now(),
    );
    if (!sameStatus(this.#flavor.status(owner), status)) await this.#update(this.#flavor.withStatus(owner, status));
    return nextCheckMs;
  }

  async #update(owner: T): Promise<void> {
    await ignoring(this.#context.client.resource(this.#flavor.kind).updateStatus(owner), 'NotFound');
  }
}

/** Absent counters count as zero. */
function sameStatus(old: ReplicaSetStatus, next: ReplicaSetStatus): boolean {
  const filled = (status: ReplicaSetStatus) => ({
    fullyLabeledReplicas: 0,
    readyReplicas: 0,
    availableReplicas: 0,
    terminatingReplicas: 0,
    conditions: [],
    ...status,
  });
  return deepEqual(filled(old), filled(next));
}
