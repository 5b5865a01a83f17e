import type { Disposable } from '@kubets/core';
import type { ServerContext } from './server-context.ts';

const BOOKMARK_PERIOD_MS = 60_000;
/** History is kept for one to two of these. */
const COMPACTION_PERIOD_MS = 5 * 60_000;

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
    let compactNext: number | undefined;
    this.#every(BOOKMARK_PERIOD_MS, 'bookmarks', async () => {
      for (const cache of server.registry.caches()) await cache.sendBookmarks();
    });
    this.#every(COMPACTION_PERIOD_MS, 'compaction', async () => {
      const revision = await server.store.revision();
      if (compactNext !== undefined) await compact(server, compactNext);
      compactNext = revision;
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
