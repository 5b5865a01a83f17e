import { type Disposable, DisposableStore, expired } from '@kubets/core';
import { lenient } from '../custom-resources/converted.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, WatchSink } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { bookmark, type CachedObject, ObjectEvent } from '../watch-cache/cached-object.ts';
import { type WatchStart, watchStart } from '../watch-cache/read-options.ts';
import { CacheClosedError } from '../watch-cache/watch-cache.ts';
import type { Selection } from '../watch-cache/watcher.ts';
import { waitForRevision } from './list.ts';

/** A watch without a timeout of its own ends somewhere between one and two times this. */
const MIN_WATCH_SECONDS = 1800;
/** Initial events that may be on their way to the reader. */
const INITIAL_EVENTS_AHEAD_BYTES = 4 << 20;
const READER_POLL_MS = 2;
/** Initial events sent before the time is looked at. */
const INITIAL_EVENTS_SLICE = 32;

/**
 * Starts a watch. What is wrong with the request itself is thrown at once; what turns up later (410, say) ends the watch
 * through its sink.
 */
export function watch(
  server: ServerContext,
  request: AuthenticatedRequest,
  options: { resource: Resource; sink: WatchSink },
): Disposable {
  const { resource, sink } = options;
  const start = watchStart(request.options);
  const selected = resource.select(request);
  const selection = resource.kind.isCustom ? { ...selected, matches: lenient(selected.matches) } : selected;
  const lifetime = new DisposableStore();
  let over = false;
  const end = (error?: unknown) => {
    if (over) return;
    over = true;
    lifetime.dispose();
    sink.onEnd(error);
  };
  const guarded: WatchSink = {
    onEvents: (events) => {
      if (!over) sink.onEvents(events);
    },
    onEnd: end,
    pendingBytes: () => sink.pendingBytes?.() ?? 0,
  };
  const seconds = request.options.timeoutSeconds || MIN_WATCH_SECONDS * (1 + server.random.next());
  lifetime.add(server.clock.after(seconds * 1000, () => end()));
  const running = { request, resource, sink: guarded, start, selection, lifetime };
  // A kind that is redefined or withdrawn ends its watches without an error: clients list again and see what there is.
  begin(server, running).catch((error) => end(error instanceof CacheClosedError ? undefined : error));
  return {
    dispose() {
      over = true;
      lifetime.dispose();
    },
  };
}

interface RunningWatch {
  readonly request: AuthenticatedRequest;
  readonly resource: Resource;
  readonly sink: WatchSink;
  readonly start: WatchStart;
  readonly selection: Selection;
  readonly lifetime: DisposableStore;
}

async function begin(server: ServerContext, running: RunningWatch): Promise<void> {
  const { resource, start, selection, sink, request, lifetime } = running;
  const { cache } = resource;
  const current = start.initialEvents ? await waitForRevision(server, resource, start.revision) : await cache.sync();
  const afterRevision = start.initialEvents || start.revision === 0 ? current : start.revision;
  if (afterRevision < cache.since) {
    throw expired(`too old resource version: ${afterRevision} (${cache.since})`);
  }
  const { watcher, close } = cache.watch({
    selection,
    sink,
    form: resource.form,
    bookmarks: request.options.allowWatchBookmarks ?? false,
    afterRevision,
    hold: start.initialEvents,
  });
  lifetime.add(close);
  if (!start.initialEvents) return;
  const existing = selection.exact
    ? one(cache.get(selection.prefix))
    : (cache.indexed(selection) ?? cache.page({ prefix: selection.prefix }));
  for (let at = 0; at < existing.length && !watcher.ended; at += INITIAL_EVENTS_SLICE) {
    const turn = server.turns.whenFree();
    if (turn) await turn;
    // The initial state may be larger than what a watcher may leave unread, so it waits for the reader.
    while (!watcher.ended && (sink.pendingBytes?.() ?? 0) > INITIAL_EVENTS_AHEAD_BYTES) {
      await server.clock.sleep(READER_POLL_MS);
    }
    watcher.send(initialEvents(existing.slice(at, at + INITIAL_EVENTS_SLICE), resource, selection));
  }
  if (start.markEnd) watcher.send([bookmark(resource.form, current, true)]);
  watcher.release();
}

function initialEvents(slice: readonly CachedObject[], resource: Resource, { matches }: Selection): ObjectEvent[] {
  const views = slice.map((object) => resource.view(object));
  const visible = matches ? views.filter((view) => matches(view)) : views;
  return visible.map((view) => new ObjectEvent('ADDED', view));
}

const one = (object: CachedObject | undefined) => (object ? [object] : []);
