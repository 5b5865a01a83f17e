import {
  deploymentKind,
  namespaceKind,
  type Pod,
  podKind,
  type ReplicationController,
  replicaSetKind,
  replicationControllerKind,
  serviceKind,
} from '@kubets/api';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { deployment, pod, service, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const start = async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 2 });
};
const pods = async () => (await cluster.client.resource(podKind).list('default')).items;
const controllers = () => cluster.client.resource(replicationControllerKind);
const controller = (name: string, replicas: number): ReplicationController => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name, namespace: 'default' },
  spec: { replicas, selector: { app: name }, template: template(name) },
});
const running = (count: number) =>
  cluster.waitFor(async () => {
    const all = (await pods()).filter(({ status }) => status?.phase === 'Running');
    return all.length === count && all;
  });

describe('deleting a replication controller', () => {
  it('in the background deletes its pods, and orphaning keeps them', async () => {
    await start();
    await controllers().create(controller('gone', 2));
    await running(2);
    await controllers().delete('default', 'gone', { propagationPolicy: 'Background' });
    await cluster.waitFor(async () => (await pods()).length === 0);
    await controllers().create(controller('kept', 2));
    await running(2);
    await controllers().delete('default', 'kept', { propagationPolicy: 'Orphan' });
    await cluster.waitFor(async () => (await controllers().list('default')).items.length === 0);
    await cluster.advance(60_000);
    expect(await pods()).toHaveLength(2);
    expect((await pods()).every(({ metadata }) => !metadata.ownerReferences?.length)).toBe(true);
  });

  it('in the foreground keeps it until its pods are gone', async () => {
    await start();
    await controllers().create(controller('last', 3));
    await running(3);
    let left = -1;
    cluster.informers.informer(replicationControllerKind).addHandler({
      deleted: () => {
        left = cluster.informers.informer(podKind).store.list('default').length;
      },
    });
    await controllers().delete('default', 'last', { propagationPolicy: 'Foreground' });
    expect((await controllers().get('default', 'last')).metadata.finalizers).toEqual(['foregroundDeletion']);
    await cluster.waitFor(async () => (await controllers().list('default')).items.length === 0);
    expect(left).toBe(0);
  });

  it('leaves pods that another one owns too', async () => {
    await start();
    await controllers().create(controller('first', 4));
    const all = await running(4);
    const other = await controllers().create(controller('second', 0));
    const { uid = '' } = other.metadata;
    const reference = { apiVersion: 'v1', kind: 'ReplicationController', name: 'second', uid };
    const shared = all.slice(0, 2).map(({ metadata }) => metadata.name!);
    for (const name of shared) {
      const patch = { metadata: { ownerReferences: [reference] } };
      await cluster.client.resource(podKind).patch({ namespace: 'default', name }, 'strategic', patch);
    }
    await controllers().delete('default', 'first', { propagationPolicy: 'Foreground' });
    await cluster.waitFor(async () => (await controllers().list('default')).items.length === 1);
    const left = await pods();
    expect(left.map(({ metadata }) => metadata.name).sort()).toEqual([...shared].sort());
    expect(left.every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
  });
});

it('an orphaned replica set keeps its pods', async () => {
  await start();
  await cluster.client.resource(deploymentKind).create(deployment('web', 2));
  await running(2);
  await cluster.client.resource(deploymentKind).delete('default', 'web', { propagationPolicy: 'Orphan' });
  await cluster.waitFor(async () => (await cluster.client.resource(deploymentKind).list('default')).items.length === 0);
  await cluster.advance(30_000);
  const sets = (await cluster.client.resource(replicaSetKind).list('default')).items;
  expect(sets).toHaveLength(1);
  expect(sets[0]?.metadata.ownerReferences ?? []).toEqual([]);
  expect(await pods()).toHaveLength(2);
});

it('a namespace takes pods and services with it', async () => {
  await start();
  const namespaces = cluster.client.resource(namespaceKind);
  const create = () => namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' }, spec: {} });
  await create();
  await cluster.settle();
  const inside = <T extends Pod | ReturnType<typeof service>>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, namespace: 'ns' },
  });
  await cluster.client.resource(podKind).create(inside(pod('p')));
  await cluster.client.resource(serviceKind).create(inside(service('s')));
  await namespaces.delete('', 'ns');
  await cluster.waitFor(async () => !(await namespaces.list('')).items.some(({ metadata }) => metadata.name === 'ns'));
  await create();
  expect((await cluster.client.resource(podKind).list('ns')).items).toEqual([]);
  expect((await cluster.client.resource(serviceKind).list('ns')).items).toEqual([]);
});

it('a namespace keeps a finalizer of its spec until it is taken away', async () => {
  await start();
  const namespaces = cluster.client.resource(namespaceKind);
  await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' }, spec: {} });
  const current = await namespaces.get('', 'ns');
  const held = { ...current, spec: { finalizers: [...(current.spec?.finalizers ?? []), 'e2e.example.com/fake'] } };
  const finalized = await namespaces.updateSubresource('finalize', held);
  expect(finalized.spec?.finalizers).toEqual(['kubernetes', 'e2e.example.com/fake']);
  const freed = await namespaces.updateSubresource('finalize', { ...finalized, spec: { finalizers: ['kubernetes'] } });
  expect(freed.spec?.finalizers).toEqual(['kubernetes']);
  expect(freed.status?.phase).toBe('Active');
});
