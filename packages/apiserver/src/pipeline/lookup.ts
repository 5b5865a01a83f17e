import { hasReason, type KindDefinition, type KubeObject } from '@kubets/core';
import { loopbackUser } from '../system-users.ts';
import type { RequestHandler } from './backend.ts';

/** Reads the cluster's own objects, with the control plane's rights, from the watch cache. */
export interface Lookup {
  /** Undefined when there is no such object. */
  get<T extends KubeObject>(kind: KindDefinition<T>, namespace: string, name: string): Promise<T | undefined>;
  list<T extends KubeObject>(kind: KindDefinition<T>, namespace: string): Promise<T[]>;
}

export function lookupIn(handler: RequestHandler): Lookup {
  const base = <T extends KubeObject>(kind: KindDefinition<T>, namespace: string) => ({
    resource: { group: kind.group, version: kind.version, resource: kind.resource },
    namespace,
    subresource: '',
    // Version 0 is answered from the cache whatever its age.
    options: { resourceVersion: '0' },
    user: loopbackUser,
  });
  return {
    async get<T extends KubeObject>(kind: KindDefinition<T>, namespace: string, name: string) {
      try {
        const result = await handler.handle({ ...base(kind, namespace), verb: 'get', name });
        return result.type === 'object' ? (result.stored.object as T) : undefined;
      } catch (error) {
        if (hasReason(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    async list<T extends KubeObject>(kind: KindDefinition<T>, namespace: string) {
      const result = await handler.handle({ ...base(kind, namespace), verb: 'list', name: '' });
      return result.type === 'list' ? result.items.map((item) => item.object as T) : [];
    },
  };
}
