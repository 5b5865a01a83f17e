import { hasReason, type ListMeta } from '@kubets/core';
import { deleteCurrent, deleteObject } from '../registry/delete-object.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, StoredObject, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import type { CachedObject } from '../watch-cache/cached-object.ts';
import { deleteOptionsOf } from './delete.ts';
import { list } from './list.ts';

/** Deletions under way at a time; one group commit takes them all. */
const CONCURRENCY = 256;

/** DELETE of a collection: everything that a list with the same options shows. Answers with what it found. */
export async function deleteCollection(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  const options = deleteOptionsOf(request);
  const found = await list(server, request, resource);
  if (found.type !== 'list') throw new Error('a list answers with a list');
  for (let at = 0; at < found.items.length; at += CONCURRENCY) {
    const slice = found.items.slice(at, at + CONCURRENCY);
    await Promise.all(slice.map((item) => deleteItem(server, { request, resource, options }, item)));
    await server.yieldToLoop();
  }
  const metadata: ListMeta = found.metadata;
  return { ...found, metadata };
}

async function deleteItem(
  server: ServerContext,
  deletion: Parameters<typeof deleteObject>[1],
  item: StoredObject,
): Promise<void> {
  const { resource, request } = deletion;
  const { namespace = '', name = '' } = item.object.metadata;
  const own = { ...deletion, request: { ...request, namespace, name } };
  const current = resource.cache.get(item.key);
  if (!current) return;
  try {
    const outcome = await deleteCurrent(server, own, current as CachedObject);
    if (outcome === 'overtaken') await deleteObject(server, own);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
