import { eventKind, leaseKind, nodeKind, type Pod, podKind } from '@kubets/api';
import { disposable } from '@kubets/core';
import { afterEach, expect, test } from 'vitest';
import {
  type Kubelet,
  type SimulatedBehaviours,
  type SimulatedRuntime,
  type StaticPodSource,
  simulatedMachine,
  simulatedRuntime,
  simulatedVolumes,
  startKubelet,
} from '../src/index.ts';
import { NODE, type TestCluster, testCluster, until } from './cluster.ts';

let cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of cleanup.reverse()) await each();
  cleanup = [];
});

async function start(
  behaviours: SimulatedBehaviours = {},
  more: { staticPods?: StaticPodSource } = {},
): Promise<{ cluster: TestCluster; runtime: SimulatedRuntime; kubelet: Kubelet }> {
  const cluster = await testCluster();
  const { clock, random, client, logger } = cluster;
  const runtime = simulatedRuntime({ clock, random, behaviours });
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
    ...more,
  });
  cleanup.push(
    () => cluster.dispose(),
    () => kubelet.dispose(),
  );
  await kubelet.whenReady();
  return { cluster, runtime, kubelet };
}

test('registers its node and renews its lease', async () => {
  const { cluster } = await start();
  const node = await until(async () => {
    const found = await cluster.client.resource(nodeKind).get('', NODE);
    const ready = found.status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status === 'True' && ready.reason === 'KubeletReady' && found;
  });
  expect(node.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': NODE, 'kubernetes.io/os': 'linux' });
  await until(async () => {
    const { items } = await cluster.client.resource(eventKind).list('default');
    const told = items.filter(({ involvedObject }) => involvedObject.kind === 'Node').map(({ reason }) => reason);
    return ['Starting', 'NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID', 'NodeReady'].every(
      (reason) => told.includes(reason),
    );
  });
  await until(() =>
    cluster.client
      .resource(leaseKind)
      .get('kube-node-lease', NODE)
      .catch(() => undefined),
  );
});

test('makes what others say that the node has allocatable, tells when it is cordoned, and reports what was lost', async () => {
  const { cluster } = await start();
  const nodes = cluster.client.resource(nodeKind);
  const target = { namespace: '', name: NODE };
  const capacity = { 'example.com/dongle': '3' };
  await nodes.patch({ ...target, subresource: 'status' }, 'merge', { status: { capacity, addresses: null } });
  await nodes.patch(target, 'merge', { spec: { unschedulable: true } });
  const node = await until(async () => {
    const { status } = await nodes.get('', NODE);
    return status?.allocatable?.['example.com/dongle'] === '3' && status.addresses ? status : undefined;
  });
  expect(node.capacity).toMatchObject(capacity);
  await until(async () =>
    (await cluster.client.resource(eventKind).list('default')).items.some(
      ({ message }) => message === `Node ${NODE} status is now: NodeNotSchedulable`,
    ),
  );
});

test('runs a pod and removes it when it is deleted', async () => {
  const { cluster, runtime } = await start();
  await cluster.createPod('web', {});
  const pod = await until(async () => {
    const found = await cluster.pod('web');
    return found.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && found;
  });
  expect(pod.status).toMatchObject({
    phase: 'Running',
    podIP: '10.244.0.2',
    hostIP: '192.168.1.1',
    qosClass: 'BestEffort',
  });
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({
    name: 'main',
    ready: true,
    started: true,
    restartCount: 0,
  });
  await cluster.client.resource(podKind).delete('default', 'web');
  await until(async () => (await cluster.pod('web').catch(() => undefined)) === undefined && true, 'the pod gone');
  await until(async () => (await runtime.listSandboxes()).length === 0, 'the sandbox gone');
});

test('a pod that runs to its end succeeds, and its init containers ran before', async () => {
  const order: string[] = [];
  const { cluster } = await start({
    container: ({ name }) => {
      order.push(name);
      return { runsForMs: 1 };
    },
  });
  await cluster.createPod('job', {
    restartPolicy: 'Never',
    initContainers: [
      { name: 'one', image: 'busybox' },
      { name: 'two', image: 'busybox' },
    ],
  });
  const pod = await until(async () => {
    const found = await cluster.pod('job');
    return found.status?.phase === 'Succeeded' && found;
  });
  expect(order).toEqual(['one', 'two', 'main']);
  expect(pod.status?.initContainerStatuses?.map(({ ready }) => ready)).toEqual([true, true]);
  expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'PodCompleted',
  });
});

