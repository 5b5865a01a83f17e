import type { Disposable } from './disposable.ts';

/**
 * Where every part gets its time from. The host clock reads the machine; the virtual clock advances only when told to,
 * so that a whole cluster can run under it.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds from an arbitrary start that never jump backwards; for measuring, not for showing. */
  monotonicMs(): number;
  /** Runs `callback` once after `delayMs`. Disposing the result cancels it. */
  after(delayMs: number, callback: () => void): Disposable;
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Builds `Clock.sleep` from `Clock.after`, for implementations of the port. */
export function sleepWith(after: Clock['after'], delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      timer.dispose();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
