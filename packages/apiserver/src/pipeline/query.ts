import type { RequestOptions } from '@kubets/client';
import {
  badRequest,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalidObject,
  notSupported,
  required,
  tooLong,
} from '@kubets/core';

export type QueryValues = ReadonlyMap<string, readonly string[]>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NO_VALUES: QueryValues = new Map();
const NO_OPTIONS: RequestOptions = {};
const MAX_FIELD_MANAGER_BYTES = 128;
const PROPAGATION_POLICIES = ['Background', 'Foreground', 'Orphan'];

function unescapeText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw badRequest(`invalid URL escape ${JSON.stringify(text)}`);
  }
}

/** The query's values by name, in the order given. Throws 400 on malformed escapes. */
export function parseQuery(query: string): QueryValues {
  if (query === '') return NO_VALUES;
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = unescapeText(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : unescapeText(pair.slice(equals + 1));
    const present = values.get(name);
    if (present) present.push(value);
    else values.set(name, [value]);
  }
  return values;
}

export function queryText(values: QueryValues, name: string): string {
  return values.get(name)?.[0] ?? '';
}

/** Present without a value counts as true; only `false` and `0` are false. */
export function queryBool(values: QueryValues, name: string): boolean | undefined {
  const text = values.get(name)?.[0];
  if (text === undefined) return undefined;
  return text.toLowerCase() !== 'false' && text !== '0';
}

export function queryInt(values: QueryValues, name: string): number | undefined {
  const text = values.get(name)?.[0];
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (Math.abs(value) >= 2 ** 63) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return value;
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', resource: '', kind, name: '', errors });
}

const matchPath = new FieldPath('resourceVersionMatch');

