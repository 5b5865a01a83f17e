import { builtInKinds, deploymentKind, podDisruptionBudgetKind, serviceKind, statefulSetKind } from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { deployment, service, statefulSet } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

it('is quiet when nothing changes: only heartbeats are written', async () => {
  cluster = await createCluster({ clock: 'virtual', nodes: 2 });
  const { client, informers } = cluster;
  await client.resource(deploymentKind).create(deployment('web', 2));
  await client.resource(statefulSetKind).create(statefulSet('db', 2));
  await client.resource(serviceKind).create(service('web', { clusterIP: 'None' }));
  await client.resource(podDisruptionBudgetKind).create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  await cluster.advance(60_000);
  const written: string[] = [];
  for (const kind of builtInKinds) {
    if (kind.resource === 'leases' || !informers.existing(kind)) continue;
    const note = ({ metadata }: { metadata: { name?: string } }) => written.push(`${kind.resource}/${metadata.name}`);
    let replaying = true;
    informers.existing(kind)?.addHandler({
      added: (object) => !replaying && note(object),
      updated: note,
      deleted: note,
    });
    replaying = false;
  }
  await cluster.advance(4 * 60_000);
  expect(written).toEqual([]);
});
