import { type Deployment, deploymentKind, nodeKind, type Pod, podKind } from '@kubets/api';
import { createCluster } from '@kubets/testing';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx' }] },
    },
  },
} satisfies Deployment;

async function run(): Promise<object> {
  const cluster = await createCluster({ nodes: 2, clock: 'virtual', seed: 7 });
  const deployments = cluster.client.resource<Deployment>(deploymentKind);
  await deployments.create(deployment);
  const available = await cluster.waitFor(async () => {
    const { status } = await deployments.get('default', 'web');
    return status?.availableReplicas === 3 && status.availableReplicas;
  });
  const pods = await cluster.client.resource<Pod>(podKind).list('default');
  const nodes = await cluster.client.resource(nodeKind).list('');
  await cluster.close();
  return {
    phases: pods.items.map((pod) => pod.status?.phase),
    nodes: nodes.items.length,
    availableReplicas: available,
  };
}

const show = (result: unknown) => {
  const place = document.getElementById('result');
  if (place) place.textContent = JSON.stringify(result);
};
run().then(show, (error: unknown) => show({ error: String(error) }));
