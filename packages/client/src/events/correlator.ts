import type { Event } from '@kubets/api';

/** More similar events than this within the window are told as one. */
const AGGREGATION_LIMIT = 10;
const AGGREGATION_WINDOW_MS = 600_000;
/** A source may send this many events about one object at once, then one every five minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
/** Entries remembered in each of the three tables. */
const REMEMBERED_LIMIT = 4096;

/** A map that forgets what was used longest ago. */
class RecentMap<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= REMEMBERED_LIMIT) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

interface Aggregate {
  messages: Set<string>;
  lastMs: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

interface Written {
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
  readonly firstTimestamp: string;
}

/** What is to be sent: nothing, a new event, or a higher count of one already sent. */
export type Correlated =
  | { readonly type: 'drop' }
  | { readonly type: 'create'; readonly event: Event; readonly key: string }
  | { readonly type: 'count'; readonly event: Event; readonly key: string };

const objectKey = ({ involvedObject: of }: Event) =>
  [of.kind, of.namespace, of.name, of.uid, of.apiVersion, of.fieldPath].join('\n');
const sourceKey = (event: Event) => `${event.source?.component}\n${event.source?.host}\n${objectKey(event)}`;
const aggregateKey = (event: Event) =>
  `${sourceKey(event)}\n${event.type}\n${event.reason}\n${event.reportingComponent}\n${event.reportingInstance}`;

/** Decides which events are worth sending: drops floods, joins similar ones, counts repeated ones. */
export class EventCorrelator {
  readonly #aggregates = new RecentMap<Aggregate>();
  readonly #written = new RecentMap<Written>();
  readonly #buckets = new RecentMap<Bucket>();

  correlate(event: Event, nowMs: number): Correlated {
    const { key, message } = this.#aggregate(event, nowMs);
    const known = this.#written.get(key);
    const counted = { ...event, message, ...(known ? this.#counted(known, event) : {}) };
    this.#remember(key, counted);
    if (this.#isSpam(event, nowMs)) return { type: 'drop' };
    return { type: known ? 'count' : 'create', event: counted, key };
  }

  /** Notes what the server has; the next event of this key counts it up. */
  #remember(key: string, event: Event): void {
    this.#written.set(key, {
      name: event.metadata.name ?? '',
      namespace: event.metadata.namespace ?? '',
      count: event.count ?? 1,
      firstTimestamp: event.firstTimestamp ?? '',
    });
  }

  #counted(known: Written, event: Event): Partial<Event> {
    const metadata = { ...event.metadata, name: known.name, namespace: known.namespace };
    return { metadata, count: known.count + 1, firstTimestamp: known.firstTimestamp };
  }

  #aggregate(event: Event, nowMs: number): { key: string; message: string } {
    const key = aggregateKey(event);
    const message = event.message ?? '';
    let aggregate = this.#aggregates.get(key);
    if (!aggregate || nowMs - aggregate.lastMs > AGGREGATION_WINDOW_MS)
      aggregate = { messages: new Set(), lastMs: nowMs };
    aggregate.messages.add(message);
    aggregate.lastMs = nowMs;
    this.#aggregates.set(key, aggregate);
    if (aggregate.messages.size < AGGREGATION_LIMIT) return { key: `${key}\n${message}`, message };
    for (const oldest of aggregate.messages) {
      aggregate.messages.delete(oldest);
      break;
    }
    return { key, message: `(combined from similar events): ${message}` };
  }

  #isSpam(event: Event, nowMs: number): boolean {
    const key = sourceKey(event);
    const bucket = this.#buckets.get(key) ?? { tokens: SPAM_BURST, filledMs: nowMs };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (nowMs - bucket.filledMs) / SPAM_REFILL_MS);
    bucket.filledMs = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  }
}
