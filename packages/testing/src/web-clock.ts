import { type Clock, disposable, sleepWith } from '@kubets/core';

/** Longest delay that hosts' timers take; later ones are set again on the way. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Real time from what browsers and Node.js have in common. */
export const webClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS));
    return disposable(() => clearTimeout(timer));
  },
  sleep: (delayMs, signal) => sleepWith(webClock.after, delayMs, signal),
};
