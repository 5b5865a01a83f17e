import { configMapKind, deploymentKind, type Pod, podKind, type ReplicaSet, replicaSetKind } from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { deployment, pod, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const pods = async () => (await cluster.client.resource(podKind).list('default')).items;
const owners = ({ metadata }: Pod) => metadata.ownerReferences?.map(({ name }) => name) ?? [];
const target = (name: string) => ({ namespace: 'default', name });

it('a replica set adopts the pod that was there first, and releases it when its labels change', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 1 });
  await cluster.client.resource(podKind).create(pod('first', {}, { app: 'rs' }));
  const set: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'rs', namespace: 'default' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'rs' } }, template: template('rs') },
  };
  await cluster.client.resource(replicaSetKind).create(set);
  await cluster.waitFor(async () => owners((await pods())[0]!).includes('rs'));
  expect(await pods()).toHaveLength(1);
  await cluster.client.resource(podKind).patch(target('first'), 'merge', { metadata: { labels: { app: 'other' } } });
  await cluster.waitFor(async () => (await pods()).length === 2);
  const released = (await pods()).find(({ metadata }) => metadata.name === 'first');
  expect(owners(released!)).toEqual([]);
});

it('a roll-out goes over to the newest template without finishing the one before', async () => {
  const pullError = (name: string) => (name === 'bad:1' ? 'no such image' : undefined);
  cluster = await createCluster({ clock: 'virtual', nodes: 2, behaviours: { pullError } });
  const deployments = cluster.client.resource(deploymentKind);
  await deployments.create(deployment('web', 3));
  const done = (image: string) =>
    cluster.waitFor(async () => {
      const { status, metadata } = await deployments.get('default', 'web');
      const all = await pods();
      const rolled = status?.observedGeneration === metadata.generation && status?.updatedReplicas === 3;
      return rolled && status?.availableReplicas === 3 && all.every(({ spec }) => spec.containers[0]?.image === image);
    });
  await done('example/app:1');
  const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name: 'main', image: name }] } } } });
  await deployments.patch(target('web'), 'strategic', image('bad:1'));
  await cluster.waitFor(async () => (await pods()).some(({ spec }) => spec.containers[0]?.image === 'bad:1'));
  await deployments.patch(target('web'), 'strategic', image('example/app:3'));
  await done('example/app:3');
  const sets = (await cluster.client.resource(replicaSetKind).list('default')).items;
  expect(sets.filter(({ spec }) => spec?.replicas === 3)).toHaveLength(1);
  expect(sets.filter(({ spec }) => spec?.replicas === 0)).toHaveLength(2);
});

it('the authority of the cluster is put back where it was deleted or changed', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 1, controllers: { rootCa: 'the authority' } });
  const maps = cluster.client.resource(configMapKind);
  const name = 'kube-root-ca.crt';
  const right = () =>
    cluster.waitFor(async () => {
      const { items } = await maps.list('default', { fieldSelector: `metadata.name=${name}` });
      return items[0]?.data?.['ca.crt'] === 'the authority';
    });
  await right();
  await maps.delete('default', name);
  await right();
  await maps.patch(target(name), 'merge', { data: { 'ca.crt': '' } });
  await right();
});
