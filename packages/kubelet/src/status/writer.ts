import { type Pod, type PodStatus, podKind } from '@kubets/api';
import type { Client } from '@kubets/client';
import { type Clock, type Logger, StatusError } from '@kubets/core';
import { isStaticPod } from '../pod/identity.ts';
import { PASSING_CONDITIONS } from '../pod/status.ts';

export interface StatusWriterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The API server's pod for a local one: itself, or the mirror of a static pod. */
  apiPod(pod: Pod): Pod | undefined;
}

interface Pending {
  readonly pod: Pod;
  readonly status: PodStatus;
}

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** Fields of a status that the kubelet owns; what is absent from a new status is taken away. */
const OWNED = [
  'observedGeneration',
  'phase',
  'message',
  'reason',
  'hostIP',
  'podIP',
  'startTime',
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
  'hostIPs',
] as const;

type Json = Record<string, unknown>;

/** Lists of addresses merge by address, so those that are gone have to be named. */
function addressPatch(before: readonly { ip: string }[] = [], after: readonly { ip: string }[] = []): unknown[] {
  const gone = before.filter(({ ip }) => !after.some((each) => each.ip === ip));
  return [...after, ...gone.map(({ ip }) => ({ ip, $patch: 'delete' }))];
}

/** The strategic merge patch from what the API server has to what is so; undefined when they agree. */
export function statusPatch(before: PodStatus | undefined, after: PodStatus): Json | undefined {
  const old = (before ?? {}) as Json;
  const patch: Json = {};
  const differs = (a: unknown, b: unknown) => canonical(a) !== canonical(b);
  for (const field of OWNED) {
    const value = (after as Json)[field];
    if (differs(old[field], value)) patch[field] = value ?? null;
  }
  const conditions = (after.conditions ?? []).filter((condition) =>
    differs(
      before?.conditions?.find(({ type }) => type === condition.type),
      condition,
    ),
  );
  const gone = (before?.conditions ?? []).filter(
    ({ type }) => PASSING_CONDITIONS.includes(type) && !after.conditions?.some((each) => each.type === type),
  );
  if (conditions.length + gone.length > 0)
    patch.conditions = [
      ...conditions.map((condition) => ({ reason: null, message: null, ...condition })),
      ...gone.map(({ type }) => ({ type, $patch: 'delete' })),
    ];
  if (differs(before?.podIPs ?? [], after.podIPs ?? [])) patch.podIPs = addressPatch(before?.podIPs, after.podIPs);
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** JSON with sorted keys, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, entry: unknown) =>
      entry && typeof entry === 'object' && !Array.isArray(entry)
        ? Object.fromEntries(
            Object.entries(entry)
              .filter(([, each]) => each !== undefined && each !== null)
              .sort(([a], [b]) => (a < b ? -1 : 1)),
          )
        : entry,
    ) ?? ''
  );
}

/** Sends pod statuses to the API server: one request a pod at a time, always the newest. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #latest = new Map<string, Pending>();
  readonly #pending = new Map<string, Pending>();
  readonly #sending = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** The newest status known here, sent or not. */
  latest(podUid: string): PodStatus | undefined {
    return this.#latest.get(podUid)?.status;
  }

  /** Queues a status; the result is known to `latest` at once. */
  set(pod: Pod, status: PodStatus): void {
    const uid = pod.metadata.uid ?? '';
    const before = this.latest(uid);
    if (before && canonical(before) === canonical(status)) return;
    this.#latest.set(uid, { pod, status });
    this.resend(uid);
  }

  /** Sends the newest status once more, should the API server's object differ: the object may have been replaced. */
  resend(podUid: string): void {
    const newest = this.#latest.get(podUid);
    if (!newest) return;
    this.#pending.set(podUid, newest);
    this.#kick(podUid);
  }

  /** Resolves when the newest status of a pod has been sent (or the pod is gone). */
  async flushed(podUid: string): Promise<void> {
    while (this.#pending.has(podUid) || this.#sending.has(podUid)) await this.#sending.get(podUid);
  }

  forget(podUid: string): void {
    this.#latest.delete(podUid);
    this.#pending.delete(podUid);
  }

  dispose(): void {
    this.#abort.abort();
    this.#pending.clear();
  }

  #kick(uid: string): void {
    if (this.#sending.has(uid) || this.#abort.signal.aborted) return;
    const sending = this.#drain(uid).finally(() => {
      this.#sending.delete(uid);
      if (this.#pending.has(uid)) this.#kick(uid);
    });
    this.#sending.set(uid, sending);
  }

  async #drain(uid: string): Promise<void> {
    let delayMs = RETRY_MS;
    for (let next = this.#pending.get(uid); next; next = this.#pending.get(uid)) {
      try {
        await this.#send(next);
        if (this.#pending.get(uid) === next) this.#pending.delete(uid);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (isFinal(error)) {
          this.#options.logger.log('debug', 'a pod status was refused', {
            pod: next.pod.metadata.name,
            error: String(error),
          });
          if (this.#pending.get(uid) === next) this.#pending.delete(uid);
          continue;
        }
        await this.#options.clock.sleep(delayMs, this.#abort.signal).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, MAX_RETRY_MS);
      }
    }
  }

  async #send({ pod, status }: Pending): Promise<void> {
    const target = this.#options.apiPod(pod);
    // A static pod's mirror may not exist yet; its arrival sends the status again.
    if (!target) return;
    if (!isStaticPod(pod) && target.metadata.uid !== pod.metadata.uid) return;
    const { name = '', namespace = '', uid } = target.metadata;
    const patch = statusPatch(target.status, status);
    if (!patch) return;
    const body = { metadata: { uid }, status: patch };
    await this.#options.client.resource(podKind).patch({ namespace, name, subresource: 'status' }, 'strategic', body);
  }
}

const FINAL_CODES = new Set([400, 403, 404, 409, 422]);

/** Refused for good: the pod is gone, another one has its name, or the status is not acceptable. */
function isFinal(error: unknown): boolean {
  return error instanceof StatusError && FINAL_CODES.has(error.code);
}
