import { methodNotSupported, StatusError, type SubresourceDefinition } from '@kubets/core';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { create } from './create.ts';
import { deleteOne } from './delete.ts';
import { deleteCollection } from './delete-collection.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { update } from './update.ts';

type Verb = (server: ServerContext, request: AuthenticatedRequest, resource: Resource) => Promise<VerbResult>;

const VERBS: Readonly<Record<string, Verb>> = {
  create,
  delete: deleteOne,
  deletecollection: deleteCollection,
  get,
  list,
  patch,
  update,
};

/** The 404 for a resource, or a subresource, that is not served. */
export function noSuchResource(): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

/** Finds the verb for a request and runs it. */
export function dispatch(server: ServerContext, request: AuthenticatedRequest): Promise<VerbResult> {
  const resource = server.registry.find(request.resource);
  if (!resource) throw noSuchResource();
  if (request.subresource) return dispatchSubresource(server, request, resource);
  const verb = VERBS[request.verb];
  if (!verb || !resource.kind.verbs.includes(request.verb)) throw methodNotSupported(resource.name, request.verb);
  return verb(server, request, resource);
}

function dispatchSubresource(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  const definition = resource.storedKind.subresources.find(({ name }) => name === request.subresource);
  if (!definition) throw noSuchResource();
  if (!definition.verbs.includes(request.verb)) throw methodNotSupported(resource.name, request.verb);
  if (definition.form === 'object') return objectSubresource(server, request, { resource, definition });
  throw new StatusError({
    code: 501,
    reason: 'NotImplemented',
    message: `subresource ${request.subresource} of ${request.resource.resource} is not implemented`,
  });
}

/** The object itself, written by the rules of the subresource. */
function objectSubresource(
  server: ServerContext,
  request: AuthenticatedRequest,
  { resource, definition }: { resource: Resource; definition: SubresourceDefinition },
): Promise<VerbResult> {
  const strategy = definition.strategy ?? {};
  if (request.verb === 'get') return get(server, request, resource);
  if (request.verb === 'update') return update(server, request, resource, strategy);
  return patch(server, request, resource, strategy);
}
