import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { configMapKind, eventKind, nodeKind, type Pod, podKind, secretKind } from '@kubets/api';
import { hostClock } from '@kubets/core/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cniNetworkNamespaces } from '../src/node/index.ts';
import { until } from './cluster.ts';
import { type RealNode, realNode, whyNoContainers } from './machine.ts';

const why = whyNoContainers();
if (why) console.log(`tests with real containers are left out: ${why}`);

const sh = (script: string) => ['sh', '-c', script];
const SLEEP = 'trap "exit 0" TERM; while true; do sleep 0.1; done';

/** Inodes of the network namespaces that CNI keeps. */
async function networkNamespaceInodes(): Promise<number[]> {
  const names = await cniNetworkNamespaces();
  return names.map((name) => statSync(`/run/netns/${name}`, { throwIfNoEntry: false })?.ino ?? 0);
}

describe.skipIf(why)('a node with containerd', () => {
  let real: RealNode;
  beforeAll(async () => {
    real = await realNode(1);
  }, 60_000);
  afterAll(async () => real?.remove(), 60_000);

  const running = (name: string) =>
    until(async () => {
      const pod = await real.cluster.pod(name);
      return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && pod;
    }, `${name} ready`);

  const idOf = (pod: Pod, index = 0) =>
    (pod.status?.containerStatuses?.[index]?.containerID ?? '').replace(/^.*\/\//, '');

  async function execIn(pod: Pod, script: string): Promise<string> {
    const { stdout, stderr } = await real.node().runtime.execSync(idOf(pod), sh(script), 5_000);
    return Buffer.from(stdout).toString() + Buffer.from(stderr).toString();
  }

  async function logsOf(name: string): Promise<string> {
    const [container] = (await real.node().runtime.listContainers()).filter(
      ({ labels }) => labels['io.kubernetes.pod.name'] === name,
    );
    const details = await real.node().runtime.container(container?.id ?? '');
    const chunks: Uint8Array[] = [];
    for await (const chunk of real.node().runtime.logs(details, {}, new AbortController().signal)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  async function deleteAndWait(name: string): Promise<void> {
    await real.cluster.client.resource(podKind).delete('default', name);
    await until(
      async () => (await real.cluster.pod(name).catch(() => undefined)) === undefined && true,
      `${name} gone`,
    );
  }

  test('the node is ready', async () => {
    const node = await until(async () => {
      const found = await real.cluster.client.resource(nodeKind).get('', 'node-1');
      return found.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True' && found;
    });
    expect(node.status?.nodeInfo?.containerRuntimeVersion).toMatch(/^containerd:\/\/1\./);
  });

  test('a pod starts, answers, and goes', async () => {
    await real.cluster.createPod('web', {
      containers: [
        { name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: sh(`echo hello; ${SLEEP}`) },
      ],
    });
    const pod = await running('web');
    expect(pod.status?.podIP).toMatch(/^10\.91\.0\./);
    expect(await logsOf('web')).toBe('hello\n');
    expect(await execIn(pod, 'cat /etc/hosts')).toContain(`${pod.status?.podIP}\tweb`);
    const events = (await real.cluster.client.resource(eventKind).list('default')).items;
    expect(events.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['Container created', 'Container started']),
    );
    await deleteAndWait('web');
  });

  test('environment, volumes and security context reach the container', async () => {
    const { client } = real.cluster;
    await client.resource(configMapKind).create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'conf', namespace: 'default' },
      data: { color: 'blue' },
    });
    await client.resource(secretKind).create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'sec', namespace: 'default' },
      data: { key: 'c2VjcmV0' },
      type: 'Opaque',
    });
    await real.cluster.createPod('full', {
      securityContext: { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000 },
      volumes: [
        { name: 'conf', configMap: { name: 'conf' } },
        { name: 'sec', secret: { secretName: 'sec' } },
        { name: 'scratch', emptyDir: {} },
        { name: 'mem', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        { name: 'info', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ],
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: sh(SLEEP),
          env: [
            { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'conf', key: 'color' } } },
            { name: 'GREETING', value: 'it is $(COLOR)' },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
          resources: { limits: { memory: '64Mi', cpu: '500m' } },
          volumeMounts: [
            { name: 'conf', mountPath: '/conf' },
            { name: 'sec', mountPath: '/sec' },
            { name: 'scratch', mountPath: '/scratch', subPath: 'inner' },
            { name: 'mem', mountPath: '/mem' },
            { name: 'info', mountPath: '/info' },
          ],
        },
      ],
    });
    const pod = await running('full');
    const script =
      'echo $GREETING; cat /conf/color /sec/key /info/name; echo; id -u; id -g; id -G; echo x >/scratch/f; stat -c %g /scratch/f; echo $IP';
    expect(await execIn(pod, script)).toBe(
      `it is blue\nbluesecretfull\n1000\n2000\n2000 3000\n3000\n${pod.status?.podIP}\n`,
    );
    await client
      .resource(configMapKind)
      .patch({ namespace: 'default', name: 'conf' }, 'merge', { data: { color: 'red' } });
    await until(async () => (await execIn(pod, 'cat /conf/color')) === 'red');
    expect(pod.status?.qosClass).toBe('Guaranteed');
    const limits = readFileSync(
      `/sys/fs/cgroup/${existsSync('/sys/fs/cgroup/memory') ? `memory/kubets-test-1/pod${pod.metadata.uid}/memory.limit_in_bytes` : `kubets-test-1/pod${pod.metadata.uid}/memory.max`}`,
      'utf8',
    );
    expect(Number(limits)).toBe(64 * 2 ** 20);
    await deleteAndWait('full');
    expect(existsSync(`${real.dataDir}/kubelet/pods/${pod.metadata.uid}`)).toBe(false);
  });

  test('containers survive a restart of the kubelet', async () => {
    await real.cluster.createPod('stay', {
      containers: [{ name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: sh(SLEEP) }],
    });
    const before = await running('stay');
    await real.restart();
    expect(real.node().containerd?.isAdopted).toBe(true);
    const after = await running('stay');
    expect(idOf(after)).toBe(idOf(before));
    await deleteAndWait('stay');
  });

  test('a killed container starts again, with its last words kept', async () => {
    await real.cluster.createPod('again', {
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: sh('[ -e /data/x ] && exec sleep 1000; touch /data/x; echo gone > /dev/termination-log; exit 7'),
          volumeMounts: [{ name: 'd', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'd', emptyDir: {} }],
      terminationGracePeriodSeconds: 1,
    });
    const pod = await until(async () => {
      const found = await real.cluster.pod('again');
      return (
        found.status?.containerStatuses?.[0]?.restartCount === 1 && found.status.containerStatuses[0].ready && found
      );
    });
    expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 7,
      reason: 'Error',
      message: 'gone\n',
    });
    await deleteAndWait('again');
  });

  test('an image is a volume to read from', async () => {
    await real.cluster.createPod('reader', {
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: sh(SLEEP),
          volumeMounts: [
            { name: 'tools', mountPath: '/tools' },
            { name: 'tools', mountPath: '/only', subPath: 'bin' },
          ],
        },
      ],
      volumes: [{ name: 'tools', image: { reference: 'busybox', pullPolicy: 'IfNotPresent' } }],
    });
    const pod = await running('reader');
    expect(await execIn(pod, 'ls /tools/bin/sh /only/sh')).toBe('/only/sh\n/tools/bin/sh\n');
    expect(await execIn(pod, 'touch /tools/new')).toContain('Read-only file system');
    await deleteAndWait('reader');
    await until(async () => !readFileSync('/proc/self/mountinfo', 'utf8').includes('kubernetes.io~image'));
  });

  test('start of a pod, image present', async () => {
    const times: number[] = [];
    for (let index = 0; index < 5; index++) {
      const start = hostClock.monotonicMs();
      await real.cluster.createPod(`fast${index}`, {
        containers: [{ name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: sh(SLEEP) }],
      });
      await until(async () => (await real.cluster.pod(`fast${index}`)).status?.phase === 'Running');
      times.push(Math.round(hostClock.monotonicMs() - start));
    }
    console.log(`pod start, from create to Running, ms: ${times.join(' ')}`);
    for (let index = 0; index < 5; index++) await deleteAndWait(`fast${index}`);
  }, 60_000);

  test('the removal of the node leaves nothing', async () => {
    const volumeMounts = [{ name: 'tools', mountPath: '/tools' }];
    await real.cluster.createPod('left', {
      containers: [
        { name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: sh(SLEEP), volumeMounts },
      ],
      volumes: [{ name: 'tools', image: { reference: 'busybox', pullPolicy: 'IfNotPresent' } }],
    });
    const inode = Number(/\d+/.exec(await execIn(await running('left'), 'readlink /proc/self/ns/net'))?.[0]);
    expect(await networkNamespaceInodes()).toContain(inode);
    await real.remove();
    expect(existsSync(real.dataDir)).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(real.dataDir);
    expect(readdirSync('/sys/class/net').join(' ')).not.toContain('kbt1');
    expect(
      readdirSync('/sys/fs/cgroup').flatMap((name) => {
        try {
          return readdirSync(`/sys/fs/cgroup/${name}`);
        } catch {
          return [];
        }
      }),
    ).not.toContain('kubets-test-1');
    expect(await networkNamespaceInodes()).not.toContain(inode);
  }, 60_000);
});
