import { join } from 'node:path';
import type { Clock, Disposable } from '@kubets/core';
import { endOfTurn } from '@kubets/core/node';
import { type Database, type DatabaseOptions, open, type RootDatabase, type Transaction } from 'lmdb';
import {
  CompactedError,
  FutureRevisionError,
  KeyExistsError,
  type KeyValue,
  type RangeOptions,
  type RangeResult,
  RevisionMismatchError,
  type Store,
  StoreClosedError,
  type StoreEvent,
  StoreWriteError,
  type Watch,
  type WatchOptions,
} from '../store.ts';
import { Watchers } from '../watchers.ts';
import { corrupt, DataDirectoryError, type HeldDirectory, holdDirectory } from './data-directory.ts';
import { checkDatabaseFile } from './database-file.ts';
import { Journal } from './journal.ts';
import { hearFailures, PutGroup } from './put-group.ts';
import {
  borrowValueOf,
  decodeIndex,
  decodeRecord,
  encodeIndex,
  encodeRecord,
  type IndexEntry,
  type LogRecord,
} from './records.ts';
import { Settling, type Write } from './settling.ts';
import { typicalObjects } from './typical-objects.ts';

/** Entries read, or compacted, before other work gets its turn. */
const SLICE = 1000;
/**
 * Writes that one piece of the journal takes at most, so that telling watchers of them keeps other requests waiting for less than
 * 20 ms, and after how many bytes it is full.
 */
const MAX_BATCH_WRITES = 128;
const MAX_BATCH_BYTES = 2 ** 20;
const DATABASE_FILE = 'data.mdb';
/**
 * Addresses set aside for the file, which take no memory. Without them the file is mapped anew whenever it has outgrown its
 * mapping, and pages that were read through the old one stay counted beside those of the new.
 */
const MAP_BYTES = 2 ** 36;
/** Records shorter than this are kept as they are. */
const MIN_COMPRESSED_BYTES = 300;

export interface LmdbOptions {
  /** Data directory; made when it does not exist, and locked while the store is open. */
  readonly path: string;
  readonly clock: Clock;
}

/**
 * A store on the local disk. A write resolves once it is on disk in the journal, and goes over into the database behind that.
 * Writes are grouped: while one batch is being written, the next one gathers. Throws `DataDirectoryError` when the directory is
 * locked, damaged or from a newer kubets.
 */
export async function lmdbStore(options: LmdbOptions): Promise<Store> {
  const directory = holdDirectory(options.path);
  try {
    return new LmdbStore(directory, options.clock);
  } catch (cause) {
    directory.release();
    if ((cause as Error).name === 'DataDirectoryError') throw cause;
    throw corrupt(directory.path, { detail: (cause as Error).message, cause });
  }
}

interface PendingWrite extends Write {
  /** The value that a delete removes. */
  readonly lastValue: Uint8Array;
  resolve(revision: number): void;
  reject(error: Error): void;
}

/** What a batch leaves when it is done: writes, and the answers that had to wait for them. */
interface Batch {
  readonly writes: PendingWrite[];
  readonly afterwards: (() => void)[];
}

interface ReadPoint {
  readonly revision: number;
  /** The snapshot to read from; the newest state when absent. */
  readonly transaction?: Transaction;
}

const newBatch = (): Batch => ({ writes: [], afterwards: [] });

class LmdbStore implements Store {
  readonly deliversBeforeReply = true;
  readonly #directory: HeldDirectory;
  readonly #clock: Clock;
  readonly #root: RootDatabase;
  readonly #log: Database<Buffer, number>;
  readonly #index: Database<Buffer, string>;
  readonly #meta: Database<number | string, string>;
  /** When each lease ends, in milliseconds. */
  readonly #leases: Database<number, number>;
  /** The keys of leases, as `<lease>/<key>`. */
  readonly #leaseKeys: Database<true, string>;
  readonly #journal: Journal;
  readonly #settling: Settling;
  #nextLease: number;
  readonly #leaseTimers = new Map<number, Disposable>();
  readonly #watchers = new Watchers();
  /** The last acknowledged revision. */
  #revision: number;
  /** The last revision given out. */
  #assigned: number;
  #compacted: number;
  /** What keys hold of which the database does not know yet, gathered and running batches included. */
  readonly #pending = new Map<string, KeyValue & { deleted: boolean }>();
  #gathering = newBatch();
  #committing: Promise<void> | undefined;
  #closed = false;

