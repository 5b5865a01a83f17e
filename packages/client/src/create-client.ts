import { apiVersionOf, type KindDefinition, type KubeList, type KubeObject, type Status } from '@kubets/core';
import type { Client, DeleteOptions, ResourceClient } from './client.ts';
import type { ApiRequest, PatchType, RequestOptions, Transport, Verb, WatchEvent } from './transport.ts';

interface Target {
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
}

type Rest = Partial<Pick<ApiRequest, 'options' | 'body' | 'patchType'>>;

const NO_OPTIONS: RequestOptions = {};

/** The body of a delete request; undefined options ask for the kind's defaults. */
function deleteBody(options: DeleteOptions | undefined): unknown {
  if (!options) return undefined;
  const { dryRun, ...rest } = options;
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...rest, ...(dryRun ? { dryRun: ['All'] } : {}) };
}

/** The items of lists come without apiVersion and kind over HTTP; readers rely on both. */
function withTypes<T extends KubeObject>(list: KubeList<T>, kind: KindDefinition<T>): KubeList<T> {
  const { items } = list;
  if (!items?.some((item) => !item.kind)) return list;
  const type = { kind: kind.kind, apiVersion: apiVersionOf(kind.group, kind.version) };
  return { ...list, items: items.map((item) => ({ ...type, ...item })) };
}

class TransportResourceClient<T extends KubeObject> implements ResourceClient<T> {
  readonly #transport: Transport;
  readonly #kind: KindDefinition<T>;

  constructor(transport: Transport, kind: KindDefinition<T>) {
    this.#transport = transport;
    this.#kind = kind;
  }

  get(namespace: string, name: string, options?: RequestOptions): Promise<T> {
    return this.#send('get', { namespace, name }, { options });
  }

  async list(namespace: string, options?: RequestOptions): Promise<KubeList<T>> {
    const list = await this.#send<KubeList<T>>('list', { namespace }, { options });
    return withTypes(list, this.#kind);
  }

  watch(namespace: string, options: RequestOptions, signal: AbortSignal): AsyncIterable<WatchEvent<T>> {
    const request = this.#request('watch', { namespace }, { options });
    return this.#transport.watch(request, signal) as AsyncIterable<WatchEvent<T>>;
  }

  create(object: T, options?: RequestOptions): Promise<T> {
    const namespace = object.metadata.namespace ?? '';
    return this.#send('create', { namespace }, { options, body: object });
  }

  update(object: T, options?: RequestOptions): Promise<T> {
    return this.#send('update', targetOf(object, ''), { options, body: object });
  }

  updateStatus(object: T, options?: RequestOptions): Promise<T> {
    return this.#send('update', targetOf(object, 'status'), { options, body: object });
  }

  updateSubresource(subresource: string, object: T, options?: RequestOptions): Promise<T> {
    return this.#send('update', targetOf(object, subresource), { options, body: object });
  }

  patch(
    target: { namespace: string; name: string; subresource?: string },
    patchType: PatchType,
    patch: unknown,
    options?: RequestOptions,
  ): Promise<T> {
    return this.#send('patch', target, { options, body: patch, patchType });
  }

  delete(namespace: string, name: string, options?: DeleteOptions): Promise<T | Status> {
    return this.#send('delete', { namespace, name }, { body: deleteBody(options) });
  }

  async deleteCollection(namespace: string, selection: RequestOptions, options?: DeleteOptions): Promise<void> {
    await this.#send('deletecollection', { namespace }, { options: selection, body: deleteBody(options) });
  }

  createSubresource<B extends KubeObject>(
    target: { namespace: string; name: string; subresource: string },
    body: B,
  ): Promise<B | Status> {
    return this.#send('create', target, { body });
  }

  #request(verb: Verb, target: Target, rest: { [K in keyof Rest]: Rest[K] | undefined }): ApiRequest {
    const { group, version, resource } = this.#kind;
    return {
      verb,
      resource: { group, version, resource },
      namespace: this.#kind.namespaced ? target.namespace : '',
      name: target.name ?? '',
      subresource: target.subresource ?? '',
      options: rest.options ?? NO_OPTIONS,
      ...(rest.body === undefined ? {} : { body: rest.body }),
      ...(rest.patchType ? { patchType: rest.patchType } : {}),
    };
  }

  async #send<R>(verb: Verb, target: Target, rest: { [K in keyof Rest]: Rest[K] | undefined }): Promise<R> {
    const response = await this.#transport.request(this.#request(verb, target, rest));
    return response.body as unknown as R;
  }
}

function targetOf(object: KubeObject, subresource: string): Target {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '', subresource };
}

/** Typed access to every kind over one transport. Every call throws `StatusError` when the API server refuses. */
export function createClient(transport: Transport): Client {
  const resources = new Map<KindDefinition<never>, ResourceClient<never>>();
  return {
    transport,
    resource<T extends KubeObject>(kind: KindDefinition<T>): ResourceClient<T> {
      const known = resources.get(kind as unknown as KindDefinition<never>);
      if (known) return known as unknown as ResourceClient<T>;
      const created = new TransportResourceClient(transport, kind);
      resources.set(kind as unknown as KindDefinition<never>, created as unknown as ResourceClient<never>);
      return created;
    },
  };
}
