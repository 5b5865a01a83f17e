import type { Clock, Disposable } from '@kubets/core';
import type { LogRecord } from './records.ts';

/** A write that is in the journal, or on its way there. */
export interface Write {
  readonly revision: number;
  readonly record: LogRecord;
  /** The record as it is kept. */
  readonly bytes: Buffer;
  /** 0 for none. */
  readonly leaseId: number;
}

export interface SettlingOptions {
  readonly clock: Clock;
  /** The revision up to which the database has everything. */
  readonly settled: number;
  /** Puts writes into the database, durably, all or none. */
  keep(writes: readonly Write[]): Promise<void>;
  /** They are there now. */
  kept(writes: readonly Write[]): void;
}

/** Writes that go into the database at a time; handing over so many keeps other requests waiting for a few milliseconds. */
const MAX_WRITES = 128;
/** How long writes gather in the journal: the database costs the disk the same for one as for many. */
const GATHER_MS = 100;
const RETRY_MS = 1000;

/** Takes writes from the journal over into the database, behind their acknowledgement. */
export class Settling {
  readonly #options: SettlingOptions;
  /** By revision, in order. */
  readonly #waiting = new Map<number, Write>();
  #settled: number;
  #running: Promise<void> | undefined;
  #timer: Disposable | undefined;
  /** The last try failed, on a full disk say: the next one waits, however much comes. */
  #isFailing = false;
  #closed = false;

  constructor(options: SettlingOptions) {
    this.#options = options;
    this.#settled = options.settled;
  }

  /** The revision up to which the database has everything. */
  get settled(): number {
    return this.#settled;
  }

  /** Acknowledged writes that the database does not have yet, in order. */
  get waiting(): ReadonlyMap<number, Write> {
    return this.#waiting;
  }

  add(writes: readonly Write[]): void {
    for (const write of writes) this.#waiting.set(write.revision, write);
    this.#schedule();
  }

  /** Resolves once the database has all that was acknowledged up to `revision`; rejects when it cannot take it. */
  async upTo(revision: number): Promise<void> {
    while (this.#settled < revision && this.#waiting.size > 0) await this.#settleSome();
  }

  /** Settles what it can; what the database cannot take stays in the journal for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.dispose();
    await this.upTo(Number.POSITIVE_INFINITY).catch(() => {});
  }

  #schedule(): void {
    if (this.#closed || this.#running || this.#waiting.size === 0) return;
    if (!this.#isFailing && this.#waiting.size >= MAX_WRITES) {
      this.#settleSome().catch(() => {});
      return;
    }
    this.#timer ??= this.#options.clock.after(this.#isFailing ? RETRY_MS : GATHER_MS, () => {
      this.#timer = undefined;
      this.#settleSome().catch(() => {});
    });
  }

  /** One transaction, whoever asks for it. */
  #settleSome(): Promise<void> {
    this.#running ??= this.#transfer().then(
      () => {
        this.#running = undefined;
        this.#isFailing = false;
        this.#schedule();
      },
      (error) => {
        this.#running = undefined;
        this.#isFailing = true;
        this.#schedule();
        throw error;
      },
    );
    return this.#running;
  }

  async #transfer(): Promise<void> {
    const writes: Write[] = [];
    for (const write of this.#waiting.values()) {
      if (writes.push(write) === MAX_WRITES) break;
    }
    // Somebody who could not wait has settled them already.
    if (writes.length === 0) return;
    await this.#options.keep(writes);
    for (const { revision } of writes) this.#waiting.delete(revision);
    this.#settled = writes.at(-1)!.revision;
    this.#options.kept(writes);
  }
}
