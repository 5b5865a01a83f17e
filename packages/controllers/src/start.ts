import { type ServiceAccount, serviceAccountKind } from '@kubets/api';
import { type Client, consistentClient, EventRecorder, type InformerFactory, ServedKinds } from '@kubets/client';
import { type AsyncDisposable, type Clock, hasReason, type Logger, type Random } from '@kubets/core';
import { builtInControllers, type ControllerOptions } from './controllers.ts';
import type { ControllerContext } from './runner/controller.ts';
import { ControllerManager } from './runner/manager.ts';

const NAMESPACE = 'kube-system';

export interface StartOptions {
  readonly client: Client;
  /** The client of a service account of kube-system that a controller acts as. Without it all act as `client` does. */
  readonly clientOf?: (account: string) => Client;
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
  const { clock, logger, options = {} } = start;
  const kinds = new ServedKinds(start.informers);
  const contexts = new Map<string, ControllerContext>();
  const recorders: EventRecorder[] = [];
  const as = (account = '') => {
    const known = contexts.get(account);
    if (known) return known;
    const client = account && start.clientOf ? start.clientOf(account) : start.client;
    const created = contextOf({ ...start, client }, { kinds, recorders });
    contexts.set(account, created);
    return created;
  };
  const controllers = builtInControllers(as, options);
  if (start.clientOf) await ensureAccounts(start.client, [...contexts.keys()].filter(Boolean));
  const manager = new ControllerManager({ clock, logger });
  await Promise.all(controllers.map((controller) => manager.start(controller)));
  return {
    get busy() {
      return manager.busy || recorders.some(({ pending }) => pending > 0);
    },
    async dispose() {
      await manager.dispose();
      kinds.dispose();
      for (const each of recorders) each.dispose();
    },
  };
}

function contextOf(
  { client, informers, clock, random, logger }: StartOptions,
  { kinds, recorders }: { kinds: ServedKinds; recorders: EventRecorder[] },
): ControllerContext {
  const own = new Map<string, EventRecorder>();
  const recorder = (component: string) => {
    const known = own.get(component);
    if (known) return known;
    const created = new EventRecorder({ client, clock, random, logger, component });
    own.set(component, created);
    recorders.push(created);
    return created;
  };
  return { client: consistentClient(client, informers), informers, kinds, clock, random, logger, recorder };
}

/** Creates the service accounts that controllers act as, where they are missing. */
async function ensureAccounts(client: Client, names: readonly string[]): Promise<void> {
  const accounts = client.resource(serviceAccountKind);
  const { items } = await accounts.list(NAMESPACE);
  const known = new Set(items.map(({ metadata }) => metadata.name));
  for (const name of names) {
    if (known.has(name)) continue;
    const metadata = { name, namespace: NAMESPACE };
    await accounts.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata } as ServiceAccount).catch((error) => {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    });
  }
}
