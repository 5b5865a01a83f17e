/**
 * Where the cluster's state is kept: etcd's own model and no more. One global revision rises by one with every write; a key's
 * history is kept until compaction, so that a paged list stays consistent and a watch can resume.
 */
export interface Store {
  /**
   * True when watches in this process see a change before its write resolves and before `revision` counts it, as embedded
   * stores do; readers of a distributed store wait until their watch has caught up.
   */
  readonly deliversBeforeReply: boolean;
  /** The revision of the last acknowledged write; 1 on an empty store. */
  revision(): Promise<number>;
  get(key: string, options?: { revision?: number }): Promise<KeyValue | undefined>;
  /**
   * The value that `key` got at exactly `revision`, without waiting; undefined when it is no longer kept. The bytes are the
   * store's: they hold until its next call, and may not be changed. That `key` is what was written at `revision` is for the
   * caller to know. Stores that have to ask over a network cannot offer this, and whoever may want a value again keeps it.
   */
  borrowValue?(key: string, revision: number): Uint8Array | undefined;
  /** Keys with `prefix` in byte order. Throws `CompactedError` for a revision that is gone, `FutureRevisionError` for one to come. */
  range(options: RangeOptions): Promise<RangeResult>;
  /** Resolves once the write survives a crash. Throws `KeyExistsError`. */
  create(key: string, value: Uint8Array, options?: { leaseId?: number }): Promise<number>;
  /** Throws `RevisionMismatchError`, carrying the current value, when the key is not at `expectedRevision`. */
  update(key: string, value: Uint8Array, expectedRevision: number, options?: { leaseId?: number }): Promise<number>;
  delete(key: string, expectedRevision: number): Promise<number>;
  /**
   * Calls `onEvents` with every change under `prefix` after `afterRevision`, in order and without gaps, a batch a call; a
   * batch never splits a revision. It returns once the watch stands. Progress notes are batches without events.
   */
  watch(options: WatchOptions): Promise<Watch>;
  /** Forgets history before `revision`; reads and watches from before it then throw `CompactedError`. */
  compact(revision: number): Promise<void>;
  /** The oldest revision that can still be read. */
  compactedRevision(): Promise<number>;
  /** A lease whose keys are deleted when it runs out. Returns its id. */
  grantLease(ttlSeconds: number): Promise<number>;
  revokeLease(id: number): Promise<void>;
  /** Bytes on disk (or held, for memory), for metrics and quotas. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
}

export interface RangeOptions {
  readonly prefix: string;
  /** At most so many keys; 0 or absent for all. */
  readonly limit?: number;
  /** Only keys that sort after this one. */
  readonly after?: string;
  /** State as of this revision; absent for the newest. */
  readonly revision?: number;
}

export interface RangeResult {
  readonly items: readonly KeyValue[];
  /** The revision that the result shows. */
  readonly revision: number;
  /** Keys left after the last item, exactly. */
  readonly remaining: number;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** The new value; for a delete, the last value. */
  readonly value: Uint8Array;
  readonly revision: number;
  readonly createRevision: number;
  /** The revision at which the key got what this change replaces or deletes; when there was nothing, 0 or that of a deletion. */
  readonly previousRevision: number;
  /** The value before a put that replaced one. */
  readonly previous: Uint8Array | undefined;
}

export interface WatchOptions {
  readonly prefix: string;
  readonly afterRevision: number;
  onEvents(events: readonly StoreEvent[], revision: number): void;
  /** The watch has ended by itself: compacted away, or the store is lost. */
  onError(error: Error): void;
}

export interface Watch {
  close(): void;
}

export class KeyExistsError extends Error {
  override readonly name = 'KeyExistsError';
  readonly current: KeyValue;
  constructor(current: KeyValue) {
    super(`key ${current.key} exists`);
    this.current = current;
  }
}

export class RevisionMismatchError extends Error {
  override readonly name = 'RevisionMismatchError';
  /** What the key holds now; undefined when it does not exist. */
  readonly current: KeyValue | undefined;
  constructor(key: string, current: KeyValue | undefined) {
    super(`key ${key} is at revision ${current?.modRevision ?? 0}`);
    this.current = current;
  }
}

export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  readonly compactedRevision: number;
  constructor(compactedRevision: number) {
    super(`required revision has been compacted; the oldest is ${compactedRevision}`);
    this.compactedRevision = compactedRevision;
  }
}

export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
  readonly currentRevision: number;
  constructor(currentRevision: number) {
    super(`required revision is a future revision; the newest is ${currentRevision}`);
    this.currentRevision = currentRevision;
  }
}

/** The store has been closed, or the connection to it is gone for good. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError';
  constructor(message = 'the store is closed') {
    super(message);
  }
}

/** A write could not be made durable (a full disk, say); nothing of it was kept. */
export class StoreWriteError extends Error {
  override readonly name = 'StoreWriteError';
  constructor(cause: unknown) {
    super(`the write could not be made durable: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
