import type { KindDefinition, KubeList, KubeObject, Status } from '@kubets/core';
import type { PatchType, RequestOptions, Transport, WatchEvent } from './transport.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** Typed access to one kind; `namespace` is '' for cluster-scoped kinds and for all namespaces. */
export interface ResourceClient<T extends KubeObject> {
  get(namespace: string, name: string, options?: RequestOptions): Promise<T>;
  list(namespace: string, options?: RequestOptions): Promise<KubeList<T>>;
  watch(namespace: string, options: RequestOptions, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
  create(object: T, options?: RequestOptions): Promise<T>;
  update(object: T, options?: RequestOptions): Promise<T>;
  updateStatus(object: T, options?: RequestOptions): Promise<T>;
  /** PUTs the object to a subresource that takes the kind itself, such as finalize or approval. */
  updateSubresource(subresource: string, object: T, options?: RequestOptions): Promise<T>;
  patch(
    target: { namespace: string; name: string; subresource?: string },
    patchType: PatchType,
    patch: unknown,
    options?: RequestOptions,
  ): Promise<T>;
  delete(namespace: string, name: string, options?: DeleteOptions): Promise<T | Status>;
  deleteCollection(namespace: string, selection: RequestOptions, options?: DeleteOptions): Promise<void>;
  /** POSTs `body` to a subresource such as binding, eviction or token, and returns what it answers. */
  createSubresource<B extends KubeObject>(
    target: { namespace: string; name: string; subresource: string },
    body: B,
  ): Promise<B | Status>;
}

/** Access to every kind through one transport. */
export interface Client {
  readonly transport: Transport;
  resource<T extends KubeObject>(kind: KindDefinition<T>): ResourceClient<T>;
}
