import {
  type DaemonSet,
  daemonSetKind,
  nodeKind,
  persistentVolumeClaimKind,
  podKind,
  statefulSetKind,
} from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { statefulSet, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());
const pods = async () => (await cluster.client.resource(podKind).list('default')).items;

it('starts pods in order, and takes them down in reverse', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 2, behaviours: { startDelayMs: 1_000 } });
  const sets = cluster.client.resource(statefulSetKind);
  const order: string[] = [];
  cluster.informers.informer(podKind).addHandler({
    added: ({ metadata }) => order.push(`+${metadata.name}`),
    deleted: ({ metadata }) => order.push(`-${metadata.name}`),
  });
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce' as const], resources: { requests: { storage: '1Gi' } } },
  };
  await sets.create(
    statefulSet('db', 3, {
      volumeClaimTemplates: [claim],
      template: template('db', { containers: [{ name: 'main', image: 'example/app:1' }] }),
    }),
  );
  await cluster.waitFor(async () => (await pods()).length === 1);
  const claims = (await cluster.client.resource(persistentVolumeClaimKind).list('default')).items;
  expect(claims.map(({ metadata }) => metadata.name)).toEqual(['data-db-0']);
  expect((await pods())[0]?.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
  expect(order).toEqual(['+db-0']);
});

it('updates from the highest ordinal down', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 2 });
  const sets = cluster.client.resource(statefulSetKind);
  const order: string[] = [];
  await sets.create(statefulSet('db', 3));
  const ready = (updated: number) =>
    cluster.waitFor(async () => {
      const { status, metadata } = await sets.get('default', 'db');
      const current = status?.observedGeneration === metadata.generation;
      return current && status?.readyReplicas === 3 && status.updatedReplicas === updated && status;
    });
  const first = await ready(3);
  expect(first.currentRevision).toBe(first.updateRevision);
  cluster.informers.informer(podKind).addHandler({ deleted: ({ metadata }) => order.push(metadata.name ?? '') });
  const set = await sets.get('default', 'db');
  const next = template('db', { containers: [{ name: 'main', image: 'example/app:2' }] });
  await sets.update({ ...set, spec: { ...set.spec!, template: next } });
  const second = await ready(3);
  await cluster.settle();
  expect(order).toEqual(['db-2', 'db-1', 'db-0']);
  expect(second.updateRevision).not.toBe(first.updateRevision);
  expect((await sets.get('default', 'db')).status?.currentRevision).toBe(second.updateRevision);
  await sets.patch({ namespace: 'default', name: 'db' }, 'merge', { spec: { replicas: 1 } });
  await cluster.waitFor(async () => (await pods()).length === 1);
  expect(order.slice(3)).toEqual(['db-2', 'db-1']);
});

it('runs a daemon on every node that it is for, and replaces it on an update', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 3 });
  const daemons = cluster.client.resource(daemonSetKind);
  const daemon: DaemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
  };
  await daemons.create(daemon);
  const status = (updated: number) =>
    cluster.waitFor(async () => {
      const current = await daemons.get('default', 'agent');
      const { numberAvailable, updatedNumberScheduled, observedGeneration } = current.status ?? {};
      return (
        numberAvailable === 3 &&
        updatedNumberScheduled === updated &&
        observedGeneration === current.metadata.generation &&
        current
      );
    });
  await status(3);
  expect(new Set((await pods()).map(({ spec }) => spec.nodeName)).size).toBe(3);
  const current = await daemons.get('default', 'agent');
  const next = template('agent', { containers: [{ name: 'main', image: 'example/app:2' }] });
  await daemons.update({ ...current, spec: { ...current.spec!, template: next } });
  await status(3);
  expect((await pods()).every(({ spec }) => spec.containers[0]?.image === 'example/app:2')).toBe(true);
  await cluster.client.resource(nodeKind).patch({ namespace: '', name: 'node-1' }, 'strategic', {
    spec: { taints: [{ key: 'gone', effect: 'NoExecute' }] },
  });
  await cluster.waitFor(async () => (await pods()).length === 2);
});
