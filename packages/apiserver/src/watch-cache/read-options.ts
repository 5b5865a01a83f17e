import type { RequestOptions } from '@kubets/client';
import {
  badRequest,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalidObject,
  notSupported,
  StatusError,
} from '@kubets/core';

/** Which revision a read shows. */
export type ReadRevision =
  | { readonly type: 'latest' }
  /** The newest state, once it has come to this revision. */
  | { readonly type: 'notOlderThan'; readonly revision: number }
  | { readonly type: 'exact'; readonly revision: number };

const path = (name: string) => new FieldPath(name);

/** Revision 0 for '' and '0'. */
export function parseResourceVersion(text: string | undefined): number {
  if (!text) return 0;
  const isNumber = /^\d+$/.test(text);
  if (!isNumber || BigInt(text) >= 1n << 64n) {
    const quoted = JSON.stringify(text);
    const why = isNumber ? 'value out of range' : 'invalid syntax';
    throw badRequest(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`);
  }
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** As `parseResourceVersion`, in the words of a list. */
function listedResourceVersion(text: string | undefined): number {
  try {
    return parseResourceVersion(text);
  } catch (error) {
    throw badRequest(`invalid resource version: ${(error as Error).message}`);
  }
}

function refuse(errors: FieldError[]): void {
  if (errors.length > 0)
    throw invalidObject({ group: 'meta.k8s.io', resource: '', kind: 'ListOptions', name: '', errors });
}

/** What a list's resourceVersion, resourceVersionMatch and limit mean together; continue is seen to by the caller. */
export function listRevision(options: RequestOptions): ReadRevision {
  refuse(listErrors(options));
  const revision = listedResourceVersion(options.resourceVersion);
  if (options.continue) {
    if (revision > 0) throw badRequest('specifying resource version is not allowed when using continue');
    return { type: 'latest' };
  }
  if (options.resourceVersionMatch === 'Exact') return { type: 'exact', revision };
  if (revision === 0) return { type: 'latest' };
  // Without a match, a limit has always made the revision exact.
  if (options.limit && !options.resourceVersionMatch) return { type: 'exact', revision };
  return { type: 'notOlderThan', revision };
}

function listErrors(options: RequestOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  const at = path('resourceVersionMatch');
  if (match) {
    if (!options.resourceVersion) {
      errors.push(fieldForbidden(at, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (options.continue) {
      errors.push(fieldForbidden(at, 'resourceVersionMatch is forbidden when continue is provided'));
    }
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(at, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && options.resourceVersion === '0') {
      errors.push(fieldForbidden(at, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(fieldForbidden(path('sendInitialEvents'), 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

/** How many items a list may have. What is served as it happens to be, at revision 0, is served whole. */
export function listLimit({ limit = 0, resourceVersion, resourceVersionMatch }: RequestOptions): number {
  const isAnyRevision = resourceVersion === '0' && resourceVersionMatch !== 'Exact';
  return limit > 0 && !isAnyRevision ? limit : Number.POSITIVE_INFINITY;
}

/** Where a watch begins. */
export interface WatchStart {
  /** Begin with an ADDED for everything there is. */
  readonly initialEvents: boolean;
  /** Mark the end of those with a bookmark. */
  readonly markEnd: boolean;
  /** Begin after this revision; 0 for the newest. */
  readonly revision: number;
}

export function watchStart(options: RequestOptions): WatchStart {
  refuse(watchErrors(options));
  const revision = parseResourceVersion(options.resourceVersion);
  const { sendInitialEvents } = options;
  if (sendInitialEvents === undefined) return { initialEvents: revision === 0, markEnd: false, revision };
  const markEnd = sendInitialEvents && options.allowWatchBookmarks === true;
  return { initialEvents: sendInitialEvents, markEnd, revision };
}

function watchErrors(options: RequestOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  const at = path('resourceVersionMatch');
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(fieldForbidden(at, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match) {
    if (options.sendInitialEvents === undefined) {
      errors.push(
        fieldForbidden(at, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      );
    }
    if (match !== 'NotOlderThan') errors.push(notSupported(at, match, ['NotOlderThan']));
  }
  if (options.continue) {
    errors.push(fieldForbidden(at, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

/** The 504 for a revision that has not come yet; clients try again. */
export function tooLargeResourceVersion(revision: number, currentRevision: number): StatusError {
  return new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${revision}, current: ${currentRevision}`,
    details: {
      retryAfterSeconds: 1,
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    },
  });
}
