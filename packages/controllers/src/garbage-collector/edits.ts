import type { Client } from '@kubets/client';
import type { KubeObject } from '@kubets/core';
import { ignoring } from '../runner/ignoring.ts';
import type { GraphNode } from './graph.ts';

/** What the collector does to objects of any kind. An object that has gone, or been replaced, is left alone. */
export class CollectorEdits {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async remove(node: GraphNode, propagationPolicy: 'Background' | 'Foreground' | 'Orphan'): Promise<void> {
    await ignoring(
      this.#client
        .resource(node.kind)
        .delete(node.namespace, node.name, { propagationPolicy, preconditions: { uid: node.uid } }),
      'NotFound',
    );
  }

  /** Breaks a circle of owners in which each would wait for the next. */
  async unblock(node: GraphNode): Promise<void> {
    await this.#rewrite(node, ({ metadata }) => ({
      ownerReferences: metadata.ownerReferences?.map((owner) => ({ ...owner, blockOwnerDeletion: false })) ?? [],
    }));
  }

  async disown(node: GraphNode, uids: readonly string[]): Promise<void> {
    await this.#rewrite(node, (object) => {
      const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => !uids.includes(uid)) ?? [];
      return { ownerReferences };
    });
  }

  async removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    await this.#rewrite(node, (object) => ({
      finalizers: object.metadata.finalizers?.filter((name) => name !== finalizer) ?? [],
    }));
  }

  /** Works for every kind, custom ones included: a merge patch guarded by the revision that it was computed from. */
  async #rewrite(node: GraphNode, change: (object: KubeObject) => Partial<KubeObject['metadata']>): Promise<void> {
    const resource = this.#client.resource(node.kind);
    const rewritten = async () => {
      const object = await resource.get(node.namespace, node.name);
      if (object.metadata.uid !== node.uid) return;
      const { uid, resourceVersion } = object.metadata;
      const patch = { metadata: { uid, resourceVersion, ...change(object) } };
      await resource.patch({ namespace: node.namespace, name: node.name }, 'merge', patch);
    };
    await ignoring(rewritten(), 'NotFound');
  }
}
