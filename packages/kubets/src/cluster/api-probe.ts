import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { hostClock } from '@kubets/core/node';
import type { ClusterLayout } from './layout.ts';

const REQUEST_TIMEOUT_MS = 5000;
const POLL_MS = 50;

/** An answer of the API server: its status code and its body as text. */
export interface ProbeAnswer {
  readonly code: number;
  readonly text: string;
}

/** One GET as the administrator. Rejects when the server cannot be reached. */
export function probeApi(layout: ClusterLayout, path: string): Promise<ProbeAnswer> {
  const read = (name: string) => readFileSync(join(layout.pkiDir, name));
  return new Promise((resolve, reject) => {
    const credentials = { ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') };
    const address = {
      host: '127.0.0.1',
      port: layout.apiPort,
      path,
      timeout: REQUEST_TIMEOUT_MS,
      agent: false as const,
    };
    const call = request({ ...address, ...credentials }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end();
  });
}

/** The JSON answer to a GET, or undefined when it failed for whatever reason. */
export async function tryGet<T>(layout: ClusterLayout, path: string): Promise<T | undefined> {
  try {
    const { code, text } = await probeApi(layout, path);
    return code === 200 ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Asks again and again until `condition` gives something. Throws `failure()` after `limitMs` or when `giveUp` says so. */
export async function waitUntil<T>(options: {
  condition: () => Promise<T | undefined>;
  limitMs: number;
  failure: () => Error;
  giveUp?: () => boolean;
  signal?: AbortSignal;
}): Promise<T> {
  const deadlineMs = hostClock.monotonicMs() + options.limitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const result = await options.condition();
    if (result !== undefined) return result;
    if (hostClock.monotonicMs() > deadlineMs || options.giveUp?.()) throw options.failure();
    await hostClock.sleep(POLL_MS, options.signal);
  }
}
