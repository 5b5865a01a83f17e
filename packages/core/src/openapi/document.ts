import type { JsonObject } from '../object.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { AnyMessage } from '../schema/types.ts';
import { type ParameterDefinition, pathParameters, queryParameter } from './parameters.ts';
import {
  discoveryRoutes,
  groupIdentifier,
  groupVersionPath,
  type OpenApiMachinery,
  type Route,
  routesOfKind,
} from './routes.ts';
import { type GroupVersionKindRef, SchemaCollector } from './schemas.ts';

export interface OpenApiOptions {
  readonly title: string;
  /** The server's own version, such as v1.36.0. */
  readonly serverVersion: string;
  readonly machinery: OpenApiMachinery;
}

/** The OpenAPI 3.0 document of one group-version, served at /openapi/v3/api/v1 or /openapi/v3/apis/GROUP/VERSION. */
export function openApiV3(
  options: OpenApiOptions & { group: string; version: string; kinds: readonly KindDefinition[] },
): JsonObject {
  const { group, version, kinds, machinery } = options;
  const own = discoveryRoutes([{ group, version }], machinery).filter(
    ({ path }) => path === `${groupVersionPath(group, version)}/`,
  );
  return documentV3(options, kinds, [...own, ...kinds.flatMap((kind) => routesOfKind(kind, machinery))]);
}

/**
 * The OpenAPI 3.0 document of a discovery path alone: `api`, `apis` or `apis/GROUP`, served below /openapi/v3/ by that name.
 */
export function openApiV3Discovery(options: OpenApiOptions & { name: string }): JsonObject {
  const [root, group = root === 'apis' ? 'any' : ''] = options.name.split('/');
  const routes = discoveryRoutes([{ group, version: 'v1' }], options.machinery);
  return documentV3(
    options,
    [],
    routes.filter(({ path }) => path === `/${options.name}/`),
  );
}

function documentV3(options: OpenApiOptions, kinds: readonly KindDefinition[], routes: readonly Route[]): JsonObject {
  const schemas = new SchemaCollector('v3', kindLookup(kinds, options.machinery));
  const paths = groupPaths(routes, (route) => operationV3(route, schemas), v3Parameter);
  return {
    openapi: '3.0.0',
    info: { title: options.title, version: options.serverVersion },
    paths,
    components: {
      schemas: schemas.definitions(),
      securitySchemes: { BearerToken: { ...BEARER_TOKEN } },
    },
  };
}

/** The swagger 2.0 document of everything served, at /openapi/v2. */
export function openApiV2(options: OpenApiOptions & { kinds: readonly KindDefinition[] }): JsonObject {
  const { kinds, machinery } = options;
  const schemas = new SchemaCollector('v2', kindLookup(kinds, machinery));
  const groupVersions = [...new Map(kinds.map((kind) => [`${kind.group}/${kind.version}`, kind])).values()];
  const routes = [
    ...discoveryRoutes(groupVersions, machinery),
    ...kinds.flatMap((kind) => routesOfKind(kind, machinery)),
  ];
  const paths = groupPaths(routes, (route) => operationV2(route, schemas), v2Parameter);
  return {
    swagger: '2.0',
    info: { title: options.title, version: options.serverVersion },
    paths,
    definitions: schemas.definitions(),
    securityDefinitions: { BearerToken: { ...BEARER_TOKEN } },
    security: [{ BearerToken: [] }],
  };
}

const BEARER_TOKEN = {
  type: 'apiKey',
  description: 'Bearer Token authentication',
  name: 'authorization',
  in: 'header',
};
const UNAUTHORIZED = { description: 'Unauthorized' };
const RESPONSE_TEXTS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
const META_PREFIX = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

/** Which kinds a message is, by the message's name. */
export function kindLookup(
  kinds: readonly KindDefinition[],
  machinery: OpenApiMachinery,
): (messageName: string) => readonly GroupVersionKindRef[] {
  const found = new Map<string, GroupVersionKindRef[]>();
  const add = (message: AnyMessage | undefined, ref: GroupVersionKindRef) => {
    if (!message || !('kind' in message.fields)) return;
    const known = found.get(message.name) ?? [];
    if (!known.some((it) => it.group === ref.group && it.version === ref.version && it.kind === ref.kind))
      known.push(ref);
    found.set(message.name, known);
  };
  for (const kind of kinds) {
    const { group, version } = kind;
    add(kind.schema, { group, version, kind: kind.kind });
    if (kind.listKind) add(machinery.listMessageOf(kind), { group, version, kind: kind.listKind });
    for (const sub of kind.subresources) {
      add(sub.schema, { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind });
    }
  }
  add(machinery.scale, { group: 'autoscaling', version: 'v1', kind: 'Scale' });
  for (const message of machineryMessages(machinery)) {
    const isObject = 'kind' in message.fields || message === machinery.watchEvent;
    if (!isObject || !message.name.startsWith(META_PREFIX)) continue;
    found.set(message.name, [{ group: '', version: 'v1', kind: message.name.slice(META_PREFIX.length) }]);
  }
  return (name) => found.get(name) ?? [];
}