function matchErrors(values: QueryValues, watching: boolean): FieldError[] {
  const match = queryText(values, 'resourceVersionMatch');
  const resourceVersion = queryText(values, 'resourceVersion');
  const initialEvents = queryBool(values, 'sendInitialEvents');
  if (watching) return watchMatchErrors(match, initialEvents);
  const errors: FieldError[] = [];
  if (match !== '') {
    if (resourceVersion === '')
      errors.push(fieldForbidden(matchPath, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (queryText(values, 'continue') !== '')
      errors.push(fieldForbidden(matchPath, 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(matchPath, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(fieldForbidden(matchPath, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (initialEvents !== undefined)
    errors.push(fieldForbidden(new FieldPath('sendInitialEvents'), 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchMatchErrors(match: string, initialEvents: boolean | undefined): FieldError[] {
  if (initialEvents === undefined) {
    if (match === '') return [];
    return [
      fieldForbidden(matchPath, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    ];
  }
  if (match === 'NotOlderThan') return [];
  const errors = [fieldForbidden(matchPath, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')];
  if (match !== '') errors.push(notSupported(matchPath, match, ['NotOlderThan']));
  return errors;
}

/** Options of get, list, watch and deletecollection. */
export function readOptions(values: QueryValues, verb: string): RequestOptions {
  if (values.size === 0) return NO_OPTIONS;
  if (verb !== 'get') refuse('ListOptions', matchErrors(values, verb === 'watch'));
  const options: Writable<RequestOptions> = {};
  const text = (name: 'labelSelector' | 'fieldSelector' | 'continue' | 'resourceVersion') => {
    const value = queryText(values, name);
    if (value !== '') options[name] = value;
  };
  text('labelSelector');
  text('fieldSelector');
  text('continue');
  text('resourceVersion');
  const match = queryText(values, 'resourceVersionMatch');
  if (match === 'Exact' || match === 'NotOlderThan') options.resourceVersionMatch = match;
  const limit = queryInt(values, 'limit');
  if (limit !== undefined) options.limit = limit;
  const timeoutSeconds = queryInt(values, 'timeoutSeconds');
  if (timeoutSeconds !== undefined) options.timeoutSeconds = timeoutSeconds;
  const bookmarks = queryBool(values, 'allowWatchBookmarks');
  if (bookmarks !== undefined) options.allowWatchBookmarks = bookmarks;
  const initialEvents = queryBool(values, 'sendInitialEvents');
  if (initialEvents !== undefined) options.sendInitialEvents = initialEvents;
  return options;
}

const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** The manager that a client without `fieldManager` is recorded as: its user agent's first word. */
export function managerOfUserAgent(userAgent: string): string {
  const slash = userAgent.indexOf('/');
  const prefix = slash < 0 ? userAgent : userAgent.slice(0, slash);
  return Array.from(prefix)
    .filter((char) => PRINTABLE.test(char))
    .join('')
    .slice(0, MAX_FIELD_MANAGER_BYTES);
}

function dryRunErrors(values: readonly unknown[]): FieldError[] {
  const path = new FieldPath('dryRun');
  return values.filter((value) => value !== 'All').map(() => notSupported(path, [...values], ['All']));
}

/** Options of create, update and patch. `patchIsApply` is undefined for verbs other than patch. */
export function writeOptions(
  values: QueryValues,
  context: { verb: 'create' | 'update' | 'patch'; userAgent: string; patchIsApply: boolean },
): RequestOptions {
  const manager = queryText(values, 'fieldManager');
  const validation = queryText(values, 'fieldValidation');
  const force = queryBool(values, 'force');
  if (values.size > 0 || context.patchIsApply) {
    const errors = [...dryRunErrors(values.get('dryRun') ?? []), ...managerErrors(manager, context.patchIsApply)];
    if (validation !== '' && validation !== 'Ignore' && validation !== 'Warn' && validation !== 'Strict')
      errors.push(notSupported(new FieldPath('fieldValidation'), validation, ['', 'Ignore', 'Strict', 'Warn']));
    if (context.verb === 'patch' && force !== undefined && !context.patchIsApply)
      errors.push(fieldForbidden(new FieldPath('force'), 'may not be specified for non-apply patch'));
    refuse({ create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }[context.verb], errors);
  }
  const options: Writable<RequestOptions> = { fieldManager: manager || managerOfUserAgent(context.userAgent) };
  if (values.has('dryRun')) options.dryRun = true;
  if (validation !== '') options.fieldValidation = validation as 'Ignore' | 'Warn' | 'Strict';
  if (force !== undefined) options.force = force;
  return options;
}

function managerErrors(manager: string, patchIsApply: boolean): FieldError[] {
  const path = new FieldPath('fieldManager');
  if (manager === '') return patchIsApply ? [required(path, 'is required for apply patch')] : [];
  if (manager.length > MAX_FIELD_MANAGER_BYTES) return [tooLong(path, MAX_FIELD_MANAGER_BYTES)];
  const hidden = Array.from(manager).findIndex((character) => !PRINTABLE.test(character));
  return hidden < 0 ? [] : [unprintable(manager, hidden)];
}

function unprintable(manager: string, position: number): FieldError {
  const code = Array.from(manager)[position]!.codePointAt(0)!.toString(16);
  const quoted = JSON.stringify(manager).replace(/\\u00([01][0-9a-f]|7f)/g, '\\x$1');
  const why = `invalid character U+${code.toUpperCase().padStart(4, '0')} (at position ${position})`;
  return { type: 'FieldValueInvalid', field: 'fieldManager', message: `Invalid value: ${quoted}: ${why}` };
}

/** meta/v1 DeleteOptions as the delete verbs take them. */
export interface DeleteBody {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
}

/** DeleteOptions given in the query, where a body is absent. */
export function deleteOptionsOfQuery(values: QueryValues): DeleteBody {
  const body: DeleteBody = {};
  const grace = queryInt(values, 'gracePeriodSeconds');
  if (grace !== undefined) body.gracePeriodSeconds = grace;
  const policy = queryText(values, 'propagationPolicy');
  if (policy !== '') body.propagationPolicy = policy;
  const orphan = queryBool(values, 'orphanDependents');
  if (orphan !== undefined) body.orphanDependents = orphan;
  const dryRun = values.get('dryRun');
  if (dryRun) body.dryRun = [...dryRun];
  return body;
}

/** Throws 422 when DeleteOptions contradict themselves. */
export function validateDeleteOptions(body: DeleteBody): void {
  const errors = dryRunErrors(body.dryRun ?? []);
  const path = new FieldPath('propagationPolicy');
  const policy = body.propagationPolicy;
  if (policy !== undefined && body.orphanDependents !== undefined)
    errors.push({
      type: 'FieldValueInvalid',
      field: 'propagationPolicy',
      message: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
    });
  if (policy !== undefined && !PROPAGATION_POLICIES.includes(policy))
    errors.push(notSupported(path, policy, [...PROPAGATION_POLICIES, 'nil']));
  refuse('DeleteOptions', errors);
}
