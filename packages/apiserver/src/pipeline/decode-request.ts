import type { PatchType, Verb } from '@kubets/client';
import { badRequest, FieldPath, invalid, invalidObject, type StatusError } from '@kubets/core';
import { type ExpectedBody, parseBody } from '../encoding/body.ts';
import type { Codec } from '../encoding/codec.ts';
import { bodyFormat, mediaTypeOf, TEXT_TYPES, unsupportedMediaType } from '../encoding/negotiate.ts';
import type { AuthenticatedRequest, User } from '../request.ts';
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
  let body: DeleteBody = deleteOptionsOfQuery(query);
  if (bytes.length > 0) {
    const format = bodyFormat(headerOf(exchange.headers, 'content-type'));
    const { kind, apiVersion, ...given } = parseBody(codec, bytes, { format, expected: DELETE_OPTIONS }).value;
    if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions')
      throw badRequest(`the object provided is unrecognized (must be of type DeleteOptions): ${kind} in ${apiVersion}`);
    body = checkedDeleteOptions(given);
  }
  validateDeleteOptions(body);
  const selection = info.verb === 'deletecollection' ? readOptions(query, 'list') : {};
  const dryRun = (body.dryRun?.length ?? 0) > 0;
  return { ...targetOf(undecoded), options: dryRun ? { ...selection, dryRun } : selection, body };
}

const DELETE_FIELDS: Readonly<Record<string, string>> = {
  gracePeriodSeconds: 'number',
  propagationPolicy: 'string',
  orphanDependents: 'boolean',
  preconditions: 'object',
  dryRun: 'object',
};

function checkedDeleteOptions(given: Record<string, unknown>): DeleteBody {
  const body: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(DELETE_FIELDS)) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    const isArray = Array.isArray(value);
    const found: string = typeof value;
    if (found !== type || isArray !== (name === 'dryRun'))
      throw badRequest(
        `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal ${isArray ? 'array' : found} into Go struct field DeleteOptions.${name}`,
      );
    body[name] = value;
  }
  return body as DeleteBody;
}

async function patchRequest(undecoded: Undecoded): Promise<AuthenticatedRequest> {
  const { query, exchange, codec } = undecoded;
  const patchType = PATCH_TYPES[mediaTypeOf(headerOf(exchange.headers, 'content-type'))];
  if (!patchType) throw unsupportedMediaType(Object.keys(PATCH_TYPES));
  const userAgent = headerOf(exchange.headers, 'user-agent');
  const options = writeOptions(query, { verb: 'patch', userAgent, patchIsApply: patchType === 'apply' });
  const bytes = await exchange.readBody(MAX_BODY_BYTES);
  const tracked = options.fieldValidation !== 'Ignore';
  const { value: body, duplicates } = parsePatch(codec, bytes, { patchType, tracked });
  if (duplicates.length > 0 && options.fieldValidation !== 'Strict') undecoded.warnings.push(...duplicates);
  else if (duplicates.length > 0) throw duplicatesInPatch(duplicates, patchType, bytes);
  return { ...targetOf(undecoded), options, patchType, body };
}

function duplicatesInPatch(duplicates: readonly string[], patchType: PatchType, bytes: Uint8Array): StatusError {
  const texts = duplicates.join(', ');
  if (patchType === 'apply') return badRequest(`error strict decoding YAML: error converting YAML to JSON: ${texts}`);
  const errors = [invalid(new FieldPath('patch'), new TextDecoder().decode(bytes), `strict decoding error: ${texts}`)];
  return invalidObject({ group: '', resource: '', kind: '', name: '', errors });
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
  const isArray = Array.isArray(patch);
  if (typeof patch !== 'object' || patch === null || isArray !== (patchType === 'json')) {
    const found = patch === null ? 'null' : isArray ? 'array' : typeof patch;
    const type = patchType === 'json' ? 'jsonpatch.Patch' : 'map[string]interface {}';
    throw badRequest(`error decoding patch: json: cannot unmarshal ${found} into Go value of type ${type}`);
  }
  return { value: patch, duplicates };
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
  if (duplicates.length === 0) return { ...targetOf(undecoded), options, body: value };
  // Objects are read by the registry, which tells of these together with the fields that it does not know.
  if (!route.subresource) return { ...targetOf(undecoded), options, body: value, duplicates };
  complain(duplicates, expected, { strict: options.fieldValidation === 'Strict', warnings });
  return { ...targetOf(undecoded), options, body: value };
}

/** Fields given twice are refused or warned of, as the client chose. */
function complain(
  duplicates: readonly string[],
  { kind, version }: ExpectedBody,
  { strict, warnings }: { strict: boolean; warnings: string[] },
): void {
  if (!strict) {
    warnings.push(...duplicates);
    return;
  }
  const head = `${kind} in version "${version}" cannot be handled as a ${kind}`;
  throw badRequest(`${head}: strict decoding error: ${duplicates.join(', ')}`);
}

function expectedBody({ kind, subresource }: Route): ExpectedBody {
  return {
    group: subresource?.group ?? kind.group,
    version: subresource?.version ?? kind.version,
    kind: subresource?.kind ?? kind.kind,
  };
}
