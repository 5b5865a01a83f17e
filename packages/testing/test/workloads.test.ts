import {
  type Deployment,
  deploymentKind,
  eventKind,
  namespaceKind,
  podKind,
  replicaSetKind,
  serviceAccountKind,
} from '@kubets/api';
import { consoleLogger } from '@kubets/core/node';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

function deployment(name: string, replicas: number): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
    },
  };
}

describe('a deployment', () => {
  it('comes up', async () => {
    cluster = await createCluster({ nodes: 3, clock: 'virtual', logger: consoleLogger('info') });
    const { client } = cluster;
    await client.resource(deploymentKind).create(deployment('web', 3));
    await cluster.settle();
    console.log(JSON.stringify((await client.resource(replicaSetKind).list('')).items, null, 1));
    console.log(JSON.stringify((await client.resource(podKind).list('')).items[0], null, 1));
    console.log(
      (await client.resource(eventKind).list('')).items.map(
        (e) => `${e.involvedObject.name} ${e.reason} ${e.message} ${e.count}`,
      ),
    );
    console.log((await client.resource(serviceAccountKind).list('')).items.length);
    console.log(JSON.stringify((await client.resource(deploymentKind).get('default', 'web')).status, null, 1));
    expect((await client.resource(namespaceKind).list('')).items.length).toBe(4);
  });
});
