import { type Disposable, disposable, type KubeObject } from '@kubets/core';
import { CompactedError, SortedMap, type Store, type StoreEvent, type Watch } from '@kubets/storage';
import type { WatchSink } from '../request.ts';
import { bookmark, CachedObject, isLender, type Lender, ObjectEvent, type ObjectForm } from './cached-object.ts';
import { EventWindow, windowBudgetOf } from './event-window.ts';
import { FieldIndex } from './field-index.ts';
import { siblingsOf } from './shared-parts.ts';
import { type Selection, Watcher } from './watcher.ts';

/** How far back watches can resume that were begun before the cache was. */
const REPLAYED_REVISIONS = 20_000;
/** Objects read at a time at start. */
const LOAD_PAGE = 10_000;
/** Objects indexed at start before other work gets its turn. */
const INDEX_SLICE = 200;

/** The kind is no longer served, or no longer by this cache: look it up again. */
export class CacheClosedError extends Error {
  constructor() {
    super('the watch cache is closed');
  }
}

/**
 * All objects of one kind as of the newest revision, and the changes of the recent past. It stands on one watch of the store
 * and serves every list and watch of the kind.
 */
export class WatchCache {
  readonly prefix: string;
  readonly form: ObjectForm;
  readonly #store: Store;
  readonly #objects = new SortedMap<CachedObject>();
  readonly #watchers = new Set<Watcher>();
  readonly #waiting = new Set<{ revision: number; resolve: () => void }>();
  /** Objects on their way into the store, so that they need not be parsed when they come back as events. */
  readonly #written = new WeakMap<Uint8Array, KubeObject>();
  readonly #yieldToLoop: () => Promise<void>;
  /** By field, as selectors call it. */
  readonly #indexes = new Map<string, FieldIndex>();
  /** The store, when bytes need not be kept beside it. */
  readonly #lender: Lender | undefined;
  #window: EventWindow;
  #revision = 0;
  #lastChange = 0;
  #starting: Promise<void> | undefined;
  #isReady = false;
  #watch: Watch | undefined;
  #closed = false;

  constructor(options: {
    store: Store;
    prefix: string;
    form: ObjectForm;
    indexedFields?: readonly string[];
    yieldToLoop: () => Promise<void>;
  }) {
    this.#store = options.store;
    this.#lender = isLender(options.store) ? options.store : undefined;
    this.#window = new EventWindow(0, windowBudgetOf(options.store));
    this.prefix = options.prefix;
    this.form = options.form;
    this.#yieldToLoop = options.yieldToLoop;
    for (const field of options.indexedFields ?? []) {
      const read = options.form.kind.selectableFields[field];
      if (read) this.#indexes.set(field, new FieldIndex(({ object }) => read(object)));
    }
  }

