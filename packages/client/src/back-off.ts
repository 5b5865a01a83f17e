import type { Random } from '@kubets/core';

export interface BackOffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor?: number;
  /** Up to this share of the delay is added at random; 0 for none. */
  readonly jitter?: number;
}

/** Delays that grow with every failure in a row and start over after `reset`. */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #random: Random;
  #nextMs: number;

  constructor(options: BackOffOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#nextMs = options.initialMs;
  }

  nextDelayMs(): number {
    const { maxMs, factor = 2, jitter = 0 } = this.#options;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(maxMs, delayMs * factor);
    return delayMs * (1 + jitter * this.#random.next());
  }

  reset(): void {
    this.#nextMs = this.#options.initialMs;
  }
}