test('a container that fails again and again waits ever longer', async () => {
  const { cluster } = await start({ container: () => ({ runsForMs: 1, exitCode: 1 }) });
  await cluster.createPod('crash', {});
  const status = await until(async () => {
    const [found] = (await cluster.pod('crash')).status?.containerStatuses ?? [];
    return found?.state?.waiting?.reason === 'CrashLoopBackOff' && found;
  });
  expect(status.state?.waiting?.message).toMatch(
    /^back-off 10s restarting failed container=main pod=crash_default\(.+\)$/,
  );
  expect(status).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1, reason: 'Error' } } });
  await until(async () =>
    (await cluster.client.resource(eventKind).list('default')).items.find(({ reason }) => reason === 'BackOff'),
  );
});

test('an image that cannot be pulled shows so', async () => {
  const { cluster } = await start({ pullError: () => 'not found' });
  await cluster.createPod('nope', {});
  await until(
    async () => (await cluster.pod('nope')).status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull',
  );
  const waiting = await until(async () => {
    const state = (await cluster.pod('nope')).status?.containerStatuses?.[0]?.state?.waiting;
    return state?.reason === 'ImagePullBackOff' && state;
  });
  expect(waiting.message).toBe('Back-off pulling image "busybox": ErrImagePull: not found');
});

test('a failing liveness probe restarts the container, a readiness probe only marks it', async () => {
  let isHealthy = true;
  const { cluster } = await start({
    container: () => ({ probe: ({ type }) => (type === 'http' && !isHealthy ? 'failure' : 'success') }),
  });
  await cluster.createPod('live', {
    containers: [
      {
        name: 'main',
        image: 'busybox',
        livenessProbe: { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 1 },
        readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
      },
    ],
  });
  await until(async () => (await cluster.pod('live')).status?.containerStatuses?.[0]?.ready);
  isHealthy = false;
  await until(async () => ((await cluster.pod('live')).status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
  const messages = (await cluster.client.resource(eventKind).list('default')).items.map(({ message }) => message);
  expect(messages).toContain('Liveness probe failed: HTTP probe failed with statuscode: 500');
  expect(messages).toContain('Container main failed liveness probe, will be restarted');
});

test('the mirror of a static pod, deleted, comes back and tells the same', async () => {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'main', image: 'nginx' }] },
  } as unknown as Pod;
  const staticPods: StaticPodSource = {
    async watch(onPods) {
      onPods([manifest]);
      return disposable(() => {});
    },
  };
  const { cluster } = await start({}, { staticPods });
  const running = (not?: string) =>
    until(async () => {
      const found = await cluster.pod(`web-${NODE}`).catch(() => undefined);
      return found && found.metadata.uid !== not && found.status?.phase === 'Running' && found;
    });
  const first = await running();
  await cluster.client.resource(podKind).delete('default', `web-${NODE}`, { gracePeriodSeconds: 0 });
  await running(first.metadata.uid);
});

test('a pod that has the name of one that ended is left alone when that one is gone from the node', async () => {
  const staticPods: StaticPodSource = { watch: async () => disposable(() => {}) };
  const { cluster, kubelet, runtime } = await start({}, { staticPods });
  const pods = cluster.client.resource(podKind);
  const removeSandbox = runtime.removeSandbox.bind(runtime);
  let release = () => {};
  const successorSeen = new Promise<void>((resolve) => {
    release = resolve;
  });
  runtime.removeSandbox = (id) => successorSeen.then(() => removeSandbox(id));
  const first = (await cluster.createPod('again', {})).metadata.uid as string;
  await until(async () => (await cluster.pod('again')).status?.phase === 'Running');
  await pods.delete('default', 'again', { gracePeriodSeconds: 1 });
  const second = await until(() => cluster.createPod('again', {}).catch(() => undefined));
  const { uid = '' } = second.metadata;
  await until(() => kubelet.pod('default', 'again', uid));
  release();
  await until(() => kubelet.pod('default', 'again', first) === undefined);
  await pods.delete('default', 'again', { preconditions: { uid } });
});
