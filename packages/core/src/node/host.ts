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

/** The machine's own chance, cryptographically strong. */
export const hostRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (length) => new Uint8Array(randomBytes(length)),
  uuid: () => randomUUID(),
};
