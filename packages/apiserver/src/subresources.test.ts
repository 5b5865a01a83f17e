import {
  type Deployment,
  deploymentKind,
  namespaceKind,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgetKind,
  podKind,
} from '@kubets/api';
import { createClient } from '@kubets/client';
import { type KubeObject, seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from './server.ts';

let server: ApiServer;

beforeEach(async () => {
  const clock = new VirtualClock();
  server = await createApiServer({
    store: memoryStore({ clock }),
    clock,
    random: seededRandom(1),
    disabledAdmission: ['ServiceAccount'],
  });
});
afterEach(() => server.close());

const client = () => createClient(server.localTransport());
const pods = () => client().resource(podKind);
const at = (name: string, subresource = '') => ({ namespace: 'default', name, subresource });

function pod(name: string, labels: Record<string, string> = {}): Pod {
  const spec = { containers: [{ name: 'main', image: 'nginx' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec } as unknown as Pod;
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'nginx' }] } },
  },
} as unknown as Deployment;

describe('status', () => {
  it('changes only status, and the object only the rest', async () => {
    const created = await client().resource(deploymentKind).create(deployment);
    expect(created.metadata.generation).toBe(1);
    const withStatus = { ...created, status: { replicas: 7 }, spec: { ...created.spec, replicas: 9 } };
    const status = await client().resource(deploymentKind).updateStatus(withStatus);
    expect(status.spec.replicas).toBe(2);
    expect(status.status?.replicas).toBe(7);
    expect(status.metadata.generation).toBe(1);
    const rescaled = { ...status, status: { replicas: 1 }, spec: { ...status.spec, replicas: 3 } };
    const updated = await client().resource(deploymentKind).update(rescaled);
    expect(updated.status?.replicas).toBe(7);
    expect(updated.metadata.generation).toBe(2);
  });
});

describe('scale', () => {
  it('shows and sets the replicas', async () => {
    const transport = server.localTransport();
    await client().resource(deploymentKind).create(deployment);
    const request = {
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      namespace: 'default',
      name: 'web',
      subresource: 'scale',
      options: {},
    };
    const { body } = await transport.request({ ...request, verb: 'get' });
    expect(body).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=web' } });
    const patched = await transport.request({
      ...request,
      verb: 'patch',
      patchType: 'merge',
      body: { spec: { replicas: 5 } },
    });
    expect(patched.body).toMatchObject({ spec: { replicas: 5 } });
    expect((await client().resource(deploymentKind).get('default', 'web')).spec.replicas).toBe(5);
    const negative = transport.request({
      ...request,
      verb: 'patch',
      patchType: 'merge',
      body: { spec: { replicas: -1 } },
    });
    await expect(negative).rejects.toMatchObject({ code: 422 });
  });
});

describe('binding', () => {
  const binding = (node: string) =>
    ({
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: {},
      target: { kind: 'Node', name: node },
    }) as unknown as KubeObject;

  it('assigns a pod once', async () => {
    await pods().create(pod('a'));
    await pods().patch(at('a', 'status'), 'merge', { status: { nominatedNodeName: 'n1' } });
    await pods().createSubresource(at('a', 'binding'), binding('n1'));
    const bound = await pods().get('default', 'a');
    expect(bound.spec.nodeName).toBe('n1');
    expect(bound.status?.nominatedNodeName).toBeUndefined();
    expect(bound.status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
    await expect(pods().createSubresource(at('a', 'binding'), binding('n2'))).rejects.toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"',
    });
  });
});

describe('graceful deletion', () => {
  it('waits for the kubelet once a pod has a node, and only ever gets shorter', async () => {
    await pods().create(pod('a'));
    await pods().patch(at('a', 'status'), 'merge', { status: { phase: 'Running' } });
    await pods().createSubresource(at('a', 'binding'), {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: {},
      target: { kind: 'Node', name: 'n1' },
    } as unknown as KubeObject);
    const deleting = (await pods().delete('default', 'a')) as Pod;
    expect(deleting.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2030-01-01T00:00:30Z',
    });
    const shorter = (await pods().delete('default', 'a', { gracePeriodSeconds: 5 })) as Pod;
    expect(shorter.metadata).toMatchObject({
      deletionGracePeriodSeconds: 5,
      deletionTimestamp: '2030-01-01T00:00:05Z',
    });
    await pods().delete('default', 'a', { gracePeriodSeconds: 0 });
    await expect(pods().get('default', 'a')).rejects.toMatchObject({ code: 404 });
  });

  it('deletes a pod without a node at once', async () => {
    await pods().create(pod('a'));
    await pods().delete('default', 'a');
    await expect(pods().get('default', 'a')).rejects.toMatchObject({ code: 404 });
  });
});

