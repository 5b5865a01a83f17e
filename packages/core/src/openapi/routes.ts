import type { KindDefinition, SubresourceDefinition } from '../schema/kind.ts';
import type { AnyMessage } from '../schema/types.ts';
import type { GroupVersionKindRef } from './schemas.ts';

/** Messages that routes speak of beside the kinds themselves. */
export interface OpenApiMachinery {
  readonly listMessageOf: (kind: Pick<KindDefinition, 'schema'>) => AnyMessage;
  readonly deleteOptions: AnyMessage;
  readonly status: AnyMessage;
  readonly watchEvent: AnyMessage;
  readonly scale: AnyMessage;
  readonly apiResourceList: AnyMessage;
  readonly apiGroup: AnyMessage;
  readonly apiGroupList: AnyMessage;
  readonly apiVersions: AnyMessage;
  /** Parameters of streaming subresources, by the name of their kind. */
  readonly connectOptions: Readonly<Record<string, AnyMessage>>;
}

export type RouteMethod = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch';

/** One method of one path, in terms of either dialect. */
export interface Route {
  readonly path: string;
  readonly method: RouteMethod;
  readonly operationId: string;
  readonly description: string;
  /** x-kubernetes-action; absent for discovery. */
  readonly action?: string;
  readonly kind?: GroupVersionKindRef;
  /** Names of query parameters. */
  readonly query: readonly string[];
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly body?: { readonly message: AnyMessage | 'patch'; readonly isRequired: boolean };
  /** Status codes that carry a body, with its message; undefined where it is text or a stream. */
  readonly responses: readonly (readonly [code: string, message: AnyMessage | undefined])[];
}

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
const YAML_TYPE = 'application/yaml';
const OBJECT_TYPES = [JSON_TYPE, PROTOBUF_TYPE, YAML_TYPE];
const LIST_TYPES = [JSON_TYPE, `${JSON_TYPE};stream=watch`, PROTOBUF_TYPE, `${PROTOBUF_TYPE};stream=watch`, YAML_TYPE];
const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const ANY_TYPE = ['*/*'];

const WRITE_QUERY = ['dryRun', 'fieldManager', 'fieldValidation', 'pretty'];
const PATCH_QUERY = ['dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty'];
const DELETE_QUERY = [
  'dryRun',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'orphanDependents',
  'pretty',
  'propagationPolicy',
];
const LIST_QUERY = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'pretty',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'shardSelector',
  'timeoutSeconds',
  'watch',
];
const DELETE_COLLECTION_QUERY = [
  ...new Set([...LIST_QUERY.filter((name) => name !== 'allowWatchBookmarks' && name !== 'watch'), ...DELETE_QUERY]),
].sort();
const CONNECT_METHODS: readonly RouteMethod[] = ['delete', 'get', 'head', 'options', 'patch', 'post', 'put'];

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The part of operation ids that names a group: rbac.authorization.k8s.io becomes RbacAuthorization. */
export function groupIdentifier(group: string): string {
  if (group === '') return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capitalized)
    .join('');
}

/** `/api/v1` or `/apis/GROUP/VERSION`. */
export function groupVersionPath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** Every route of one kind. */
export function routesOfKind(kind: KindDefinition, machinery: OpenApiMachinery): Route[] {
  return new KindRoutes(kind, machinery).all();
}

class KindRoutes {
  readonly #kind: KindDefinition;
  readonly #machinery: OpenApiMachinery;
  readonly #base: string;
  readonly #identifier: string;
  readonly #scope: string;
  readonly #collection: string;
  readonly #item: string;

  constructor(kind: KindDefinition, machinery: OpenApiMachinery) {
    this.#kind = kind;
    this.#machinery = machinery;
    this.#base = groupVersionPath(kind.group, kind.version);
    this.#identifier = groupIdentifier(kind.group) + capitalized(kind.version);
    this.#scope = kind.namespaced ? 'Namespaced' : '';
    this.#collection = this.#collectionBelow(this.#base);
    this.#item = `${this.#collection}/{name}`;
  }

