import type { Event } from '@kubets/api';
import { type Clock, StatusError } from '@kubets/core';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';

const DEFAULT_CACHE_SIZE = 4096;

type LimitType = 'Server' | 'Namespace' | 'User' | 'SourceAndObject';

/** One limit of the plugin's configuration: so many events a second, and so many at once, for each of its type. */
export interface EventLimit {
  readonly type: LimitType;
  readonly qps: number;
  readonly burst: number;
  /** How many of its type are remembered. */
  readonly cacheSize?: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Holds back those who write too many events. */
export function eventRateLimit(limits: readonly EventLimit[], clock: () => Clock): AdmissionPlugin {
  const limiters = limits.map((limit) => new Limiter(limit));
  return {
    name: 'EventRateLimit',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(admission) {
      const { resource, dryRun } = admission;
      if (resource.name.resource !== 'events' || !['', 'events.k8s.io'].includes(resource.name.group) || dryRun) return;
      const nowMs = clock().monotonicMs();
      // Each limit is charged, whichever refuses.
      const refusals = limiters.flatMap((limiter) => limiter.charge(admission, nowMs) ?? []);
      if (refusals.length > 0) throw tooMany(refusals.join(', '));
    },
  };
}

function tooMany(why: string): StatusError {
  return new StatusError({ code: 429, reason: 'TooManyRequests', message: `Too many requests: ${why}` });
}

class Limiter {
  readonly #limit: EventLimit;
  /** The most recently used last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: EventLimit) {
    this.#limit = limit;
  }

  /** Takes one event from what the limit allows; what to say when there is none left. */
  charge(admission: AdmissionRequest, nowMs: number): string | undefined {
    const { type, qps, burst } = this.#limit;
    const key = keyOf(type, admission);
    const bucket = this.#bucketOf(key, nowMs);
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * qps);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return `limit reached on type ${type} for key ${key}`;
    bucket.tokens--;
    return undefined;
  }

  #bucketOf(key: string, nowMs: number): Bucket {
    const { burst, cacheSize = DEFAULT_CACHE_SIZE } = this.#limit;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > cacheSize) this.#buckets.delete(this.#buckets.keys().next().value!);
    return bucket;
  }
}

function keyOf(type: LimitType, { namespace, request, object }: AdmissionRequest): string {
  if (type === 'Namespace') return namespace;
  if (type === 'User') return request.user.name;
  if (type === 'Server') return '';
  const { source = {}, involvedObject = {} } = object as unknown as Partial<Event>;
  const { kind, namespace: of, name, uid, apiVersion } = involvedObject as Record<string, string | undefined>;
  const { component, host } = source as Record<string, string | undefined>;
  return [component, host, kind, of, name, uid, apiVersion].map((part) => part ?? '').join('');
}
