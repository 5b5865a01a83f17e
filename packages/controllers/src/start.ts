import { type Client, consistentClient, EventRecorder, type InformerFactory, ServedKinds } from '@kubets/client';
import type { AsyncDisposable, Clock, Logger, Random } from '@kubets/core';
import { builtInControllers, type ControllerOptions } from './controllers.ts';
import type { ControllerContext } from './runner/controller.ts';
import { ControllerManager } from './runner/manager.ts';

export interface StartOptions {
  readonly client: Client;
  /** Shared with whoever else reads in this process; not disposed here. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly options?: ControllerOptions;
}

export interface RunningControllers extends AsyncDisposable {
  /** True while a key is being worked on or waits to be. */
  readonly busy: boolean;
}

/** Starts the built-in controllers; resolves when all have filled their caches and work. Disposing waits for those at work. */
export async function startControllers(start: StartOptions): Promise<RunningControllers> {
  const { informers, clock, random, logger, options = {} } = start;
  const client = consistentClient(start.client, informers);
  const kinds = new ServedKinds(informers);
  const recorders = new Map<string, EventRecorder>();
  const recorder = (component: string) => {
    const known = recorders.get(component);
    if (known) return known;
    const created = new EventRecorder({ client: start.client, clock, random, logger, component });
    recorders.set(component, created);
    return created;
  };
  const context: ControllerContext = { client, informers, kinds, clock, random, logger, recorder };
  const manager = new ControllerManager({ clock, logger });
  const controllers = builtInControllers(context, options);
  await Promise.all(controllers.map((controller) => manager.start(controller)));
  return {
    get busy() {
      return manager.busy || [...recorders.values()].some(({ pending }) => pending > 0);
    },
    async dispose() {
      await manager.dispose();
      kinds.dispose();
      for (const each of recorders.values()) each.dispose();
    },
  };
}
