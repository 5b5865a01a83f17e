import { decodeObject } from '../registry/body.ts';
import { createObject } from '../registry/create-object.ts';
import { answerStored, answerTransient } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';

/** POST of an object to its collection. */
export async function create(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  const { draft, warnings } = decodeObject(request, resource);
  const written = await createObject(server, { request, resource, draft: resource.toStored(draft), warnings });
  if (written.stored) return answerStored(resource, written.stored, { code: 201, warnings });
  return answerTransient(resource.fromStored(written.object), { code: 201, warnings });
}