  constructor(directory: HeldDirectory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
    const path = join(directory.path, DATABASE_FILE);
    const suspect = checkDatabaseFile(directory.path, path);
    this.#root = open({
      path,
      noSubdir: true,
      overlappingSync: false,
      compression: false,
      maxDbs: 8,
      mapSize: MAP_BYTES,
    });
    hearFailures(this.#root);
    this.#index = this.#root.openDB('index', { encoding: 'binary' });
    this.#meta = this.#root.openDB('meta', { encoding: 'json' });
    const compression = { threshold: MIN_COMPRESSED_BYTES, dictionary: this.#dictionary() };
    this.#log = this.#root.openDB('log', { encoding: 'binary', compression } as DatabaseOptions);
    this.#leases = this.#root.openDB('leases', { encoding: 'json' });
    this.#leaseKeys = this.#root.openDB('leaseKeys', { encoding: 'json' });
    this.#nextLease = this.#number('nextLease') ?? 1;
    if (suspect) this.#readAll();
    this.#replay();
    this.#journal = Journal.open(directory.path);
    this.#revision = this.#number('revision') ?? 1;
    this.#assigned = this.#revision;
    this.#settling = new Settling({
      clock,
      settled: this.#revision,
      keep: (writes) => this.#keep(writes),
      kept: (writes) => this.#forgetPending(writes),
    });
    this.#compacted = this.#number('compacted') ?? 1;
    for (const { key, value } of this.#leases.getRange()) this.#watchLease(key, value);
  }

  async revision(): Promise<number> {
    return this.#revision;
  }

  async get(key: string, options: { revision?: number } = {}): Promise<KeyValue | undefined> {
    this.#checkReadable(options.revision);
    const revision = options.revision ?? this.#revision;
    await this.#settle(revision);
    const entry = this.#index.get(key);
    return entry && this.#valueAt(key, decodeIndex(entry), { revision });
  }

  borrowValue(_key: string, revision: number): Uint8Array | undefined {
    if (this.#closed) return undefined;
    const waiting = this.#settling.waiting.get(revision);
    if (waiting) return borrowValueOf(waiting.bytes);
    const found = this.#log.getBinaryFast(revision) ?? this.#readAnew(revision);
    return found && borrowValueOf(found);
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    this.#checkReadable(options.revision);
    const { prefix, after } = options;
    const revision = options.revision ?? this.#revision;
    const limit = options.limit || Number.POSITIVE_INFINITY;
    const start = after !== undefined && after >= prefix ? after : prefix;
    await this.#settle(revision);
    const transaction = this.#root.useReadTransaction();
    const items: KeyValue[] = [];
    let remaining = 0;
    let looked = 0;
    try {
      const entries = this.#index.getRange({ start, end: `${prefix}\uffff`, transaction });
      for (const { key, value } of entries) {
        if (key === after) continue;
        if (++looked % SLICE === 0) await this.#clock.sleep(0);
        const entry = decodeIndex(value);
        if (items.length < limit) {
          const item = this.#valueAt(key, entry, { revision, transaction });
          if (item) items.push(item);
        } else if (this.#existsAt(entry, { revision, transaction })) {
          remaining++;
        }
      }
    } finally {
      transaction.done();
    }
    return { items, revision, remaining };
  }

  create(key: string, value: Uint8Array, options: { leaseId?: number } = {}): Promise<number> {
    this.#checkOpen();
    const current = this.#newest(key);
    if (current && !current.deleted) return this.#afterPending(() => new KeyExistsError(current));
    return this.#write({ type: 'put', key, value, current: undefined, leaseId: options.leaseId, tombstone: current });
  }

  update(
    key: string,
    value: Uint8Array,
    expectedRevision: number,
    options: { leaseId?: number } = {},
  ): Promise<number> {
    this.#checkOpen();
    const current = this.#newest(key);
    if (!current || current.deleted || current.modRevision !== expectedRevision) return this.#mismatch(key, current);
    return this.#write({ type: 'put', key, value, current, leaseId: options.leaseId });
  }

  delete(key: string, expectedRevision: number): Promise<number> {
    this.#checkOpen();
    const current = this.#newest(key);
    if (!current || current.deleted || current.modRevision !== expectedRevision) return this.#mismatch(key, current);
    return this.#write({ type: 'delete', key, value: NOTHING, current });
  }

  async watch(options: WatchOptions): Promise<Watch> {
    this.#checkOpen();
    await this.#settle(this.#revision);
    if (options.afterRevision < this.#compacted - 1) throw new CompactedError(this.#compacted);
    const missed = [
      ...this.#changesAfter(options.afterRevision, options.prefix),
      ...this.#changesWaiting(options.afterRevision, options.prefix),
    ];
    if (missed.length > 0) options.onEvents(missed, this.#revision);
    return this.#watchers.add(options);
  }

  /**
   * Settled changes under a prefix, in order: each key's, walking back from its newest one. Most of the log is about other
   * keys, so it is not read from end to end.
   */
  #changesAfter(afterRevision: number, prefix: string): StoreEvent[] {
    const changes: StoreEvent[] = [];
    for (const { value } of this.#index.getRange({ start: prefix, end: `${prefix}\uffff` })) {
      for (let revision = decodeIndex(value).modRevision; revision > afterRevision; ) {
        const bytes = this.#log.getBinaryFast(revision);
        if (!bytes) break;
        const record = decodeRecord(bytes);
        if (revision <= this.#settling.settled) changes.push(this.#eventOf(revision, record));
        revision = record.previousRevision;
      }
    }
    return changes.sort((a, b) => a.revision - b.revision);
  }

  /** Acknowledged changes that came while earlier ones were settled. */
  #changesWaiting(afterRevision: number, prefix: string): StoreEvent[] {
    const changes: StoreEvent[] = [];
    for (const { revision, record } of this.#settling.waiting.values()) {
      if (revision > afterRevision && record.key.startsWith(prefix)) changes.push(this.#eventOf(revision, record));
    }
    return changes;
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision <= this.#compacted) return;
    // An earlier compaction may not have come to its end.
    const from = this.#number('swept') ?? 1;
    // Readers are turned away first: what is removed below may no longer be asked for.
    this.#compacted = revision;
    await this.#settle(revision);
    await this.#meta.put('compacted', revision);
    for (let at = from; at <= revision && !this.#closed; at += SLICE) {
      await this.#removeSuperseded(at, Math.min(at + SLICE - 1, revision));
      await this.#clock.sleep(0);
    }
    if (!this.#closed) await this.#meta.put('swept', revision);
  }

  async compactedRevision(): Promise<number> {
    return this.#compacted;
  }

  async grantLease(ttlSeconds: number): Promise<number> {
    this.#checkOpen();
    const id = this.#nextLease++;
    const expiresMs = this.#clock.now() + ttlSeconds * 1000;
    this.#watchLease(id, expiresMs);
    await Promise.all([this.#meta.put('nextLease', id + 1), this.#leases.put(id, expiresMs)]);
    return id;
  }

  async revokeLease(id: number): Promise<void> {
    if (this.#closed || !this.#leaseTimers.has(id)) return;
    this.#leaseTimers.get(id)?.dispose();
    this.#leaseTimers.delete(id);
    await this.#committing;
    await this.#settle(this.#revision);
    const range = { start: `${id}/`, end: `${id}0` };
    const attached = [...this.#leaseKeys.getKeys(range)];
    const removals: Promise<unknown>[] = [];
    for (const entry of attached) {
      const current = this.#newest(entry.slice(entry.indexOf('/') + 1));
      if (current && !current.deleted) removals.push(this.#deleteLeased(current));
    }
    await Promise.all(removals);
    await Promise.all([this.#leases.remove(id), ...attached.map((entry) => this.#leaseKeys.remove(entry))]);
  }

  /** Somebody who writes the key at the same moment wins. */
  async #deleteLeased({ key, modRevision }: KeyValue): Promise<void> {
    try {
      await this.delete(key, modRevision);
    } catch (error) {
      if (!(error instanceof RevisionMismatchError || error instanceof StoreClosedError)) throw error;
    }
  }

  async sizeBytes(): Promise<number> {
    const { pageSize, lastPageNumber } = this.#root.getStats() as { pageSize: number; lastPageNumber: number };
    return pageSize * (lastPageNumber + 1);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#leaseTimers.values()) timer.dispose();
    await this.#committing;
    await this.#settling.close();
    this.#journal.close();
    this.#watchers.fail(new StoreClosedError());
    await this.#root.close();
    this.#directory.release();
  }

  #number(name: string): number | undefined {
    return this.#meta.get(name) as number | undefined;
  }

  /** What this database's records are compressed against: what they were from the first one on. */
  #dictionary(): Buffer {
    const known = this.#meta.get('dictionary') as string | undefined;
    if (known === undefined) this.#meta.putSync('dictionary', typicalObjects);
    return Buffer.from(known ?? typicalObjects);
  }

  /** Puts into the database what the last process had in the journal only. */
  #replay(): void {
    const entries = Journal.read(this.#directory.path, this.#number('revision') ?? 1);
    if (entries.length === 0) return;
    const writes = entries.map((entry) => {
      const bytes = Buffer.from(entry.bytes);
      return { ...entry, bytes, record: decodeRecord(bytes) };
    });
    try {
      this.#root.transactionSync(() => {
        for (const write of writes) this.#put(write);
        this.#meta.put('revision', writes.at(-1)!.revision);
      });
    } catch (cause) {
      const { path } = this.#directory;
      const message = `what the journal in ${path} holds cannot be put into the database: ${this.#explain(cause).message}`;
      throw new DataDirectoryError('unusable', { path, message, cause });
    }
  }

  /** Resolves once the database has all that was acknowledged up to `revision`, and reads see it. */
  async #settle(revision: number): Promise<void> {
    if (this.#settling.settled >= revision) return;
    try {
      await this.#settling.upTo(revision);
    } catch (error) {
      throw new StoreWriteError(this.#explain(error));
    }
    this.#checkOpen();
  }

  /** Reads are of one moment for the length of a turn; what was committed in it shows only now. */
  #readAnew(revision: number): Buffer | undefined {
    this.#root.resetReadTxn();
    return this.#log.getBinaryFast(revision);
  }

  /** Reads everything once, so that damage shows now. */
  #readAll(): void {
    for (const { key, value } of this.#index.getRange()) {
      const { deleted, modRevision } = decodeIndex(value);
      if (!deleted && this.#recordAt(modRevision).key !== key) {
        throw corrupt(this.#directory.path, { detail: `${key} cannot be read` });
      }
    }
    for (const { key, value } of this.#log.getRange()) {
      if (!decodeRecord(value).key) throw corrupt(this.#directory.path, { detail: `revision ${key} cannot be read` });
    }
    if (this.#meta.get('revision') === undefined && this.#log.getKeysCount() > 0) {
      throw corrupt(this.#directory.path, { detail: 'the revision cannot be read' });
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }

  #checkReadable(revision: number | undefined): void {
    this.#checkOpen();
    if (revision === undefined) return;
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision < this.#compacted) throw new CompactedError(this.#compacted);
  }

  /** What the next write of `key` builds on, batches on their way included. */
  #newest(key: string): (KeyValue & { deleted: boolean }) | undefined {
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const bytes = this.#index.get(key);
    if (!bytes) return undefined;
    const entry = decodeIndex(bytes);
    const { modRevision, createRevision, deleted } = entry;
    const store = this;
    return {
      key,
      modRevision,
      createRevision,
      deleted,
      // Read only where it is wanted: most writes do not ask for what they replace.
      get value() {
        return deleted ? NOTHING : store.#recordAt(modRevision).value;
      },
    };
  }

  #recordAt(revision: number): LogRecord {
    const record = this.#recordIfKept(revision);
    if (!record) throw corrupt(this.#directory.path, { detail: `revision ${revision} is missing` });
    return record;
  }

  #recordIfKept(revision: number): LogRecord | undefined {
    const waiting = this.#settling.waiting.get(revision);
    if (waiting) return waiting.record;
    const bytes = this.#log.getBinaryFast(revision) ?? this.#readAnew(revision);
    return bytes && decodeRecord(bytes);
  }

  /** The state of a key at a revision, walking back from its newest one. */
  #valueAt(key: string, entry: IndexEntry, at: ReadPoint): KeyValue | undefined {
    for (let revision = entry.modRevision; revision > 0; ) {
      const bytes = this.#log.get(revision, at.transaction ? { transaction: at.transaction } : {});
      if (!bytes) return undefined;
      const record = decodeRecord(bytes);
      if (revision <= at.revision) {
        if (record.type === 'delete') return undefined;
        return { key, value: record.value, createRevision: record.createRevision, modRevision: revision };
      }
      revision = record.previousRevision;
    }
    return undefined;
  }

  #existsAt(entry: IndexEntry, at: ReadPoint): boolean {
    if (entry.modRevision <= at.revision) return !entry.deleted;
    return this.#valueAt('', entry, at) !== undefined;
  }

  #mismatch(key: string, current: (KeyValue & { deleted: boolean }) | undefined): Promise<never> {
    const existing = current?.deleted ? undefined : current;
    return this.#afterPending(() => new RevisionMismatchError(key, existing));
  }

  /** Fails once the writes that the answer rests on are on disk and have reached the watchers. */
  #afterPending(error: () => Error): Promise<never> {
    return new Promise((_, reject) => {
      if (!this.#committing) reject(error());
      else this.#gathering.afterwards.push(() => reject(error()));
    });
  }

  #write(options: {
    type: 'put' | 'delete';
    key: string;
    value: Uint8Array;
    current: KeyValue | undefined;
    tombstone?: KeyValue | undefined;
    leaseId?: number | undefined;
  }): Promise<number> {
    const { type, key, value, current, leaseId } = options;
    const revision = ++this.#assigned;
    const createRevision = current?.createRevision ?? revision;
    const previousRevision = (current ?? options.tombstone)?.modRevision ?? 0;
    const lastValue = type === 'delete' ? current!.value : NOTHING;
    const record: LogRecord = { type, key, createRevision, previousRevision, value };
    this.#notePending(revision, record);
    return new Promise((resolve, reject) => {
      const bytes = encodeRecord(record);
      this.#gathering.writes.push({ revision, record, bytes, lastValue, leaseId: leaseId ?? 0, resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  /** Commits batch after batch until nothing is left to do. */
  async #commitAll(): Promise<void> {
    // Everything written in this turn goes into the first batch.
    await endOfTurn();
    while (this.#gathering.writes.length > 0 || this.#gathering.afterwards.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#commit(batch.writes);
      } catch (error) {
        this.#fail(batch, new StoreWriteError(this.#explain(error)));
        continue;
      }
      this.#acknowledge(batch);
    }
    this.#committing = undefined;
  }

  /** LMDB tells a full disk as an input/output error. */
  #explain(error: unknown): Error {
    const text = error instanceof Error ? error.message : String(error);
    const where = this.#directory.path;
    return new Error(`${text}; look if the disk of ${where} is full or failing`, { cause: error });
  }

  #takeBatch(): Batch {
    const all = this.#gathering;
    this.#gathering = newBatch();
    const count = countThatFits(all.writes);
    if (count === all.writes.length) return all;
    this.#gathering.writes.push(...all.writes.splice(count));
    this.#gathering.afterwards.push(...all.afterwards.splice(0));
    return all;
  }

  /** One piece of the journal, on disk when it resolves. */
  async #commit(writes: readonly PendingWrite[]): Promise<void> {
    if (writes.length === 0) return;
    while (!this.#journal.hasRoom(writes, this.#settling.settled)) await this.#settling.upTo(this.#revision);
    await this.#journal.append(writes);
  }

  /** One transaction, on disk when it resolves. */
  async #keep(writes: readonly Write[]): Promise<void> {
    const puts = new PutGroup();
    for (const write of writes) for (const put of this.#put(write)) puts.add(put);
    puts.add(this.#meta.put('revision', writes.at(-1)!.revision));
    await puts.done();
  }

  #put({ revision, record, bytes, leaseId }: Write): Promise<boolean>[] {
    const { key, createRevision, type } = record;
    const entry = encodeIndex({ modRevision: revision, createRevision, deleted: type === 'delete' });
    const puts = [this.#log.put(revision, bytes), this.#index.put(key, entry)];
    if (leaseId) puts.push(this.#leaseKeys.put(`${leaseId}/${key}`, true));
    return puts;
  }

  /** The database knows of these now, and so do reads in the rest of this turn. */
  #forgetPending(writes: readonly Write[]): void {
    for (const { record, revision } of writes) {
      if (this.#pending.get(record.key)?.modRevision === revision) this.#pending.delete(record.key);
    }
    this.#root.resetReadTxn();
  }

  #acknowledge({ writes, afterwards }: Batch): void {
    const events = writes.map(({ revision, record, lastValue }) => this.#eventOf(revision, record, lastValue));
    if (writes.length > 0) this.#revision = writes.at(-1)!.revision;
    this.#settling.add(writes);
    this.#watchers.deliver(events, this.#revision);
    for (const { resolve, revision } of writes) resolve(revision);
    for (const answer of afterwards) answer();
  }

  /** Nothing of the batch was kept, so nothing that was gathered on top of it can be either. */
  #fail(batch: Batch, error: Error): void {
    const later = this.#gathering;
    this.#gathering = newBatch();
    this.#pending.clear();
    for (const { revision, record } of this.#settling.waiting.values()) this.#notePending(revision, record);
    this.#assigned = this.#revision;
    for (const { reject } of [...batch.writes, ...later.writes]) reject(error);
    for (const answer of [...batch.afterwards, ...later.afterwards]) answer();
  }

  #notePending(revision: number, { type, key, value, createRevision }: LogRecord): void {
    this.#pending.set(key, { key, value, createRevision, modRevision: revision, deleted: type === 'delete' });
  }

  #eventOf(revision: number, record: LogRecord, lastValue?: Uint8Array): StoreEvent {
    const { type, key, createRevision, previousRevision } = record;
    const previousValue = () => {
      const found = previousRevision ? this.#recordIfKept(previousRevision) : undefined;
      return found?.type === 'put' ? found.value : undefined;
    };
    const value = type === 'put' ? record.value : (lastValue ?? previousValue() ?? NOTHING);
    return {
      type,
      key,
      value,
      revision,
      createRevision,
      previousRevision,
      // Read only where it is wanted: the watch cache has its own.
      get previous() {
        return type === 'put' ? previousValue() : undefined;
      },
    };
  }

  /** Removes what records from `first` to `last` have superseded, and deletions among them. */
  async #removeSuperseded(first: number, last: number): Promise<void> {
    const removals: Promise<boolean>[] = [];
    for (const { key: revision, value } of this.#log.getRange({ start: first, end: last + 1 })) {
      const { type, key, previousRevision } = decodeRecord(value);
      if (previousRevision) removals.push(this.#log.remove(previousRevision));
      if (type !== 'delete') continue;
      removals.push(this.#log.remove(revision));
      const bytes = this.#index.get(key);
      const newer = this.#pending.has(key);
      if (!newer && bytes && decodeIndex(bytes).modRevision === revision) removals.push(this.#index.remove(key));
    }
    await Promise.all(removals);
  }

  #watchLease(id: number, expiresMs: number): void {
    const delayMs = Math.max(0, expiresMs - this.#clock.now());
    this.#leaseTimers.set(
      id,
      this.#clock.after(delayMs, () => void this.revokeLease(id)),
    );
  }
}

const NOTHING = new Uint8Array(0);

/** How many of these go into one batch: at least one. */
function countThatFits(writes: readonly PendingWrite[]): number {
  let length = 0;
  for (const [index, { bytes }] of writes.entries()) {
    length += bytes.length;
    if (index === MAX_BATCH_WRITES || (index > 0 && length > MAX_BATCH_BYTES)) return index;
  }
  return writes.length;
}
