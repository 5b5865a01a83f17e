import { customResourceDefinitionKind } from '@kubets/api';
import type { Informer } from '@kubets/client';
import type { OwnerReference } from '@kubets/core';
import {
  type Disposable,
  DisposableStore,
  hasReason,
  type KindDefinition,
  type KubeObject,
  parseApiVersion,
  StatusError,
} from '@kubets/core';
import type { Controller, ControllerContext, KeySink, Requeue, Watch } from '../runner/controller.ts';
import { type GraphNode, nodeOf, OwnerGraph } from './graph.ts';
import { type CollectorStep, type OwnerState, planCollection, waitsForDependents } from './plan.ts';

/** Owners known to be absent are not asked for again; the oldest of so many are forgotten. */
const ABSENT_LIMIT = 5_000;
/** How long to wait before looking again at an object whose owner's kind is not known (yet). */
const UNKNOWN_KIND_RETRY_MS = 30_000;
/** Objects that come and go in great number, own nothing, and are never owned. */
const IGNORED = new Set(['/events', 'events.k8s.io/events']);

class Graph implements Watch {
  readonly owners = new OwnerGraph();
  readonly absent = new Set<string>();
  readonly #context: ControllerContext;
  readonly #informers = new Map<string, { informer: Informer<KubeObject>; subscription: Disposable }>();
  #sink: KeySink | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  start(sink: KeySink): Disposable {
    this.#sink = sink;
    const store = new DisposableStore();
    store.add(this.#context.kinds.subscribe((kinds) => this.#follow(kinds)));
    store.add({
      dispose: () => {
        for (const { subscription } of this.#informers.values()) subscription.dispose();
        this.#informers.clear();
      },
    });
    return store;
  }

  /** A kind that the server does not serve never syncs, and must not hold up the others. */
  async whenSynced(signal: AbortSignal): Promise<void> {
    await this.#context.kinds.whenSynced(signal);
    const synced = [...this.#informers.values()].map(({ informer }) => informer.whenSynced(signal));
    const patience = this.#context.clock.sleep(UNKNOWN_KIND_RETRY_MS, signal).catch(() => {});
    await Promise.race([Promise.all(synced), patience]);
  }

  noteAbsent(uid: string): void {
    this.absent.add(uid);
    if (this.absent.size <= ABSENT_LIMIT) return;
    for (const oldest of this.absent) {
      this.absent.delete(oldest);
      return;
    }
  }

  #follow(kinds: readonly KindDefinition[]): void {
    const served = new Map<string, KindDefinition>(
      kinds.map((kind) => [`${kind.group}/${kind.resource}`, kind] as const).filter(([id]) => !IGNORED.has(id)),
    );
    for (const [id, { subscription, informer }] of this.#informers) {
      const { kind } = informer;
      if (served.get(id)?.version === kind.version) continue;
      subscription.dispose();
      this.#informers.delete(id);
      // Objects that are only served in another version, or not at the moment, are not gone.
      if (!this.#isDefined(kind)) for (const object of informer.store.list()) this.#deleted(object);
      this.#context.informers.release(kind);
    }
    for (const [id, kind] of served) {
      if (this.#informers.has(id)) continue;
      const informer = this.#context.informers.informer(kind);
      const subscription = informer.addHandler({
        added: (object) => this.#changed(kind, object),
        updated: (object) => this.#changed(kind, object),
        deleted: (object) => this.#deleted(object),
      });
      this.#informers.set(id, { informer, subscription });
    }
  }

  #isDefined({ group, resource }: KindDefinition): boolean {
    return (
      this.#context.informers.informer(customResourceDefinitionKind).store.get(`${resource}.${group}`) !== undefined
    );
  }

  #changed(kind: KindDefinition, object: KubeObject): void {
    const node = nodeOf(kind, object);
    const old = this.owners.put(node);
    this.absent.delete(node.uid);
    if (node.owners.length > 0 && !sameNode(old, node)) this.#sink?.add(node.uid);
    if (!node.deleting || old?.deleting === true) {
      if (node.deleting && !sameNode(old, node)) this.#sink?.add(node.uid);
      if (old) this.#wakeFormerOwners(old, node);
      return;
    }
    this.#sink?.add(node.uid);
    if (node.finalizers.includes('foregroundDeletion')) this.#wakeDependents(node.uid);
    this.#wakeOwners(node);
  }

  #deleted(object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    const node = this.owners.get(uid);
    this.owners.remove(uid);
    this.noteAbsent(uid);
    this.#wakeDependents(uid);
    if (node) this.#wakeOwners(node);
  }

  #wakeDependents(uid: string): void {
    for (const dependent of this.owners.dependentsOf(uid)) this.#sink?.add(dependent.uid);
  }

  /** An owner that is being deleted may have waited for this one. */
  #wakeOwners(node: GraphNode): void {
    for (const { uid } of node.owners) if (this.owners.get(uid)?.deleting) this.#sink?.add(uid);
  }

  #wakeFormerOwners(old: GraphNode, node: GraphNode): void {
    if (old.owners !== node.owners) this.#wakeOwners(old);
  }
}

function sameNode(old: GraphNode | undefined, node: GraphNode): boolean {
  if (!old) return false;
  const owners = (of: GraphNode) =>
    of.owners.map(({ uid, blockOwnerDeletion }) => `${uid}${blockOwnerDeletion}`).join();
  return (
    old.deleting === node.deleting && owners(old) === owners(node) && old.finalizers.join() === node.finalizers.join()
  );
}

