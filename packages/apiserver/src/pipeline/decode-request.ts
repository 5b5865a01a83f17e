import { DeleteOptions } from '@kubets/api';
import type { PatchType, Verb } from '@kubets/client';
import { badRequest, conform, type JsonObject, StatusError } from '@kubets/core';
import { type ExpectedBody, parseBody, parseTyped } from '../encoding/body.ts';
import type { Codec } from '../encoding/codec.ts';
import {
  bodyFormat,
  type Format,
  mediaTypeOf,
  routeNotAcceptable,
  routeUnsupportedMediaType,
  TEXT_TYPES,
  unsupportedMediaType,
} from '../encoding/negotiate.ts';
import { oddFields } from '../registry/body.ts';
import type { AuthenticatedRequest, User } from '../request.ts';
import { checkBodyType, checkDeleteOptionsType, unknownFieldsOf } from './body-type.ts';
import { type HttpExchange, headerOf } from './http.ts';
import {
  type DeleteBody,
  deleteOptionsOfQuery,
  type QueryValues,
  readOptions,
  validateDeleteOptions,
  writeOptions,
} from './query.ts';
import type { RequestInfo } from './request-info.ts';
import { hasProtobuf, type Route } from './route.ts';

/** Longest request body. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};
const DELETE_OPTIONS: ExpectedBody = { group: '', version: 'v1', kind: 'DeleteOptions' };

interface Undecoded {
  readonly info: RequestInfo;
  readonly query: QueryValues;
  readonly user: User;
  readonly route: Route;
  readonly exchange: HttpExchange;
  readonly codec: Codec;
  /** Gathers what is to be warned of. */
  readonly warnings: string[];
}

type Target = Pick<AuthenticatedRequest, 'verb' | 'resource' | 'namespace' | 'name' | 'subresource' | 'user'>;

function targetOf({ info, user }: Undecoded): Target {
  const { group, version, resource, subresource, name } = info;
  // A namespace's own path carries its name twice.
  const namespace = resource === 'namespaces' && group === '' ? '' : info.namespace;
  return { verb: info.verb as Verb, resource: { group, version, resource }, namespace, name, subresource, user };
}

/** Makes the request that the verbs work on out of URL, headers and body. Throws 400, 413, 415 and 422. */
export async function decodeRequest(undecoded: Undecoded): Promise<AuthenticatedRequest> {
  const { info, query } = undecoded;
  switch (info.verb) {
    case 'get':
    case 'list':
      return { ...targetOf(undecoded), options: readOptions(query, info.verb) };
    case 'watch':
      return watchRequest(undecoded);
    case 'delete':
    case 'deletecollection':
      return deleteRequest(undecoded);
    case 'patch':
      return patchRequest(undecoded);
    default:
      return writeRequest(undecoded);
  }
}

/** The deprecated `/watch/` paths name one object in the path; everywhere else a field selector does. */
function watchRequest(undecoded: Undecoded): AuthenticatedRequest {
  const { info, query } = undecoded;
  const options = readOptions(query, 'watch');
  if (info.name === '') return { ...targetOf(undecoded), options };
  const fieldSelector = [`metadata.name=${info.name}`, options.fieldSelector].filter(Boolean).join(',');
  return { ...targetOf(undecoded), name: '', options: { ...options, fieldSelector } };
}

async function deleteRequest(undecoded: Undecoded): Promise<AuthenticatedRequest> {
  const { info, query, exchange, codec } = undecoded;
  const bytes = await exchange.readBody(MAX_BODY_BYTES);
  const format = bytes.length > 0 ? bodyFormat(headerOf(exchange.headers, 'content-type')) : undefined;
  const body = format ? deleteOptionsOf(codec, bytes, format) : deleteOptionsOfQuery(query);
  validateDeleteOptions(body);
  const selection = info.verb === 'deletecollection' ? readOptions(query, 'list') : {};
  const dryRun = (body.dryRun?.length ?? 0) > 0;
  return { ...targetOf(undecoded), options: dryRun ? { ...selection, dryRun } : selection, body };
}

