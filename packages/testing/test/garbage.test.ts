import { configMapKind, deploymentKind, namespaceKind, podKind, replicaSetKind, secretKind } from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { deployment, pod } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const count = async (kind: typeof podKind | typeof replicaSetKind) =>
  (await cluster.client.resource(kind as typeof podKind).list('default')).items.length;

async function start() {
  cluster = await createCluster({ clock: 'virtual' });
  await cluster.client.resource(deploymentKind).create(deployment('web', 2));
  await cluster.settle();
  expect([await count(replicaSetKind), await count(podKind)]).toEqual([1, 2]);
}

for (const propagationPolicy of ['Background', 'Foreground'] as const) {
  it(`takes replica sets and pods along: ${propagationPolicy}`, async () => {
    await start();
    await cluster.client.resource(deploymentKind).delete('default', 'web', { propagationPolicy });
    await cluster.waitFor(async () => (await count(podKind)) + (await count(replicaSetKind)) === 0);
    await cluster.waitFor(async () => (await cluster.client.resource(deploymentKind).list('')).items.length === 0);
  });
}

it('is not stopped by owners that wait for each other in a circle', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const pods = cluster.client.resource(podKind);
  const made = [];
  for (const name of ['a', 'b', 'c']) made.push(await pods.create(pod(name)));
  for (const [index, { metadata }] of made.entries()) {
    const owner = made[(index + 2) % 3]!.metadata;
    const reference = {
      apiVersion: 'v1',
      kind: 'Pod',
      name: owner.name,
      uid: owner.uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    const target = { namespace: 'default', name: metadata.name ?? '' };
    await pods.patch(target, 'merge', { metadata: { ownerReferences: [reference] } });
  }
  await cluster.settle();
  await pods.delete('default', 'a', { propagationPolicy: 'Foreground' });
  await cluster.waitFor(async () => (await count(podKind)) === 0);
});

it('orphans, and adopts again', async () => {
  await start();
  await cluster.client.resource(deploymentKind).delete('default', 'web', { propagationPolicy: 'Orphan' });
  await cluster.settle();
  const [set] = (await cluster.client.resource(replicaSetKind).list('default')).items;
  expect(set?.metadata.ownerReferences ?? []).toEqual([]);
  expect(await count(podKind)).toBe(2);
  const again = await cluster.client.resource(deploymentKind).create(deployment('web', 2));
  await cluster.settle();
  const adopted = await cluster.client.resource(replicaSetKind).get('default', set?.metadata.name ?? '');
  expect(adopted.metadata.ownerReferences?.[0]?.uid).toBe(again.metadata.uid);
  expect(await count(replicaSetKind)).toBe(1);
});

it('deletes what names an owner that does not exist, and keeps what has another', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const maps = cluster.client.resource(configMapKind);
  const owner = await maps.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'owner', namespace: 'default' },
  });
  const reference = (name: string, uid: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid });
  const absent = reference('absent', '11111111-1111-1111-1111-111111111111');
  const own = (name: string, ownerReferences: (typeof absent)[]) =>
    maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ownerReferences } });
  await own('lost', [absent]);
  await own('kept', [absent, reference('owner', owner.metadata.uid ?? '')]);
  await cluster.settle();
  await expect(maps.get('default', 'lost')).rejects.toMatchObject({ code: 404 });
  expect((await maps.get('default', 'kept')).metadata.ownerReferences).toEqual([
    reference('owner', owner.metadata.uid ?? ''),
  ]);
});

it('empties a namespace that is deleted, pods first, and waits for finalizers', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const { client } = cluster;
  const namespaces = client.resource(namespaceKind);
  await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' }, spec: {} });
  await cluster.settle();
  const metadata = (name: string) => ({ name, namespace: 'team' });
  await client.resource(podKind).create({ ...pod('p'), metadata: metadata('p') });
  await client
    .resource(secretKind)
    .create({ apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata('s'), finalizers: ['example.com/hold'] } });
  await cluster.settle();
  await namespaces.delete('', 'team');
  const held = await cluster.waitFor(async () => {
    const current = await namespaces.get('', 'team');
    return (
      current.status?.conditions?.some(
        ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
      ) && current
    );
  });
  expect(held.status?.phase).toBe('Terminating');
  const message = (type: string) => held.status?.conditions?.find((condition) => condition.type === type)?.message;
  expect(message('NamespaceContentRemaining')).toBe('Some resources are remaining: secrets. has 1 resource instances');
  expect(message('NamespaceFinalizersRemaining')).toBe(
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  await client
    .resource(secretKind)
    .patch({ namespace: 'team', name: 's' }, 'merge', { metadata: { finalizers: null } });
  await cluster.waitFor(async () => (await namespaces.list('')).items.every((each) => each.metadata.name !== 'team'));
});
