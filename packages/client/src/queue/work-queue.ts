import { type Clock, type Disposable, disposable } from '@kubets/core';

/** Per-key delays: 5 ms doubling to 1000 s, as upstream's controllers have. */
const KEY_BACK_OFF_INITIAL_MS = 5;
const KEY_BACK_OFF_MAX_MS = 1_000_000;

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** First delay after a failure; 5 ms unless told. */
  readonly initialBackOffMs?: number;
  /** Longest delay after failures in a row; 1000 s unless told. */
  readonly maxBackOffMs?: number;
}

/**
 * Keys to be worked on. A key waits at most once, and is never handed out while somebody still works on it: added meanwhile,
 * it comes up again after `done`.
 */
export class WorkQueue implements Disposable {
  readonly #clock: Clock;
  readonly #initialBackOffMs: number;
  readonly #maxBackOffMs: number;
  readonly #waiting = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { dueMs: number; timer: Disposable }>();
  #disposed = false;
  #onReady: () => void = () => {};

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#initialBackOffMs = options.initialBackOffMs ?? KEY_BACK_OFF_INITIAL_MS;
    this.#maxBackOffMs = options.maxBackOffMs ?? KEY_BACK_OFF_MAX_MS;
  }

  /** Keys that could be taken now. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Keys being worked on. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Calls `onReady` whenever a key can be taken. One listener: the runner. */
  listen(onReady: () => void): Disposable {
    this.#onReady = onReady;
    return disposable(() => {
      this.#onReady = () => {};
    });
  }

  add(key: string): void {
    if (this.#disposed) return;
    if (this.#processing.has(key)) {
      this.#dirty.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    this.#onReady();
  }

  /** Adds after a delay. Of several delays for one key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#disposed) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending && pending.dueMs <= dueMs) return;
    pending?.timer.dispose();
    const timer = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, timer });
  }

  /** Adds after a failure, later each time until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#maxBackOffMs, this.#initialBackOffMs * 2 ** failures));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Takes the key that has waited longest; `done` must follow. Undefined when none waits. */
  take(): string | undefined {
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      this.#processing.add(key);
      return key;
    }
    return undefined;
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
  }

  dispose(): void {
    this.#disposed = true;
    for (const { timer } of this.#delayed.values()) timer.dispose();
    this.#delayed.clear();
    this.#waiting.clear();
    this.#dirty.clear();
  }
}
