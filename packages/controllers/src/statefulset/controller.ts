import {
  controllerRevisionKind,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaimKind,
  podKind,
  type StatefulSet,
  statefulSetKind,
} from '@kubets/api';
import { keyOf, labelMatcher } from '@kubets/client';
import { hasReason, type KindDefinition } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import {
  type History,
  hashOf,
  pruneHistory,
  REVISION_HASH_LABEL,
  syncHistory,
  templateOf,
} from '../history/revisions.ts';
import { claim } from '../ownership/claim.ts';
import { controllerKey, controllerOf, indexByController } from '../ownership/controller-ref.ts';
import { isNamespaceTerminating, messageOf } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { type NewReplica, planStatefulSet, type Revisions, type StatefulPlan } from './plan.ts';
import { claimName, claimOwners, claimTemplates, newClaims, newPod, ordinalOf } from './pods.ts';

/** Keeps pods with lasting names and volumes, in order. */
export function statefulSetController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const sets = context.informers.informer(statefulSetKind);
  const pods = context.informers.informer(podKind);
  const claims = context.informers.informer(persistentVolumeClaimKind);
  const revisions = context.informers.informer(controllerRevisionKind);
  const podClient = client.resource(podKind);
  const claimClient = client.resource(persistentVolumeClaimKind);
  const recorder = context.recorder('statefulset-controller');
  const ownKind = statefulSetKind as unknown as KindDefinition<never>;
  indexByController(pods);
  indexByController(revisions);

  return {
    name: 'statefulset',
    watches: [
      watch(sets, ({ object }) => [keyOf(object)]),
      watch(pods, ({ object, old }) => {
        const keys = controllerKey(object, ownKind);
        if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...controllerKey(old, ownKind));
        return controllerOf(object) ? keys : [...keys, ...matching(object)];
      }),
      watch(revisions, ({ object }) => controllerKey(object, ownKind)),
      watch(claims, () => []),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const set = sets.store.get(key);
      if (!set?.spec) return undefined;
      const matches = labelMatcher(set.spec.selector);
      const collisionCount = set.status?.collisionCount ?? 0;
      const options = { client, informer: revisions, owner: set, ownerKind: statefulSetKind, matches, collisionCount };
      if (set.metadata.deletionTimestamp) return undefined;
      const history = await syncHistory(options);
      const own = await claim({
        client,
        owner: set,
        ownerKind: statefulSetKind,
        matches,
        informer: pods,
        adoptable: (pod) => ordinalOf(set, pod) !== undefined,
      });
      const names = revisionsOf(set, history);
      const plan = planStatefulSet({ set, pods: own, revisions: names }, clock.now());
      await writeStatus(set, plan, history.collisionCount);
      await assignClaims(set, own);
      await apply(set, plan, history, names);
      const live = new Set(own.map((pod) => `${set.metadata.name}-${pod.metadata.labels?.[REVISION_HASH_LABEL]}`));
      await pruneHistory(options, history, live.add(names.current.name));
      return plan.requeueAfterMs === undefined ? undefined : { afterMs: plan.requeueAfterMs };
    },
  };

  function matching(pod: Pod): string[] {
    return sets.store
      .list(pod.metadata.namespace)
      .filter(({ spec }) => labelMatcher(spec?.selector)(pod.metadata.labels))
      .map(keyOf);
  }

  function revisionsOf(set: StatefulSet, { revisions: all, update }: History): Revisions {
    const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
    const named = (revision: typeof update) => ({ name: revision.metadata.name ?? '', hash: hashOf(revision) });
    return { current: named(current), update: named(update) };
  }

  async function writeStatus(set: StatefulSet, { status }: StatefulPlan, collisionCount: number): Promise<void> {
    const { conditions } = set.status ?? {};
    const next = { ...status, collisionCount, ...(conditions ? { conditions } : {}) };
    if (deepEqual({ collisionCount: 0, ...set.status }, next)) return;
    try {
      await client.resource(statefulSetKind).updateStatus({ ...set, status: next });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async function apply(set: StatefulSet, plan: StatefulPlan, history: History, names: Revisions): Promise<void> {
    for (const pod of plan.recreates) await recreate(set, pod);
    await Promise.all(plan.deletes.map((pod) => remove(set, pod)));
    const create = async (replica: NewReplica) => {
      const wanted = names[replica.revision].name;
      const revision = history.revisions.find(({ metadata }) => metadata.name === wanted) ?? history.update;
      const pod = newPod(set, replica.ordinal, { hash: hashOf(revision), template: templateOf(revision) });
      await createReplica(set, pod);
    };
    if (set.spec?.podManagementPolicy === 'Parallel') await Promise.all(plan.creates.map(create));
    else for (const replica of plan.creates) await create(replica);
  }

  async function createReplica(set: StatefulSet, pod: Pod): Promise<void> {
    const name = pod.metadata.name ?? '';
    const of = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    try {
      for (const draft of newClaims(set, name)) await createClaim(set, draft, of);
      await podClient.create(pod);
      recorder.event(set, 'Normal', 'SuccessfulCreate', `create ${of} successful`);
    } catch (error) {
      if (isNamespaceTerminating(error) || hasReason(error, 'AlreadyExists')) return;
      recorder.event(set, 'Warning', 'FailedCreate', `create ${of} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  async function createClaim(set: StatefulSet, draft: PersistentVolumeClaim, of: string): Promise<void> {
    const { name } = draft.metadata;
    const known = claims.store.get(keyOf(draft));
    if (known?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
    if (known) return;
    try {
      await claimClient.create(draft);
      recorder.event(set, 'Normal', 'SuccessfulCreate', `create Claim ${name} ${of} success`);
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return;
      recorder.event(
        set,
        'Warning',
        'FailedCreate',
        `create Claim ${name} for ${of} failed error: ${messageOf(error)}`,
      );
      throw error;
    }
  }

  async function recreate(set: StatefulSet, pod: Pod): Promise<void> {
    const [word, reason, type] =
      pod.status?.phase === 'Failed'
        ? ['failed', 'RecreatingFailedPod', 'Warning' as const]
        : ['terminated', 'RecreatingTerminatedPod', 'Normal' as const];
    recorder.event(set, type, reason, `StatefulSet ${keyOf(set)} is recreating ${word} Pod ${pod.metadata.name}`);
    await remove(set, pod);
  }

  async function remove(set: StatefulSet, pod: Pod): Promise<void> {
    const { namespace = '', name = '', uid } = pod.metadata;
    const of = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    try {
      await podClient.delete(namespace, name, uid ? { preconditions: { uid } } : {});
      recorder.event(set, 'Normal', 'SuccessfulDelete', `delete ${of} successful`);
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      recorder.event(set, 'Warning', 'FailedDelete', `delete ${of} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  /** Makes the claims of the set's pods belong to whom the retention policy says. */
  async function assignClaims(set: StatefulSet, own: readonly Pod[]): Promise<void> {
    for (const pod of own) {
      const { namespace = '', name = '' } = pod.metadata;
      for (const template of claimTemplates(set)) {
        const existing = claims.store.get(`${namespace}/${claimName(template, name)}`);
        const owners = existing && claimOwners(set, pod, existing);
        if (!existing || owners === existing.metadata.ownerReferences) continue;
        const { ownerReferences: _old, ...metadata } = existing.metadata;
        await claimClient.update({
          ...existing,
          metadata: { ...metadata, ...(owners?.length ? { ownerReferences: [...owners] } : {}) },
        });
      }
    }
  }
}
