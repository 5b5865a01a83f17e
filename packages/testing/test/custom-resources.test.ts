import {
  type CustomResourceDefinition,
  configMapKind,
  customResourceDefinitionKind,
  horizontalPodAutoscalerKind,
  type Namespace,
  namespaceKind,
  resourceQuotaKind,
} from '@kubets/api';
import { defineKind, hasReason, type KubeObject, message } from '@kubets/core';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';

interface Widget extends KubeObject {
  spec?: { replicas?: number };
  status?: Record<string, unknown>;
}

const widgetKind = defineKind<Widget>({
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  resource: 'widgets',
  namespaced: true,
  schema: message('', '', {}),
});

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    ],
  },
} as unknown as CustomResourceDefinition;

const widget = (name: string, metadata: Partial<Widget['metadata']> = {}, namespace = 'default'): Widget => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace, ...metadata },
  spec: { replicas: 1 },
});

let cluster: Cluster;
afterEach(() => cluster.close());

async function start(): Promise<void> {
  cluster = await createCluster({ clock: 'virtual' });
  await cluster.client.resource(customResourceDefinitionKind).create(definition);
  await cluster.settle();
}

const isGone = async (read: Promise<unknown>): Promise<boolean> =>
  read.then(
    () => false,
    (error) => hasReason(error, 'NotFound'),
  );

const ownerOf = ({ apiVersion, kind, metadata }: KubeObject, more: object = {}) => ({
  ownerReferences: [{ apiVersion, kind, name: metadata.name!, uid: metadata.uid!, ...more }],
});

it('collects what custom resources own, and custom resources that are owned', async () => {
  await start();
  const { client } = cluster;
  const widgets = client.resource(widgetKind);
  const maps = client.resource(configMapKind);
  const owner = await widgets.create(widget('owner'));
  const middle = await widgets.create(widget('middle', ownerOf(owner)));
  await maps.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'leaf', namespace: 'default', ...ownerOf(middle) },
  });
  await cluster.settle();
  expect(await isGone(maps.get('default', 'leaf'))).toBe(false);
  await widgets.delete('default', 'owner');
  await cluster.waitFor(() => isGone(maps.get('default', 'leaf')));
  expect(await isGone(widgets.get('default', 'middle'))).toBe(true);

  const held = await widgets.create(widget('foreground'));
  const blocking = { controller: true, blockOwnerDeletion: true };
  await widgets.create(widget('dependent', { ...ownerOf(held, blocking), finalizers: ['example.com/held'] }));
  await cluster.settle();
  await widgets.delete('default', 'foreground', { propagationPolicy: 'Foreground' });
  await cluster.waitFor(async () => Boolean((await widgets.get('default', 'dependent')).metadata.deletionTimestamp));
  expect((await widgets.get('default', 'foreground')).metadata.finalizers).toEqual(['foregroundDeletion']);
  await widgets.patch({ namespace: 'default', name: 'dependent' }, 'merge', { metadata: { finalizers: null } });
  await cluster.waitFor(() => isGone(widgets.get('default', 'foreground')));
});

it('collects what objects of a deleted definition own, and serves a definition that comes again', async () => {
  await start();
  const { client } = cluster;
  const widgets = client.resource(widgetKind);
  const maps = client.resource(configMapKind);
  const definitions = client.resource(customResourceDefinitionKind);
  for (const round of ['first', 'second']) {
    const owner = await widgets.create(widget('owner'));
    const metadata = { name: round, namespace: 'default', ...ownerOf(owner) };
    await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await cluster.settle();
    await definitions.delete('', 'widgets.example.com');
    await cluster.waitFor(() => isGone(definitions.get('', 'widgets.example.com')));
    await cluster.waitFor(() => isGone(maps.get('default', round)));
    await definitions.create(definition);
    await cluster.settle();
  }
  expect((await widgets.list('')).items).toEqual([]);
});

it('empties namespaces of custom resources', async () => {
  await start();
  const { client } = cluster;
  const namespaces = client.resource(namespaceKind);
  await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } } as Namespace);
  await client.resource(widgetKind).create(widget('a', {}, 'team'));
  await client.resource(widgetKind).create(widget('b', { finalizers: ['example.com/held'] }, 'team'));
  await cluster.settle();
  await namespaces.delete('', 'team');
  const conditionOf = async (type: string) =>
    (await namespaces.get('', 'team')).status?.conditions?.find((condition) => condition.type === type)?.message;
  await cluster.waitFor(async () => (await conditionOf('NamespaceFinalizersRemaining')) !== undefined);
  expect(await conditionOf('NamespaceContentRemaining')).toBe(
    'Some resources are remaining: widgets.example.com has 1 resource instances',
  );
  const target = { namespace: 'team', name: 'b' };
  await client.resource(widgetKind).patch(target, 'merge', { metadata: { finalizers: null } });
  await cluster.waitFor(() => isGone(namespaces.get('', 'team')));
});

it('counts custom resources against quotas', async () => {
  await start();
  const { client } = cluster;
  await client.resource(resourceQuotaKind).create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few', namespace: 'default' },
    spec: { hard: { 'count/widgets.example.com': '1' } },
  });
  await cluster.settle();
  await client.resource(widgetKind).create(widget('a'));
  await expect(client.resource(widgetKind).create(widget('b'))).rejects.toThrow(
    'exceeded quota: few, requested: count/widgets.example.com=1, used: count/widgets.example.com=1, limited: count/widgets.example.com=1',
  );
  await client.resource(widgetKind).delete('default', 'a');
  const quotas = client.resource(resourceQuotaKind);
  await cluster.waitFor(
    async () => (await quotas.get('default', 'few')).status?.used?.['count/widgets.example.com'] === '0',
  );
  await client.resource(widgetKind).create(widget('b'));
});

it('scales custom resources by their scale subresource', async () => {
  await start();
  const { client } = cluster;
  await client.resource(widgetKind).create(widget('scaled'));
  await client.resource(horizontalPodAutoscalerKind).create({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'scaled', namespace: 'default' },
    spec: {
      scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Widget', name: 'scaled' },
      minReplicas: 3,
      maxReplicas: 5,
    },
  });
  await cluster.waitFor(async () => (await client.resource(widgetKind).get('default', 'scaled')).spec?.replicas === 3);
});
