import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type Clock, sleepWith } from '../ports/clock.ts';
import { disposable } from '../ports/disposable.ts';
import type { Random } from '../ports/random.ts';

/** The machine's own time. Its timers do not keep the process alive by themselves when `unref` is asked for. */
export const hostClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    return disposable(() => clearTimeout(timer));
  },
  sleep: (delayMs, signal) => sleepWith(hostClock.after, delayMs, signal),
};

/** Resolves once everything that came together in this turn of the event loop has been looked at. */
export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Asking the machine for a few bytes costs as much as asking for many. */
const POOL_BYTES = 6 * 1024;
let pool = Buffer.alloc(0);
let poolUsed = 0;

/** 48 bits of chance. */
function nextBits(): number {
  if (poolUsed === pool.length) {
    pool = randomBytes(POOL_BYTES);
    poolUsed = 0;
  }
  poolUsed += 6;
  return pool.readUIntBE(poolUsed - 6, 6);
}

/** The machine's own chance, cryptographically strong. */
export const hostRandom: Random = {
  next: () => nextBits() / 2 ** 48,
  bytes: (length) => new Uint8Array(randomBytes(length)),
  uuid: () => randomUUID(),
};
