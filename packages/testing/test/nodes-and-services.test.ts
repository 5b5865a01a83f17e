import {
  deploymentKind,
  endpointSliceKind,
  endpointsKind,
  nodeKind,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  podDisruptionBudgetKind,
  podKind,
  resourceQuotaKind,
  serviceKind,
} from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { deployment, pod, service, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

it('follows the pods of a service in endpoints and slices', async () => {
  cluster = await createCluster({
    clock: 'virtual',
    nodes: [{ name: 'a', labels: { 'topology.kubernetes.io/zone': 'z1' } }],
  });
  const { client } = cluster;
  await client.resource(serviceKind).create(service('web', { clusterIP: 'None' }));
  await client.resource(deploymentKind).create(deployment('web', 2));
  await cluster.settle();
  const endpoints = await client.resource(endpointsKind).get('default', 'web');
  expect(endpoints.subsets).toHaveLength(1);
  expect(endpoints.subsets?.[0]).toMatchObject({ ports: [{ port: 8080, protocol: 'TCP' }] });
  expect(endpoints.subsets?.[0]?.addresses).toHaveLength(2);
  const slices = (await client.resource(endpointSliceKind).list('default')).items.filter(
    ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web',
  );
  expect(slices).toHaveLength(1);
  expect(slices[0]?.endpoints?.[0]).toMatchObject({
    zone: 'z1',
    nodeName: 'a',
    conditions: { ready: true, serving: true, terminating: false },
  });
  await client
    .resource(deploymentKind)
    .patch({ namespace: 'default', name: 'web' }, 'merge', { spec: { replicas: 0 } });
  await cluster.waitFor(async () => !(await client.resource(endpointsKind).get('default', 'web')).subsets?.length);
  const [slice] = (await client.resource(endpointSliceKind).list('default')).items.filter(({ metadata }) =>
    metadata.name?.startsWith('web-'),
  );
  expect(slice?.endpoints ?? []).toEqual([]);
});

it('drives pods off a node that has fallen silent, and takes it back', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 2 });
  const { client } = cluster;
  const tolerations = [
    {
      key: 'node.kubernetes.io/unreachable',
      operator: 'Exists' as const,
      effect: 'NoExecute' as const,
      tolerationSeconds: 20,
    },
  ];
  await client.resource(podKind).create(pod('stays', { nodeName: 'node-1', tolerations }));
  await cluster.settle();
  await cluster.nodes[0]?.stop();
  const silent = await cluster.waitFor(async () => {
    const node = await client.resource(nodeKind).get('', 'node-1');
    return node.spec?.taints?.some(({ effect }) => effect === 'NoExecute') && node;
  });
  expect(silent.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  expect(silent.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  await cluster.waitFor(
    async () => (await client.resource(podKind).get('default', 'stays')).metadata.deletionTimestamp,
  );
  await cluster.nodes[0]?.start();
  await cluster.waitFor(async () => !(await client.resource(nodeKind).get('', 'node-1')).spec?.taints?.length);
});

it('counts what budgets allow and what quotas have used', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const { client } = cluster;
  const requests = { cpu: '100m', memory: '64Mi' };
  const containers = [{ name: 'main', image: 'example/app:1', resources: { requests } }];
  await client.resource(resourceQuotaKind).create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'default' },
    spec: { hard: { pods: '10', 'requests.cpu': '2', 'count/deployments.apps': '3' } },
  });
  await cluster.settle();
  await client.resource(deploymentKind).create(deployment('web', 3, { template: template('web', { containers }) }));
  await client.resource(podDisruptionBudgetKind).create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  await cluster.waitFor(async () => {
    const { status } = await client.resource(podDisruptionBudgetKind).get('default', 'web');
    return (
      status?.disruptionsAllowed === 1 &&
      status.currentHealthy === 3 &&
      status.desiredHealthy === 2 &&
      status.expectedPods === 3
    );
  });
  await cluster.waitFor(async () => {
    const { status } = await client.resource(resourceQuotaKind).get('default', 'q');
    return status?.used?.pods === '3' && status.used['requests.cpu'] === '300m';
  });
});

it('binds a claim to the smallest volume that is enough', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  const { client } = cluster;
  for (const [name, storage] of [
    ['big', '10Gi'],
    ['small', '1Gi'],
    ['right', '5Gi'],
  ] as const) {
    await client.resource(persistentVolumeKind).create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        capacity: { storage },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'manual',
        hostPath: { path: '/data' },
      },
    });
  }
  await client.resource(persistentVolumeClaimKind).create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'manual', resources: { requests: { storage: '4Gi' } } },
  });
  const claim = await cluster.waitFor(async () => {
    const current = await client.resource(persistentVolumeClaimKind).get('default', 'data');
    return current.status?.phase === 'Bound' && current;
  });
  expect(claim.spec?.volumeName).toBe('right');
  expect((await client.resource(persistentVolumeKind).get('', 'right')).status?.phase).toBe('Bound');
  await client.resource(persistentVolumeClaimKind).delete('default', 'data');
  await cluster.waitFor(
    async () => (await client.resource(persistentVolumeKind).get('', 'right')).status?.phase === 'Released',
  );
});
