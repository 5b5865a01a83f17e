import type { KubeObject } from '@kubets/core';
import type { ServerContext } from '../server-context.ts';

/** Reads other objects on a plugin's behalf, from the watch cache and as fresh as a GET. */
export class Lookup {
  readonly #server: () => ServerContext;

  /** The server is asked for late, because plugins are part of it. */
  constructor(server: () => ServerContext) {
    this.#server = server;
  }

  get server(): ServerContext {
    return this.#server();
  }

  /** True when there is nothing of a kind, and that is known without waiting. */
  hasNone(group: string, resource: string): boolean {
    const found = this.server.registry.findResource(group, resource);
    return !found || found.cache.isEmpty;
  }

  async get<T extends KubeObject>(
    target: { group: string; resource: string; namespace?: string },
    name: string,
  ): Promise<T | undefined> {
    const resource = this.server.registry.findResource(target.group, target.resource);
    return (await resource?.current(target.namespace ?? '', name))?.object as T | undefined;
  }

  async list<T extends KubeObject>(target: { group: string; resource: string; namespace?: string }): Promise<T[]> {
    const resource = this.server.registry.findResource(target.group, target.resource);
    if (!resource) return [];
    await resource.cache.sync();
    const found = resource.cache.page({ prefix: resource.prefixOf(target.namespace ?? '') });
    return found.map(({ object }) => object as T);
  }
}