/** Deletes what nobody owns any more, over all kinds: background, foreground and orphaning deletion. */
export function garbageCollector(context: ControllerContext): Controller {
  const graph = new Graph(context);

  return {
    name: 'garbage-collector',
    concurrency: 20,
    watches: [graph],
    async reconcile(uid): Promise<Requeue | undefined> {
      const node = graph.owners.get(uid);
      if (!node) return undefined;
      const states = new Map<string, OwnerState>();
      if (!node.deleting) {
        for (const owner of node.owners) {
          const state = await ownerState(node, owner);
          if (!state) return { afterMs: UNKNOWN_KIND_RETRY_MS };
          states.set(owner.uid, state);
        }
      }
      const dependents = graph.owners.dependentsOf(uid);
      await apply(node, planCollection({ node, dependents, ownerState: ({ uid: id }) => states.get(id) ?? 'solid' }));
      return undefined;
    },
  };

  /** Undefined when the owner's kind is unknown, so that nothing can be said of the owner. */
  async function ownerState(node: GraphNode, owner: OwnerReference): Promise<OwnerState | undefined> {
    if (graph.absent.has(owner.uid)) return 'absent';
    const known = graph.owners.get(owner.uid);
    if (known && isPlausible(known, node, owner)) return known.deleting && isWaiting(known) ? 'waiting' : 'solid';
    return askForOwner(node, owner);
  }

  function isWaiting(owner: GraphNode): boolean {
    return owner.finalizers.includes('foregroundDeletion');
  }

  function isPlausible(known: GraphNode, node: GraphNode, owner: OwnerReference): boolean {
    const sameNamespace = !known.kind.namespaced || known.namespace === node.namespace;
    return known.kind.kind === owner.kind && known.name === owner.name && sameNamespace;
  }

  /** The graph may lag behind, or the reference may be wrong: only the server's word makes an owner absent. */
  async function askForOwner(node: GraphNode, owner: OwnerReference): Promise<OwnerState | undefined> {
    const kind = context.kinds.find(parseApiVersion(owner.apiVersion).group, owner.kind);
    if (!kind) return undefined;
    if (kind.namespaced && !node.namespace) return undefined;
    try {
      const found = await context.client.resource(kind).get(node.namespace, owner.name);
      if (found.metadata.uid === owner.uid) {
        return found.metadata.deletionTimestamp && isWaiting(nodeOf(kind, found)) ? 'waiting' : 'solid';
      }
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
    graph.noteAbsent(owner.uid);
    return 'absent';
  }

  async function apply(node: GraphNode, step: CollectorStep): Promise<void> {
    switch (step.type) {
      case 'none':
        return;
      case 'delete':
        if (step.unblock) await unblock(node);
        return remove(node, step.policy);
      case 'disown':
        return disown(node, step.uids);
      case 'deleteDependents':
        await Promise.all(step.dependents.map((dependent) => deleteDependent(node, dependent)));
        return;
      case 'orphanDependents':
        await Promise.all(step.dependents.map((dependent) => disown(dependent, [node.uid])));
        return removeFinalizer(node, 'orphan');
      case 'removeFinalizer':
        return removeFinalizer(node, step.finalizer);
    }
  }

  /** A dependent that has another living owner only loses this one. */
  async function deleteDependent(owner: GraphNode, dependent: GraphNode): Promise<void> {
    const others = dependent.owners.filter(({ uid }) => uid !== owner.uid);
    const states = await Promise.all(others.map((other) => ownerState(dependent, other)));
    if (states.includes('solid') || states.includes(undefined)) return disown(dependent, [owner.uid]);
    const own = graph.owners.dependentsOf(dependent.uid);
    if (own.some(waitsForDependents)) await unblock(dependent);
    return remove(dependent, own.length > 0 ? 'Foreground' : 'Background');
  }

  async function remove(node: GraphNode, propagationPolicy: 'Background' | 'Foreground' | 'Orphan'): Promise<void> {
    await ignoringGone(
      context.client
        .resource(node.kind)
        .delete(node.namespace, node.name, { propagationPolicy, preconditions: { uid: node.uid } }),
    );
  }

  /** Breaks a circle of owners in which each would wait for the next. */
  async function unblock(node: GraphNode): Promise<void> {
    await rewrite(node, ({ metadata }) => ({
      ownerReferences: metadata.ownerReferences?.map((owner) => ({ ...owner, blockOwnerDeletion: false })) ?? [],
    }));
  }

  async function disown(node: GraphNode, uids: readonly string[]): Promise<void> {
    await rewrite(node, (object) => {
      const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => !uids.includes(uid)) ?? [];
      return { ownerReferences };
    });
  }

  async function removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    await rewrite(node, (object) => ({
      finalizers: object.metadata.finalizers?.filter((name) => name !== finalizer) ?? [],
    }));
  }

  /** Works for every kind, custom ones included: a merge patch guarded by the revision that it was computed from. */
  async function rewrite(
    node: GraphNode,
    change: (object: KubeObject) => Partial<KubeObject['metadata']>,
  ): Promise<void> {
    const resource = context.client.resource(node.kind);
    await ignoringGone(
      (async () => {
        const object = await resource.get(node.namespace, node.name);
        if (object.metadata.uid !== node.uid) return;
        const { uid, resourceVersion } = object.metadata;
        const patch = { metadata: { uid, resourceVersion, ...change(object) } };
        await resource.patch({ namespace: node.namespace, name: node.name }, 'merge', patch);
      })(),
    );
  }

  async function ignoringGone(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
