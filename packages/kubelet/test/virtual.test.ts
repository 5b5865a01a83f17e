import { eventKind, podKind } from '@kubets/api';
import { VirtualClock } from '@kubets/core';
import { expect, test } from 'vitest';
import {
  type Machine,
  type SimulatedBehaviours,
  simulatedMachine,
  simulatedRuntime,
  simulatedVolumes,
  startKubelet,
} from '../src/index.ts';
import { NODE, testCluster } from './cluster.ts';

/** Moves a virtual clock on from timer to timer, letting everything that is due run in between. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (const end = clock.now() + ms; clock.now() < end; ) {
    clock.advance(Math.max(1, Math.min(clock.nextDelayMs() ?? ms, end - clock.now())));
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A kubelet on a simulated machine whose time passes only when it is told to. */
async function start(
  options: { behaviours?: SimulatedBehaviours; machine?: (machine: Machine) => Machine; cpus?: number } = {},
) {
  const { behaviours, machine = (each) => each, cpus } = options;
  const clock = new VirtualClock();
  const cluster = await testCluster({ clock });
  const { client, random, logger } = cluster;
  const runtime = simulatedRuntime({ clock, random, ...(behaviours ? { behaviours } : {}) });
  const kubelet = startKubelet({
    nodeName: NODE,
    client,
    runtime,
    clock,
    random,
    logger,
    transport: runtime,
    machine: machine(simulatedMachine({ nodeName: NODE, ip: '192.168.1.1', ...(cpus ? { cpus } : {}) })),
    volumes: (sources) => simulatedVolumes({ sources, clock }),
  });
  await kubelet.whenReady();
  return { clock, cluster, client, runtime, kubelet };
}

test('crash-loop delays double to five minutes, in no real time', async () => {
  const starts: number[] = [];
  const crashing = () => {
    starts.push(clock.now());
    return { runsForMs: 100, exitCode: 1 };
  };
  const { clock, cluster, kubelet } = await start({ behaviours: { container: crashing } });
  await cluster.createPod('crash', {});
  await pass(clock, 1_000_000);
  const delays = starts.slice(1).map((start, index) => Math.round((start - (starts[index] ?? 0)) / 10_000) * 10);
  expect(delays.slice(0, 8)).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  await kubelet.dispose();
  await cluster.dispose();
}, 60_000);

test('a node takes no more than it holds, and evicts when its memory runs out', async () => {
  let memoryAvailableBytes = 2 ** 30;
  const machine = (each: Machine): Machine => ({
    ...each,
    usage: async () => ({ ...(await each.usage()), memoryAvailableBytes }),
  });
  const { clock, cluster, client, kubelet } = await start({ machine, cpus: 2 });
  const asking = (cpu: string) => [{ name: 'main', image: 'busybox', resources: { requests: { cpu } } }];
  await cluster.createPod('first', { containers: asking('1500m') });
  await pass(clock, 2_000);
  await cluster.createPod('second', { containers: asking('600m') });
  await pass(clock, 2_000);
  const second = (await cluster.pod('second')).status;
  expect(second).toMatchObject({
    phase: 'Failed',
    reason: 'OutOfcpu',
    message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 600, used: 1500, capacity: 2000",
  });
  expect(second?.containerStatuses).toBeUndefined();

  memoryAvailableBytes = 2 ** 20;
  await pass(clock, 30_000);
  const first = (await cluster.pod('first')).status;
  expect(first).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
  expect(first?.message).toContain('The node was low on resource: memory. Threshold quantity: 100Mi, available: 1Mi. ');
  expect(first?.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }),
  );
  await cluster.createPod('third', {});
  await pass(clock, 2_000);
  expect((await cluster.pod('third')).status).toMatchObject({
    reason: 'Evicted',
    message: 'Pod was rejected: The node had condition: [MemoryPressure]. ',
  });
  const reasons = (await client.resource(eventKind).list('default')).items.map(({ reason }) => reason);
  expect(reasons).toEqual(expect.arrayContaining(['OutOfcpu', 'Evicted']));
  await kubelet.dispose();
  await cluster.dispose();
}, 60_000);

test('leaves pods to their grace period when it stops', async () => {
  const behaviours = { container: () => ({ stopsAfterMs: 60_000 }) };
  const { clock, cluster, client, runtime, kubelet } = await start({ behaviours });
  await cluster.createPod('slow', {});
  await pass(clock, 2_000);
  await client.resource(podKind).delete('default', 'slow');
  await pass(clock, 1_000);
  // No time passes any more, so waiting for the container would last for ever.
  await kubelet.dispose();
  const [container] = await runtime.listContainers();
  expect(container?.state).toBe('running');
  await cluster.dispose();
}, 60_000);
