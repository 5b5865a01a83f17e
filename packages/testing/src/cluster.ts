import { type Namespace, namespaceKind } from '@kubets/api';
import { componentUser, createApiServer } from '@kubets/apiserver';
import { type Client, createClient, InformerFactory } from '@kubets/client';
import { type ControllerOptions, startControllers } from '@kubets/controllers';
import {
  type AsyncDisposable,
  type Clock,
  hasReason,
  type Logger,
  type Random,
  seededRandom,
  silentLogger,
  VirtualClock,
} from '@kubets/core';
import type { SimulatedBehaviours } from '@kubets/kubelet';
import { startScheduler } from '@kubets/scheduler';
import { memoryStore } from '@kubets/storage';
import { type NodeShape, PodRunner } from './pod-runner.ts';
import { ActivityMeter, settle } from './settle.ts';
import { type SimulatedNode, SimulatedNodes } from './simulated-nodes.ts';
import { webClock } from './web-clock.ts';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const POLL_MS = 5;
const DEFAULT_TIMEOUT_MS = 15_000;
/** Virtual time costs nothing, so conditions may take long to come true. */
const DEFAULT_VIRTUAL_TIMEOUT_MS = 30 * 60_000;

export interface ClusterOptions {
  /** How many nodes, or what they are like; 1 unless told. */
  readonly nodes?: number | readonly NodeShape[];
  /** Nodes without kubelets, whose pods are marked running: for tests at scale. */
  readonly hollow?: boolean;
  /** How containers behave on the simulated nodes. */
  readonly behaviours?: SimulatedBehaviours;
  /** `virtual` stands still until it is advanced; `real` unless told. */
  readonly clock?: 'real' | 'virtual';
  /** The same seed gives the same run, under the virtual clock. */
  readonly seed?: number;
  /** Options of the controllers, or false to run none. */
  readonly controllers?: ControllerOptions | false;
  readonly scheduler?: boolean;
  readonly logger?: Logger;
}

/** A whole cluster in this process. */
export interface Cluster {
  readonly client: Client;
  /** Shared with the cluster's own parts, and ended with them. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  /** The simulated nodes, to be stopped and to have their containers killed; none in a hollow cluster. */
  readonly nodes: readonly SimulatedNode[];
  /** Set in a hollow cluster. */
  readonly podRunner: PodRunner | undefined;
  /** Lets `ms` pass on the virtual clock, with everything that falls due on the way; under the real clock it waits. */
  advance(ms: number): Promise<void>;
  /** Resolves when nothing is left to do at this instant. Only under the virtual clock. */
  settle(): Promise<void>;
  /** Resolves with what `condition` returns as soon as that is neither false nor undefined; throws when time is up. */
  waitFor<T>(condition: () => T | Promise<T>, options?: WaitOptions): Promise<NonNullable<Exclude<T, false>>>;
  /** Ends everything that the cluster started. */
  close(): Promise<void>;
}

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** What is waited for, to be named in the error. */
  readonly what?: string;
}

/** Starts memory storage, an API server, controllers, a scheduler and simulated nodes. Resolves when all of it works. */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { seed = 1, logger = silentLogger } = options;
  const virtual = options.clock === 'virtual' ? new VirtualClock() : undefined;
  const clock = virtual ?? webClock;
  const random = seededRandom(seed);
  const store = memoryStore({ clock });
  const server = await createApiServer({ store, clock, random, logger });
  const meter = new ActivityMeter();
  const client = createClient(meter.measure(server.localTransport()));
  const clientOf = (component: string) => createClient(meter.measure(server.localTransport(componentUser(component))));
  const informers = new InformerFactory({ client, clock, random, logger });
  const parts: AsyncDisposable[] = [];
  await createNamespaces(client);

  const shared = { client, informers, clock, random, logger };
  const shapes = shapesOf(options.nodes ?? 1);
  const { behaviours, hollow } = options;
  const podRunner = hollow ? new PodRunner({ client, informers, clock, nodes: shapes }) : undefined;
  const nodes = new SimulatedNodes({ ...shared, ...(behaviours ? { behaviours } : {}) }, hollow ? [] : shapes);
  await podRunner?.start();
  await nodes.start();
  if (options.scheduler !== false) parts.push(await startScheduler({ ...shared, client: clientOf('kube-scheduler') }));
  if (options.controllers !== false)
    parts.push(
      await startControllers({
        ...shared,
        client: clientOf('kube-controller-manager'),
        options: options.controllers ?? {},
      }),
    );
  const quiet = () => (virtual ? settle(virtual, meter) : Promise.reject(new Error('settle needs the virtual clock')));

  return {
    client,
    informers,
    clock,
    random,
    nodes: nodes.all,
    podRunner,
    settle: quiet,
    advance: (ms) => (virtual ? advance(virtual, ms, quiet) : clock.sleep(ms)),
    waitFor: (condition, wait = {}) => waitFor({ clock, virtual, quiet, condition, wait }),
    async close() {
      podRunner?.dispose();
      await nodes.dispose();
      await Promise.all(parts.map((part) => part.dispose()));
      informers.dispose();
      await server.close();
      await store.close();
    },
  };
}

function shapesOf(nodes: number | readonly NodeShape[]): readonly NodeShape[] {
  if (typeof nodes !== 'number') return nodes;
  return Array.from({ length: nodes }, (_, index) => ({ name: `node-${index + 1}` }));
}

async function createNamespaces(client: Client): Promise<void> {
  for (const name of SYSTEM_NAMESPACES) {
    const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} };
    try {
      await client.resource(namespaceKind).create(namespace);
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
  }
}

async function advance(clock: VirtualClock, ms: number, quiet: () => Promise<void>): Promise<void> {
  const targetMs = clock.monotonicMs() + ms;
  await quiet();
  for (;;) {
    const nextMs = clock.nextDelayMs();
    const leftMs = targetMs - clock.monotonicMs();
    if (nextMs === undefined || nextMs > leftMs) {
      clock.advance(leftMs);
      return quiet();
    }
    clock.advance(nextMs);
    await quiet();
  }
}

async function waitFor<T>(options: {
  clock: Clock;
  virtual: VirtualClock | undefined;
  quiet: () => Promise<void>;
  condition: () => T | Promise<T>;
  wait: WaitOptions;
}): Promise<NonNullable<Exclude<T, false>>> {
  const { clock, virtual, quiet, condition, wait } = options;
  const timeoutMs = wait.timeoutMs ?? (virtual ? DEFAULT_VIRTUAL_TIMEOUT_MS : DEFAULT_TIMEOUT_MS);
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    if (virtual) await quiet();
    const value = await condition();
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
    if (clock.monotonicMs() > deadlineMs) throw new Error(`timed out waiting for ${wait.what ?? condition.toString()}`);
    if (virtual) virtual.advance(virtual.nextDelayMs() ?? 1000);
    else await clock.sleep(POLL_MS);
  }
}
