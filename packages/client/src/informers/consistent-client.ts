import type { KindDefinition, KubeObject, Status } from '@kubets/core';
import type { Client, ResourceClient } from '../client.ts';
import type { InformerFactory } from './factory.ts';

/**
 * A client whose writes resolve only when this process' informer of that kind has seen them. A control loop that writes
 * through it and reads from the informers always reads its own writes, and so never acts twice on one cause.
 */
export function consistentClient(client: Client, informers: InformerFactory): Client {
  const resources = new Map<unknown, unknown>();
  return {
    transport: client.transport,
    resource<T extends KubeObject>(kind: KindDefinition<T>): ResourceClient<T> {
      const known = resources.get(kind);
      if (known) return known as ResourceClient<T>;
      const created = consistentResource(client.resource(kind), kind, informers);
      resources.set(kind, created);
      return created;
    },
  };
}

function consistentResource<T extends KubeObject>(
  inner: ResourceClient<T>,
  kind: KindDefinition<T>,
  informers: InformerFactory,
): ResourceClient<T> {
  const seen = async (write: Promise<T>): Promise<T> => {
    const written = await write;
    await informers.existing(kind)?.whenSeen(written);
    return written;
  };
  return {
    get: (namespace, name, options) => inner.get(namespace, name, options),
    list: (namespace, options) => inner.list(namespace, options),
    watch: (namespace, options, signal) => inner.watch(namespace, options, signal),
    create: (object, options) => seen(inner.create(object, options)),
    update: (object, options) => seen(inner.update(object, options)),
    updateStatus: (object, options) => seen(inner.updateStatus(object, options)),
    updateSubresource: (name, object, options) => seen(inner.updateSubresource(name, object, options)),
    patch: (target, patchType, patch, options) => seen(inner.patch(target, patchType, patch, options)),
    async delete(namespace, name, options): Promise<T | Status> {
      const informer = informers.existing(kind);
      const known = informer?.store.get(kind.namespaced ? `${namespace}/${name}` : name);
      const answer = await inner.delete(namespace, name, options);
      if (known && !options?.dryRun) await informer?.whenGone(known);
      return answer;
    },
    deleteCollection: (namespace, selection, options) => inner.deleteCollection(namespace, selection, options),
    createSubresource: (target, body) => inner.createSubresource(target, body),
  };
}
