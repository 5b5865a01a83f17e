import { type Deployment, deploymentKind, eventKind, podKind, type ReplicaSet, replicaSetKind } from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { deployment, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const deployments = () => cluster.client.resource(deploymentKind);
const web = () => deployments().get('default', 'web');
const pods = async () => (await cluster.client.resource(podKind).list('default')).items;
const sets = async () =>
  (await cluster.client.resource(replicaSetKind).list('default')).items.sort((a, b) => revision(a) - revision(b));
const revision = ({ metadata }: ReplicaSet) => Number(metadata.annotations?.['deployment.kubernetes.io/revision']);
const condition = (object: Deployment, type: string) => object.status?.conditions?.find((each) => each.type === type);
const withImage = (image: string) => template('web', { containers: [{ name: 'main', image }] });

async function rolledOut(replicas: number): Promise<Deployment> {
  return cluster.waitFor(async () => {
    const current = await web();
    const { updatedReplicas, availableReplicas, replicas: all, observedGeneration } = current.status ?? {};
    const done = updatedReplicas === replicas && availableReplicas === replicas && all === replicas;
    return done && observedGeneration === current.metadata.generation && current;
  });
}

it('comes up, with the conditions, annotations and events that users look for', async () => {
  cluster = await createCluster({ nodes: 2, clock: 'virtual' });
  await deployments().create(deployment('web', 3));
  const current = await rolledOut(3);
  expect(condition(current, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
  const [set] = await sets();
  expect(condition(current, 'Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
  });
  expect(current.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  expect(current.metadata.generation).toBe(1);
  expect(set?.metadata.annotations).toEqual({
    'deployment.kubernetes.io/desired-replicas': '3',
    'deployment.kubernetes.io/max-replicas': '4',
    'deployment.kubernetes.io/revision': '1',
  });
  await cluster.settle();
  const events = (await cluster.client.resource(eventKind).list('default')).items.map(({ message }) => message);
  expect(events).toContain(`Scaled up replica set ${set?.metadata.name} from 0 to 3`);
});

it('counts on from the revision of a replica set that it adopts, however large', async () => {
  cluster = await createCluster({ nodes: 1, clock: 'virtual' });
  const { selector, template: pods } = deployment('web', 1).spec;
  const adopted: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'older',
      namespace: 'default',
      labels: { app: 'web' },
      annotations: { 'deployment.kubernetes.io/revision': '3546343826724305832' },
    },
    spec: { replicas: 1, selector, template: { ...pods, ...withImage('example/older:1') } },
  };
  await cluster.client.resource(replicaSetKind).create(adopted);
  await deployments().create(deployment('web', 1));
  const { metadata } = await rolledOut(1);
  expect(metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3546343826724305833');
});

it('rolls forward within its limits and back to an old revision', async () => {
  cluster = await createCluster({ nodes: 3, clock: 'virtual', behaviours: { startDelayMs: 500 } });
  const strategy = { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  await deployments().create(deployment('web', 4, { strategy }));
  await rolledOut(4);
  let most = 0;
  let least = 4;
  const informer = cluster.informers.informer(podKind);
  const measure = () => {
    const live = informer.store.list().filter(({ metadata }) => !metadata.deletionTimestamp);
    most = Math.max(most, live.length);
    const ready = live.filter(({ status }) =>
      status?.conditions?.some(({ type, status: s }) => type === 'Ready' && s === 'True'),
    );
    least = Math.min(least, ready.length);
  };
  const subscription = informer.addHandler({ added: measure, updated: measure, deleted: measure });
  const current = await web();
  await deployments().update({ ...current, spec: { ...current.spec, template: withImage('example/app:2') } });
  await rolledOut(4);
  subscription.dispose();
  expect({ most, least }).toEqual({ most: 5, least: 4 });
  expect((await sets()).map(({ spec }) => spec?.replicas)).toEqual([0, 4]);
  const second = await web();
  await deployments().update({ ...second, spec: { ...second.spec, template: withImage('example/app:1') } });
  const third = await rolledOut(4);
  expect(third.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  const history = (await sets()).map(
    ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision-history'],
  );
  expect(history).toEqual([undefined, '1']);
});

it('recreates: no new pod before the last old one is gone', async () => {
  cluster = await createCluster({ clock: 'virtual', behaviours: { container: () => ({ stopsAfterMs: 5_000 }) } });
  await deployments().create(deployment('web', 2, { strategy: { type: 'Recreate' } }));
  await rolledOut(2);
  const current = await web();
  await deployments().update({ ...current, spec: { ...current.spec, template: withImage('example/app:2') } });
  await cluster.settle();
  expect((await pods()).every(({ spec }) => spec.containers[0]?.image === 'example/app:1')).toBe(true);
  await rolledOut(2);
  expect((await pods()).every(({ spec }) => spec.containers[0]?.image === 'example/app:2')).toBe(true);
});

it('says when a roll-out gets stuck', async () => {
  cluster = await createCluster({
    clock: 'virtual',
    behaviours: { pullError: (image) => (image.endsWith('broken') ? 'no such image' : undefined) },
  });
  await deployments().create(deployment('web', 2, { progressDeadlineSeconds: 60 }));
  await rolledOut(2);
  const current = await web();
  await deployments().update({ ...current, spec: { ...current.spec, template: withImage('example/app:broken') } });
  const stuck = await cluster.waitFor(async () => {
    const next = await web();
    return condition(next, 'Progressing')?.reason === 'ProgressDeadlineExceeded' && next;
  });
  expect(condition(stuck, 'Progressing')?.status).toBe('False');
  expect(stuck.status).toMatchObject({ availableReplicas: 2, updatedReplicas: 1 });
});

it('pauses, scales while paused, and resumes', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  await deployments().create(deployment('web', 2));
  await rolledOut(2);
  await deployments().patch({ namespace: 'default', name: 'web' }, 'merge', {
    spec: { paused: true, template: withImage('example/app:2') },
  });
  await cluster.settle();
  expect(condition(await web(), 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
  await deployments().patch({ namespace: 'default', name: 'web' }, 'merge', { spec: { replicas: 3 } });
  await cluster.waitFor(async () => (await web()).status?.availableReplicas === 3);
  expect(await sets()).toHaveLength(1);
  await deployments().patch({ namespace: 'default', name: 'web' }, 'merge', { spec: { paused: false } });
  await rolledOut(3);
  expect(await sets()).toHaveLength(2);
});

it('scales a roll-out in progress in proportion', async () => {
  cluster = await createCluster({
    clock: 'virtual',
    behaviours: { pullError: (image) => (image.endsWith('broken') ? 'no such image' : undefined) },
  });
  const strategy = { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
  await deployments().create(deployment('web', 10, { strategy }));
  await rolledOut(10);
  const current = await web();
  await deployments().update({ ...current, spec: { ...current.spec, template: withImage('example/app:broken') } });
  await cluster.settle();
  expect((await sets()).map(({ spec }) => spec?.replicas)).toEqual([8, 5]);
  await deployments().patch({ namespace: 'default', name: 'web' }, 'merge', { spec: { replicas: 15 } });
  await cluster.settle();
  expect((await sets()).map(({ spec }) => spec?.replicas)).toEqual([11, 7]);
});

it('forgets old replica sets', async () => {
  cluster = await createCluster({ clock: 'virtual' });
  await deployments().create(deployment('web', 1, { revisionHistoryLimit: 1 }));
  await rolledOut(1);
  for (const tag of ['2', '3', '4']) {
    const current = await web();
    await deployments().update({ ...current, spec: { ...current.spec, template: withImage(`example/app:${tag}`) } });
    await rolledOut(1);
  }
  await cluster.settle();
  expect((await sets()).map(revision)).toEqual([3, 4]);
});