  #collectionBelow(base: string): string {
    return this.#kind.namespaced
      ? `${base}/namespaces/{namespace}/${this.#kind.resource}`
      : `${base}/${this.#kind.resource}`;
  }

  all(): Route[] {
    return [
      ...this.#collectionRoutes(),
      ...this.#itemRoutes(),
      ...this.#watchRoutes(),
      ...this.#kind.subresources.flatMap((subresource) => this.#subresourceRoutes(subresource)),
    ];
  }

  #has(verb: string): boolean {
    return this.#kind.verbs.includes(verb);
  }

  #route(fields: Partial<Route> & Pick<Route, 'path' | 'method' | 'operationId' | 'description'>): Route {
    const { group, version, kind } = this.#kind;
    return {
      kind: { group, version, kind },
      query: [],
      consumes: [],
      produces: OBJECT_TYPES,
      responses: [],
      ...fields,
    };
  }

  #id(verb: string, suffix = ''): string {
    return `${verb}${this.#identifier}${this.#scope}${this.#kind.kind}${suffix}`;
  }

  #collectionRoutes(): Route[] {
    const routes: Route[] = [];
    const { kind, resource, namespaced } = this.#kind;
    if (this.#has('list')) {
      routes.push(this.#list(this.#collection, this.#id('list')));
      const everywhere = `${this.#base}/${resource}`;
      if (namespaced) routes.push(this.#list(everywhere, `list${this.#identifier}${kind}ForAllNamespaces`));
    }
    if (this.#has('create')) routes.push(this.#create(this.#collection, this.#id('create'), this.#kind.schema));
    if (this.#has('deletecollection')) routes.push(this.#deleteCollection());
    return routes;
  }

  #list(path: string, operationId: string): Route {
    return this.#route({
      path,
      method: 'get',
      operationId,
      action: 'list',
      description: `list or watch objects of kind ${this.#kind.kind}`,
      query: LIST_QUERY,
      produces: LIST_TYPES,
      responses: [['200', this.#machinery.listMessageOf(this.#kind)]],
    });
  }

  #create(path: string, operationId: string, schema: AnyMessage): Route {
    return this.#route({
      path,
      method: 'post',
      operationId,
      action: 'post',
      description: `create a ${this.#kind.kind}`,
      query: WRITE_QUERY,
      consumes: ANY_TYPE,
      body: { message: schema, isRequired: true },
      responses: ['200', '201', '202'].map((code) => [code, schema] as const),
    });
  }

  #deleteCollection(): Route {
    const { status, deleteOptions } = this.#machinery;
    return this.#route({
      path: this.#collection,
      method: 'delete',
      operationId: `delete${this.#identifier}Collection${this.#scope}${this.#kind.kind}`,
      action: 'deletecollection',
      description: `delete collection of ${this.#kind.kind}`,
      query: DELETE_COLLECTION_QUERY,
      consumes: ANY_TYPE,
      body: { message: deleteOptions, isRequired: false },
      responses: [['200', status]],
    });
  }

  #itemRoutes(): Route[] {
    const routes: Route[] = [];
    const { schema } = this.#kind;
    if (this.#has('get')) routes.push(this.#read(this.#item, this.#id('read'), schema));
    if (this.#has('update')) routes.push(this.#replace(this.#item, this.#id('replace'), schema));
    if (this.#has('patch')) routes.push(this.#patch(this.#item, this.#id('patch'), schema));
    if (this.#has('delete')) routes.push(this.#delete());
    return routes;
  }

  #read(path: string, operationId: string, schema: AnyMessage): Route {
    const description = `read the specified ${this.#kind.kind}`;
    return this.#route({
      path,
      method: 'get',
      operationId,
      action: 'get',
      description,
      query: ['pretty'],
      responses: [['200', schema]],
    });
  }

  #replace(path: string, operationId: string, schema: AnyMessage): Route {
    return this.#route({
      path,
      method: 'put',
      operationId,
      action: 'put',
      description: `replace the specified ${this.#kind.kind}`,
      query: WRITE_QUERY,
      consumes: ANY_TYPE,
      body: { message: schema, isRequired: true },
      responses: [
        ['200', schema],
        ['201', schema],
      ],
    });
  }

  #patch(path: string, operationId: string, schema: AnyMessage): Route {
    return this.#route({
      path,
      method: 'patch',
      operationId,
      action: 'patch',
      description: `partially update the specified ${this.#kind.kind}`,
      query: PATCH_QUERY,
      consumes: PATCH_TYPES,
      body: { message: 'patch', isRequired: true },
      responses: [
        ['200', schema],
        ['201', schema],
      ],
    });
  }

  #delete(): Route {
    const answer = this.#kind.returnsDeletedObject ? this.#kind.schema : this.#machinery.status;
    return this.#route({
      path: this.#item,
      method: 'delete',
      operationId: this.#id('delete'),
      action: 'delete',
      description: `delete a ${this.#kind.kind}`,
      query: DELETE_QUERY,
      consumes: ANY_TYPE,
      body: { message: this.#machinery.deleteOptions, isRequired: false },
      responses: [
        ['200', answer],
        ['202', answer],
      ],
    });
  }

  #watchRoutes(): Route[] {
    if (!this.#has('watch')) return [];
    const collection = this.#collectionBelow(`${this.#base}/watch`);
    const { kind, resource, namespaced } = this.#kind;
    const routes = [this.#watch(collection, this.#id('watch', 'List'), 'watchlist')];
    if (this.#has('get')) routes.push(this.#watch(`${collection}/{name}`, this.#id('watch'), 'watch'));
    const everywhere = `watch${this.#identifier}${kind}ListForAllNamespaces`;
    if (namespaced) routes.push(this.#watch(`${this.#base}/watch/${resource}`, everywhere, 'watchlist'));
    return routes;
  }

  #watch(path: string, operationId: string, action: string): Route {
    return this.#route({
      path,
      method: 'get',
      operationId,
      action,
      description: `watch changes of ${this.#kind.kind}. deprecated: use the 'watch' parameter with a list operation instead.`,
      query: LIST_QUERY,
      produces: LIST_TYPES,
      responses: [['200', this.#machinery.watchEvent]],
    });
  }

  #subresourceRoutes(subresource: SubresourceDefinition): Route[] {
    if (subresource.form === 'connect') {
      return subresource.kind === this.#kind.kind ? [this.#stream(subresource)] : this.#connectRoutes(subresource);
    }
    const schema = subresource.form === 'scale' ? this.#machinery.scale : (subresource.schema ?? this.#kind.schema);
    const path = `${this.#item}/${subresource.name}`;
    const suffix = capitalized(subresource.name);
    const has = (verb: string) => subresource.verbs.includes(verb);
    const routes: Route[] = [];
    if (has('get')) routes.push(this.#read(path, this.#id('read', suffix), schema));
    if (has('create')) routes.push(this.#create(path, this.#id('create', suffix), schema));
    if (has('update')) routes.push(this.#replace(path, this.#id('replace', suffix), schema));
    if (has('patch')) routes.push(this.#patch(path, this.#id('patch', suffix), schema));
    return routes.map((route) => ({ ...route, kind: this.#kindOf(subresource) }));
  }

  #kindOf(subresource: SubresourceDefinition): GroupVersionKindRef {
    const { group = this.#kind.group, version = this.#kind.version, kind } = subresource;
    return { group, version, kind };
  }

  /** A subresource whose answer is plain text: the log. */
  #stream(subresource: SubresourceDefinition): Route {
    const suffix = capitalized(subresource.name);
    return this.#route({
      path: `${this.#item}/${subresource.name}`,
      method: 'get',
      operationId: this.#id('read', suffix),
      action: 'get',
      description: `read ${subresource.name} of the specified ${this.#kind.kind}`,
      query: [...this.#queryOf(`${this.#kind.kind}${suffix}Options`), 'pretty'].sort(),
      produces: [...OBJECT_TYPES, 'text/plain'],
      responses: [['200', undefined]],
    });
  }

  /** Query parameters are the fields of the options message, times apart. */
  #queryOf(optionsKind: string): string[] {
    const fields = this.#machinery.connectOptions[optionsKind]?.fields ?? {};
    return Object.keys(fields)
      .filter((name) => name !== 'apiVersion' && name !== 'kind' && !name.endsWith('Time'))
      .sort();
  }

  #connectRoutes(subresource: SubresourceDefinition): Route[] {
    const query = this.#queryOf(subresource.kind);
    const methods = subresource.verbs.includes('delete') ? CONNECT_METHODS : (['get', 'post'] as const);
    const path = `${this.#item}/${subresource.name}`;
    const suffix = capitalized(subresource.name);
    return methods.flatMap((method) => {
      const operationId = `connect${this.#identifier}${capitalized(method)}${this.#scope}${this.#kind.kind}${suffix}`;
      const route = this.#route({
        path,
        method,
        operationId,
        action: 'connect',
        kind: this.#kindOf(subresource),
        description: `connect ${method.toUpperCase()} requests to ${subresource.name} of ${this.#kind.kind}`,
        query,
        produces: ANY_TYPE,
        responses: [['200', undefined]],
      });
      const below = { ...route, path: `${path}/{path}`, operationId: `${operationId}WithPath` };
      return query.includes('path') ? [route, below] : [route];
    });
  }
}

/** The routes that tell what a group-version, or a group, or the server has. */
export function discoveryRoutes(
  groupVersions: readonly { readonly group: string; readonly version: string }[],
  machinery: OpenApiMachinery,
): Route[] {
  const groups = [...new Set(groupVersions.map(({ group }) => group))].sort();
  const routes = groups.map((group) => groupRoute(group, machinery));
  if (groups.some((group) => group !== '')) {
    routes.push(discovery('/apis/', 'getAPIVersions', 'get available API versions', machinery.apiGroupList));
  }
  for (const { group, version } of groupVersions) {
    const operationId = `get${groupIdentifier(group)}${capitalized(version)}APIResources`;
    const path = `${groupVersionPath(group, version)}/`;
    routes.push(discovery(path, operationId, 'get available resources', machinery.apiResourceList));
  }
  return routes;
}

function groupRoute(group: string, machinery: OpenApiMachinery): Route {
  if (group === '')
    return discovery('/api/', 'getCoreAPIVersions', 'get available API versions', machinery.apiVersions);
  const operationId = `get${groupIdentifier(group)}APIGroup`;
  return discovery(`/apis/${group}/`, operationId, 'get information of a group', machinery.apiGroup);
}

function discovery(path: string, operationId: string, description: string, answer: AnyMessage): Route {
  return {
    path,
    method: 'get',
    operationId,
    description,
    query: [],
    consumes: [],
    produces: OBJECT_TYPES,
    responses: [['200', answer]],
  };
}
