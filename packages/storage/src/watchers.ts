import type { StoreEvent, Watch, WatchOptions } from './store.ts';

/** The watches of one embedded store; events reach them in the order of their revisions. */
export class Watchers {
  readonly #watchers = new Set<WatchOptions>();

  add(options: WatchOptions): Watch {
    this.#watchers.add(options);
    return { close: () => void this.#watchers.delete(options) };
  }

  /** Hands each watch the events under its prefix. `events` are in order and follow all that were delivered before. */
  deliver(events: readonly StoreEvent[], revision: number): void {
    for (const watcher of [...this.#watchers]) {
      const own = events.filter((event) => event.key.startsWith(watcher.prefix));
      if (own.length > 0 && this.#watchers.has(watcher)) watcher.onEvents(own, revision);
    }
  }

  /** Ends every watch with an error. */
  fail(error: Error): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.onError(error);
  }
}
