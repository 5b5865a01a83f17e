import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  parseJsonPatch,
  StatusError,
  type WriteStrategy,
} from '@kubets/core';
import { decodeDocument } from '../registry/body.ts';
import type { Resource } from '../registry/resource.ts';
import { updateObject } from '../registry/update-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { answerWritten } from './update.ts';

/** PATCH of an object, or of the object through one of its subresources. */
export async function patch(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
  strategy: WriteStrategy = resource.storedKind.strategy,
): Promise<VerbResult> {
  const warnings: string[] = [];
  const apply = patcherOf(request, resource);
  const written = await updateObject(server, {
    request,
    resource,
    strategy,
    warnings,
    make: (current) => {
      const document = resource.fromStored(current) as unknown as JsonObject;
      const patched = apply(document);
      const decoded = decodeDocument(asObject(patched), request, resource);
      warnings.push(...decoded.warnings);
      return unversioned(resource.toStored(decoded.draft), current);
    },
  });
  return answerWritten(resource, written, [...new Set(warnings)]);
}

/** A patch that does not speak of the resource version applies to whatever version is there. */
function unversioned(draft: KubeObject, current: KubeObject): KubeObject {
  const { metadata } = draft;
  if (metadata.resourceVersion === current.metadata.resourceVersion) delete metadata.resourceVersion;
  return draft;
}

function asObject(patched: JsonValue): JsonObject {
  if (patched === null || typeof patched !== 'object' || Array.isArray(patched)) {
    throw badRequest('the patch does not leave an object');
  }
  return patched;
}

export function patcherOf(
  request: AuthenticatedRequest,
  resource: Pick<Resource, 'kind'>,
): (document: JsonObject) => JsonValue {
  const body = request.body as JsonValue;
  switch (request.patchType) {
    case 'json': {
      const operations = parseJsonPatch(body);
      return (document) => applyJsonPatch(document, operations);
    }
    case 'merge':
      return (document) => applyMergePatch(document, body);
    case 'strategic':
      return (document) => applyStrategicMergePatch(document, patchObject(body), resource.kind.schema);
    default:
      throw unsupportedPatch(request.patchType ?? '');
  }
}

function patchObject(body: JsonValue): JsonObject {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('the body of the patch must be an object');
  }
  return body;
}

export function unsupportedPatch(patchType: string): StatusError {
  return new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml (${patchType})`,
  });
}