function deleteOptionsOf(codec: Codec, bytes: Uint8Array, format: Format): DeleteBody {
  const given = format === 'protobuf' ? parseBody(codec, bytes, { format, expected: DELETE_OPTIONS }).value : undefined;
  try {
    const body = given ?? parseTyped(codec, bytes, { format: format as 'json' | 'yaml' }).value;
    checkDeleteOptionsType(body);
    const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = conform(
      DeleteOptions,
      body as JsonObject,
    ).value as DeleteBody;
    return withoutUndefined({ gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun });
  } catch (error) {
    throw error instanceof StatusError ? error : badRequest((error as Error).message);
  }
}

function withoutUndefined(body: { readonly [Name in keyof DeleteBody]: DeleteBody[Name] | undefined }): DeleteBody {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as DeleteBody;
}

async function patchRequest(undecoded: Undecoded): Promise<AuthenticatedRequest> {
  const { query, exchange, codec } = undecoded;
  const patchType = PATCH_TYPES[mediaTypeOf(headerOf(exchange.headers, 'content-type'))];
  if (!patchType) throw await unsupportedPatch(undecoded);
  const userAgent = headerOf(exchange.headers, 'user-agent');
  const options = writeOptions(query, { verb: 'patch', userAgent, patchIsApply: patchType === 'apply' });
  const bytes = await exchange.readBody(MAX_BODY_BYTES);
  const tracked = options.fieldValidation !== 'Ignore';
  const { value: body, duplicates } = parsePatch(codec, bytes, { patchType, tracked });
  if (patchType !== 'apply') return { ...targetOf(undecoded), options, patchType, body, duplicates };
  if (duplicates.length > 0 && options.fieldValidation !== 'Strict') undecoded.warnings.push(...duplicates);
  else if (duplicates.length > 0) throw duplicatesInApplied(duplicates);
  return { ...targetOf(undecoded), options, patchType, body };
}

/** What a body of another type than those of patches is answered with. */
async function unsupportedPatch({ route, exchange }: Undecoded): Promise<StatusError> {
  if (route.kind.isCustom)
    return unsupportedMediaType(Object.keys(PATCH_TYPES).filter((type) => !type.includes('strategic')));
  const bytes = await exchange.readBody(MAX_BODY_BYTES);
  return bytes.length > 0 ? routeUnsupportedMediaType() : routeNotAcceptable([]);
}

function duplicatesInApplied(duplicates: readonly string[]): StatusError {
  return badRequest(`error strict decoding YAML: error converting YAML to JSON: ${duplicates.join(', ')}`);
}

function parsePatch(
  codec: Codec,
  bytes: Uint8Array,
  { patchType, tracked }: { patchType: PatchType; tracked: boolean },
): { value: unknown; duplicates: readonly string[] } {
  let patch: unknown;
  let duplicates: readonly string[];
  try {
    ({ value: patch, duplicates } = codec.parseText(bytes, patchType === 'apply' ? 'yaml' : 'json', tracked));
  } catch (error) {
    const what = patchType === 'apply' ? 'YAML' : 'patch';
    throw badRequest(`error decoding ${what}: ${error instanceof Error ? error.message : error}`);
  }
  if (patchType === 'apply') return parseApplied(patch, duplicates);
  if (patchType === 'json') return parseOperations(patch, duplicates, tracked);
  if (patch === null && patchType === 'merge') throw badRequest('Invalid JSON Patch');
  if (typeof patch === 'object' && !Array.isArray(patch)) return { value: patch ?? {}, duplicates };
  const why = cannotUnmarshal(patch, 'map[string]interface {}');
  throw badRequest(patchType === 'strategic' ? why : `error decoding patch: ${why}`);
}

function parseApplied(
  applied: unknown,
  duplicates: readonly string[],
): { value: unknown; duplicates: readonly string[] } {
  if (typeof applied === 'object' && !Array.isArray(applied)) return { value: applied ?? {}, duplicates };
  const why = cannotUnmarshal(applied, 'map[string]interface {}');
  throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
}

