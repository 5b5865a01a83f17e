import { serviceCIDRKind, serviceKind } from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { service } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

it('ranges of service addresses are ready, and go when nothing has their addresses any more', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 1 });
  const ranges = cluster.client.resource(serviceCIDRKind);
  const services = cluster.client.resource(serviceKind);
  const ready = async (name: string, status: string) =>
    (await ranges.get('', name)).status?.conditions?.find((each) => each.type === 'Ready' && each.status === status);
  await ranges.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'more' },
    spec: { cidrs: ['203.0.113.0/24'] },
  });
  expect(await cluster.waitFor(() => ready('more', 'True'))).toMatchObject({
    reason: '',
    message: 'Kubernetes Service CIDR is ready',
  });
  expect((await ranges.get('', 'more')).metadata.finalizers).toEqual(['networking.k8s.io/service-cidr-finalizer']);
  await services.create(service('web', { clusterIP: '203.0.113.10' }));
  await ranges.delete('', 'more');
  expect(await cluster.waitFor(() => ready('more', 'False'))).toMatchObject({ reason: 'Terminating' });
  await services.delete('default', 'web');
  await cluster.waitFor(async () => (await ranges.get('', 'more').catch(() => undefined)) === undefined);
});
