import type { KindDefinition, KubeObject, OwnerReference } from '@kubets/core';

/** One object as the collector sees it: its place, its owners, and what is known of its deletion. */
export interface GraphNode {
  readonly kind: KindDefinition;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
  readonly deleting: boolean;
  readonly finalizers: readonly string[];
}

export function nodeOf(kind: KindDefinition, { metadata }: KubeObject): GraphNode {
  return {
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    owners: metadata.ownerReferences ?? [],
    deleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers ?? [],
  };
}

/** Who owns whom, over all kinds, by uid. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  put(node: GraphNode): GraphNode | undefined {
    const old = this.#nodes.get(node.uid);
    if (old) this.#unlink(old);
    this.#nodes.set(node.uid, node);
    for (const { uid } of node.owners) {
      const dependents = this.#dependents.get(uid);
      if (dependents) dependents.add(node.uid);
      else this.#dependents.set(uid, new Set([node.uid]));
    }
    return old;
  }

  remove(uid: string): void {
    const node = this.#nodes.get(uid);
    if (!node) return;
    this.#unlink(node);
    this.#nodes.delete(uid);
  }

  /** Objects that name this uid as an owner, whether or not the owner exists. */
  dependentsOf(uid: string): GraphNode[] {
    const uids = this.#dependents.get(uid);
    if (!uids) return [];
    return [...uids].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  #unlink(node: GraphNode): void {
    for (const { uid } of node.owners) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(node.uid);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
  }
}
