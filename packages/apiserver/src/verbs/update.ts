import { badRequest, hasReason, type KubeObject, type WriteStrategy } from '@kubets/core';
import { decodeObject } from '../registry/body.ts';
import type { Written } from '../registry/create-object.ts';
import { createObject } from '../registry/create-object.ts';
import { answerStored, answerTransient } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import { updateObject } from '../registry/update-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';

/** PUT of an object, or of the object through one of its subresources. */
export async function update(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
  strategy: WriteStrategy = resource.rules.strategy,
): Promise<VerbResult> {
  const warnings = request.warnings ?? new Set<string>();
  // Preparing a draft changes it, so that every try starts from the body again.
  const decode = () => {
    const decoded = decodeObject(request, resource);
    checkNames(decoded.draft, request, resource);
    for (const warning of decoded.warnings) warnings.add(warning);
    if (request.audit?.takesRequest) request.audit.requestObject(structuredClone(decoded.draft));
    return resource.toStored(decoded.draft);
  };
  let first: KubeObject | undefined = decode();
  const make = () => {
    const draft = first ?? decode();
    first = undefined;
    return draft;
  };
  try {
    const written = await updateObject(server, { request, resource, strategy, warnings, make });
    return answerWritten(resource, written, { warnings });
  } catch (error) {
    if (request.subresource || !strategy.allowCreateOnUpdate || !hasReason(error, 'NotFound')) throw error;
    const written = await createObject(server, { request, resource, draft: make(), warnings });
    return answerWritten(resource, written, { warnings, code: 201 });
  }
}

/** Answers with what a write left. */
export function answerWritten(
  resource: Resource,
  written: Written,
  options: { warnings: ReadonlySet<string>; code?: number },
): VerbResult {
  const { code = 200 } = options;
  const warnings = [...options.warnings];
  if (written.stored) return answerStored(resource, written.stored, { code, warnings });
  return answerTransient(resource.fromStored(written.object), { code, warnings });
}

/** The body's name and namespace must be those of the URL; the namespace may be left out. */
export function checkNames(draft: KubeObject, request: AuthenticatedRequest, resource: Resource): void {
  const { metadata } = draft;
  if (!metadata.name) {
    throw badRequest(`the name of the object (${request.name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== request.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${request.name})`);
  }
  if (!resource.kind.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (metadata.namespace && metadata.namespace !== request.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = request.namespace;
}