function machineryMessages(machinery: OpenApiMachinery): AnyMessage[] {
  const { deleteOptions, status, watchEvent, apiResourceList, apiGroup, apiGroupList, apiVersions } = machinery;
  return [deleteOptions, status, watchEvent, apiResourceList, apiGroup, apiGroupList, apiVersions];
}

/** Paths with their methods; parameters of the path itself stand beside the methods. */
function groupPaths(
  routes: readonly Route[],
  render: (route: Route) => JsonObject,
  parameter: (definition: ParameterDefinition, place: 'path' | 'query') => JsonObject,
): JsonObject {
  const paths = new Map<string, JsonObject>();
  for (const route of routes) {
    const item = paths.get(route.path) ?? {};
    item[route.method] = render(route);
    const inPath = pathParameters(route.path, route.kind?.kind ?? '');
    if (inPath.length > 0) item.parameters = inPath.map((definition) => parameter(definition, 'path'));
    paths.set(route.path, item);
  }
  return Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function tagOf(route: Route): string {
  const [, root = '', group = '', version = ''] = route.path.split('/');
  if (root === 'api') return group === '' ? 'core' : `core_${group}`;
  if (group === '') return 'apis';
  const name = groupIdentifier(group);
  const tag = name.charAt(0).toLowerCase() + name.slice(1);
  return version === '' ? tag : `${tag}_${version}`;
}

function extensionsOf(route: Route): JsonObject {
  return {
    ...(route.action ? { 'x-kubernetes-action': route.action } : {}),
    ...(route.kind ? { 'x-kubernetes-group-version-kind': { ...route.kind } } : {}),
  };
}

function schemaFor(message: AnyMessage | 'patch', schemas: SchemaCollector): JsonObject {
  return message === 'patch' ? schemas.patchReference() : schemas.reference(message);
}

function operationV3(route: Route, schemas: SchemaCollector): JsonObject {
  const { body } = route;
  const contentOf = (types: readonly string[], schema: JsonObject) =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  const responses = route.responses.map(([code, message]) => {
    const schema = message ? schemaFor(message, schemas) : { type: 'string' };
    return [code, { description: RESPONSE_TEXTS[code] ?? '', content: contentOf(route.produces, schema) }];
  });
  return {
    tags: [tagOf(route)],
    description: route.description,
    operationId: route.operationId,
    ...(route.query.length > 0
      ? { parameters: route.query.map((name) => v3Parameter(queryParameter(name), 'query')) }
      : {}),
    ...(body
      ? {
          requestBody: {
            content: contentOf(route.consumes, schemaFor(body.message, schemas)),
            ...(body.isRequired ? { required: true } : {}),
          },
        }
      : {}),
    responses: { ...Object.fromEntries(responses), 401: UNAUTHORIZED },
    ...extensionsOf(route),
  };
}

function v3Parameter({ name, description, type }: ParameterDefinition, place: 'path' | 'query'): JsonObject {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}

function operationV2(route: Route, schemas: SchemaCollector): JsonObject {
  const { body } = route;
  const responses = route.responses.map(([code, message]) => [
    code,
    { description: RESPONSE_TEXTS[code] ?? '', schema: message ? schemaFor(message, schemas) : { type: 'string' } },
  ]);
  const bodyParameter = body && {
    name: 'body',
    in: 'body',
    ...(body.isRequired ? { required: true } : {}),
    schema: schemaFor(body.message, schemas),
  };
  const parameters = [
    ...(bodyParameter ? [bodyParameter] : []),
    ...route.query.map((name) => v2Parameter(queryParameter(name), 'query')),
  ];
  return {
    description: route.description,
    consumes: route.consumes.length > 0 ? [...route.consumes] : ['*/*'],
    produces: [...route.produces],
    schemes: ['https'],
    tags: [tagOf(route)],
    operationId: route.operationId,
    ...(parameters.length > 0 ? { parameters } : {}),
    responses: { ...Object.fromEntries(responses), 401: UNAUTHORIZED },
    ...extensionsOf(route),
  };
}

function v2Parameter({ name, description, type }: ParameterDefinition, place: 'path' | 'query'): JsonObject {
  return { uniqueItems: true, type, description, name, in: place, ...(place === 'path' ? { required: true } : {}) };
}
