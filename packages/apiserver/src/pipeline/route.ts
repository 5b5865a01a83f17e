import {
  badRequest,
  type KindDefinition,
  methodNotSupported,
  notFound,
  StatusError,
  type SubresourceDefinition,
} from '@kubets/core';
import type { KindCatalog } from './backend.ts';
import type { RequestInfo } from './request-info.ts';

/** Where a request goes. */
export interface Route {
  readonly kind: KindDefinition;
  readonly subresource: SubresourceDefinition | undefined;
}

export function resourceNotFound(): StatusError {
  const message = 'the server could not find the requested resource';
  return new StatusError({ code: 404, reason: 'NotFound', message, details: {} });
}

export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

/** Verbs that a collection takes; the others need a name. */
const COLLECTION_VERBS = new Set(['list', 'watch', 'create', 'deletecollection']);
const NAMED_VERBS = new Set(['get', 'update', 'patch', 'delete', 'watch']);
/** Namespaced kinds can only be read across namespaces. */
const ALL_NAMESPACES_VERBS = new Set(['list', 'watch']);

/**
 * The kind and subresource that a request is for. Throws 404 and 405 for paths and methods that a served version does not
 * have; undefined where the answer is that of a path that nobody serves: for a group and version without resources, and for
 * what custom resources do not have.
 */
export function resolveRoute(catalog: KindCatalog, info: RequestInfo): Route | undefined {
  const kind = catalog.find(info.group, info.version, info.resource);
  if (!kind) {
    const isServed = (each: KindDefinition) => each.group === info.group && each.version === info.version;
    if (catalog.kinds().some((each) => isServed(each) && !each.isCustom)) throw resourceNotFound();
    return undefined;
  }
  return kind.isCustom ? customRoute(kind, info) : builtInRoute(kind, info);
}

function builtInRoute(kind: KindDefinition, info: RequestInfo): Route {
  checkScope(kind, info);
  if (info.subresource !== '') return { kind, subresource: subresourceOf(kind, info) };
  const takes = info.name === '' ? COLLECTION_VERBS : NAMED_VERBS;
  if (info.method === 'HEAD' || !takes.has(info.verb) || !kind.verbs.includes(info.verb)) throw methodNotAllowed();
  return { kind, subresource: undefined };
}

/** Custom resources have no routes of their own but one handler for all, which tells methods apart by their verb alone. */
function customRoute(kind: KindDefinition, info: RequestInfo): Route | undefined {
  if (!isInScope(kind, info)) return undefined;
  if (info.subresource !== '') return { kind, subresource: customSubresourceOf(kind, info) };
  if (!kind.verbs.includes(info.verb)) throw methodNotSupported(kind, info.verb);
  const takes = info.name === '' ? COLLECTION_VERBS : NAMED_VERBS;
  // What is created has the name that the body gives it, wherever it is sent to.
  if (takes.has(info.verb) || info.verb === 'create') return { kind, subresource: undefined };
  throw badRequest('name must be provided');
}

function isInScope(kind: KindDefinition, info: RequestInfo): boolean {
  const isNamespaced = info.namespace !== '';
  if (kind.namespaced === isNamespaced) return true;
  return kind.namespaced && info.name === '' && ALL_NAMESPACES_VERBS.has(info.verb);
}

function customSubresourceOf(kind: KindDefinition, info: RequestInfo): SubresourceDefinition {
  const subresource = kind.subresources.find((each) => each.name === info.subresource);
  if (!subresource || info.rest !== '') throw notFound(kind, info.name);
  if (!subresource.verbs.includes(info.verb)) throw methodNotSupported(kind, info.verb);
  return subresource;
}

function checkScope(kind: KindDefinition, info: RequestInfo): void {
  if (!kind.namespaced) {
    // The path of a namespace itself looks like one inside of it.
    if (info.namespace !== '' && info.resource !== 'namespaces') throw resourceNotFound();
    return;
  }
  if (info.namespace !== '') return;
  if (info.name !== '') throw resourceNotFound();
  if (!ALL_NAMESPACES_VERBS.has(info.verb) && !isReviewWithoutNamespace(kind)) throw methodNotAllowed();
}

function isReviewWithoutNamespace(kind: KindDefinition): boolean {
  return kind.listKind === '' && kind.resource === 'bindings';
}

function subresourceOf(kind: KindDefinition, info: RequestInfo): SubresourceDefinition {
  const subresource = kind.subresources.find((each) => each.name === info.subresource);
  if (!subresource || (info.rest !== '' && subresource.name !== 'proxy')) throw resourceNotFound();
  if (!takesMethod(subresource, info)) throw methodNotAllowed();
  return subresource;
}

/** HEAD and OPTIONS are no methods of the API, but a proxy passes them on like any other. */
function takesMethod({ name, verbs }: SubresourceDefinition, { method, verb }: RequestInfo): boolean {
  if (method === 'HEAD' || method === 'OPTIONS') return name === 'proxy';
  return verbs.includes(verb);
}

/** Custom resources have no protobuf form; their scale is an object of the API's own. */
export function hasProtobuf({ kind, subresource }: Route): boolean {
  return !kind.isCustom || subresource?.group !== undefined;
}
