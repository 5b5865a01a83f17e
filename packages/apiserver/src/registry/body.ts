import {
  applySchemaDefaults,
  badRequest,
  type ConformOptions,
  conform,
  type FieldError,
  FieldPath,
  invalid,
  invalidObject,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  parseApiVersion,
  StatusError,
  type WriteStrategy,
} from '@kubets/core';
import type { AuthenticatedRequest } from '../request.ts';
import type { BodyForm, Resource } from './resource.ts';

/** A request's body as a new object of the resource's kind with its defaults, free to be changed, with the decoder's warnings. */
export interface DecodedBody {
  readonly draft: KubeObject;
  readonly warnings: string[];
}

/** Decodes the object that a create or update sends; its kind may be left out, but not be another. */
export function decodeObject(request: AuthenticatedRequest, resource: Resource): DecodedBody {
  const body = asObject(request.body);
  const { kind } = resource;
  if (kind.isCustom) checkTypeIsGiven(body);
  checkKind(body, resource, false);
  const prefix = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: `;
  const { value, unknownFields } = conformNamed(resource, body, { prefix });
  const oddities = oddFields(body, unknownFields, request.duplicates ?? []);
  if (request.options.fieldValidation === 'Strict' && oddities.length > 0) {
    throw badRequest(`${prefix}strict decoding error: ${oddities.join(', ')}`);
  }
  const warnings = request.options.fieldValidation === 'Ignore' ? [] : oddities;
  return { draft: withDefaults(value, resource), warnings };
}

/** Unknown and repeated fields in the order of the document; what is both counts as unknown. */
export function oddFields(body: JsonObject, unknownFields: readonly string[], duplicates: readonly string[]): string[] {
  const unknown = unknownFields.map((field) => `unknown field "${field}"`);
  if (duplicates.length === 0 || unknown.length === 0) return [...duplicates, ...unknown];
  const isKnown = (text: string) => !unknown.includes(text.replace(/^duplicate/, 'unknown'));
  const places = new Map(fieldPaths(body, '').map((path, index) => [path, index]));
  const placeOf = (text: string) => places.get(text.slice(text.indexOf('"') + 1, -1)) ?? -1;
  return [...duplicates.filter(isKnown), ...unknown].sort((a, b) => placeOf(a) - placeOf(b));
}

/** The path of every field below `value`, as decoders write it. */
function fieldPaths(value: JsonValue, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => fieldPaths(item, `${path}[${index}]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const own = path ? `${path}.${name}` : name;
    return [own, ...fieldPaths(field, own)];
  });
}

/** Decodes what a patch has made of an object. `unknownFields` are those of the patched document. */
export function decodePatched(
  document: JsonObject,
  resource: BodyForm,
  options: ConformOptions = {},
): { readonly draft: KubeObject; readonly unknownFields: readonly string[] } {
  checkKind(document, resource, true);
  const { value, unknownFields } = conformNamed(resource, document, { prefix: '', ...options });
  return { draft: withDefaults(value, resource), unknownFields };
}

/** Completes an object in the stored version that the server itself has made. */
export function withDefaults(value: JsonObject, resource: Pick<Resource, 'kind' | 'apiVersion'>): KubeObject {
  const { kind, apiVersion } = resource;
  value.kind = kind.kind;
  value.apiVersion = apiVersion;
  value.metadata ??= {};
  applySchemaDefaults(kind.schema, value);
  const draft = value as unknown as KubeObject;
  (kind.strategy as WriteStrategy).applyDefaults?.(draft);
  return draft;
}

function conformNamed(
  resource: BodyForm,
  document: JsonObject,
  { prefix, ...options }: ConformOptions & { prefix: string },
): ReturnType<typeof conform> {
  try {
    return conform(resource.kind.schema, document, options);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    throw badRequest(`${prefix}${error.message}`);
  }
}

function asObject(body: unknown): JsonObject {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('the body of the request was empty or not an object');
  }
  return body as JsonObject;
}

/** Objects of built-in kinds may leave out what the URL says; custom resources are read without knowing it. */
function checkTypeIsGiven(body: JsonObject): void {
  for (const name of ['kind', 'apiVersion']) {
    if (typeof body[name] === 'string' && body[name] !== '') continue;
    throw badRequest(`Object '${name === 'kind' ? 'Kind' : name}' is missing in '${JSON.stringify(body)}'`);
  }
}

function checkKind(document: JsonObject, resource: BodyForm, isPatched: boolean): void {
  const { kind } = resource;
  const given = typeof document.kind === 'string' ? document.kind : '';
  const apiVersion = typeof document.apiVersion === 'string' ? document.apiVersion : '';
  if (kind.isCustom) checkCustomType(document, resource, isPatched);
  if (given && given !== kind.kind) {
    const { version } = parseApiVersion(apiVersion || resource.apiVersion);
    throw badRequest(
      `${given} in version "${version}" cannot be handled as a ${kind.kind}: converting (${given}) to (${kind.kind}): unknown conversion`,
    );
  }
  if (apiVersion && apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${resource.apiVersion})`,
    );
  }
}

/** Custom resources are read whatever they say that they are; it is their validation that minds. */
function checkCustomType(document: JsonObject, { kind, apiVersion }: BodyForm, isPatched: boolean): void {
  const errors: FieldError[] = [];
  const check = (name: 'kind' | 'apiVersion', want: string) => {
    const given = document[name];
    if (given !== undefined && given !== want) errors.push(invalid(new FieldPath(name), given, `must be ${want}`));
  };
  check('kind', kind.kind);
  if (isPatched) check('apiVersion', apiVersion);
  if (errors.length === 0) return;
  const { kind: given, metadata } = document as { kind?: string; metadata?: { name?: string } };
  throw invalidObject({
    group: kind.group,
    resource: '',
    kind: given ?? kind.kind,
    name: metadata?.name ?? '',
    errors,
  });
}
