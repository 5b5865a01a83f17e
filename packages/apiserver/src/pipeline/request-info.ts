import { badRequest } from '@kubets/core';

/** What a URL and a method ask for, before anything is looked up. */
export interface RequestInfo {
  readonly isResource: boolean;
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  readonly query: string;
  /** For resources as RBAC names it; otherwise the method in lower case. */
  verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  name: string;
  readonly subresource: string;
  /** What follows the subresource, for proxies; without a leading slash. */
  readonly rest: string;
  /** The path used the deprecated /watch/ prefix. */
  readonly watchPrefix: boolean;
}

const VERB_OF_METHOD: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
/** Subresources of namespaces; any other word behind a namespace's name is a resource inside of it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Decodes one path segment; a malformed escape is a 400. */
function unescapeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(segment)}`);
  }
}

function nonResource(method: string, path: string, query: string): RequestInfo {
  return {
    isResource: false,
    method,
    path: unescapeSegment(path),
    query,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    name: '',
    subresource: '',
    rest: '',
    watchPrefix: false,
  };
}

/** True for `watch` in a query string, as `watch=1`, `watch=true` or `watch` alone. */
export function asksToWatch(query: string): boolean {
  if (!query.includes('watch')) return false;
  const match = /(?:^|&)watch(?:=([^&]*))?(?:&|$)/.exec(query);
  if (!match) return false;
  const value = (match[1] ?? '').toLowerCase();
  return value !== 'false' && value !== '0';
}

function verbOf(method: string, query: string, name: string): string {
  const verb = VERB_OF_METHOD[method] ?? '';
  if (name !== '') return verb;
  if (verb === 'get') return asksToWatch(query) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** Reads the method and the request target as the API's routes define them. */
export function requestInfo(method: string, target: string): RequestInfo {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  if (path.includes('//') && hasGap(path)) return nonResource(method, path, query);
  const segments = path.split('/').filter((segment) => segment !== '');
  const prefix = segments[0];
  const versionAt = prefix === 'api' ? 1 : prefix === 'apis' ? 2 : 0;
  if (versionAt === 0 || segments.length < versionAt + 2) return nonResource(method, path, query);
  return resourceInfo({ method, path, query, segments, versionAt });
}

/** Whether a segment is missing where resources are named; what is passed on to others may have any path. */
function hasGap(path: string): boolean {
  const gap = path.indexOf('//');
  const isAtEnd = /^\/+$/.test(path.slice(gap));
  return gap === 0 || !(isAtEnd || path.slice(0, gap + 1).includes('/proxy/'));
}

interface ResourcePath {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly segments: readonly string[];
  readonly versionAt: number;
}

function resourceInfo({ method, path, query, segments, versionAt }: ResourcePath): RequestInfo {
  let at = versionAt + 1;
  const watchPrefix = segments[at] === 'watch';
  if (watchPrefix) at += 1;
  if (segments[at] === undefined) throw badRequest(`unable to determine kind and namespace from url, ${path}`);
  let namespace = '';
  if (segments[at] === 'namespaces' && segments[at + 1] !== undefined) {
    namespace = unescapeSegment(segments[at + 1]!);
    const next = segments[at + 2];
    if (next !== undefined && !NAMESPACE_SUBRESOURCES.has(next)) at += 2;
  }
  const name = unescapeSegment(segments[at + 1] ?? '');
  const subresource = unescapeSegment(segments[at + 2] ?? '');
  return {
    isResource: true,
    method,
    path,
    query,
    verb: watchPrefix ? 'watch' : verbOf(method, query, name),
    group: versionAt === 2 ? unescapeSegment(segments[1]!) : '',
    version: unescapeSegment(segments[versionAt]!),
    namespace,
    resource: unescapeSegment(segments[at]!),
    name,
    subresource,
    rest: subresource === '' ? '' : restOf(path, segments, at + 3),
    watchPrefix,
  };
}

/** The raw path from segment `from` on, its trailing slash included. */
function restOf(path: string, segments: readonly string[], from: number): string {
  const tail = segments.slice(from).join('/');
  return tail !== '' && path.endsWith('/') ? `${tail}/` : tail;
}
