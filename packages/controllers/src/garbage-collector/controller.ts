import { type OwnerReference, parseApiVersion, StatusError } from '@kubets/core';
import type { Controller, ControllerContext, Requeue, Watch } from '../runner/controller.ts';
import { CollectorEdits } from './edits.ts';
import { type GraphNode, nodeOf } from './graph.ts';
import { GraphWatch, UNKNOWN_KIND_RETRY_MS } from './graph-watch.ts';
import { type CollectorStep, type OwnerState, planCollection, waitsForDependents } from './plan.ts';

/** Deletes what nobody owns any more, over all kinds: background, foreground and orphaning deletion. */
export class GarbageCollector implements Controller {
  readonly name = 'garbage-collector';
  readonly concurrency = 20;
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #graph: GraphWatch;
  readonly #edits: CollectorEdits;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#graph = new GraphWatch(context);
    this.#edits = new CollectorEdits(context.client);
    this.watches = [this.#graph];
  }

  async reconcile(uid: string): Promise<Requeue | undefined> {
    const node = this.#graph.owners.get(uid);
    if (!node) return undefined;
    const states = new Map<string, OwnerState>();
    if (!node.deleting) {
      for (const owner of node.owners) {
        const state = await this.#ownerState(node, owner);
        if (!state) return { afterMs: UNKNOWN_KIND_RETRY_MS };
        states.set(owner.uid, state);
      }
    }
    const dependents = this.#graph.owners.dependentsOf(uid);
    const ownerState = ({ uid: id }: OwnerReference) => states.get(id) ?? 'solid';
    await this.#apply(node, planCollection({ node, dependents, ownerState }));
    return undefined;
  }

  /** Undefined when the owner's kind is unknown, so that nothing can be said of the owner. */
  async #ownerState(node: GraphNode, owner: OwnerReference): Promise<OwnerState | undefined> {
    if (this.#graph.absent.has(owner.uid)) return 'absent';
    const known = this.#graph.owners.get(owner.uid);
    if (known && isPlausible(known, node, owner)) return known.deleting && isWaiting(known) ? 'waiting' : 'solid';
    return this.#askForOwner(node, owner);
  }

  /** The graph may lag behind, or the reference may be wrong: only the server's word makes an owner absent. */
  async #askForOwner(node: GraphNode, owner: OwnerReference): Promise<OwnerState | undefined> {
    const kind = this.#context.kinds.find(parseApiVersion(owner.apiVersion).group, owner.kind);
    if (!kind) return undefined;
    if (kind.namespaced && !node.namespace) return undefined;
    try {
      const found = await this.#context.client.resource(kind).get(node.namespace, owner.name);
      if (found.metadata.uid === owner.uid) {
        return found.metadata.deletionTimestamp && isWaiting(nodeOf(kind, found)) ? 'waiting' : 'solid';
      }
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
    this.#graph.noteAbsent(owner.uid);
    return 'absent';
  }

  async #apply(node: GraphNode, step: CollectorStep): Promise<void> {
    switch (step.type) {
      case 'none':
        return;
      case 'delete':
        if (step.unblock) await this.#edits.unblock(node);
        return this.#edits.remove(node, step.policy);
      case 'disown':
        return this.#edits.disown(node, step.uids);
      case 'deleteDependents':
        await Promise.all(step.dependents.map((dependent) => this.#deleteDependent(node, dependent)));
        return;
      case 'orphanDependents':
        await Promise.all(step.dependents.map((dependent) => this.#edits.disown(dependent, [node.uid])));
        return this.#edits.removeFinalizer(node, 'orphan');
      case 'removeFinalizer':
        return this.#edits.removeFinalizer(node, step.finalizer);
    }
  }

  /** A dependent that has another living owner only loses this one. */
  async #deleteDependent(owner: GraphNode, dependent: GraphNode): Promise<void> {
    const others = dependent.owners.filter(({ uid }) => uid !== owner.uid);
    const states = await Promise.all(others.map((other) => this.#ownerState(dependent, other)));
    if (states.includes('solid') || states.includes(undefined)) return this.#edits.disown(dependent, [owner.uid]);
    const own = this.#graph.owners.dependentsOf(dependent.uid);
    if (own.some(waitsForDependents)) await this.#edits.unblock(dependent);
    return this.#edits.remove(dependent, own.length > 0 ? 'Foreground' : 'Background');
  }
}

function isWaiting(owner: GraphNode): boolean {
  return owner.finalizers.includes('foregroundDeletion');
}

function isPlausible(known: GraphNode, node: GraphNode, owner: OwnerReference): boolean {
  const sameNamespace = !known.kind.namespaced || known.namespace === node.namespace;
  return known.kind.kind === owner.kind && known.name === owner.name && sameNamespace;
}
