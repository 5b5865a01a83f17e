import {
  type Deployment,
  deploymentKind,
  eventKind,
  type HorizontalPodAutoscaler,
  horizontalPodAutoscalerKind,
} from '@kubets/api';
import { expect, test } from 'vitest';
import { createCluster } from '../src/index.ts';

test('an autoscaler without metrics says what it lacks', async () => {
  const cluster = await createCluster({ clock: 'virtual' });
  try {
    const metadata = { name: 'web', namespace: 'default' };
    const labels = { app: 'web' };
    await cluster.client.resource(deploymentKind).create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nginx' }] } },
      },
    } as unknown as Deployment);
    const autoscalers = cluster.client.resource(horizontalPodAutoscalerKind);
    await autoscalers.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
      },
    } as unknown as HorizontalPodAutoscaler);
    const conditionOf = async () =>
      (await autoscalers.get('default', 'web')).status?.conditions?.find(({ type }) => type === 'ScalingActive');
    await cluster.waitFor(conditionOf);
    const why =
      'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
    expect(await conditionOf()).toMatchObject({
      status: 'False',
      reason: 'FailedGetResourceMetric',
      message: `the HPA was unable to compute the replica count: ${why}`,
    });
    await cluster.settle();
    const { items } = await cluster.client.resource(eventKind).list('default');
    const messages = items.map(({ message }) => message);
    expect(messages).toContain(why);
    expect(messages).toContain(
      `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
    );
  } finally {
    await cluster.close();
  }
});
