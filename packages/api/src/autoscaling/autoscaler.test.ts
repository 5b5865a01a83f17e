import { expect, test } from 'vitest';
import { horizontalPodAutoscalerFromV1, horizontalPodAutoscalerToV1 } from './v1-conversion.ts';
import { type HorizontalPodAutoscaler, horizontalPodAutoscalerKind } from './v2-horizontal-pod-autoscaler.ts';

function autoscaler(spec: Partial<HorizontalPodAutoscaler['spec']> = {}): HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
    status: { desiredReplicas: 2, currentReplicas: 2 },
  };
}

test('without metrics it scales by the processor, and behavior is completed', () => {
  const draft = autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 10 } } });
  horizontalPodAutoscalerKind.strategy.applyDefaults?.(draft);
  expect(draft.spec.minReplicas).toBe(1);
  expect(draft.spec.metrics).toEqual([
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ]);
  expect(draft.spec.behavior?.scaleDown).toEqual({
    stabilizationWindowSeconds: 10,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  });
  expect(draft.spec.behavior?.scaleUp?.policies).toHaveLength(2);
});

test('version 1 carries in annotations what it has no fields for, and loses nothing', () => {
  const stored: HorizontalPodAutoscaler = {
    ...autoscaler({
      minReplicas: 2,
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } } },
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
      behavior: { scaleUp: { selectPolicy: 'Min', policies: [{ type: 'Pods', value: 1, periodSeconds: 30 }] } },
    }),
    status: {
      desiredReplicas: 2,
      currentReplicas: 2,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '80m' } } },
      ],
      conditions: [{ type: 'AbleToScale', status: 'True' }],
    },
  };
  const old = horizontalPodAutoscalerToV1(stored);
  expect(old.spec.targetCPUUtilizationPercentage).toBe(60);
  expect(old.status?.currentCPUUtilizationPercentage).toBe(40);
  expect(JSON.parse(old.metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] ?? '')).toEqual([
    { type: 'Pods', pods: { metricName: 'rps', targetAverageValue: '10' } },
  ]);
  expect(horizontalPodAutoscalerFromV1(old)).toEqual(stored);
});

test.each<[string, Partial<HorizontalPodAutoscaler['spec']>, HorizontalPodAutoscaler['status'], string]>([
  ['nothing known yet', {}, undefined, 'cpu: <unknown>/80%'],
  [
    'a value',
    {},
    {
      desiredReplicas: 1,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 10 } } }],
    },
    'cpu: 10%/80%',
  ],
  [
    'an average of an external metric',
    {
      metrics: [
        {
          type: 'External',
          external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '30' } },
        },
      ],
    },
    undefined,
    '<unknown>/30 (avg)',
  ],
])('targets of an autoscaler with %s', (_name, spec, status, expected) => {
  const object = { ...autoscaler(spec), status };
  horizontalPodAutoscalerKind.strategy.applyDefaults?.(object);
  const targets = horizontalPodAutoscalerKind.columns.find(({ name }) => name === 'Targets');
  expect(targets?.cell(object, 0)).toBe(expected);
});

test('rules', () => {
  const object = autoscaler({ minReplicas: 7, metrics: [{ type: 'Pods' }] });
  const errors = horizontalPodAutoscalerKind.strategy.validate?.(object, { subresource: '', nowMs: 0 }) ?? [];
  expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
    'spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`',
    'spec.metrics[0].pods: Required value: must populate information for the given metric source',
  ]);
});
