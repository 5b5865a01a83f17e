import {
  eventKind,
  nodeKind,
  type Pod,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  podKind,
  storageClassKind,
} from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { pod } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const pods = () => cluster.client.resource(podKind);
const get = (name: string) => pods().get('default', name);
const nodeOf = async (name: string) => (await get(name)).spec.nodeName;
const scheduled = ({ status }: Pod) => status?.conditions?.find(({ type }) => type === 'PodScheduled');
const asking = (cpu: string) => [{ name: 'main', image: 'example/app:1', resources: { requests: { cpu } } }];

it('says why a pod fits nowhere, and places it when a node comes that suits', async () => {
  cluster = await createCluster({
    clock: 'virtual',
    hollow: true,
    nodes: [
      { name: 'small', cpus: 1 },
      { name: 'tainted', taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] },
      { name: 'other' },
    ],
  });
  await cluster.client
    .resource(nodeKind)
    .patch({ namespace: '', name: 'other' }, 'merge', { spec: { unschedulable: true } });
  await cluster.settle();
  await pods().create(pod('big', { containers: asking('4') }));
  await cluster.settle();
  expect(scheduled(await get('big'))).toMatchObject({
    status: 'False',
    reason: 'Unschedulable',
    message:
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ' +
      'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  });
  await cluster.client
    .resource(nodeKind)
    .patch({ namespace: '', name: 'other' }, 'merge', { spec: { unschedulable: false } });
  await cluster.waitFor(() => nodeOf('big'));
  expect(await nodeOf('big')).toBe('other');
  await cluster.settle();
  const events = (await cluster.client.resource(eventKind).list('default')).items;
  expect(events.map(({ message }) => message)).toContain('Successfully assigned default/big to other');
});

it('makes room for a more important pod', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: [{ name: 'only', cpus: 4 }] });
  const low = ['low-1', 'low-2', 'low-3'];
  for (const name of low) await pods().create(pod(name, { containers: asking('1') }));
  for (const name of low) await cluster.waitFor(() => nodeOf(name));
  await pods().create(pod('high', { containers: asking('2'), priorityClassName: 'system-node-critical' }));
  await cluster.settle();
  const nominated = await get('high');
  expect(nominated.status?.nominatedNodeName ?? nominated.spec.nodeName).toBe('only');
  await cluster.waitFor(() => nodeOf('high'));
  const left = (await pods().list('default')).items.map(({ metadata }) => metadata.name).sort();
  expect(left).toHaveLength(3);
});

it('spreads over zones and keeps pods apart and together', async () => {
  const zones = ['z1', 'z2', 'z3'];
  const nodes = zones.flatMap((zone) =>
    [0, 1].map((n) => ({ name: `${zone}-${n}`, labels: { 'topology.kubernetes.io/zone': zone } })),
  );
  cluster = await createCluster({ clock: 'virtual', hollow: true, nodes });
  const labelSelector = { matchLabels: { app: 'x' } };
  const topologySpreadConstraints = [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'DoNotSchedule' as const,
      labelSelector,
    },
  ];
  for (let i = 0; i < 6; i++) await pods().create(pod(`x-${i}`, { topologySpreadConstraints }, { app: 'x' }));
  await cluster.settle();
  const placed = (await pods().list('default')).items.map(({ spec }) => spec.nodeName?.slice(0, 2));
  for (const zone of zones) expect(placed.filter((each) => each === zone)).toHaveLength(2);
  const apart = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { app: 'y' } } },
      ],
    },
  };
  for (let i = 0; i < 4; i++) await pods().create(pod(`y-${i}`, { affinity: apart }, { app: 'y' }));
  await cluster.settle();
  const alone = (await pods().list('default')).items.filter(({ metadata }) => metadata.labels?.app === 'y');
  const used = alone.flatMap(({ spec }) => spec.nodeName?.slice(0, 2) ?? []);
  expect(new Set(used).size).toBe(3);
  expect(used).toHaveLength(3);
  const waiting = alone.find(({ spec }) => !spec.nodeName)!;
  expect(scheduled(waiting)?.message).toContain("6 node(s) didn't match pod anti-affinity rules");
  const together = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'y' } } },
      ],
    },
  };
  await pods().create(pod('friend', { affinity: together }));
  await cluster.settle();
  expect(alone.map(({ spec }) => spec.nodeName)).toContain(await nodeOf('friend'));
});

it('waits for scheduling gates', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  await pods().create(pod('gated', { schedulingGates: [{ name: 'example.com/wait' }] }));
  await cluster.settle();
  expect(scheduled(await get('gated'))).toMatchObject({ status: 'False', reason: 'SchedulingGated' });
  await pods().patch({ namespace: 'default', name: 'gated' }, 'merge', { spec: { schedulingGates: null } });
  await cluster.waitFor(() => nodeOf('gated'));
});

it('puts a pod where its volume can be, and binds the volume only then', async () => {
  cluster = await createCluster({ clock: 'virtual', hollow: true, nodes: 3 });
  const { client } = cluster;
  await client.resource(storageClassKind).create({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'local' },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  const storage = '1Gi';
  await pods().create(pod('waits', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }));
  await cluster.settle();
  expect(scheduled(await get('waits'))?.message).toBe(
    '0/3 nodes are available: persistentvolumeclaim "data" not found. ' +
      'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  );
  await client.resource(persistentVolumeClaimKind).create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'local', resources: { requests: { storage } } },
  });
  await cluster.advance(5_000);
  expect(scheduled(await get('waits'))?.message).toContain(
    "3 node(s) didn't find available persistent volumes to bind",
  );
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In' as const, values: ['node-2'] }];
  await client.resource(persistentVolumeKind).create({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'disk' },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      local: { path: '/data' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
    },
  });
  await cluster.waitFor(() => nodeOf('waits'));
  expect(await nodeOf('waits')).toBe('node-2');
  const claim = await client.resource(persistentVolumeClaimKind).get('default', 'data');
  expect(claim.spec?.volumeName).toBe('disk');
});
