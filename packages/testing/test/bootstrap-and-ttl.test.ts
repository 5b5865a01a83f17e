import { configMapKind, nodeKind, secretKind } from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const token = (id: string, more: Record<string, string> = {}) => ({
  apiVersion: 'v1' as const,
  kind: 'Secret' as const,
  metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
  type: 'bootstrap.kubernetes.io/token',
  stringData: { 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true', ...more },
});

it('signs the public information of the cluster with each token, and forgets tokens that end', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 1, controllers: { clusterInfo: 'kind: Config\n' } });
  const info = () => cluster.client.resource(configMapKind).get('kube-public', 'cluster-info');
  const secrets = cluster.client.resource(secretKind);
  await cluster.waitFor(async () => (await info().catch(() => undefined))?.data?.kubeconfig === 'kind: Config\n');
  const expiration = new Date(cluster.clock.now() + 60_000).toISOString();
  await secrets.create(token('abcdef'));
  await secrets.create(token('short0', { expiration }));
  await secrets.create(token('silent', { 'usage-bootstrap-signing': 'false' }));
  const keys = (count: number) =>
    cluster.waitFor(async () => {
      const { data = {} } = await info();
      return Object.keys(data).length === count && data;
    });
  const signed = await keys(3);
  const [header = '', payload, signature = ''] = (signed['jws-kubeconfig-abcdef'] ?? '').split('.');
  expect(JSON.parse(atob(header))).toEqual({ alg: 'HS256', kid: 'abcdef' });
  expect(payload).toBe('');
  expect(signature).toMatch(/^[\w-]{43}$/);
  await cluster.advance(61_000);
  expect(Object.keys(await keys(2)).sort()).toEqual(['jws-kubeconfig-abcdef', 'kubeconfig']);
  await expect(secrets.get('kube-system', 'bootstrap-token-short0')).rejects.toMatchObject({ code: 404 });
});

it('tells nodes how long they may keep what they read', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 1 });
  await cluster.waitFor(async () => {
    const { metadata } = await cluster.client.resource(nodeKind).get('', 'node-1');
    return metadata.annotations?.['node.alpha.kubernetes.io/ttl'] === '0';
  });
});
