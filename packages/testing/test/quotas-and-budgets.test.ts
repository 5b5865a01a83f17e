import {
  limitRangeKind,
  type Pod,
  podDisruptionBudgetKind,
  podKind,
  replicationControllerKind,
  resourceQuotaKind,
  secretKind,
  serviceKind,
} from '@kubets/api';
import type { KubeObject } from '@kubets/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { pod, service, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const start = async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 2 });
};
const pods = () => cluster.client.resource(podKind);
const quotas = () => cluster.client.resource(resourceQuotaKind);
const quota = (name: string, spec: object) =>
  quotas().create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name, namespace: 'default' },
    spec: spec as never,
  });
const used = (name: string, wanted: Record<string, string>) =>
  cluster.waitFor(
    async () => {
      const { status } = await quotas().get('default', name);
      return Object.entries(wanted).every(([resource, value]) => status?.used?.[resource] === value) && status;
    },
    { what: `${name} ${JSON.stringify(wanted)}`, timeoutMs: 120_000 },
  );
const sized = (name: string, more: Partial<Pod['spec']> = {}) => {
  const resources = { requests: { cpu: '500m', memory: '200Mi' }, limits: { cpu: '1', memory: '400Mi' } };
  return pod(name, { containers: [{ name: 'main', image: 'example/app:1', resources }], ...more });
};

describe('a resource quota', () => {
  it('captures the life of what it counts', async () => {
    await start();
    const hard = {
      'count/replicationcontrollers': '5',
      services: '3',
      'services.nodeports': '1',
      'services.loadbalancers': '1',
      secrets: '10',
      pods: '5',
      'requests.cpu': '1',
    };
    await quota('q', { hard });
    // The service of the API server is there from the beginning.
    await used('q', { services: '1', pods: '0', secrets: '0' });
    await cluster.client.resource(serviceKind).create(service('a', { type: 'NodePort' }));
    await used('q', { services: '2', 'services.nodeports': '1', 'services.loadbalancers': '0' });
    await expect(cluster.client.resource(serviceKind).create(service('b', { type: 'NodePort' }))).rejects.toMatchObject(
      {
        code: 403,
        message: expect.stringContaining(
          'exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1',
        ),
      },
    );
    await cluster.client.resource(secretKind).create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default' },
    });
    await used('q', { secrets: '1' });
    await pods().create(sized('p'));
    await used('q', { pods: '1', 'requests.cpu': '500m' });
    const tooBig = pods().create(
      sized('big', { containers: [{ name: 'a', image: 'b', resources: { requests: { cpu: '600m' } } }] }),
    );
    await expect(tooBig).rejects.toMatchObject({ code: 403 });
    await pods().delete('default', 'p', { gracePeriodSeconds: 0 });
    await cluster.client.resource(serviceKind).delete('default', 'a');
    await cluster.client.resource(secretKind).delete('default', 's');
    await used('q', { pods: '0', 'requests.cpu': '0', services: '1', 'services.nodeports': '0', secrets: '0' });
  });

  it('counts only what is in its scope', async () => {
    await start();
    await quota('best', { hard: { pods: '5' }, scopes: ['BestEffort'] });
    await quota('not-best', { hard: { pods: '5', 'requests.cpu': '2' }, scopes: ['NotBestEffort'] });
    const ends = { hard: { 'limits.cpu': '2', pods: '3' }, scopes: ['Terminating'] };
    await quota('ends', ends);
    await quota('stays', { ...ends, scopes: ['NotTerminating'] });
    const operator = 'In';
    const scopeSelector = {
      matchExpressions: [{ scopeName: 'PriorityClass', operator, values: ['system-node-critical'] }],
    };
    await quota('critical', { hard: { pods: '1' }, scopeSelector });
    await used('best', { pods: '0' });
    await used('stays', { pods: '0' });
    await used('critical', { pods: '0' });
    await pods().create(sized('sized'));
    await used('not-best', { pods: '1', 'requests.cpu': '500m' });
    await used('best', { pods: '0' });
    await used('stays', { pods: '1', 'limits.cpu': '1' });
    await used('ends', { pods: '0' });
    await pods().delete('default', 'sized', { gracePeriodSeconds: 0 });
    await used('not-best', { pods: '0' });
    await pods().create(sized('ends', { activeDeadlineSeconds: 3600 }));
    await used('ends', { pods: '1', 'limits.cpu': '1' });
    await used('stays', { pods: '0' });
    await pods().create(sized('critical', { priorityClassName: 'system-node-critical' }));
    await used('critical', { pods: '1' });
    await expect(pods().create(sized('second', { priorityClassName: 'system-node-critical' }))).rejects.toMatchObject({
      code: 403,
    });
  });

  it('may be changed, and its status too', async () => {
    await start();
    await quota('q', { hard: { cpu: '500m', memory: '500Mi' } });
    await used('q', { cpu: '0' });
    const target = { namespace: 'default', name: 'q' };
    await quotas().patch(target, 'merge', { spec: { hard: { cpu: '1', memory: '1Gi' } } });
    await cluster.waitFor(async () => (await quotas().get('default', 'q')).status?.hard?.cpu === '1');
    const status = { hard: { cpu: '1', memory: '1Gi', pods: '4' } };
    const patched = await quotas().patch({ ...target, subresource: 'status' }, 'merge', { status });
    expect(patched.status?.hard?.pods).toBe('4');
    expect(patched.spec?.hard).toEqual({ cpu: '1', memory: '1Gi' });
    await cluster.waitFor(async () => (await quotas().get('default', 'q')).status?.hard?.pods === undefined);
  });

  it('shows on a replication controller that it stops it', async () => {
    await start();
    await quota('q', { hard: { pods: '2' } });
    await used('q', { pods: '0' });
    const controllers = cluster.client.resource(replicationControllerKind);
    await controllers.create({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'rc', namespace: 'default' },
      spec: { replicas: 3, selector: { app: 'rc' }, template: template('rc') },
    });
    const condition = async () =>
      (await controllers.get('default', 'rc')).status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
    await cluster.waitFor(condition);
    await controllers.patch({ namespace: 'default', name: 'rc', subresource: 'scale' }, 'merge', {
      spec: { replicas: 2 },
    });
    await cluster.waitFor(async () => (await condition()) === undefined);
  });
});

