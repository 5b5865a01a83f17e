import {
  type Clock,
  type Disposable,
  disposable,
  hasReason,
  type KindDefinition,
  type KubeObject,
  type Logger,
  type Random,
  StatusError,
} from '@kubets/core';
import { BackOff } from '../back-off.ts';
import type { Client } from '../client.ts';
import type { WatchEvent } from '../transport.ts';
import { onAbort } from './abort-listeners.ts';
import { type IndexFunction, keyOf, ObjectStore, type ReadStore } from './store.ts';

/** Upstream's delays between attempts to reach the API server. */
const RECONNECT_BACK_OFF = { initialMs: 800, maxMs: 30_000, factor: 2, jitter: 1 };
/** A watch is asked to end after this time, and up to twice of it, so that connections spread over servers. */
const MIN_WATCH_SECONDS = 300;
/** How long a writer waits for its own write to arrive before it goes on without. */
const OWN_WRITE_LIMIT_MS = 10_000;

/** Called synchronously, in order, after the store has changed. Handlers must not throw. */
export interface InformerHandler<T extends KubeObject> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  /** `object` is the last state known; it may be older than what was deleted when the watch was interrupted. */
  deleted?(object: T): void;
}

/** One kind, mirrored from the API server by list and watch, for any number of readers in this process. */
export interface Informer<T extends KubeObject> {
  readonly kind: KindDefinition<T>;
  readonly store: ReadStore<T>;
  /** Calls `added` at once for everything already known. */
  addHandler(handler: InformerHandler<T>): Disposable;
  addIndex(name: string, values: IndexFunction<T>): void;
  /** True once the first list is in the store and its handlers have been called. */
  hasSynced(): boolean;
  /** Resolves when synced; rejects when `signal` aborts first. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when the store is as new as `written`, a write's answer: it holds that revision or a later state. It also
   * resolves, without that promise, when the informer is stopped or the write does not arrive within ten seconds.
   */
  whenSeen(written: KubeObject): Promise<void>;
  /** Resolves when the store no longer holds the object of this uid as live: it is gone, or marked as being deleted. */
  whenGone(object: KubeObject): Promise<void>;
}

interface Waiter<T> {
  readonly deadlineMs: number;
  satisfied(current: T | undefined, seenRevision: number): boolean;
  resolve(): void;
}

export interface ListWatchOptions<T extends KubeObject> {
  readonly client: Client;
  readonly kind: KindDefinition<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** '' for all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Told of every failure to list or watch; the informer itself goes on trying. */
  onError?(error: unknown): void;
}

/** Lists and watches one kind until it is disposed. */
export class ListWatchInformer<T extends KubeObject> implements Informer<T>, Disposable {
  readonly kind: KindDefinition<T>;
  readonly store: ObjectStore<T>;
  readonly #options: ListWatchOptions<T>;
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #waiters = new Map<string, Waiter<T>[]>();
  readonly #abort = new AbortController();
  readonly #backOff: BackOff;
  #waiterSweep: Disposable | undefined;
  #synced = false;
  #revision = '';
  #seenRevision = 0;
  #onSynced: (() => void)[] = [];

  constructor(options: ListWatchOptions<T>) {
    this.kind = options.kind;
    this.store = new ObjectStore<T>();
    this.#options = options;
    this.#backOff = new BackOff(RECONNECT_BACK_OFF, options.random);
  }

