import {
  type Clock,
  type Disposable,
  disposable,
  type KindDefinition,
  type KubeObject,
  type Logger,
} from '@kubets/core';
import type { AuthenticatedRequest, CacheEvent } from '../request.ts';
import { loopbackUser } from '../system-users.ts';
import type { RequestHandler } from './backend.ts';

const RETRY_MS = 200;

/** What a mirror tells of: the whole set once, then every change. */
export interface MirrorListener<T extends KubeObject> {
  onReplace(objects: readonly T[]): void;
  onSet(object: T, old: T | undefined): void;
  onDelete(object: T): void;
}

/**
 * Keeps its listener in step with all objects of one kind, for decisions that must not wait: who may do what, which
 * priority a request has. It lists, then watches, and starts over when the watch ends.
 */
export class Mirror<T extends KubeObject> implements Disposable {
  readonly #handler: RequestHandler;
  readonly #kind: KindDefinition<T>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: MirrorListener<T>;
  readonly #objects = new Map<string, T>();
  #watch: Disposable = disposable(() => {});
  #disposed = false;
  #markSynced: () => void = () => {};
  /** Resolves once the first list is in. */
  readonly synced: Promise<void>;

  constructor(options: {
    handler: RequestHandler;
    kind: KindDefinition<T>;
    clock: Clock;
    logger: Logger;
    listener: MirrorListener<T>;
  }) {
    this.#handler = options.handler;
    this.#kind = options.kind;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#listener = options.listener;
    this.synced = new Promise((resolve) => {
      this.#markSynced = resolve;
    });
    void this.#start();
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  dispose(): void {
    this.#disposed = true;
    this.#watch.dispose();
    this.#markSynced();
  }

  #request(verb: 'list' | 'watch', options: AuthenticatedRequest['options']): AuthenticatedRequest {
    const { group, version, resource } = this.#kind;
    const target = { resource: { group, version, resource }, namespace: '', name: '', subresource: '' };
    return { verb, ...target, options, user: loopbackUser };
  }

  async #start(): Promise<void> {
    if (this.#disposed) return;
    try {
      const result = await this.#handler.handle(this.#request('list', {}));
      if (result.type !== 'list' || this.#disposed) return;
      this.#replace(result.items.map((item) => item.object as T));
      this.#follow(result.metadata.resourceVersion ?? '0');
    } catch (error) {
      this.#logger.log('warn', 'list failed; trying again', { resource: this.#kind.resource, error });
      this.#restart();
    }
  }

  #restart(): void {
    if (this.#disposed) return;
    this.#watch = this.#clock.after(RETRY_MS, () => void this.#start());
  }

  #replace(objects: readonly T[]): void {
    this.#objects.clear();
    for (const object of objects) this.#objects.set(keyOf(object), object);
    this.#listener.onReplace(objects);
    this.#markSynced();
  }

  #follow(resourceVersion: string): void {
    this.#watch = this.#handler.watch(this.#request('watch', { resourceVersion }), {
      onEvents: (events) => {
        for (const event of events) this.#apply(event);
      },
      onEnd: () => this.#restart(),
    });
  }

  #apply(event: CacheEvent): void {
    if (event.type === 'BOOKMARK') return;
    const object = event.stored.object as T;
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (event.type === 'DELETED') {
      this.#objects.delete(key);
      this.#listener.onDelete(object);
    } else {
      this.#objects.set(key, object);
      this.#listener.onSet(object, old);
    }
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}
