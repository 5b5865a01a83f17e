import type { KubeObject, Status } from '@kubets/core';
import type { StoredObject, VerbResult } from '../request.ts';
import type { CachedObject } from '../watch-cache/cached-object.ts';
import type { Resource } from './resource.ts';

/** Answers with a stored object as the request's version shows it. */
export function answerStored(
  resource: Resource,
  stored: CachedObject,
  options: { code?: number; warnings?: readonly string[] } = {},
): VerbResult {
  const { code = 200, warnings = [] } = options;
  return { type: 'object', code, warnings, kind: resource.kind, stored: resource.view(stored) as StoredObject };
}

/** Answers with an object that is stored nowhere. */
export function answerTransient(
  object: KubeObject,
  options: { code?: number; warnings?: readonly string[] } = {},
): VerbResult {
  return { type: 'transient', code: options.code ?? 200, warnings: options.warnings ?? [], object };
}

/** Answers with a Status of success. */
export function answerSuccess(
  details: Status['details'] | undefined,
  options: { code?: number; warnings?: readonly string[] } = {},
): VerbResult {
  const code = options.code ?? 200;
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details ? { details } : {}),
    ...(code === 200 ? {} : { code }),
  };
  return { type: 'status', code, warnings: options.warnings ?? [], status };
}
