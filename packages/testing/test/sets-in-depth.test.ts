import {
  controllerRevisionKind,
  type DaemonSet,
  daemonSetKind,
  nodeKind,
  type Pod,
  persistentVolumeClaimKind,
  podKind,
  statefulSetKind,
} from '@kubets/api';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { pod, statefulSet, template } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const target = (name: string) => ({ namespace: 'default', name });
const pods = async () => (await cluster.client.resource(podKind).list('default')).items;
const image = ({ spec }: Pod) => spec.containers[0]?.image;
const withImage = (name: string) => ({ spec: { template: { spec: { containers: [{ name: 'main', image: name }] } } } });

describe('a stateful set', () => {
  const sets = () => cluster.client.resource(statefulSetKind);
  const get = () => sets().get('default', 'db');
  const settled = (images: Record<string, string>) =>
    cluster.waitFor(
      async () => {
        const { status, metadata, spec } = await get();
        const now = Object.fromEntries((await pods()).map((each) => [each.metadata.name, image(each)]));
        const rolled = status?.observedGeneration === metadata.generation && status?.readyReplicas === spec?.replicas;
        return rolled && JSON.stringify(now) === JSON.stringify(images) && status;
      },
      { what: JSON.stringify(images) },
    );

  it('updates a canary first, then in phases, and rolls back to the revision that it had', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 2 });
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 3 } };
    await sets().create(statefulSet('db', 3, { updateStrategy }));
    const [v1, v2] = ['example/app:1', 'example/app:2'];
    const first = await settled({ 'db-0': v1, 'db-1': v1, 'db-2': v1 });
    const { items } = await cluster.client.resource(controllerRevisionKind).list('default');
    expect(JSON.stringify(items[0]?.data)).toMatch(
      /^\{"spec":\{"template":\{"\$patch":"replace","metadata":.*"containers":\[\{"image":.*"imagePullPolicy":.*"name":/,
    );
    await sets().patch(target('db'), 'strategic', withImage(v2));
    const waiting = await cluster.waitFor(async () => {
      const { status } = await get();
      return status?.updateRevision !== status?.currentRevision && status;
    });
    expect(waiting.currentRevision).toBe(first.currentRevision);
    await settled({ 'db-0': v1, 'db-1': v1, 'db-2': v1 });
    const partition = (n: number) => ({ spec: { updateStrategy: { rollingUpdate: { partition: n } } } });
    await sets().patch(target('db'), 'merge', partition(2));
    const canary = await settled({ 'db-0': v1, 'db-1': v1, 'db-2': v2 });
    expect(canary).toMatchObject({ updatedReplicas: 1, currentReplicas: 2 });
    const revisions = (await pods()).map(({ metadata }) => metadata.labels?.['controller-revision-hash']);
    expect(revisions).toEqual([canary.currentRevision, canary.currentRevision, canary.updateRevision]);
    for (const name of ['db-0', 'db-2']) await cluster.client.resource(podKind).delete('default', name);
    await settled({ 'db-0': v1, 'db-1': v1, 'db-2': v2 });
    await sets().patch(target('db'), 'merge', partition(1));
    await settled({ 'db-0': v1, 'db-1': v2, 'db-2': v2 });
    await sets().patch(target('db'), 'merge', partition(0));
    const done = await settled({ 'db-0': v2, 'db-1': v2, 'db-2': v2 });
    await cluster.settle();
    expect((await get()).status).toMatchObject({ currentRevision: done.updateRevision, currentReplicas: 3 });
    await sets().patch(target('db'), 'strategic', withImage(v1));
    await settled({ 'db-0': v1, 'db-1': v1, 'db-2': v1 });
    await cluster.settle();
    expect((await get()).status?.currentRevision).toBe(first.currentRevision);
    expect((await cluster.client.resource(controllerRevisionKind).list('default')).items).toHaveLength(2);
  });

  it('stops when a pod is not ready, up and down, unless it works in parallel', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 2, behaviours: { startDelayMs: 60_000 } });
    await sets().create(statefulSet('db', 3, { podManagementPolicy: 'Parallel' }));
    await cluster.waitFor(async () => (await pods()).length === 3);
    expect((await get()).status?.readyReplicas ?? 0).toBe(0);
    await sets().patch(target('db'), 'merge', { spec: { replicas: 0 } });
    await cluster.waitFor(async () => (await pods()).length === 0);
    expect((await get()).status).toMatchObject({ replicas: 0 });
  });

  it('makes a pod again that its node refuses, when its port is free', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 1 });
    const ports = [{ containerPort: 21017, hostPort: 21017, name: 'conflict' }];
    const containers = [{ name: 'main', image: 'example/app:1', ports }];
    await cluster.client.resource(podKind).create(pod('blocker', { containers, nodeName: 'node-1' }));
    const refused = new Set<string>();
    cluster.informers.informer(podKind).addHandler({
      updated: ({ metadata, status }) => {
        if (metadata.name === 'db-0' && status?.phase === 'Failed') refused.add(metadata.uid!);
      },
    });
    await sets().create(statefulSet('db', 1, { template: template('db', { containers, nodeName: 'node-1' }) }));
    await cluster.waitFor(() => refused.size > 0);
    await cluster.client.resource(podKind).delete('default', 'blocker');
    const running = await cluster.waitFor(async () => {
      const again = (await pods()).find(({ metadata }) => metadata.name === 'db-0');
      return again?.status?.phase === 'Running' && again;
    });
    expect(refused.has(running.metadata.uid!)).toBe(false);
  });

  it('keeps or deletes claims as its policy says', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 1, behaviours: {} });
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce' as const], resources: { requests: { storage: '1Gi' } } },
    };
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
    const podManagementPolicy = 'Parallel';
    const spec = { volumeClaimTemplates: [claim], persistentVolumeClaimRetentionPolicy, podManagementPolicy };
    await sets().create(statefulSet('db', 3, spec));
    const claims = async () =>
      (await cluster.client.resource(persistentVolumeClaimKind).list('default')).items.map(
        (each) => each.metadata.name,
      );
    await cluster.waitFor(async () => (await claims()).length === 3);
    await sets().patch(target('db'), 'merge', { spec: { replicas: 1 } });
    await cluster.waitFor(async () => (await claims()).length === 1);
    expect(await claims()).toEqual(['data-db-0']);
    await sets().delete('default', 'db');
    await cluster.waitFor(async () => (await claims()).length === 0);
  });
});

