import { customResourceDefinitionKind } from '@kubets/api';
import type { Informer } from '@kubets/client';
import { type Disposable, DisposableStore, type KindDefinition, type KubeObject } from '@kubets/core';
import type { ControllerContext, KeySink, Watch } from '../runner/controller.ts';
import { type GraphNode, nodeOf, OwnerGraph } from './graph.ts';

/** Owners known to be absent are not asked for again; the oldest of so many are forgotten. */
const ABSENT_LIMIT = 5_000;
/** How long to wait before looking again at an object whose owner's kind is not known (yet). */
export const UNKNOWN_KIND_RETRY_MS = 30_000;
/** Objects that come and go in great number, own nothing, and are never owned. */
const IGNORED = new Set(['/events', 'events.k8s.io/events']);

/** Keeps the graph of owners in line with the objects of every kind, and brings the uids of those to look at. */
export class GraphWatch implements Watch {
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
