import { notFound } from '@kubets/core';
import { answerStored } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { parseResourceVersion } from '../watch-cache/read-options.ts';
import { waitForRevision } from './list.ts';

/** GET of one object, or of the object through a subresource that shows all of it. */
export async function get(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  await waitForRevision(server, resource, parseResourceVersion(request.options.resourceVersion));
  const stored = resource.cache.get(resource.keyOf(request.namespace, request.name));
  if (!stored) throw notFound(resource.name, request.name);
  return answerStored(resource, stored);
}
