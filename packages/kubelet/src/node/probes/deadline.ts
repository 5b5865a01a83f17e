import type { Clock, Disposable } from '@kubets/core';

/** Timers that fire this much too late tell that the process was kept from its work. */
const LATE_MS = 50;

/**
 * Aborts after `timeoutMs`, counted as the one who waits sees it: an answer that has arrived but could not be looked at, because this
 * process was busy or had no processor, is looked at first.
 */
export class Deadline implements Disposable {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  #timer: Disposable;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    const dueMs = clock.monotonicMs() + timeoutMs;
    this.#timer = clock.after(timeoutMs, () => this.#fire(clock.monotonicMs() - dueMs, timeoutMs));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  dispose(): void {
    this.#timer.dispose();
  }

  #fire(lateMs: number, timeoutMs: number): void {
    const abort = () => this.#abort.abort(new DOMException('The operation timed out.', 'TimeoutError'));
    // Timers come before input and output in a turn of the event loop, so that is let through once more.
    if (lateMs < LATE_MS) this.#clock.after(0, abort);
    else this.#timer = this.#clock.after(Math.min(lateMs, timeoutMs), () => this.#clock.after(0, abort));
  }
}