  /** Begins; resolves when disposed. */
  async run(): Promise<void> {
    const { clock } = this.#options;
    const signal = this.#abort.signal;
    while (!signal.aborted) {
      try {
        if (!this.#revision) await this.#list();
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error);
        await clock.sleep(this.#backOff.nextDelayMs(), signal).catch(() => {});
      }
    }
  }

  addHandler(handler: InformerHandler<T>): Disposable {
    if (handler.added) for (const object of this.store.list()) handler.added(object);
    this.#handlers.add(handler);
    return disposable(() => this.#handlers.delete(handler));
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    this.store.addIndex(name, values);
  }

  hasSynced(): boolean {
    return this.#synced;
  }

  whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const listening = signal && onAbort(signal, () => reject(signal.reason));
      this.#onSynced.push(() => {
        listening?.dispose();
        resolve();
      });
    });
  }

  whenSeen(written: KubeObject): Promise<void> {
    const revision = Number(written.metadata.resourceVersion ?? 0);
    return this.#waitFor(keyOf(written), (current, seenRevision) => {
      return seenRevision >= revision || Number(current?.metadata.resourceVersion ?? 0) >= revision;
    });
  }

  whenGone(object: KubeObject): Promise<void> {
    const uid = object.metadata.uid;
    return this.#waitFor(keyOf(object), (current) => {
      return !current || current.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined;
    });
  }

  dispose(): void {
    this.#abort.abort(new Error('informer stopped'));
    this.#waiterSweep?.dispose();
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.resolve();
    this.#waiters.clear();
  }

  async #list(): Promise<void> {
    const { client, kind, namespace = '', labelSelector, fieldSelector } = this.#options;
    const selection = { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) };
    const list = await client.resource(kind).list(namespace, { ...selection, resourceVersion: '' });
    if (this.#abort.signal.aborted) return;
    this.#replace(list.items);
    this.#revision = list.metadata.resourceVersion ?? '0';
    this.#seenRevision = Math.max(this.#seenRevision, Number(this.#revision) || 0);
    for (const key of [...this.#waiters.keys()]) this.#settle(key);
    this.#synced = true;
    for (const resolve of this.#onSynced.splice(0)) resolve();
  }

  /** Takes a whole new state, telling handlers only of the differences. */
  #replace(items: readonly T[]): void {
    const listed = new Set<string>();
    for (const item of items) {
      listed.add(keyOf(item));
      this.#put(item);
    }
    for (const key of [...this.store.keys()]) if (!listed.has(key)) this.#remove(key);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, kind, namespace = '', labelSelector, fieldSelector, random } = this.#options;
    const events = client.resource(kind).watch(
      namespace,
      {
        resourceVersion: this.#revision,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.round(MIN_WATCH_SECONDS * (1 + random.next())),
        ...(labelSelector ? { labelSelector } : {}),
        ...(fieldSelector ? { fieldSelector } : {}),
      },
      signal,
    );
    for await (const event of events) {
      if (signal.aborted) return;
      this.#backOff.reset();
      this.#apply(event);
    }
  }

  #apply(event: WatchEvent<T>): void {
    const revision = event.object.metadata.resourceVersion;
    if (revision) this.#revision = revision;
    if (event.type === 'DELETED') this.#remove(keyOf(event.object), event.object);
    else if (event.type !== 'BOOKMARK') this.#put(event.object);
    this.#seenRevision = Math.max(this.#seenRevision, Number(revision) || 0);
    if (this.#waiters.size > 0 && event.type !== 'BOOKMARK') this.#settle(keyOf(event.object));
    else if (this.#waiters.size > 0) for (const key of [...this.#waiters.keys()]) this.#settle(key);
  }

  #put(object: T): void {
    const old = this.store.put(keyOf(object), object);
    if (old === object) return;
    if (!old) for (const handler of this.#handlers) handler.added?.(object);
    else if (old.metadata.uid !== object.metadata.uid) this.#recreated(object, old);
    else if (old.metadata.resourceVersion !== object.metadata.resourceVersion) {
      for (const handler of this.#handlers) handler.updated?.(object, old);
    }
  }

  /** An object was deleted and made again under one name while the watch was interrupted. */
  #recreated(object: T, old: T): void {
    for (const handler of this.#handlers) handler.deleted?.(old);
    for (const handler of this.#handlers) handler.added?.(object);
  }

  #remove(key: string, last?: T): void {
    const old = this.store.remove(key);
    if (!old) return;
    for (const handler of this.#handlers) handler.deleted?.(last ?? old);
  }

  #failed(error: unknown): void {
    const { onError, logger, kind } = this.#options;
    // Anything else is an interruption, after which the watch goes on where it was.
    if (error instanceof StatusError && error.code === 410) this.#revision = '';
    onError?.(error);
    const unavailable = hasReason(error, 'NotFound') || hasReason(error, 'Forbidden');
    const level = unavailable ? 'debug' : 'warn';
    logger.log(level, 'watch interrupted', { resource: kind.resource, group: kind.group, error: String(error) });
  }

  #waitFor(key: string, satisfied: Waiter<T>['satisfied']): Promise<void> {
    if (!this.#synced || this.#abort.signal.aborted) return Promise.resolve();
    if (satisfied(this.store.get(key), this.#seenRevision)) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter = { deadlineMs: this.#options.clock.monotonicMs() + OWN_WRITE_LIMIT_MS, satisfied, resolve };
      const waiters = this.#waiters.get(key);
      if (waiters) waiters.push(waiter);
      else this.#waiters.set(key, [waiter]);
      this.#waiterSweep ??= this.#options.clock.after(OWN_WRITE_LIMIT_MS, () => this.#sweepWaiters());
    });
  }

  #settle(key: string): void {
    const waiters = this.#waiters.get(key);
    if (!waiters) return;
    const current = this.store.get(key);
    const left = waiters.filter((waiter) => !waiter.satisfied(current, this.#seenRevision));
    for (const waiter of waiters) if (!left.includes(waiter)) waiter.resolve();
    if (left.length > 0) this.#waiters.set(key, left);
    else this.#waiters.delete(key);
  }

  #sweepWaiters(): void {
    this.#waiterSweep = undefined;
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [key, waiters] of [...this.#waiters]) {
      const left = waiters.filter((waiter) => waiter.deadlineMs > nowMs);
      for (const waiter of waiters) if (waiter.deadlineMs <= nowMs) waiter.resolve();
      if (left.length > 0) this.#waiters.set(key, left);
      else this.#waiters.delete(key);
    }
    if (this.#waiters.size > 0) this.#waiterSweep = clock.after(OWN_WRITE_LIMIT_MS, () => this.#sweepWaiters());
  }
}
