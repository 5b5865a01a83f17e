import { deploymentKind, podKind } from '@kubets/api';
import type { VirtualClock } from '@kubets/core';
import { expect, it } from 'vitest';
import { createCluster } from '../src/index.ts';
import { deployment } from './objects.ts';

/** What happens to pods in a small cluster, as text. */
async function story(seed: number): Promise<string[]> {
  const cluster = await createCluster({ nodes: 3, clock: 'virtual', seed, behaviours: { startDelayMs: 300 } });
  const lines: string[] = [];
  const tell = (what: string) => (pod: { metadata: { name?: string }; spec: { nodeName?: string } }) =>
    lines.push(`${cluster.clock.monotonicMs()} ${what} ${pod.metadata.name} ${pod.spec.nodeName}`);
  cluster.informers.informer(podKind).addHandler({ added: tell('+'), updated: tell('~'), deleted: tell('-') });
  const deployments = cluster.client.resource(deploymentKind);
  await deployments.create(deployment('web', 4));
  await cluster.advance(5_000);
  await deployments.patch({ namespace: 'default', name: 'web' }, 'merge', { spec: { replicas: 2 } });
  await cluster.advance(60_000);
  await cluster.close();
  return lines;
}

it('replays a run from its seed', async () => {
  const first = await story(3);
  expect(first.length).toBeGreaterThan(10);
  expect(await story(3)).toEqual(first);
});

it('leaves nothing behind', async () => {
  const cluster = await createCluster({ nodes: 2, clock: 'virtual' });
  await cluster.client.resource(deploymentKind).create(deployment('web', 2));
  await cluster.settle();
  await cluster.close();
  expect((cluster.clock as VirtualClock).nextDelayMs()).toBeUndefined();
});

it('runs under the real clock, on many hollow nodes', async () => {
  const cluster = await createCluster({ nodes: 20, hollow: true });
  await cluster.client.resource(deploymentKind).create(deployment('web', 200));
  await cluster.waitFor(async () => {
    const { status } = await cluster.client.resource(deploymentKind).get('default', 'web');
    return status?.availableReplicas === 200;
  });
  const perNode = new Map<string, number>();
  for (const { spec } of cluster.informers.informer(podKind).store.list()) {
    perNode.set(spec.nodeName ?? '', (perNode.get(spec.nodeName ?? '') ?? 0) + 1);
  }
  expect(Math.max(...perNode.values()) - Math.min(...perNode.values())).toBeLessThanOrEqual(2);
  await cluster.close();
});
