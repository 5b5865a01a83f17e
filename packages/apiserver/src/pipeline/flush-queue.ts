import type { Clock } from '@kubets/core';

/** Streams that got events within so many milliseconds of the last flush share the next. */
const COALESCE_MS = 1;

/** Writes what the watches of one moment have to say in one go: at once when all is quiet, together when it is busy. */
export class FlushQueue {
  readonly #clock: Clock;
  #waiting: { flush(): void }[] = [];
  #lastFlushMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `stream.flush()` will be called soon, once for each time it is added. */
  add(stream: { flush(): void }): void {
    this.#waiting.push(stream);
    if (this.#waiting.length > 1) return;
    if (this.#clock.monotonicMs() - this.#lastFlushMs < COALESCE_MS)
      this.#clock.after(COALESCE_MS, () => this.#flush());
    else queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const streams = this.#waiting;
    this.#waiting = [];
    for (const stream of streams) stream.flush();
    this.#lastFlushMs = this.#clock.monotonicMs();
  }
}
