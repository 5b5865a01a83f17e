import type { Clock } from '@kubets/core';

/** How long requests may keep the process from its sockets and timers before those get their turn. */
const MAX_TURN_MS = 8;

const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate;

/** Lets timers, sockets and other requests run before going on. */
export function yieldToLoop(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate) immediate(resolve);
    else afterMessage(resolve);
  });
}

/** Browsers have no immediates, but a message to oneself comes as soon. */
function afterMessage(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(undefined);
}

/**
 * Spreads bursts over turns of the event loop. Parts in this process can ask for hundreds of writes at once, which go from
 * promise to promise without ever giving a socket its turn; so whoever comes when the turn is used up waits for a later one.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #maxTurnMs: number;
  #startedMs: number | undefined;
  #next: Promise<void> | undefined;

  constructor(clock: Clock, maxTurnMs = MAX_TURN_MS) {
    this.#clock = clock;
    this.#maxTurnMs = maxTurnMs;
  }

  /** For work that begins or goes on: undefined when there is time left now, else a promise to wait for. */
  whenFree(): Promise<void> | undefined {
    return this.#isSpent() ? this.#waitForTurn() : undefined;
  }

  async #waitForTurn(): Promise<void> {
    while (this.#isSpent()) await this.#nextTurn();
  }

  #nextTurn(): Promise<void> {
    this.#next ??= yieldToLoop().then(() => {
      this.#next = undefined;
    });
    return this.#next;
  }

  #isSpent(): boolean {
    if (this.#startedMs !== undefined) return this.#clock.monotonicMs() - this.#startedMs >= this.#maxTurnMs;
    this.#startedMs = this.#clock.monotonicMs();
    void yieldToLoop().then(() => {
      this.#startedMs = undefined;
    });
    return false;
  }
}
