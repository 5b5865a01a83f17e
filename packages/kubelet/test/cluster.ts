import { namespaceKind, type Pod, podKind } from '@kubets/api';
import { createApiServer } from '@kubets/apiserver';
import { type Client, createClient } from '@kubets/client';
import { type Clock, type KubeObject, type Logger, type Random, seededRandom, silentLogger } from '@kubets/core';
import { hostClock } from '@kubets/core/node';
import { memoryStore } from '@kubets/storage';

export interface TestCluster {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  pod(name: string): Promise<Pod>;
  createPod(name: string, spec: Partial<Pod['spec']>, metadata?: Pod['metadata']): Promise<Pod>;
  dispose(): Promise<void>;
}

export const NODE = 'node-1';

/** An API server on memory with its client, for kubelets under test. */
export async function testCluster(options: { clock?: Clock; logger?: Logger } = {}): Promise<TestCluster> {
  const clock = options.clock ?? hostClock;
  const random = seededRandom(1);
  const logger = options.logger ?? silentLogger;
  const store = memoryStore({ clock });
  const server = await createApiServer({ store, clock, random, logger });
  const client = createClient(server.localTransport());
  for (const name of ['default', 'kube-node-lease'])
    await client
      .resource(namespaceKind)
      .create(namespace(name))
      .catch(() => undefined);
  return {
    client,
    clock,
    random,
    logger,
    pod: (name) => client.resource(podKind).get('default', name),
    createPod: (name, spec, metadata) => client.resource(podKind).create(podObject(name, spec, metadata)),
    async dispose() {
      await server.close();
      await store.close();
    },
  };
}

function namespace(name: string): KubeObject & { spec: object } {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} };
}

export function podObject(name: string, spec: Partial<Pod['spec']>, metadata: Pod['metadata'] = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: {
      nodeName: NODE,
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'busybox' }],
      ...spec,
    },
  };
}

/** Waits, on the real clock, until `probe` gives something that is not undefined or false. */
export async function until<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  what = 'a condition',
): Promise<T> {
  const deadline = hostClock.monotonicMs() + 15_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (hostClock.monotonicMs() > deadline) throw new Error(`${what} did not come true`);
    await hostClock.sleep(20);
  }
}