const OPERATION_MEMBERS: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

/** A JSON patch with complaints about members of its operations; who it does not fit is told by `parseJsonPatch`. */
function parseOperations(
  patch: unknown,
  duplicates: readonly string[],
  tracked: boolean,
): { value: unknown; duplicates: readonly string[] } {
  if (!tracked || patch === null) return { value: patch, duplicates };
  if (!Array.isArray(patch))
    throw badRequest(`error decoding patch: ${cannotUnmarshal(patch, '[]handlers.jsonPatchOp')}`);
  const unknown = patch.flatMap((operation, index) => {
    if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) {
      throw badRequest(`error decoding patch: ${cannotUnmarshal(operation, 'handlers.jsonPatchOp')}`);
    }
    const names = Object.keys(operation).filter((name) => !OPERATION_MEMBERS.has(name));
    return names.map((name) => `unknown field "[${index}].${name}"`);
  });
  return { value: patch, duplicates: [...duplicates, ...unknown].map((text) => `json patch ${text}`) };
}

function cannotUnmarshal(value: unknown, type: string): string {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return `json: cannot unmarshal ${found === 'boolean' ? 'bool' : found} into Go value of type ${type}`;
}

async function writeRequest(undecoded: Undecoded): Promise<AuthenticatedRequest> {
  const { info, query, exchange, codec, route, warnings } = undecoded;
  const userAgent = headerOf(exchange.headers, 'user-agent');
  const verb = info.verb as 'create' | 'update';
  const options = writeOptions(query, { verb, userAgent, patchIsApply: false });
  const format = bodyFormat(headerOf(exchange.headers, 'content-type'));
  if (format === 'protobuf' && !hasProtobuf(route)) throw unsupportedMediaType(TEXT_TYPES);
  const bytes = await exchange.readBody(MAX_BODY_BYTES);
  const expected = expectedBody(route);
  const trackDuplicates = options.fieldValidation !== 'Ignore';
  const { value, duplicates } = parseBody(codec, bytes, { format, expected, trackDuplicates });
  if (!route.kind.isCustom) checkBodyType(codec, value, expected);
  if (isReadHere(route)) {
    const unknown = unknownFieldsOf(codec, value, expected);
    complain(oddFields(value as JsonObject, unknown, duplicates), expected, { options, warnings });
    return { ...targetOf(undecoded), options, body: value };
  }
  if (duplicates.length === 0) return { ...targetOf(undecoded), options, body: value };
  // Objects are read by the registry, which tells of these together with the fields that it does not know.
  if (!route.subresource) return { ...targetOf(undecoded), options, body: value, duplicates };
  complain(duplicates, expected, { options, warnings });
  return { ...targetOf(undecoded), options, body: value };
}

/** Whether the body is of a kind of its own, which the registry knows nothing of: a Scale, a review, a binding. */
function isReadHere({ kind, subresource }: Route): boolean {
  return subresource ? subresource.form !== 'object' : kind.listKind === '';
}

/** Odd fields are refused or warned of, as the client chose. */
function complain(
  odd: readonly string[],
  { kind, version }: ExpectedBody,
  { options, warnings }: { options: AuthenticatedRequest['options']; warnings: string[] },
): void {
  if (odd.length === 0 || options.fieldValidation === 'Ignore') return;
  if (options.fieldValidation !== 'Strict') {
    warnings.push(...odd);
    return;
  }
  const head = `${kind} in version "${version}" cannot be handled as a ${kind}`;
  throw badRequest(`${head}: strict decoding error: ${odd.join(', ')}`);
}

function expectedBody({ kind, subresource }: Route): ExpectedBody {
  return {
    group: subresource?.group ?? kind.group,
    version: subresource?.version ?? kind.version,
    kind: subresource?.kind ?? kind.kind,
    namesItself: kind.isCustom === true && (subresource === undefined || subresource.form === 'object'),
  };
}
