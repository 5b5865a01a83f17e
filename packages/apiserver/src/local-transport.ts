import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '@kubets/client';
import { apiVersionOf, disposable, type KubeList, type KubeObject, tooManyRequests } from '@kubets/core';
import type { CacheEvent, StoredObject, User, VerbResult, WatchSink } from './request.ts';
import type { ApiServer } from './server.ts';
import { managerOf } from './system-users.ts';
import type { Turns } from './turns.ts';

/** Events that a local watcher may leave unread before its watch is ended. */
const MAX_UNREAD_EVENTS = 100_000;
/** Objects of a list decoded before the time is looked at. */
const ITEMS_PER_CHECK = 32;

/** Reaches an API server in the same process: requests go straight to the verbs, and objects are handed over as they are. */
export function localTransport(
  server: Pick<ApiServer, 'handle' | 'watch'>,
  { user, turns }: { user: User; turns: Turns },
): Transport {
  const manager = managerOf(user);
  return {
    async request(request, signal) {
      const turn = turns.whenFree();
      if (turn) await turn;
      signal?.throwIfAborted();
      const options = request.options.fieldManager ? request.options : { ...request.options, fieldManager: manager };
      const result = await server.handle({ ...request, options, user });
      const objects = result.type === 'list' ? await decoded(result.items, turns) : [];
      return responseOf(result, request, objects);
    },
    watch: (request, signal) => watchEvents(server, { request, user, signal, turns }),
  };
}

/** The objects of a list; others get their turn while it is decoded. */
async function decoded(items: readonly StoredObject[], turns: Turns): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const item of items) {
    objects.push(item.object);
    const turn = objects.length % ITEMS_PER_CHECK === 0 ? turns.whenFree() : undefined;
    if (turn) await turn;
  }
  return objects;
}

/** `objects` are those of a list. */
function responseOf(result: VerbResult, { resource }: ApiRequest, objects: KubeObject[]): ApiResponse {
  const { code, warnings } = result;
  const body = bodyOf(result, resource, objects);
  return warnings.length > 0 ? { code, body, warnings } : { code, body };
}

function bodyOf(result: VerbResult, resource: ApiRequest['resource'], objects: KubeObject[]): ApiResponse['body'] {
  switch (result.type) {
    case 'object':
      return result.stored.object;
    case 'transient':
      return result.object;
    case 'status':
      return result.status;
    case 'list': {
      const list: KubeList = {
        kind: result.kind.listKind,
        apiVersion: apiVersionOf(resource.group, resource.version),
        metadata: result.metadata,
        items: objects,
      };
      return list;
    }
  }
}

/** A watch's events between the server, which pushes, and a reader, which pulls. */
class EventQueue implements WatchSink {
  readonly #events: WatchEvent[] = [];
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  onEvents(events: readonly CacheEvent[]): void {
    if (this.#ended) return;
    for (const { type, stored } of events) this.#events.push({ type, object: stored.object as KubeObject });
    if (this.#events.length > MAX_UNREAD_EVENTS) this.onEnd(tooManyRequests('the watcher is too slow', 1));
    this.#wake?.();
  }

  onEnd(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** The events waiting, or undefined at the end. */
  async next(): Promise<WatchEvent[] | undefined> {
    while (this.#events.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    return this.#events.splice(0);
  }
}

async function* watchEvents(
  server: Pick<ApiServer, 'watch'>,
  options: { request: ApiRequest; user: User; signal: AbortSignal; turns: Turns },
): AsyncGenerator<WatchEvent> {
  const { request, user, signal, turns } = options;
  if (signal.aborted) return;
  const queue = new EventQueue();
  const running = server.watch({ ...request, user }, queue);
  const abort = () => queue.onEnd();
  signal.addEventListener('abort', abort, { once: true });
  const stop = disposable(() => {
    running.dispose();
    signal.removeEventListener('abort', abort);
  });
  try {
    for (let batch = await queue.next(); batch; batch = await queue.next()) {
      for (const event of batch) {
        const turn = turns.whenFree();
        if (turn) await turn;
        if (signal.aborted) return;
        yield event;
      }
    }
  } finally {
    stop.dispose();
  }
}
