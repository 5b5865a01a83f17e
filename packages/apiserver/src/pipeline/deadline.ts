import { badRequest, goDurationMs, type StatusError, timeout } from '@kubets/core';
import { parseQuery, queryText } from './query.ts';
import type { RequestInfo } from './request-info.ts';

/** How long a request may take, but for those that last by their nature. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 60_000;
/** How long the writing of one object may take. */
const MAX_WRITE_MS = 34_000;
const WRITING_VERBS = new Set(['create', 'update', 'patch', 'delete']);
const LASTING_VERBS = new Set(['watch', 'proxy']);
const LASTING_SUBRESOURCES = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** By when a request is to be answered, and what it is told otherwise. */
export interface Deadline {
  readonly afterMs: number;
  readonly error: () => StatusError;
}

/** The deadline of a request; undefined for one that may last. Throws 400 for a `timeout` that is no duration. */
export function deadlineOf(info: RequestInfo, maxMs: number): Deadline | undefined {
  if (info.isResource && (LASTING_VERBS.has(info.verb) || LASTING_SUBRESOURCES.has(info.subresource))) return undefined;
  const wantedMs = info.query.includes('timeout=') ? wantedTimeoutMs(info.query) : 0;
  const afterMs = wantedMs > 0 && wantedMs < maxMs ? wantedMs : maxMs;
  if (!info.isResource || !WRITING_VERBS.has(info.verb)) return { afterMs, error: notAnswered };
  return { afterMs: Math.min(afterMs, MAX_WRITE_MS), error: notWritten };
}

/** 0 when none is given. */
function wantedTimeoutMs(query: string): number {
  const text = queryText(parseQuery(query), 'timeout');
  if (text === '') return 0;
  try {
    return goDurationMs(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw badRequest(`invalid timeout specified in the request URL - ${why}`);
  }
}

const notAnswered = () => timeout('request did not complete within the allotted timeout');
const notWritten = () => timeout('request did not complete within requested timeout - context deadline exceeded');
