import { type KubeObject, modifiedConflict, notFound } from '@kubets/core';
import { RevisionMismatchError } from '@kubets/storage';
import type { ServerContext } from '../server-context.ts';
import type { CachedObject } from '../watch-cache/cached-object.ts';
import { writtenAt } from './create-object.ts';
import { arrange, toStoredBytes } from './object-bytes.ts';
import type { Resource } from './resource.ts';

/** How often a rewrite is tried when other writers are faster. */
const MAX_ATTEMPTS = 10;

/**
 * Changes a stored object on the server's own behalf: no admission, no rules of the kind, no field tracking. `change` makes the
 * new object from the current one, or answers with the current one to leave it; it may throw to refuse.
 */
export async function rewriteObject<T extends KubeObject>(
  server: ServerContext,
  target: { resource: Resource; namespace: string; name: string; dryRun?: boolean },
  change: (current: T) => T,
): Promise<CachedObject> {
  const { resource, namespace, name } = target;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const current = await resource.current(namespace, name);
    if (!current) throw notFound(resource.name, name);
    const changed = change(current.object as T);
    if (changed === current.object || target.dryRun) return current;
    const object = arrange<KubeObject>(changed);
    const value = toStoredBytes(object);
    resource.cache.noteWrite(value, object);
    try {
      const revision = await server.store.update(current.key, value, current.revision);
      return (await writtenAt({ resource, key: current.key, revision, value })).stored;
    } catch (error) {
      if (!(error instanceof RevisionMismatchError)) throw error;
      if (error.current) await resource.cache.waitFor(error.current.modRevision);
    }
  }
  throw modifiedConflict(resource.name, name);
}
