import { type Disposable, disposable } from '@kubets/core';

const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when `signal` aborts, unless disposed before. However many listen to one signal, the signal has one listener:
 * hosts take many for a leak.
 */
export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  let all = listeners.get(signal);
  if (!all) {
    const created = new Set<() => void>();
    all = created;
    listeners.set(signal, created);
    signal.addEventListener('abort', () => created.forEach((listener) => void listener()), { once: true });
  }
  all.add(callback);
  return disposable(() => void all.delete(callback));
}
