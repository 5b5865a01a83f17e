import { methodNotSupported, StatusError, type SubresourceDefinition, serviceUnavailable } from '@kubets/core';
import { decodeObject } from '../registry/body.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { CacheClosedError } from '../watch-cache/watch-cache.ts';
import { admitted } from './admitted.ts';
import { componentStatuses } from './component-statuses.ts';
import { create } from './create.ts';
import { deleteOne } from './delete.ts';
import { deleteCollection } from './delete-collection.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { bind } from './pod-binding.ts';
import { evict } from './pod-eviction.ts';
import { scale } from './scale.ts';
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

/** How often a request starts over because its resource has been defined anew. */
const MAX_REDEFINITIONS = 3;

/** The 404 for a resource, or a subresource, that is not served. */
export function noSuchResource(): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

/** Answers a request whose object is not stored but computed: a review, a token. */
export type CustomVerb = (request: AuthenticatedRequest) => Promise<VerbResult>;

/** Resources that are computed here, by `group/resource`. */
const COMPUTED: Readonly<Record<string, Verb>> = {
  '/componentstatuses': componentStatuses,
  '/bindings': async (server, request, resource) =>
    bind(server, await admitted(server, request, resource), server.registry.get('', 'pods')),
};

/** Finds the verb for a request and runs it; once more where the resource is defined anew while the request is under way. */
export async function dispatch(server: ServerContext, request: AuthenticatedRequest): Promise<VerbResult> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await dispatchOnce(server, request);
    } catch (error) {
      if (!(error instanceof CacheClosedError)) throw error;
      if (attempt === MAX_REDEFINITIONS) throw serviceUnavailable('apiserver is shutting down');
    }
  }
}

function dispatchOnce(server: ServerContext, request: AuthenticatedRequest): Promise<VerbResult> {
  const resource = server.registry.find(request.resource);
  if (!resource) throw noSuchResource();
  const { group, resource: plural } = resource.name;
  const custom = server.customVerbs.get(
    request.subresource ? `${group}/${plural}/${request.subresource}` : `${group}/${plural}`,
  );
  if (request.subresource) return dispatchSubresource(server, request, { resource, custom });
  const verb = COMPUTED[`${group}/${plural}`] ?? VERBS[request.verb];
  if (!verb || !resource.kind.verbs.includes(request.verb)) throw methodNotSupported(resource.name, request.verb);
  if (custom && request.verb === 'create')
    return resource.kind.storedAs
      ? convertedFor(custom, request, resource)
      : admit(server, request, { resource, verb: custom });
  if (!resource.kind.listKind && !COMPUTED[`${group}/${plural}`]) throw notImplemented(plural);
  return verb(server, request, resource);
}

/** Runs a custom verb, which knows the stored version only, for a request in another one. */
async function convertedFor(
  custom: CustomVerb,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  const { draft } = decodeObject(request, resource);
  const result = await custom({ ...request, body: resource.toStored(draft) });
  return result.type === 'transient' ? { ...result, object: resource.fromStored(result.object) } : result;
}

function dispatchSubresource(
  server: ServerContext,
  request: AuthenticatedRequest,
  { resource, custom }: { resource: Resource; custom: CustomVerb | undefined },
): Promise<VerbResult> {
  const { subresources } = resource.rules;
  const definition = subresources.find(({ name }) => name === request.subresource);
  if (!definition) throw noSuchResource();
  if (!definition.verbs.includes(request.verb)) throw methodNotSupported(resource.name, request.verb);
  if (custom) return admit(server, request, { resource, verb: custom });
  const target = { resource, definition };
  if (definition.form === 'object') return objectSubresource(server, request, target);
  if (definition.form === 'scale') return scale(server, request, target);
  const verb: CustomVerb | undefined = {
    Binding: (checked: AuthenticatedRequest) => bind(server, checked, resource),
    Eviction: (checked: AuthenticatedRequest) => evict(server, checked, resource),
  }[definition.kind];
  if (verb) return admit(server, request, { resource, verb });
  throw notImplemented(`${request.resource.resource}/${request.subresource}`);
}

/** Runs a verb once admission has let its request through. */
async function admit(
  server: ServerContext,
  request: AuthenticatedRequest,
  { resource, verb }: { resource: Resource; verb: CustomVerb },
): Promise<VerbResult> {
  return verb(request.verb === 'create' ? await admitted(server, request, resource) : request);
}

function notImplemented(what: string): StatusError {
  const message = `${what} is not implemented by this server`;
  return new StatusError({ code: 501, reason: 'NotImplemented', message });
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
