import { VirtualClock } from '@kubets/core';
import { expect, test } from 'vitest';
import { simulatedMachine, simulatedRuntime, simulatedVolumes, startKubelet } from '../src/index.ts';
import { NODE, testCluster } from './cluster.ts';

/** Moves a virtual clock on from timer to timer, letting everything that is due run in between. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (const end = clock.now() + ms; clock.now() < end; ) {
    clock.advance(Math.max(1, Math.min(clock.nextDelayMs() ?? ms, end - clock.now())));
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('crash-loop delays double to five minutes, in no real time', async () => {
  const clock = new VirtualClock();
  const cluster = await testCluster({ clock });
  const { client, random, logger } = cluster;
  const starts: number[] = [];
  const runtime = simulatedRuntime({
    clock,
    random,
    behaviours: {
      container: () => {
        starts.push(clock.now());
        return { runsForMs: 100, exitCode: 1 };
      },
    },
  });
  const kubelet = startKubelet({
    nodeName: NODE,
    client,
    runtime,
    clock,
    random,
    logger,
    transport: runtime,
    machine: simulatedMachine({ nodeName: NODE, ip: '192.168.1.1' }),
    volumes: (sources) => simulatedVolumes({ sources, clock }),
  });
  await kubelet.whenReady();
  await cluster.createPod('crash', {});
  await pass(clock, 1_000_000);
  const delays = starts.slice(1).map((start, index) => Math.round((start - (starts[index] ?? 0)) / 10_000) * 10);
  expect(delays.slice(0, 8)).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  await kubelet.dispose();
  await cluster.dispose();
}, 60_000);
