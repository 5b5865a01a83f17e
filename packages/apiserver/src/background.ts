import type { Disposable } from '@kubets/core';
import type { ServerContext } from './server-context.ts';

const BOOKMARK_PERIOD_MS = 60_000;
/** For how long paged lists and watches can go on from a revision; what is older goes at the next compaction. */
const HISTORY_MS = 5 * 60_000;
const COMPACTION_PERIOD_MS = 60_000;

async function compact(server: ServerContext, revision: number): Promise<void> {
  for (const cache of server.registry.caches()) cache.beforeCompaction(revision);
  await server.store.compact(revision);
}

/** What the server does by itself: bookmarks for watchers, and compaction of the history. */
export class BackgroundTasks implements Disposable {
  readonly #server: ServerContext;
  readonly #timers = new Map<string, Disposable>();
  #disposed = false;

  constructor(server: ServerContext) {
    this.#server = server;
    const revisions: number[] = [];
    this.#every(BOOKMARK_PERIOD_MS, 'bookmarks', async () => {
      for (const cache of server.registry.caches()) await cache.sendBookmarks();
    });
    this.#every(COMPACTION_PERIOD_MS, 'compaction', async () => {
      revisions.push(await server.store.revision());
      if (revisions.length > HISTORY_MS / COMPACTION_PERIOD_MS) await compact(server, revisions.shift()!);
    });
  }

  dispose(): void {
    this.#disposed = true;
    for (const timer of this.#timers.values()) timer.dispose();
  }

  #every(periodMs: number, name: string, run: () => Promise<void>): void {
    if (this.#disposed) return;
    const next = this.#server.clock.after(periodMs, () => {
      run()
        .catch((error) => this.#server.logger.log('warn', `${name} failed`, { error }))
        .finally(() => this.#every(periodMs, name, run));
    });
    this.#timers.set(name, next);
  }
}
