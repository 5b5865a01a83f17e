// The scheduler alone, on many nodes, over an API server in the same process that keeps its state in memory: pods that wait
// when it starts, plain ones and ones that ask to be spread, and how long it keeps the event loop from others meanwhile.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Node, Pod } from '@kubets/api';
import { type ApiServer, createApiServer } from '@kubets/apiserver';
import { createClient, InformerFactory } from '@kubets/client';
import { silentLogger } from '@kubets/core';
import { hostClock, hostRandom } from '@kubets/core/node';
import { startScheduler } from '@kubets/scheduler';
import { memoryStore } from '@kubets/storage';

const NODES = Number(process.env.NODES ?? 500);
const PODS = Number(process.env.PODS ?? 5000);
const ZONES = 3;
const NAMESPACE = 'default';
const CREATED_AT_ONCE = 64;
const CAPACITY = { cpu: '32', memory: '256Gi', pods: '256', 'ephemeral-storage': '500Gi' };
const [clock, random, logger] = [hostClock, hostRandom, silentLogger];
const user = { name: 'bench', groups: ['system:masters'] };
const base = { name: '', subresource: '', options: { fieldManager: 'bench' }, user };

const node = (index: number) =>
  ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${index}`,
      labels: { 'kubernetes.io/hostname': `node-${index}`, 'topology.kubernetes.io/zone': `zone-${index % ZONES}` },
    },
    status: { capacity: CAPACITY, allocatable: CAPACITY, conditions: [{ type: 'Ready', status: 'True' }] },
  }) as unknown as Node;

/** A pod as a Deployment's is; `spread` makes it ask for zones in turn. */
const pod = (index: number, spread: boolean) => {
  const labels = { app: `web-${index % 10}` };
  const constraint = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, namespace: NAMESPACE, labels },
    spec: {
      containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '10m', memory: '16Mi' } } }],
      ...(spread ? { topologySpreadConstraints: [{ ...constraint, labelSelector: { matchLabels: labels } }] } : {}),
    },
  } as unknown as Pod;
};

async function create(server: ApiServer, resource: string, namespace: string, bodies: readonly object[]) {
  let next = 0;
  const target = { group: '', version: 'v1', resource };
  const lane = async () => {
    while (next < bodies.length)
      await server.handle({ ...base, verb: 'create', resource: target, namespace, body: bodies[next++] });
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, lane));
}

/** Resolves when every pod has its node. */
function allBound(server: ApiServer): Promise<void> {
  const bound = new Set<string>();
  const resource = { group: '', version: 'v1', resource: 'pods' };
  return new Promise((resolve, reject) => {
    server.watch(
      { ...base, verb: 'watch', resource, namespace: NAMESPACE, options: {} },
      {
        onEvents: (events) => {
          for (const { stored } of events) if ((stored.object as Pod).spec.nodeName) bound.add(stored.key);
          if (bound.size === PODS) resolve();
        },
        onEnd: reject,
      },
    );
  });
}

async function run(title: string, spread: boolean): Promise<void> {
  const server = await createApiServer({
    store: memoryStore({ clock }),
    clock,
    random,
    logger,
    disabledAdmission: ['ServiceAccount'],
  });
  const nodes = Array.from({ length: NODES }, (_, index) => node(index));
  await create(server, 'nodes', '', nodes);
  // New nodes are tainted until their controller has seen them.
  const client = createClient(server.localTransport());
  for (const each of nodes) await untaint(server, each.metadata.name!);
  await create(
    server,
    'pods',
    NAMESPACE,
    Array.from({ length: PODS }, (_, index) => pod(index, spread)),
  );
  const informers = new InformerFactory({ client, clock, random, logger });
  const done = allBound(server);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startMs = clock.monotonicMs();
  const scheduler = await startScheduler({ client, informers, clock, random, logger });
  await done;
  const seconds = (clock.monotonicMs() - startMs) / 1000;
  const longestMs = delay.max / 1e6 - 1;
  console.log(
    `${title.padEnd(36)} ${PODS} pods on ${NODES} nodes in ${seconds.toFixed(2)} s = ${(PODS / seconds).toFixed(0)} pods per s; longest turn ${longestMs.toFixed(0)} ms`,
  );
  await scheduler.dispose();
  informers.dispose();
  await server.close();
}

async function untaint(server: ApiServer, name: string): Promise<void> {
  const target = { resource: { group: '', version: 'v1', resource: 'nodes' }, namespace: '', name };
  await server.handle({ ...base, ...target, verb: 'patch', patchType: 'merge', body: { spec: { taints: null } } });
}

await run('plain pods', false);
await run('pods spread over zones', true);
