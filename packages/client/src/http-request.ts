import type { ApiRequest, PatchType, RequestOptions } from './transport.ts';

/** A request as HTTP carries it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
}

const METHODS: Record<ApiRequest['verb'], HttpRequest['method']> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  connect: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

const PATCH_CONTENT_TYPES: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** The path of a resource, as the API's URLs are built. */
export function resourcePath(request: Pick<ApiRequest, 'resource' | 'namespace' | 'name' | 'subresource'>): string {
  const { group, version, resource } = request.resource;
  const parts = group ? ['apis', group, version] : ['api', version];
  if (request.namespace) parts.push('namespaces', request.namespace);
  parts.push(resource);
  if (request.name) parts.push(request.name);
  if (request.subresource) parts.push(request.subresource);
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

function queryOf(options: RequestOptions, isWatch: boolean): string {
  const query = new URLSearchParams();
  if (isWatch) query.set('watch', 'true');
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === '' || value === false) continue;
    query.set(name, name === 'dryRun' ? 'All' : String(value));
  }
  const text = query.toString();
  return text ? `?${text}` : '';
}

/** Puts a decoded request into the form that an API server reads over HTTP. */
export function httpRequestOf(request: ApiRequest): HttpRequest {
  const hasBody = request.body !== undefined && request.body !== null;
  const contentType = request.patchType ? PATCH_CONTENT_TYPES[request.patchType] : 'application/json';
  return {
    method: METHODS[request.verb],
    path: resourcePath(request) + queryOf(request.options, request.verb === 'watch'),
    contentType: hasBody ? contentType : undefined,
    body: hasBody ? JSON.stringify(request.body) : undefined,
  };
}
