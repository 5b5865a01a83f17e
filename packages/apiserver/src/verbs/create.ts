import { decodeObject } from '../registry/body.ts';
import { createObject } from '../registry/create-object.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { answerWritten } from './update.ts';

/** POST of an object to its collection. */
export async function create(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  const decoded = decodeObject(request, resource);
  const warnings = request.warnings ?? new Set<string>();
  for (const warning of decoded.warnings) warnings.add(warning);
  if (request.audit?.takesRequest) request.audit.requestObject(structuredClone(decoded.draft));
  const draft = resource.toStored(decoded.draft);
  const written = await createObject(server, { request, resource, draft, warnings });
  return answerWritten(resource, written, { warnings, code: 201 });
}
