import { badRequest, type JsonObject, type KubeObject, parseApiVersion } from '@kubets/core';
import type { AuthenticatedRequest } from '../request.ts';
import type { Resource } from './resource.ts';

/** A request's body as a new object of the resource's kind, free to be changed, with the decoder's warnings. */
export interface DecodedBody {
  readonly draft: KubeObject;
  readonly warnings: string[];
}

/** Decodes the object that a create or update sends; the kind may be left out, but not be another. */
export function decodeObject(request: AuthenticatedRequest, resource: Resource): DecodedBody {
  const body = request.body;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('the body of the request was empty or not an object');
  }
  checkKind(body as Partial<KubeObject>, resource);
  return decodeDocument(body as JsonObject, request, resource);
}

/** Decodes a JSON document of the resource's kind, whatever it says of itself. */
export function decodeDocument(document: JsonObject, request: AuthenticatedRequest, resource: Resource): DecodedBody {
  void request;
  const { kind, apiVersion, metadata, ...rest } = structuredClone(document);
  void kind;
  void apiVersion;
  const draft = {
    kind: resource.kind.kind,
    apiVersion: resource.apiVersion,
    metadata: metadata ?? {},
    ...rest,
  } as unknown as KubeObject;
  return { draft, warnings: [] };
}

function checkKind(body: Partial<KubeObject>, resource: Resource): void {
  const { kind } = resource;
  if (body.kind && body.kind !== kind.kind) {
    const version = body.apiVersion ?? resource.apiVersion;
    throw badRequest(
      `${body.kind} in version "${parseApiVersion(version).version}" cannot be handled as a ${kind.kind}: converting (${body.kind}) to (${kind.kind}): unknown conversion`,
    );
  }
  if (body.apiVersion && body.apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version in the data (${body.apiVersion}) does not match the expected API version (${resource.apiVersion})`,
    );
  }
}
