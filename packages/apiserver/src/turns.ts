import type { Clock } from '@kubets/core';

/** How long requests may keep the process from its sockets and timers before those get their turn. */
const MAX_TURN_MS = 8;
/** Requests begun in one turn: most of what they cost comes only after they have begun. */
const MAX_TURN_REQUESTS = 32;

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
  #requests = 0;
  #next: Promise<void> | undefined;

  constructor(clock: Clock, maxTurnMs = MAX_TURN_MS) {
    this.#clock = clock;
    this.#maxTurnMs = maxTurnMs;
  }

  /** For a request about to begin: undefined when it can begin now, else a promise to wait for. */
  begin(): Promise<void> | undefined {
    if (this.#isSpent() || this.#requests >= MAX_TURN_REQUESTS) return this.#beginLater();
    this.#requests++;
    return undefined;
  }

  /** For work that goes on: undefined when there is time left now, else a promise to wait for. */
  whenFree(): Promise<void> | undefined {
    return this.#isSpent() ? this.#waitForTurn() : undefined;
  }

  async #beginLater(): Promise<void> {
    while (this.#isSpent() || this.#requests >= MAX_TURN_REQUESTS) await this.#nextTurn();
    this.#requests++;
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
      this.#requests = 0;
    });
    return false;
  }
}
