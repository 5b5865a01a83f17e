import { type Deployment, deploymentKind, podKind, type ReplicaSet, replicaSetKind } from '@kubets/api';
import { isEmptySelector, keyOf, labelMatcher } from '@kubets/client';
import { hasReason, type KindDefinition } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { claim } from '../ownership/claim.ts';
import { controllerKey, controllerOf, indexByController, isControlledBy } from '../ownership/controller-ref.ts';
import { isNamespaceTerminating, messageOf } from '../pods/pod-control.ts';
import { isPodFinished } from '../pods/state.ts';
import { type Change, type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { type DeploymentPlan, planDeployment, type SetUpdate } from './plan.ts';
import { hasTemplateOf, REVISION } from './replica-sets.ts';
import { nextProgressCheckMs, withCondition } from './status.ts';

/** Rolls replica sets out, back, up and down as deployments ask. */
export function deploymentController(context: ControllerContext): Controller {
  const deployments = context.informers.informer(deploymentKind);
  const replicaSets = context.informers.informer(replicaSetKind);
  const pods = context.informers.informer(podKind);
  const client = context.client.resource(deploymentKind);
  const setClient = context.client.resource(replicaSetKind);
  const recorder = context.recorder('deployment-controller');
  const ownKind = deploymentKind as unknown as KindDefinition<never>;
  indexByController(replicaSets);
  indexByController(pods);

  return {
    name: 'deployment',
    watches: [
      watch(deployments, ({ object }) => [keyOf(object)]),
      watch(replicaSets, setKeys),
      watch(pods, ({ type, object }) => (type === 'deleted' ? recreateKeys(controllerOf(object)?.uid, object) : [])),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const deployment = deployments.store.get(key);
      if (!deployment) return undefined;
      if (isEmptySelector(deployment.spec.selector)) return rejectEmptySelector(deployment);
      const matches = labelMatcher(deployment.spec.selector);
      const options = { client: context.client, owner: deployment, ownerKind: deploymentKind, matches };
      const claimed = await claim({ ...options, informer: replicaSets });
      const plan = planDeployment({ deployment, replicaSets: claimed, hasRunningPods }, context.clock.now());
      await apply(deployment, plan);
      await writeStatus(deployment, plan);
      const afterMs = nextProgressCheckMs(deployment, plan.status, context.clock.now());
      return afterMs === undefined ? undefined : { afterMs };
    },
  };

  function setKeys({ object, old }: Change<ReplicaSet>): string[] {
    const keys = controllerKey(object, ownKind);
    if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...controllerKey(old, ownKind));
    if (controllerOf(object)) return keys;
    const matching = deployments.store
      .list(object.metadata.namespace)
      .filter(({ spec }) => !isEmptySelector(spec.selector) && labelMatcher(spec.selector)(object.metadata.labels));
    return [...keys, ...matching.map(keyOf)];
  }

  /** A Recreate roll-out goes on when the last pod of the old replica set is gone. */
  function recreateKeys(setUid: string | undefined, pod: { metadata: { namespace?: string } }): string[] {
    if (!setUid) return [];
    const set = replicaSets.store.list(pod.metadata.namespace).find(({ metadata }) => metadata.uid === setUid);
    const keys = set ? controllerKey(set, ownKind) : [];
    return keys.filter((key) => deployments.store.get(key)?.spec.strategy?.type === 'Recreate');
  }

  function hasRunningPods(uid: string): boolean {
    return pods.store.byIndex('controller', uid).some((pod) => !isPodFinished(pod));
  }

  async function rejectEmptySelector(deployment: Deployment): Promise<undefined> {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    recorder.event(deployment, 'Warning', 'SelectingAll', message);
    const generation = deployment.metadata.generation ?? 0;
    if ((deployment.status?.observedGeneration ?? 0) >= generation) return undefined;
    await client.updateStatus({ ...deployment, status: { ...deployment.status, observedGeneration: generation } });
    return undefined;
  }

  async function apply(deployment: Deployment, plan: DeploymentPlan): Promise<void> {
    if (plan.create) await create(deployment, plan.create);
    for (const update of plan.updates) await resize(deployment, update);
    for (const { metadata } of plan.deletes) await remove(metadata.namespace ?? '', metadata.name ?? '');
  }

  async function resize(deployment: Deployment, { set, from, to }: SetUpdate): Promise<void> {
    await setClient.update(set);
    if (from === to) return;
    const direction = from < to ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${to}`;
    recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  async function remove(namespace: string, name: string): Promise<void> {
    try {
      await setClient.delete(namespace, name);
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async function create(deployment: Deployment, set: ReplicaSet): Promise<void> {
    try {
      await setClient.create(set);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (hasReason(error, 'AlreadyExists')) return collided(deployment, set);
      await creationFailed(deployment, set, error);
      throw error;
    }
    const size = set.spec?.replicas ?? 0;
    if (size === 0) return;
    const message = `Scaled up replica set ${set.metadata.name} from 0 to ${size}`;
    recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  /** The name is taken: by our own earlier attempt, or by another template with the same hash, which the counter avoids. */
  async function collided(deployment: Deployment, set: ReplicaSet): Promise<void> {
    const existing = await setClient.get(set.metadata.namespace ?? '', set.metadata.name ?? '');
    if (isControlledBy(existing, deployment) && hasTemplateOf(deployment, existing)) return;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await client.updateStatus({ ...deployment, status: { ...deployment.status, collisionCount } });
    throw new Error(`replica set ${set.metadata.name} exists with another template`);
  }

  async function creationFailed(deployment: Deployment, set: ReplicaSet, error: unknown): Promise<void> {
    const message = `Failed to create new replica set "${set.metadata.name}": ${messageOf(error)}`;
    recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
    if (deployment.spec.progressDeadlineSeconds === undefined) return;
    const reason = { status: 'False', reason: 'ReplicaSetCreateError', message };
    const conditions = withCondition(deployment.status?.conditions ?? [], 'Progressing', reason, context.clock.now());
    await client.updateStatus({ ...deployment, status: { ...deployment.status, conditions } });
  }

  /** The revision goes with the status: written by itself, it would raise the generation. */
  async function writeStatus(deployment: Deployment, { status, revision }: DeploymentPlan): Promise<void> {
    const { annotations } = deployment.metadata;
    const revised = revision !== undefined && annotations?.[REVISION] !== revision;
    if (!revised && deepEqual(deployment.status ?? {}, status)) return;
    const metadata = revised
      ? { ...deployment.metadata, annotations: { ...annotations, [REVISION]: revision } }
      : deployment.metadata;
    try {
      await client.updateStatus({ ...deployment, metadata, status });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