describe('a daemon set', () => {
  const daemons = () => cluster.client.resource(daemonSetKind);
  const daemon = (spec: Partial<DaemonSet['spec']> = {}): DaemonSet => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent'), ...spec },
  });
  const running = (count: number, name: string) =>
    cluster.waitFor(async () => {
      const all = await pods();
      const good = all.filter((each) => each.status?.phase === 'Running' && image(each) === name);
      return all.length === count && good.length === count && all;
    });
  const uids = (all: readonly Pod[]) => all.map(({ metadata }) => metadata.uid).sort();

  it('rolls back without restarting what never changed', async () => {
    const pullError = (name: string) => (name === 'foo:non-existent' ? 'no such image' : undefined);
    cluster = await createCluster({ clock: 'virtual', nodes: 3, behaviours: { pullError } });
    await daemons().create(daemon());
    const before = uids(await running(3, 'example/app:1'));
    await daemons().patch(target('agent'), 'strategic', withImage('foo:non-existent'));
    await cluster.waitFor(async () => (await pods()).some((each) => image(each) === 'foo:non-existent'));
    const kept = uids((await pods()).filter((each) => image(each) === 'example/app:1'));
    await daemons().patch(target('agent'), 'strategic', withImage('example/app:1'));
    const after = uids(await running(3, 'example/app:1'));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every((uid) => after.includes(uid) && before.includes(uid))).toBe(true);
  });

  it('replaces a pod that failed', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 2 });
    await daemons().create(daemon());
    const [victim] = await running(2, 'example/app:1');
    await cluster.client
      .resource(podKind)
      .patch({ ...target(victim!.metadata.name!), subresource: 'status' }, 'merge', { status: { phase: 'Failed' } });
    const after = await cluster.waitFor(async () => {
      const all = uids(await pods());
      return all.length === 2 && !all.includes(victim!.metadata.uid) && all;
    });
    expect(after).toHaveLength(2);
  });

  it('follows the labels of nodes', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 2 });
    const selecting = template('agent', { nodeSelector: { color: 'blue' } });
    await daemons().create(daemon({ template: selecting }));
    await cluster.settle();
    expect(await pods()).toEqual([]);
    const label = (color: string) =>
      cluster.client.resource(nodeKind).patch({ namespace: '', name: 'node-1' }, 'merge', {
        metadata: { labels: { color } },
      });
    await label('blue');
    await running(1, 'example/app:1');
    await label('green');
    await cluster.waitFor(async () => (await pods()).length === 0);
    const green = { spec: { template: { spec: { nodeSelector: { color: 'green' } } } } };
    await daemons().patch(target('agent'), 'merge', green);
    await running(1, 'example/app:1');
    expect((await daemons().get('default', 'agent')).status).toMatchObject({
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
    });
  });

  it('keeps its revisions as controller revisions, which may be changed and deleted', async () => {
    cluster = await createCluster({ clock: 'virtual', nodes: 1 });
    const revisions = cluster.client.resource(controllerRevisionKind);
    const labelSelector = 'app=agent';
    const list = async () => (await revisions.list('', { labelSelector })).items;
    await daemons().create(daemon());
    await running(1, 'example/app:1');
    const [first] = await list();
    expect(await list()).toHaveLength(1);
    const name = first!.metadata.name!;
    await revisions.patch(target(name), 'merge', { metadata: { labels: { [name]: 'patched' } } });
    const copy = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: 'agent-copy',
        namespace: 'default',
        labels: first!.metadata.labels!,
        ownerReferences: first!.metadata.ownerReferences!,
      },
      data: first!.data!,
      revision: first!.revision + 1,
    };
    await revisions.create(copy);
    expect(await list()).toHaveLength(2);
    await revisions.delete('default', name);
    await cluster.settle();
    expect(await list()).toHaveLength(1);
    await daemons().patch(target('agent'), 'merge', {
      spec: { template: { spec: { terminationGracePeriodSeconds: 5 } }, updateStrategy: { type: 'RollingUpdate' } },
    });
    await cluster.waitFor(async () => (await list()).length === 2);
    await revisions.patch(target('agent-copy'), 'merge', { metadata: { labels: { old: 'yes' } } });
    await revisions.deleteCollection('default', { labelSelector: 'old=yes' });
    await cluster.settle();
    const left = await list();
    expect(left.map(({ revision }) => revision)).toEqual([3]);
  });
});
