import type { Clock, Disposable } from '@kubets/core';
import { SortedMap } from './sorted-map.ts';
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
  type Watch,
  type WatchOptions,
} from './store.ts';
import { Watchers } from './watchers.ts';

/** One revision of one key; without a value, its deletion. */
interface Version {
  readonly revision: number;
  readonly createRevision: number;
  readonly value: Uint8Array | undefined;
}

/** A store that lives and dies with the process; for tests, the simulator and the browser. */
export function memoryStore(options: { clock: Clock }): Store {
  return new MemoryStore(options.clock);
}

class MemoryStore implements Store {
  readonly deliversBeforeReply = true;
  readonly #clock: Clock;
  /** Versions of each key, oldest first; the last may be a deletion until it is compacted away. */
  readonly #keys = new SortedMap<Version[]>();
  /** Every change after `#compacted`, by revision. */
  #log: StoreEvent[] = [];
  #revision = 1;
  #compacted = 1;
  #liveBytes = 0;
  #closed = false;
  readonly #watchers = new Watchers();
  #nextLease = 1;
  readonly #leases = new Map<number, { keys: Set<string>; timer: Disposable }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async revision(): Promise<number> {
    return this.#revision;
  }

  async get(key: string, options: { revision?: number } = {}): Promise<KeyValue | undefined> {
    this.#checkReadable(options.revision);
    return keyValue(key, versionAt(this.#keys.get(key), options.revision));
  }

  borrowValue(key: string, revision: number): Uint8Array | undefined {
    return this.#keys.get(key)?.findLast((version) => version.revision === revision)?.value;
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    this.#checkReadable(options.revision);
    const limit = options.limit || Number.POSITIVE_INFINITY;
    const items: KeyValue[] = [];
    let remaining = 0;
    for (const [key, versions] of this.#keys.entries(options.prefix, options.after)) {
      const item = keyValue(key, versionAt(versions, options.revision));
      if (!item) continue;
      if (items.length < limit) items.push(item);
      else remaining++;
    }
    return { items, revision: options.revision ?? this.#revision, remaining };
  }

  async create(key: string, value: Uint8Array, options: { leaseId?: number } = {}): Promise<number> {
    const current = this.#current(key);
    if (current) throw new KeyExistsError(current);
    const revision = this.#put(key, value, undefined);
    this.#attach(key, options.leaseId);
    return revision;
  }

  async update(
    key: string,
    value: Uint8Array,
    expectedRevision: number,
    options: { leaseId?: number } = {},
  ): Promise<number> {
    const revision = this.#put(key, value, this.#expect(key, expectedRevision));
    this.#attach(key, options.leaseId);
    return revision;
  }

  async delete(key: string, expectedRevision: number): Promise<number> {
    const current = this.#expect(key, expectedRevision);
    return this.#remove(current);
  }

  async watch(options: WatchOptions): Promise<Watch> {
    this.#checkOpen();
    if (options.afterRevision < this.#compacted - 1) throw new CompactedError(this.#compacted);
    const first = firstAfter(this.#log, options.afterRevision);
    const missed = this.#log.slice(first).filter((event) => event.key.startsWith(options.prefix));
    if (missed.length > 0) options.onEvents(missed, this.#revision);
    return this.#watchers.add(options);
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision <= this.#compacted) return;
    const end = firstAfter(this.#log, revision);
    for (const event of this.#log.slice(0, end)) this.#forget(event.key, revision);
    this.#log = this.#log.slice(firstAfter(this.#log, revision - 1));
    this.#compacted = revision;
  }

  async compactedRevision(): Promise<number> {
    return this.#compacted;
  }

  async grantLease(ttlSeconds: number): Promise<number> {
    this.#checkOpen();
    const id = this.#nextLease++;
    const timer = this.#clock.after(ttlSeconds * 1000, () => void this.revokeLease(id));
    this.#leases.set(id, { keys: new Set(), timer });
    return id;
  }

  async revokeLease(id: number): Promise<void> {
    const lease = this.#leases.get(id);
    if (!lease || this.#closed) return;
    lease.timer.dispose();
    this.#leases.delete(id);
    for (const key of lease.keys) {
      const current = this.#current(key);
      if (current) this.#remove(current);
    }
  }

  async sizeBytes(): Promise<number> {
    return this.#liveBytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const lease of this.#leases.values()) lease.timer.dispose();
    this.#watchers.fail(new StoreClosedError());
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

  #current(key: string): KeyValue | undefined {
    this.#checkOpen();
    return keyValue(key, this.#keys.get(key)?.at(-1));
  }

  #expect(key: string, expectedRevision: number): KeyValue {
    const current = this.#current(key);
    if (!current || current.modRevision !== expectedRevision) throw new RevisionMismatchError(key, current);
    return current;
  }

  #put(key: string, value: Uint8Array, current: KeyValue | undefined): number {
    const revision = ++this.#revision;
    const createRevision = current?.createRevision ?? revision;
    this.#liveBytes += value.length - (current?.value.length ?? 0);
    this.#append(key, { revision, createRevision, value });
    const previousRevision = current?.modRevision ?? 0;
    this.#emit({ type: 'put', key, value, revision, createRevision, previousRevision, previous: current?.value });
    return revision;
  }

  #remove({ key, value, createRevision, modRevision }: KeyValue): number {
    const revision = ++this.#revision;
    this.#liveBytes -= value.length;
    this.#append(key, { revision, createRevision, value: undefined });
    const previousRevision = modRevision;
    this.#emit({ type: 'delete', key, value, revision, createRevision, previousRevision, previous: undefined });
    return revision;
  }

  #append(key: string, version: Version): void {
    const versions = this.#keys.get(key);
    if (versions) versions.push(version);
    else this.#keys.set(key, [version]);
  }

  #emit(event: StoreEvent): void {
    this.#log.push(event);
    this.#watchers.deliver([event], event.revision);
  }

  #attach(key: string, leaseId: number | undefined): void {
    if (leaseId) this.#leases.get(leaseId)?.keys.add(key);
  }

  /** Drops what no read from `revision` on can see of `key`. */
  #forget(key: string, revision: number): void {
    const versions = this.#keys.get(key);
    if (!versions) return;
    let kept = 0;
    while (kept + 1 < versions.length && versions[kept + 1]!.revision <= revision) kept++;
    const oldest = versions[kept]!;
    if (oldest.value === undefined && oldest.revision <= revision) kept++;
    versions.splice(0, kept);
    if (versions.length === 0) this.#keys.delete(key);
  }
}

function versionAt(versions: readonly Version[] | undefined, revision: number | undefined): Version | undefined {
  if (!versions || revision === undefined) return versions?.at(-1);
  return versions.findLast((version) => version.revision <= revision);
}

function keyValue(key: string, version: Version | undefined): KeyValue | undefined {
  if (version?.value === undefined) return undefined;
  return { key, value: version.value, createRevision: version.createRevision, modRevision: version.revision };
}

/** Index of the first event after `revision`. */
function firstAfter(log: readonly StoreEvent[], revision: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (log[middle]!.revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
