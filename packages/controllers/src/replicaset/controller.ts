import { type Pod, podKind, type ReplicaSetStatus, replicaSetKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason, type KindDefinition, type KubeObject } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { claim } from '../ownership/claim.ts';
import {
  controlledBy,
  controllerKey,
  controllerOf,
  indexByController,
  newControllerRef,
} from '../ownership/controller-ref.ts';
import { isNamespaceTerminating, messageOf, PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { isPodActive } from '../pods/state.ts';
import { type Change, type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { slowStartBatch } from '../runner/slow-start.ts';
import type { ReplicaFlavor } from './flavor.ts';
import { planReplicas, planStatus, type ReplicaPlan } from './plan.ts';

type Failure = { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string };

/** Keeps as many pods of one template running as asked for; serves replica sets and replication controllers alike. */
export function replicaController<T extends KubeObject>(
  context: ControllerContext,
  flavor: ReplicaFlavor<T>,
): Controller {
  const owners = context.informers.informer(flavor.kind);
  const pods = context.informers.informer(podKind);
  const podControl = new PodControl(context.client, context.recorder(flavor.component));
  const ownerKind = flavor.kind as unknown as KindDefinition<never>;
  indexByController(pods);

  return {
    name: flavor.name,
    concurrency: 5,
    watches: [watch(owners, ({ object }) => [keyOf(object)]), watch(pods, podKeys)],
    async reconcile(key): Promise<Requeue | undefined> {
      const owner = owners.store.get(key);
      if (!owner) return undefined;
      const adoptable = (pod: Pod) => isPodActive(pod);
      const matches = flavor.matches(owner);
      const options = { client: context.client, owner, ownerKind: flavor.kind, matches, informer: pods, adoptable };
      const claimed = await claim(options);
      const deleting = owner.metadata.deletionTimestamp !== undefined;
      const state = { replicas: flavor.replicas(owner), pods: claimed, related: relatedPods(owner, claimed), deleting };
      const { failure, error } = await apply(owner, planReplicas(state, context.clock.now()));
      const next = await writeStatus(owner, failure);
      if (error !== undefined && !isNamespaceTerminating(error)) throw error;
      return next === undefined ? undefined : { afterMs: next };
    },
  };

  function podKeys({ object, old, type }: Change<Pod>): string[] {
    const keys = controllerKey(object, ownerKind);
    if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...controllerKey(old, ownerKind));
    if (controllerOf(object) || type === 'deleted') return keys;
    const relabeled = !old || !deepEqual(old.metadata.labels, object.metadata.labels) || controllerOf(old);
    return relabeled ? [...keys, ...ownersMatching(object)] : keys;
  }

  function ownersMatching(pod: Pod): string[] {
    return owners.store
      .list(pod.metadata.namespace)
      .filter((owner) => flavor.matches(owner)(pod.metadata.labels))
      .map(keyOf);
  }

  /** Pods of this owner and of its siblings under one deployment. */
  function relatedPods(owner: T, own: readonly Pod[]): Pod[] {
    const parent = controllerOf(owner);
    const siblings = context.informers.existing(replicaSetKind);
    if (!parent || !siblings || (flavor.kind as unknown) !== replicaSetKind) return own.filter(isPodActive);
    const related = siblings.store
      .list(owner.metadata.namespace)
      .filter((sibling) => controllerOf(sibling)?.uid === parent.uid && (sibling.status?.replicas ?? 0) > 0);
    if (related.length <= 1) return own.filter(isPodActive);
    return related.flatMap((sibling) => controlledBy(pods, sibling)).filter(isPodActive);
  }

  async function apply(owner: T, plan: ReplicaPlan): Promise<{ failure?: Failure; error?: unknown }> {
    if (plan.create > 0) {
      const ownerReference = newControllerRef(owner, ownerKind);
      const pod = podFromTemplate({ owner, ownerReference, template: flavor.template(owner) });
      const { error } = await slowStartBatch(plan.create, () => podControl.create(pod, owner));
      return error === undefined ? {} : { failure: { reason: 'FailedCreate', message: messageOf(error) }, error };
    }
    const results = await Promise.allSettled(plan.deletes.map((pod) => podControl.delete(pod, owner)));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return {};
    return { failure: { reason: 'FailedDelete', message: messageOf(failed.reason) }, error: failed.reason };
  }

  async function writeStatus(owner: T, failure: Failure | undefined): Promise<number | undefined> {
    const matches = flavor.matches(owner);
    const { status, nextCheckMs } = planStatus(
      {
        pods: controlledBy(pods, owner).filter((pod) => matches(pod.metadata.labels)),
        template: flavor.template(owner),
        minReadySeconds: flavor.minReadySeconds(owner),
        generation: owner.metadata.generation ?? 0,
        old: flavor.status(owner),
        countsTerminating: flavor.countsTerminating,
        ...(failure ? { failure } : {}),
      },
      context.clock.now(),
    );
    if (!sameStatus(flavor.status(owner), status)) await update(flavor.withStatus(owner, status));
    return nextCheckMs;
  }

  async function update(owner: T): Promise<void> {
    try {
      await context.client.resource(flavor.kind).updateStatus(owner);
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
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
