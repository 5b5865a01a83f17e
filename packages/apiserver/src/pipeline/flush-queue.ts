import type { Clock } from '@kubets/core';

/**
 * Streams that got events within so many milliseconds of the last flush share the next: as many as that flush took, so that
 * watches have half of the time at most. Gathering for longer saves nothing, as clients read nothing meanwhile.
 */
const MIN_COALESCE_MS = 1;
const MAX_COALESCE_MS = 10;

/** Writes what the watches of one moment have to say in one go: at once when all is quiet, together when it is busy. */
export class FlushQueue {
  readonly #clock: Clock;
  #waiting: { flush(): void }[] = [];
  #lastFlushMs = Number.NEGATIVE_INFINITY;
  #coalesceMs = MIN_COALESCE_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `stream.flush()` will be called soon, once for each time it is added. */
  add(stream: { flush(): void }): void {
    this.#waiting.push(stream);
    if (this.#waiting.length > 1) return;
    const dueMs = this.#lastFlushMs + this.#coalesceMs - this.#clock.monotonicMs();
    if (dueMs > 0) this.#clock.after(dueMs, () => this.#flush());
    else queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const streams = this.#waiting;
    this.#waiting = [];
    const startMs = this.#clock.monotonicMs();
    for (const stream of streams) stream.flush();
    this.#lastFlushMs = this.#clock.monotonicMs();
    this.#coalesceMs = Math.min(MAX_COALESCE_MS, Math.max(MIN_COALESCE_MS, this.#lastFlushMs - startMs));
  }
}
