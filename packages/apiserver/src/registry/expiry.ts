import type { Clock } from '@kubets/core';
import type { Store } from '@kubets/storage';

/** Events are kept for an hour. */
const EVENT_TTL_SECONDS = 3600;
/** Objects written within this time share a lease; they live that much longer at most. */
const LEASE_SHARING_SECONDS = 60;

/** Leases for objects that end by themselves. */
export class Expiry {
  readonly #store: Store;
  readonly #clock: Clock;
  #lease: Promise<number> | undefined;
  #sharedUntilMs = 0;

  constructor(options: { store: Store; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** The lease for a new object of the resource stored under `prefix`; undefined for what stays. */
  leaseFor(prefix: string): Promise<number> | undefined {
    if (prefix !== '/registry/events/') return undefined;
    const nowMs = this.#clock.now();
    if (this.#lease && nowMs < this.#sharedUntilMs) return this.#lease;
    this.#sharedUntilMs = nowMs + LEASE_SHARING_SECONDS * 1000;
    this.#lease = this.#store.grantLease(EVENT_TTL_SECONDS + LEASE_SHARING_SECONDS);
    return this.#lease;
  }
}
