import { WorkQueue } from '@kubets/client';
import { type AsyncDisposable, type Clock, DisposableStore, hasReason, type Logger } from '@kubets/core';
import type { Controller } from './controller.ts';

/** Keys of one controller worked on at the same time unless it says otherwise, as upstream's default. */
const DEFAULT_CONCURRENCY = 5;

export interface ManagerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

class Loop {
  readonly #controller: Controller;
  readonly #queue: WorkQueue;
  readonly #logger: Logger;
  readonly #subscriptions = new DisposableStore();
  readonly #abort = new AbortController();
  #active = 0;
  #started = false;
  #onIdle: () => void = () => {};

  constructor(controller: Controller, { clock, logger }: ManagerOptions) {
    this.#controller = controller;
    this.#queue = new WorkQueue({ clock });
    this.#logger = logger.with({ controller: controller.name });
    this.#queue.listen(() => this.#pump());
  }

  get busy(): boolean {
    return this.#active > 0 || (this.#started && this.#queue.length > 0);
  }

  async start(): Promise<void> {
    const { watches } = this.#controller;
    for (const watch of watches) this.#subscriptions.add(watch.start(this.#queue));
    try {
      await Promise.all(watches.map((watch) => watch.whenSynced(this.#abort.signal)));
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
    this.#started = true;
    this.#pump();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error(`${this.#controller.name} stopped`));
    this.#subscriptions.dispose();
    this.#queue.dispose();
    if (this.#active === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #pump(): void {
    const limit = this.#controller.concurrency ?? DEFAULT_CONCURRENCY;
    while (this.#started && !this.#abort.signal.aborted && this.#active < limit) {
      const key = this.#queue.take();
      if (key === undefined) return;
      this.#active++;
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    // The caller may be in the middle of handing a change to several informers' readers: let it finish first.
    await Promise.resolve();
    try {
      const requeue = await this.#controller.reconcile(key, this.#abort.signal);
      this.#queue.forget(key);
      if (requeue) this.#queue.addAfter(key, requeue.afterMs);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#failed(key, error);
    }
    this.#queue.done(key);
    this.#active--;
    if (this.#abort.signal.aborted && this.#active === 0) this.#onIdle();
    this.#pump();
  }

  /** Every failure is tried again, later each time; a conflict is the ordinary way of learning that state has moved on. */
  #failed(key: string, error: unknown): void {
    const level = hasReason(error, 'Conflict') || hasReason(error, 'NotFound') ? 'debug' : 'warn';
    this.#logger.log(level, 'reconciliation failed, it is tried again', { key, error });
    this.#queue.addRateLimited(key);
  }
}

/** Owns every loop, queue, back-off and worker of the controllers in a process. */
export class ControllerManager implements AsyncDisposable {
  readonly #loops: Loop[] = [];
  readonly #options: ManagerOptions;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Starts a controller; resolves when its informers are filled and it works. */
  async start(controller: Controller): Promise<void> {
    const loop = new Loop(controller, this.#options);
    this.#loops.push(loop);
    await loop.start();
  }

  /** True while any controller works on a key or has one waiting; delayed keys do not count. */
  get busy(): boolean {
    return this.#loops.some((loop) => loop.busy);
  }

  /** Stops taking keys and resolves when those being worked on are finished. */
  async dispose(): Promise<void> {
    await Promise.all(this.#loops.splice(0).map((loop) => loop.stop()));
  }
}
