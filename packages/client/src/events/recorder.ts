import { type Event, eventKind } from '@kubets/api';
import {
  type Clock,
  type Disposable,
  hasReason,
  type KubeObject,
  type Logger,
  type Random,
  StatusError,
} from '@kubets/core';
import type { Client } from '../client.ts';
import { formatTime } from '../time.ts';
import { type Correlated, EventCorrelator } from './correlator.ts';

/** Events waiting to be sent; beyond this new ones are dropped, as an event is never worth a cluster's memory. */
const PENDING_LIMIT = 1000;
const SENDERS = 4;
const MAX_ATTEMPTS = 12;
const RETRY_DELAY_MS = 10_000;

export type EventType = 'Normal' | 'Warning';

/** The object that an event speaks of; enough of its metadata to name it. */
export type Involved = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'> & { readonly fieldPath?: string };

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `source.component`, such as deployment-controller. */
  readonly component: string;
  /** `source.host`, for components of a node. */
  readonly host?: string;
}

/** Tells users what happens to their objects. Sending goes on in the background and never fails the caller. */
export class EventRecorder implements Disposable {
  readonly #options: EventRecorderOptions;
  readonly #correlator = new EventCorrelator();
  readonly #pending: Correlated[] = [];
  readonly #abort = new AbortController();
  #senders = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  event(object: Involved, type: EventType, reason: string, message: string): void {
    if (this.#abort.signal.aborted || this.#pending.length >= PENDING_LIMIT) return;
    const nowMs = this.#options.clock.now();
    const correlated = this.#correlator.correlate(this.#makeEvent(object, { type, reason, message, nowMs }), nowMs);
    if (correlated.type === 'drop') return;
    this.#pending.push(correlated);
    if (this.#senders < SENDERS) void this.#send();
  }

  /** Events not yet sent. */
  get pending(): number {
    return this.#pending.length + this.#senders;
  }

  dispose(): void {
    this.#abort.abort(new Error('event recorder stopped'));
    this.#pending.length = 0;
  }

  #makeEvent(object: Involved, about: { type: string; reason: string; message: string; nowMs: number }): Event {
    const { component, host } = this.#options;
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const timestamp = formatTime(about.nowMs);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: this.#eventName(name ?? '', about.nowMs), namespace: namespace || 'default' },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        ...(name ? { name } : {}),
        ...(namespace ? { namespace } : {}),
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
        ...(object.fieldPath ? { fieldPath: object.fieldPath } : {}),
      },
      reason: about.reason,
      message: about.message,
      source: { component, ...(host ? { host } : {}) },
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      count: 1,
      type: about.type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }

  /** Upstream appends the time in nanoseconds; the digits below a millisecond come from chance here. */
  #eventName(objectName: string, nowMs: number): string {
    const nanos = BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(Math.floor(this.#options.random.next() * 1_000_000));
    return `${objectName}.${nanos.toString(16)}`;
  }

  async #send(): Promise<void> {
    this.#senders++;
    for (let next = this.#pending.shift(); next; next = this.#pending.shift()) await this.#sendWithRetry(next);
    this.#senders--;
  }

  async #sendWithRetry(correlated: Correlated): Promise<void> {
    const { clock, logger } = this.#options;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        await this.#write(correlated);
        return;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (error instanceof StatusError) {
          logger.log('debug', 'the API server rejected an event', { error: error.message });
          return;
        }
        await clock.sleep(RETRY_DELAY_MS, this.#abort.signal).catch(() => {});
      }
    }
  }

  async #write(correlated: Correlated): Promise<void> {
    if (correlated.type === 'drop') return;
    const { event } = correlated;
    const events = this.#options.client.resource(eventKind);
    if (correlated.type === 'count') {
      const { count, message, firstTimestamp, lastTimestamp } = event;
      const target = { namespace: event.metadata.namespace ?? '', name: event.metadata.name ?? '' };
      try {
        await events.patch(target, 'strategic', { count, message, firstTimestamp, lastTimestamp });
        return;
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
    await events.create(event);
  }
}
