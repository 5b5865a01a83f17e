import type { Selectable } from '../registry/selectors.ts';
import type { CacheEvent, WatchSink } from '../request.ts';
import type { ObjectEvent, ObjectForm } from './cached-object.ts';

/** Which objects a list or watch is about. */
export interface Selection {
  /** Key prefix: the kind's, a namespace's, or one object's whole key. */
  readonly prefix: string;
  /** True when `prefix` is the key of one object. */
  readonly exact: boolean;
  /** Label and field selectors; absent when there are none. They see objects as the request's version shows them. */
  readonly matches: ((candidate: Selectable) => boolean) | undefined;
  /** Values that fields must have, for caches that have an index of such a field. */
  readonly equal?: Readonly<Record<string, string>>;
}

/** Unsent bytes at which a watcher that does not keep up is ended; its client watches again from where it was. */
export const MAX_PENDING_BYTES = 16 << 20;

/** One watch of one kind: turns the kind's changes into those that its selection sees. */
export class Watcher {
  readonly bookmarks: boolean;
  readonly form: ObjectForm;
  readonly #selection: Selection;
  readonly #sink: WatchSink;
  /** Events that came while the initial ones were being sent. */
  #held: CacheEvent[] | undefined;
  /** The revision up to which everything has been sent. */
  #seen: number;
  #ended = false;

  constructor(options: {
    selection: Selection;
    sink: WatchSink;
    form: ObjectForm;
    bookmarks: boolean;
    afterRevision: number;
  }) {
    this.#selection = options.selection;
    this.#sink = options.sink;
    this.form = options.form;
    this.bookmarks = options.bookmarks;
    this.#seen = options.afterRevision;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Keeps new events back until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.send(held);
  }

  /** Passes on what the selection sees of `events`. */
  deliver(events: readonly ObjectEvent[]): void {
    const visible: CacheEvent[] = [];
    for (const event of events) {
      if (event.stored.revision <= this.#seen) continue;
      this.#seen = event.stored.revision;
      const seen = this.#view(event);
      if (seen) visible.push(seen);
    }
    this.#pass(visible);
  }

  bookmark(event: CacheEvent): void {
    this.#pass([event]);
  }

  /** Sends past any hold: initial events. */
  send(events: readonly CacheEvent[]): void {
    if (this.#ended || events.length === 0) return;
    this.#sink.onEvents(events);
    if ((this.#sink.pendingBytes?.() ?? 0) > MAX_PENDING_BYTES) this.end();
  }

  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.onEnd(error);
  }

  /** Ends without telling: the client has gone. */
  drop(): void {
    this.#ended = true;
  }

  #pass(events: readonly CacheEvent[]): void {
    if (this.#held) this.#held.push(...events);
    else this.send(events);
  }

  #view(raw: ObjectEvent): ObjectEvent | undefined {
    const { prefix, exact, matches } = this.#selection;
    const { key } = raw.stored;
    if (exact ? key !== prefix : !key.startsWith(prefix)) return undefined;
    const event = raw.as(this.form);
    if (!matches) return event;
    const now = event.type !== 'DELETED' && matches(event.stored);
    const before = event.previous !== undefined && matches(event.previous);
    if (event.type === 'DELETED') return before ? event : undefined;
    if (now) return before || event.type === 'ADDED' ? event : event.asEntered();
    return before ? event.asLeft() : undefined;
  }
}