it('a limit range fills in and refuses', async () => {
  await start();
  await cluster.client.resource(limitRangeKind).create({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'l', namespace: 'default' },
    spec: {
      limits: [
        {
          type: 'Container',
          min: { cpu: '50m', memory: '100Mi', 'ephemeral-storage': '100Gi' },
          max: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
          default: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
          defaultRequest: { cpu: '100m', memory: '200Mi', 'ephemeral-storage': '200Gi' },
        },
      ],
    },
  } as KubeObject as never);
  const resourcesOf = ({ spec }: Pod) => spec.containers[0]?.resources;
  const container = (resources: object) => ({ containers: [{ name: 'main', image: 'example/app:1', resources }] });
  expect(resourcesOf(await pods().create(pod('none')))).toEqual({
    requests: { cpu: '100m', memory: '200Mi', 'ephemeral-storage': '200Gi' },
    limits: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
  });
  const partial = { requests: { cpu: '50m', memory: '150Mi' }, limits: { memory: '300Mi' } };
  expect(resourcesOf(await pods().create(pod('partial', container(partial))))).toEqual({
    requests: { cpu: '50m', memory: '150Mi', 'ephemeral-storage': '200Gi' },
    limits: { cpu: '500m', memory: '300Mi', 'ephemeral-storage': '500Gi' },
  });
  const small = pods().create(pod('small', container({ requests: { cpu: '10m', memory: '50Mi' } })));
  await expect(small).rejects.toMatchObject({ code: 403 });
  const large = pods().create(pod('large', container({ requests: { cpu: '600m' }, limits: { cpu: '600m' } })));
  await expect(large).rejects.toMatchObject({ code: 403 });
});

it('a disruption budget blocks evictions until it is changed', async () => {
  await start();
  const budgets = cluster.client.resource(podDisruptionBudgetKind);
  await budgets.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'foo', namespace: 'default' },
    spec: { selector: { matchLabels: { foo: 'bar' } }, minAvailable: 3 },
  });
  for (const name of ['a', 'b', 'c']) await pods().create(pod(name, {}, { foo: 'bar' }));
  const allowed = (count: number) =>
    cluster.waitFor(async () => {
      const { status } = await budgets.get('default', 'foo');
      return status?.currentHealthy === 3 && status.disruptionsAllowed === count;
    });
  await allowed(0);
  const evict = () =>
    pods().createSubresource(
      { namespace: 'default', name: 'a', subresource: 'eviction' },
      { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a', namespace: 'default' } },
    );
  await expect(evict()).rejects.toMatchObject({
    code: 429,
    reason: 'TooManyRequests',
    details: { causes: [expect.objectContaining({ reason: 'DisruptionBudget' })] },
  });
  await budgets.patch({ namespace: 'default', name: 'foo' }, 'merge', { spec: { minAvailable: 2 } });
  await allowed(1);
  await evict();
  await cluster.waitFor(async () => (await pods().list('default')).items.length === 2);
});
