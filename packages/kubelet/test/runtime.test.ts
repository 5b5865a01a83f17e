import { seededRandom } from '@kubets/core';
import { hostClock } from '@kubets/core/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simulatedRuntime } from '../src/index.ts';
import { until } from './cluster.ts';
import { type RealNode, realNode, whyNoContainers } from './machine.ts';
import { runtimeContract } from './runtime-contract.ts';

describe('the simulated runtime', () => {
  const runtime = simulatedRuntime({ clock: hostClock, random: seededRandom(1) });
  runtime.addImage('docker.io/library/busybox:latest');
  runtimeContract(() => ({
    runtime,
    image: 'docker.io/library/busybox:latest',
    command: ['sleep'],
    logDirectory: '/logs',
    cgroupParent: '/x',
  }));
});

const why = whyNoContainers();
if (why) console.log(`tests with real containers are left out: ${why}`);

describe.skipIf(why)('containerd over CRI', () => {
  let real: RealNode;
  beforeAll(async () => {
    real = await realNode(3);
  }, 60_000);
  afterAll(async () => real?.remove(), 60_000);

  runtimeContract(() => ({
    runtime: real.node().runtime,
    image: 'docker.io/library/busybox:latest',
    command: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.1; done'],
    logDirectory: `${real.dataDir}/logs/contract`,
    cgroupParent: '/kubets-test-3/contract',
  }));

  test('containers live through the death of containerd, which comes back', async () => {
    await real.cluster.createPod('stay', {
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.1; done'],
        },
      ],
    });
    const idOf = async () => (await real.cluster.pod('stay')).status?.containerStatuses?.[0];
    const before = await until(async () => {
      const status = await idOf();
      return status?.ready && status;
    });
    const pid = real.node().containerd?.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await until(() => {
      const now = real.node().containerd?.pid();
      return now !== undefined && now !== pid;
    }, 'a new containerd');
    expect(
      (await real.node().runtime.listContainers({ podUid: (await real.cluster.pod('stay')).metadata.uid ?? '' }))[0]
        ?.state,
    ).toBe('running');
    expect((await idOf())?.containerID).toBe(before.containerID);
    expect((await idOf())?.restartCount).toBe(0);
  });
});
