import type { Pod } from '@kubets/api';
import { expect, it } from 'vitest';
import { podRequests } from './resources.ts';

const container = (name: string, cpu?: string, restartPolicy?: 'Always') => ({
  name,
  image: 'x',
  ...(cpu ? { resources: { requests: { cpu } } } : {}),
  ...(restartPolicy ? { restartPolicy } : {}),
});

function pod(spec: Partial<Pod['spec']>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [], ...spec } };
}

it.each([
  { name: 'containers add up', spec: { containers: [container('a', '100m'), container('b', '1')] }, milliCpu: 1100 },
  {
    name: 'the largest init container counts',
    spec: { containers: [container('a', '100m')], initContainers: [container('i', '300m'), container('j', '200m')] },
    milliCpu: 300,
  },
  {
    name: 'sidecars run beside all',
    spec: { containers: [container('a', '100m')], initContainers: [container('s', '50m', 'Always')] },
    milliCpu: 150,
  },
  {
    name: 'init containers run beside earlier sidecars',
    spec: {
      containers: [container('a', '100m')],
      initContainers: [container('s', '50m', 'Always'), container('i', '300m')],
    },
    milliCpu: 350,
  },
  {
    name: 'overhead comes on top',
    spec: { containers: [container('a', '100m')], overhead: { cpu: '10m' } },
    milliCpu: 110,
  },
  {
    name: "the pod's own requests stand above",
    spec: { containers: [container('a', '100m')], resources: { requests: { cpu: '2' } } },
    milliCpu: 2000,
  },
])('$name', ({ spec, milliCpu }) => {
  expect(podRequests(pod(spec)).exact.get('cpu')).toBe(milliCpu);
});

it('counts something for containers that ask for nothing, when nodes are compared', () => {
  const { exact, nonZero } = podRequests(pod({ containers: [container('a')] }));
  expect(exact.size).toBe(0);
  expect(nonZero).toEqual({ milliCpu: 100, memoryBytes: 200 * 2 ** 20 });
});
