import {
  clusterRoleKind,
  endpointSliceKind,
  endpointsKind,
  podKind,
  replicationControllerKind,
  resourceQuotaKind,
  serviceKind,
} from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { pod, service, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

it('mirrors endpoints that somebody wrote by hand', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const { client } = cluster;
  const { selector: _selector, ...spec } = service('outside', { clusterIP: 'None' }).spec!;
  await client.resource(serviceKind).create({ ...service('outside'), spec });
  await client.resource(endpointsKind).create({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'outside', namespace: 'default' },
    subsets: [{ addresses: [{ ip: '203.0.113.7' }], ports: [{ port: 5432, protocol: 'TCP' }] }],
  });
  await cluster.settle();
  const slices = async () =>
    (await client.resource(endpointSliceKind).list('default')).items.filter(
      ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'outside',
    );
  const [slice] = await slices();
  expect(slice).toMatchObject({
    addressType: 'IPv4',
    endpoints: [{ addresses: ['203.0.113.7'], conditions: { ready: true } }],
  });
  expect(slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by']).toBe(
    'endpointslicemirroring-controller.k8s.io',
  );
  await client.resource(endpointsKind).delete('default', 'outside');
  await cluster.waitFor(async () => (await slices()).length === 0);
});

it('puts cluster roles together', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const roles = cluster.client.resource(clusterRoleKind);
  const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
  const role = (name: string, labels: Record<string, string>, resource: string) =>
    roles.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name, labels },
      rules: [rule(resource)],
    });
  await roles.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'all' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] },
    rules: [],
  });
  await role('b', { part: 'yes' }, 'pods');
  await role('a', { part: 'yes' }, 'secrets');
  await role('c', {}, 'nodes');
  await cluster.settle();
  expect((await roles.get('', 'all')).rules).toEqual([rule('secrets'), rule('pods')]);
});

it('shows on a replication controller that a quota stops it, until there is room', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const { client } = cluster;
  const quotas = client.resource(resourceQuotaKind);
  await quotas.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'two', namespace: 'default' },
    spec: { hard: { pods: '2' } },
  });
  await cluster.settle();
  const controllers = client.resource(replicationControllerKind);
  await controllers.create({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'rc', namespace: 'default' },
    spec: { replicas: 3, selector: { app: 'rc' }, template: template('rc') },
  });
  const failing = await cluster.waitFor(async () => {
    const current = await controllers.get('default', 'rc');
    return current.status?.conditions?.some(({ type }) => type === 'ReplicaFailure') && current;
  });
  expect(failing.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'FailedCreate' });
  expect(failing.status?.conditions?.[0]?.message).toContain('exceeded quota: two');
  await quotas.patch({ namespace: 'default', name: 'two' }, 'merge', { spec: { hard: { pods: '3' } } });
  await cluster.waitFor(async () => {
    const { status } = await controllers.get('default', 'rc');
    return status?.readyReplicas === 3 && !status.conditions?.length;
  });
});

it('releases pods that no longer match, and adopts those that do', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const { client } = cluster;
  const pods = client.resource(podKind);
  await pods.create(pod('lonely', {}, { app: 'rc' }));
  await client.resource(replicationControllerKind).create({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'rc', namespace: 'default' },
    spec: { replicas: 1, selector: { app: 'rc' }, template: template('rc') },
  });
  await cluster.settle();
  expect((await pods.get('default', 'lonely')).metadata.ownerReferences?.[0]?.name).toBe('rc');
  expect((await pods.list('default')).items).toHaveLength(1);
  await pods.patch({ namespace: 'default', name: 'lonely' }, 'merge', { metadata: { labels: { app: 'other' } } });
  await cluster.settle();
  expect((await pods.get('default', 'lonely')).metadata.ownerReferences ?? []).toEqual([]);
  expect((await pods.list('default')).items).toHaveLength(2);
});
