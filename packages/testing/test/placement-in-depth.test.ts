import { nodeKind, type Pod, type PriorityClass, podKind, priorityClassKind } from '@kubets/api';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { pod } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const pods = () => cluster.client.resource(podKind);
const get = (name: string) => pods().get('default', name);
const running = (name: string) =>
  cluster.waitFor(
    async () => {
      const found = await get(name);
      return found.status?.phase === 'Running' && found;
    },
    { what: `${name} running` },
  );
const scheduled = ({ status }: Pod) => status?.conditions?.find(({ type }) => type === 'PodScheduled');
const refused = (name: string) =>
  cluster.waitFor(async () => {
    const condition = scheduled(await get(name));
    return condition?.reason === 'Unschedulable' && condition;
  });
const using = (cpu: string, more: object = {}) => ({
  containers: [{ name: 'main', image: 'example/app:1', resources: { requests: { cpu }, limits: { cpu } }, ...more }],
});

describe('host ports', () => {
  const port = (hostIP: string, protocol: 'TCP' | 'UDP') =>
    using('10m', { ports: [{ containerPort: 8080, hostPort: 54323, protocol, hostIP }] });

  it('conflict only for the same protocol and address', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 1 });
    await pods().create(pod('a', port('127.0.0.1', 'TCP')));
    await running('a');
    await pods().create(pod('b', port('192.168.0.1', 'TCP')));
    await running('b');
    await pods().create(pod('c', port('127.0.0.1', 'UDP')));
    await running('c');
    await pods().create(pod('d', port('0.0.0.0', 'TCP')));
    const condition = await refused('d');
    expect(condition.message).toContain("0/1 nodes are available: 1 node(s) didn't have free ports");
  });
});

it('refuses what fits no more, and nodes that are not selected', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: [{ name: 'node-1', cpus: 2 }] });
  await pods().create(pod('filler', using('1500m')));
  await running('filler');
  await pods().create(pod('more', using('1500m')));
  expect((await refused('more')).message).toContain('1 Insufficient cpu');
  await pods().create(pod('restricted', { nodeSelector: { label: 'nonempty' } }));
  expect((await refused('restricted')).message).toContain("didn't match Pod's node affinity/selector");
  await cluster.client
    .resource(nodeKind)
    .patch({ namespace: '', name: 'node-1' }, 'merge', { metadata: { labels: { label: 'nonempty' } } });
  expect((await running('restricted')).spec.nodeName).toBe('node-1');
});

describe('preemption', () => {
  const priority = (name: string, value: number): PriorityClass => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
  });

  it('takes the less important pod, tells it so, and leaves the others', async () => {
    const nodes = [
      { name: 'node-1', cpus: 2 },
      { name: 'node-2', cpus: 2 },
    ];
    cluster = await createCluster({ clock: 'virtual', nodes });
    const classes = cluster.client.resource(priorityClassKind);
    for (const [name, value] of [
      ['low', 1],
      ['medium', 50],
      ['high', 100],
    ] as const)
      await classes.create(priority(name, value));
    const placed = (name: string, cpu: string, spec: Partial<Pod['spec']>) =>
      pods().create(pod(name, { ...using(cpu), ...spec }));
    await placed('victim', '1200m', { priorityClassName: 'low', nodeSelector: { 'kubernetes.io/hostname': 'node-1' } });
    await placed('other', '1200m', {
      priorityClassName: 'medium',
      nodeSelector: { 'kubernetes.io/hostname': 'node-2' },
    });
    await running('victim');
    await running('other');
    let disrupted: Pod | undefined;
    cluster.informers.informer(podKind).addHandler({
      updated: (now) => {
        const condition = now.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
        if (now.metadata.name === 'victim' && condition) disrupted = now;
      },
    });
    await placed('preemptor', '1200m', { priorityClassName: 'high' });
    expect((await running('preemptor')).spec.nodeName).toBe('node-1');
    expect(disrupted?.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
        observedGeneration: 1,
      }),
    );
    await expect(get('victim')).rejects.toMatchObject({ code: 404 });
    expect((await get('other')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('makes room for a critical pod of the system', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: [{ name: 'node-1', cpus: 2 }] });
    await pods().create(pod('plain', using('1500m')));
    await running('plain');
    const critical = pod('critical', { ...using('1500m'), priorityClassName: 'system-cluster-critical' });
    critical.metadata.namespace = 'kube-system';
    await pods().create(critical);
    await cluster.waitFor(async () => (await pods().get('kube-system', 'critical')).status?.phase === 'Running');
    await expect(get('plain')).rejects.toMatchObject({ code: 404 });
  });

  it('is not for pods that shall never preempt', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: [{ name: 'node-1', cpus: 2 }] });
    const never = { ...priority('patient', 1000), preemptionPolicy: 'Never' };
    await cluster.client.resource(priorityClassKind).create(never);
    await pods().create(pod('plain', using('1500m')));
    await running('plain');
    await pods().create(pod('patient', { ...using('1500m'), priorityClassName: 'patient' }));
    expect((await refused('patient')).message).toContain('not eligible due to preemptionPolicy=Never');
    expect((await get('plain')).metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('a taint that does not let pods stay', () => {
  const taint = (on: boolean) =>
    cluster.client.resource(nodeKind).patch({ namespace: '', name: 'node-1' }, 'merge', {
      spec: { taints: on ? [{ key: 'k', value: 'v', effect: 'NoExecute' }] : null },
    });
  const tolerating = (tolerationSeconds?: number) => ({
    tolerations: [
      {
        key: 'k',
        operator: 'Equal' as const,
        value: 'v',
        effect: 'NoExecute' as const,
        ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
      },
    ],
  });

  it('drives them off when their time is up, and only those', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 1 });
    await pods().create(pod('now'));
    await pods().create(pod('later', tolerating(60)));
    await pods().create(pod('never', tolerating()));
    for (const name of ['now', 'later', 'never']) await running(name);
    const taintedMs = cluster.clock.now();
    await taint(true);
    await cluster.waitFor(async () => (await pods().list('default')).items.length === 2);
    await cluster.advance(20_000);
    expect((await get('later')).metadata.deletionTimestamp).toBeUndefined();
    await cluster.waitFor(async () => (await pods().list('default')).items.length === 1);
    expect((await get('never')).metadata.deletionTimestamp).toBeUndefined();
    const sinceMs = cluster.clock.now() - taintedMs;
    expect(sinceMs).toBeGreaterThanOrEqual(60_000);
  });

  it('is forgotten when it is taken away in time', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 1 });
    await pods().create(pod('later', tolerating(60)));
    await running('later');
    await taint(true);
    await cluster.advance(20_000);
    await taint(false);
    await cluster.advance(120_000);
    expect((await get('later')).metadata.deletionTimestamp).toBeUndefined();
  });
});
