import {
  type ControllerRevision,
  controllerRevisionKind,
  labelMatcher,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaimKind,
  podKind,
  type StatefulSet,
  statefulSetKind,
} from '@kubets/api';
import { type Client, type EventRecorder, type Informer, keyOf, type ResourceClient } from '@kubets/client';
import { type Clock, hasReason, messageOf } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { type History, POD_REVISION_LABEL, pruneHistory, syncHistory, templateOf } from '../history/revisions.ts';
import { claim } from '../ownership/claim.ts';
import { controllerKey, controllerKeys, controllerOf, indexByController } from '../ownership/controller-ref.ts';
import { keysSelecting } from '../ownership/selecting.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import {
  type Change,
  type Controller,
  type ControllerContext,
  type Requeue,
  type Watch,
  watch,
} from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import { type NewReplica, planStatefulSet, type Revisions, type StatefulPlan } from './plan.ts';
import { claimName, claimOwners, claimTemplates, newClaims, newPod, ordinalOf } from './pods.ts';

/** Keeps pods with lasting names and volumes, in order. */
export class StatefulSetController implements Controller {
  readonly name = 'statefulset';
  readonly watches: readonly Watch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #podClient: ResourceClient<Pod>;
  readonly #claimClient: ResourceClient<PersistentVolumeClaim>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#client = context.client;
    this.#clock = context.clock;
    this.#sets = context.informers.informer(statefulSetKind);
    this.#pods = context.informers.informer(podKind);
    this.#claims = context.informers.informer(persistentVolumeClaimKind);
    this.#revisions = context.informers.informer(controllerRevisionKind);
    this.#podClient = this.#client.resource(podKind);
    this.#claimClient = this.#client.resource(persistentVolumeClaimKind);
    this.#recorder = context.recorder('statefulset-controller');
    indexByController(this.#pods);
    indexByController(this.#revisions);
    this.watches = [
      watch(this.#sets, ({ object }) => [keyOf(object)]),
      watch(this.#pods, (change) => this.#podKeys(change)),
      watch(this.#revisions, ({ object }) => controllerKey(object, statefulSetKind)),
      watch(this.#claims, () => []),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const set = this.#sets.store.get(key);
    if (!set?.spec || set.metadata.deletionTimestamp) return undefined;
    const ownership = {
      client: this.#client,
      owner: set,
      ownerKind: statefulSetKind,
      matches: labelMatcher(set.spec.selector),
    };
    const collisionCount = set.status?.collisionCount ?? 0;
    const hashLabel = 'controller.kubernetes.io/hash' as const;
    const options = { ...ownership, informer: this.#revisions, collisionCount, hashLabel };
    const history = await syncHistory(options);
    const adoptable = (pod: Pod) => ordinalOf(set, pod) !== undefined;
    const own = await claim({ ...ownership, informer: this.#pods, adoptable });
    const names = revisionNames(set, history);
    const plan = planStatefulSet({ set, pods: own, revisions: names }, this.#clock.now());
    await this.#writeStatus(set, plan, history.collisionCount);
    await this.#assignClaims(set, own);
    await this.#apply(set, plan, history, names);
    const inUse = own.map(({ metadata }) => metadata.labels?.[POD_REVISION_LABEL] ?? '');
    await pruneHistory(options, history, new Set([...inUse, names.current]));
    return plan.requeueAfterMs === undefined ? undefined : { afterMs: plan.requeueAfterMs };
  }

  #podKeys(change: Change<Pod>): string[] {
    const keys = controllerKeys(change, statefulSetKind);
    return controllerOf(change.object) ? keys : [...keys, ...keysSelecting(this.#sets, change.object)];
  }

  async #writeStatus(set: StatefulSet, { status }: StatefulPlan, collisionCount: number): Promise<void> {
    const { conditions } = set.status ?? {};
    const next = { ...status, collisionCount, ...(conditions ? { conditions } : {}) };
    if (deepEqual({ collisionCount: 0, ...set.status }, next)) return;
    await ignoring(this.#client.resource(statefulSetKind).updateStatus({ ...set, status: next }), 'NotFound');
  }

  async #apply(set: StatefulSet, plan: StatefulPlan, history: History, names: Revisions): Promise<void> {
    for (const pod of plan.recreates) await this.#recreate(set, pod);
    await Promise.all(plan.deletes.map((pod) => this.#remove(set, pod)));
    const create = async (replica: NewReplica) => {
      const name = names[replica.revision];
      const revision = history.revisions.find(({ metadata }) => metadata.name === name) ?? history.update;
      const pod = newPod(set, replica.ordinal, { name, template: templateOf(revision) });
      await this.#createReplica(set, pod);
    };
    if (set.spec?.podManagementPolicy === 'Parallel') await Promise.all(plan.creates.map(create));
    else for (const replica of plan.creates) await create(replica);
  }

  async #createReplica(set: StatefulSet, pod: Pod): Promise<void> {
    const name = pod.metadata.name ?? '';
    const of = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    try {
      for (const draft of newClaims(set, name)) await this.#createClaim(set, draft, of);
      await this.#podClient.create(pod);
      this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `create ${of} successful`);
    } catch (error) {
      if (isNamespaceTerminating(error) || hasReason(error, 'AlreadyExists')) return;
      this.#recorder.event(set, 'Warning', 'FailedCreate', `create ${of} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  async #createClaim(set: StatefulSet, draft: PersistentVolumeClaim, of: string): Promise<void> {
    const { name } = draft.metadata;
    const known = this.#claims.store.get(keyOf(draft));
    if (known?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
    if (known) return;
    try {
      await this.#claimClient.create(draft);
      this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `create Claim ${name} ${of} success`);
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return;
      this.#recorder.event(
        set,
        'Warning',
        'FailedCreate',
        `create Claim ${name} for ${of} failed error: ${messageOf(error)}`,
      );
      throw error;
    }
  }

  async #recreate(set: StatefulSet, pod: Pod): Promise<void> {
    const [word, reason, type] =
      pod.status?.phase === 'Failed'
        ? ['failed', 'RecreatingFailedPod', 'Warning' as const]
        : ['terminated', 'RecreatingTerminatedPod', 'Normal' as const];
    this.#recorder.event(set, type, reason, `StatefulSet ${keyOf(set)} is recreating ${word} Pod ${pod.metadata.name}`);
    await this.#remove(set, pod);
  }

  async #remove(set: StatefulSet, pod: Pod): Promise<void> {
    const { namespace = '', name = '', uid } = pod.metadata;
    const of = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    try {
      await this.#podClient.delete(namespace, name, uid ? { preconditions: { uid } } : {});
      this.#recorder.event(set, 'Normal', 'SuccessfulDelete', `delete ${of} successful`);
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      this.#recorder.event(set, 'Warning', 'FailedDelete', `delete ${of} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  /** Makes the claims of the set's pods belong to whom the retention policy says. */
  async #assignClaims(set: StatefulSet, own: readonly Pod[]): Promise<void> {
    for (const pod of own) {
      const { namespace = '', name = '' } = pod.metadata;
      for (const template of claimTemplates(set)) {
        const existing = this.#claims.store.get(`${namespace}/${claimName(template, name)}`);
        const owners = existing && claimOwners(set, pod, existing);
        if (!existing || owners === existing.metadata.ownerReferences) continue;
        const { ownerReferences: _old, ...metadata } = existing.metadata;
        await this.#claimClient.update({
          ...existing,
          metadata: { ...metadata, ...(owners?.length ? { ownerReferences: [...owners] } : {}) },
        });
      }
    }
  }
}

function revisionNames(set: StatefulSet, { revisions: all, update }: History): Revisions {
  const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  return { current: current.metadata.name ?? '', update: update.metadata.name ?? '' };
}