describe('eviction', () => {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: {} } as KubeObject;

  it('respects the disruption budget', async () => {
    await pods().create(pod('a', { app: 'web' }));
    const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    await pods().patch(at('a', 'status'), 'merge', { status: running });
    const budgets = client().resource(podDisruptionBudgetKind);
    const created = await budgets.create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    } as unknown as PodDisruptionBudget);
    const status = {
      observedGeneration: 1,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
      disruptionsAllowed: 0,
    };
    await budgets.updateStatus({ ...created, status } as PodDisruptionBudget);
    const refused = await pods()
      .createSubresource(at('a', 'eviction'), eviction)
      .catch((error) => error);
    expect(refused).toMatchObject({
      code: 429,
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: 'DisruptionBudget' }] },
    });
    await budgets.patch(at('web', 'status'), 'merge', { status: { disruptionsAllowed: 1 } });
    await pods().createSubresource(at('a', 'eviction'), eviction);
    expect((await budgets.get('default', 'web')).status).toMatchObject({ disruptionsAllowed: 0 });
    await expect(pods().get('default', 'a')).rejects.toMatchObject({ code: 404 });
  });
});

describe('namespaces', () => {
  it('linger until they are finalized', async () => {
    const namespaces = client().resource(namespaceKind);
    await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } } as never);
    const deleting = await namespaces.delete('', 'x');
    expect(deleting).toMatchObject({
      status: { phase: 'Terminating' },
      metadata: { deletionTimestamp: expect.any(String) },
    });
    const current = await namespaces.get('', 'x');
    await server.localTransport().request({
      verb: 'update',
      resource: { group: '', version: 'v1', resource: 'namespaces' },
      namespace: '',
      name: 'x',
      subresource: 'finalize',
      options: {},
      body: { ...current, spec: { finalizers: [] } },
    });
    await expect(namespaces.get('', 'x')).rejects.toMatchObject({ code: 404 });
  });
});

describe('managed fields', () => {
  it('are those that the endpoint can change: nobody owns status through the object, nor the rest through status', async () => {
    const deployments = client().resource(deploymentKind);
    const status = { replicas: 7, conditions: [] };
    const created = await deployments.create({ ...deployment, status } as unknown as Deployment);
    expect(Object.keys(created.metadata.managedFields?.[0]?.fieldsV1 ?? {})).toEqual(['f:spec']);
    const applied = await deployments.patch(at('web'), 'apply', { ...deployment, status }, { fieldManager: 'one' });
    const byApply = applied.metadata.managedFields?.find(({ operation }) => operation === 'Apply');
    expect(Object.keys(byApply?.fieldsV1 ?? {})).toEqual(['f:spec']);
    const reported = await deployments.updateStatus({ ...applied, spec: { ...applied.spec, replicas: 9 }, status });
    const byStatus = reported.metadata.managedFields?.find(({ subresource }) => subresource === 'status');
    expect(Object.keys(byStatus?.fieldsV1 ?? {})).toEqual(['f:status']);
  });
});

describe('server-side apply', () => {
  it('creates, owns its fields, and conflicts', async () => {
    const deployments = client().resource(deploymentKind);
    const applied = await deployments.patch(at('web'), 'apply', deployment, { fieldManager: 'one' });
    expect(applied.metadata.managedFields).toMatchObject([{ manager: 'one', operation: 'Apply' }]);
    const body = { ...deployment, spec: { ...deployment.spec, replicas: 4 } };
    const conflicting = deployments.patch(at('web'), 'apply', body, { fieldManager: 'two' });
    await expect(conflicting).rejects.toMatchObject({ code: 409 });
    const forced = await deployments.patch(at('web'), 'apply', body, { fieldManager: 'two', force: true });
    expect(forced.spec.replicas).toBe(4);
    await expect(deployments.patch(at('web'), 'apply', body)).resolves.toBeDefined();
  });
});