  /** Loads the kind on first use. */
  ready(): Promise<void> {
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** The newest revision known to be complete here. */
  get revision(): number {
    return this.#revision;
  }

  /** The newest revision that changed this kind, or a later one; reads at any revision since then show the same. */
  get lastChange(): number {
    return this.#lastChange;
  }

  /** Revisions before this one can no longer be watched from. */
  get since(): number {
    return this.#window.since;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** True when it is known, without waiting, that there is nothing of this kind. */
  get isEmpty(): boolean {
    return this.#isReady && this.#store.deliversBeforeReply && this.#objects.size === 0;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  get(key: string): CachedObject | undefined {
    return this.#objects.get(key);
  }

  /** Objects under `prefix` in key order; a snapshot. */
  page(options: { prefix: string; after?: string; limit?: number }): CachedObject[] {
    return this.#objects.page(options);
  }

  /**
   * What may match a selection by the value of an indexed field; undefined when no index helps. Only the newest state.
   */
  indexed(selection: {
    prefix: string;
    after?: string | undefined;
    equal?: Readonly<Record<string, string>> | undefined;
  }): CachedObject[] | undefined {
    for (const [field, index] of this.#indexes) {
      const value = selection.equal?.[field];
      if (value === undefined) continue;
      const { prefix, after } = selection;
      return index.page(value, { prefix, ...(after ? { after } : {}) });
    }
    return undefined;
  }

  count(prefix: string, after?: string): number {
    return this.#objects.count(prefix, after);
  }

  /** Remembers the decoded object for bytes that are about to be written. */
  noteWrite(value: Uint8Array, object: KubeObject): void {
    this.#written.set(value, object);
  }

  /**
   * Resolves with the newest revision once everything up to it is here. The snapshot taken in the same turn shows at least
   * that revision; what it shows exactly is `revision` by then.
   */
  async sync(): Promise<number> {
    if (this.#closed) throw new CacheClosedError();
    await this.ready();
    const revision = await this.#store.revision();
    if (this.#store.deliversBeforeReply) this.#revision = Math.max(this.#revision, revision);
    else await this.waitFor(revision);
    return this.#revision;
  }

  /** Resolves once changes up to `revision` are here, or once there will be no more. */
  waitFor(revision: number): Promise<void> {
    if (this.#revision >= revision || this.#closed) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.add({ revision, resolve }));
  }

  /** Adds a watcher that gets every change after its revision. The caller has checked the revision against `since`. */
  watch(options: {
    selection: Selection;
    sink: WatchSink;
    form: ObjectForm;
    bookmarks: boolean;
    afterRevision: number;
    /** Keep events back: initial ones are to be sent first. */
    hold: boolean;
  }): { watcher: Watcher; close: Disposable } {
    const watcher = new Watcher(options);
    if (this.#closed) watcher.end();
    if (options.hold) watcher.hold();
    watcher.deliver(this.#window.after(options.afterRevision));
    this.#watchers.add(watcher);
    const close = disposable(() => {
      watcher.drop();
      this.#watchers.delete(watcher);
    });
    return { watcher, close };
  }

  /** Tells watchers that asked for it how far they have seen. */
  async sendBookmarks(): Promise<void> {
    if (this.#watchers.size === 0) return;
    const revision = await this.sync();
    const byForm = new Map<ObjectForm, ReturnType<typeof bookmark>>();
    for (const watcher of this.#watchers) {
      if (!watcher.bookmarks) continue;
      const event = byForm.get(watcher.form) ?? bookmark(watcher.form, revision);
      byForm.set(watcher.form, event);
      watcher.bookmark(event);
    }
    this.#sweep();
  }

  /** Forgets events at and before `revision`. */
  forget(revision: number): void {
    if (this.#watch) this.#window.forget(Math.min(revision, this.#revision));
  }

  /** To be called before the store forgets what was before `revision`. */
  beforeCompaction(revision: number): void {
    if (this.#watch) this.#window.outlive(Math.min(revision, this.#revision));
  }

  close(error?: unknown): void {
    this.#closed = true;
    this.#watch?.close();
    this.#window.close();
    for (const watcher of this.#watchers) watcher.end(error);
    this.#watchers.clear();
    for (const { resolve } of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async #start(): Promise<void> {
    const revision = await this.#load();
    await this.#buildIndexes();
    this.#revision = revision;
    this.#lastChange = revision;
    const compacted = await this.#store.compactedRevision();
    const since = Math.max(compacted, revision - REPLAYED_REVISIONS);
    this.#watch = await this.#follow(since, revision).catch((error) => {
      // The history may have been compacted meanwhile.
      if (!(error instanceof CompactedError)) throw error;
      return this.#follow(revision, revision);
    });
    if (this.#closed) this.#watch.close();
    this.#isReady = true;
  }

  /** Reads everything there is, a page at a time, so that few bytes are in memory at once. Returns the revision it shows. */
  async #load(): Promise<number> {
    const { prefix } = this;
    let page = await this.#store.range({ prefix, limit: LOAD_PAGE });
    for (;;) {
      for (const { key, value, modRevision } of page.items) {
        this.#objects.set(key, this.#cached({ key, revision: modRevision, value }));
      }
      const last = page.items.at(-1);
      if (!last || page.remaining === 0) return page.revision;
      page = await this.#store.range({ prefix, limit: LOAD_PAGE, after: last.key, revision: page.revision });
    }
  }

  /** An object whose bytes are borrowed where they can be. */
  #cached(options: { key: string; revision: number; value: Uint8Array; valueRevision?: number }): CachedObject {
    const object = new CachedObject({ ...options, form: this.form, lender: this.#lender });
    object.release();
    return object;
  }

  /** Watches from `since` on. Changes up to `loaded` are part of the state already and only go into the window. */
  #follow(since: number, loaded: number): Promise<Watch> {
    this.#window.close();
    this.#window = new EventWindow(since, windowBudgetOf(this.#store));
    return this.#store.watch({
      prefix: this.prefix,
      afterRevision: since,
      onEvents: (events, upTo) => {
        const past = events.filter(({ revision }) => revision <= loaded);
        for (const change of past) this.#window.push(this.#pastEvent(change));
        if (past.length < events.length) this.#onEvents(events.slice(past.length), upTo);
      },
      onError: (error) => this.#onLost(error),
    });
  }

  #pastEvent({ type, key, value, revision, createRevision, previousRevision, previous }: StoreEvent): ObjectEvent {
    const current = this.#objects.get(key);
    if (type === 'delete') {
      const last = this.#cached({ key, revision, value, valueRevision: previousRevision });
      return new ObjectEvent('DELETED', last, last);
    }
    const stored = current?.revision === revision ? current : this.#cached({ key, revision, value });
    if (createRevision === revision) return new ObjectEvent('ADDED', stored);
    const before = previous && this.#cached({ key, revision: previousRevision, value: previous });
    return new ObjectEvent('MODIFIED', stored, before);
  }

  /** Decodes everything once, a slice at a time. */
  async #buildIndexes(): Promise<void> {
    if (this.#indexes.size === 0) return;
    let done = 0;
    for (const object of this.page({ prefix: this.prefix })) {
      for (const index of this.#indexes.values()) index.set(object);
      if (++done % INDEX_SLICE === 0) await this.#yieldToLoop();
    }
  }

  #onEvents(changes: readonly StoreEvent[], revision: number): void {
    const events = changes.map((change) => this.#apply(change));
    this.#revision = Math.max(this.#revision, revision);
    let ended = false;
    for (const watcher of this.#watchers) {
      watcher.deliver(events);
      ended ||= watcher.ended;
    }
    for (const event of events) event.release();
    if (ended) this.#sweep();
    for (const waiter of this.#waiting) {
      if (waiter.revision > this.#revision) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  #apply(change: StoreEvent): ObjectEvent {
    const { key, revision, value } = change;
    const previous = this.#objects.get(key);
    const stored = new CachedObject({
      key,
      revision,
      value,
      form: this.form,
      decoded: change.type === 'put' ? this.#decodedOf(change, previous) : knownAt(revision, previous),
      lender: this.#lender,
      valueRevision: change.type === 'put' ? revision : change.previousRevision,
    });
    if (change.type === 'delete') this.#objects.delete(key);
    else this.#objects.set(key, stored);
    for (const index of this.#indexes.values()) {
      if (change.type === 'delete') index.delete(key);
      else index.set(stored);
    }
    const type = change.type === 'delete' ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED';
    const event = new ObjectEvent(type, stored, previous);
    this.#window.push(event);
    this.#lastChange = revision;
    return event;
  }

  #decodedOf({ value, revision }: StoreEvent, previous: CachedObject | undefined): KubeObject | undefined {
    const written = this.#written.get(value);
    if (!written) return undefined;
    this.#written.delete(value);
    const object = atRevision(written, revision);
    // Without watchers nobody will hold it for long.
    return this.#watchers.size > 0 ? siblingsOf(this.form).share(object, previous?.known) : object;
  }

  #sweep(): void {
    for (const watcher of this.#watchers) if (watcher.ended) this.#watchers.delete(watcher);
  }

  #onLost(error: Error): void {
    if (this.#closed) return;
    for (const watcher of this.#watchers) watcher.end(error);
    this.#watchers.clear();
    this.#objects.clear();
    this.#starting = undefined;
  }
}

function atRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** What was deleted, as of its deletion. */
function knownAt(revision: number, last: CachedObject | undefined): KubeObject | undefined {
  const known = last?.known;
  return known && atRevision(known, revision);
}
