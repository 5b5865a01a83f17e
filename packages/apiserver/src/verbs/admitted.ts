import { apiVersionOf, type KubeObject, sameJson } from '@kubets/core';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest } from '../request.ts';
import type { ServerContext } from '../server-context.ts';

/**
 * Shows the admission plugins what a request creates though it is not stored: a binding, an eviction, a token, a review. Returns
 * the request with the body as they left it.
 */
export async function admitted(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<AuthenticatedRequest> {
  const { body, namespace, subresource } = request;
  // What is no object is refused by whoever reads it.
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return request;
  const object = asObject(body, resource, subresource);
  const before = structuredClone(object);
  const admission: AdmissionRequest = {
    operation: 'CREATE',
    request,
    resource,
    namespace,
    name: request.name || (object.metadata.name ?? ''),
    subresource,
    object,
    old: undefined,
    dryRun: request.options.dryRun ?? false,
    warn: (text) => void request.warnings?.add(text),
  };
  await server.admission.mutate(admission);
  await server.admission.validate(admission);
  return sameJson(before, object) ? request : { ...request, body: object };
}

function asObject(body: object, { kind, rules }: Resource, subresource: string): KubeObject {
  const definition = rules.subresources.find(({ name }) => name === subresource);
  const of = { group: definition?.group ?? kind.group, version: definition?.version ?? kind.version };
  const head = { kind: definition?.kind ?? kind.kind, apiVersion: apiVersionOf(of.group, of.version), metadata: {} };
  return { ...head, ...structuredClone(body) } as KubeObject;
}
