import { describe, expect, it } from 'vitest';
import type { Container } from '../container.ts';
import type { ResourceList } from '../resource-list.ts';
import { applyPodLevelResourceDefaults, podResources } from './resources.ts';

const asks = (requests: ResourceList, change: Partial<Container> = {}): Container => ({
  name: 'c',
  resources: { requests },
  ...change,
});
const sidecar = (requests: ResourceList) => asks(requests, { restartPolicy: 'Always' });

describe('podResources', () => {
  it.each<[what: string, initContainers: Container[], containers: Container[], total: ResourceList]>([
    [
      'adds containers up',
      [],
      [asks({ cpu: '100m' }), asks({ cpu: '1', memory: '1Gi' })],
      { cpu: '1100m', memory: '1Gi' },
    ],
    ['counts the largest init container', [asks({ cpu: '2' }), asks({ cpu: '1' })], [asks({ cpu: '1' })], { cpu: '2' }],
    ['counts sidecars beside the containers', [sidecar({ cpu: '500m' })], [asks({ cpu: '1' })], { cpu: '1500m' }],
    [
      'counts sidecars beside later init containers',
      [sidecar({ cpu: '500m' }), asks({ cpu: '2' })],
      [asks({ cpu: '1' })],
      { cpu: '2500m' },
    ],
    [
      'does not count sidecars beside earlier init containers',
      [asks({ cpu: '2' }), sidecar({ cpu: '500m' })],
      [asks({ cpu: '1' })],
      { cpu: '2' },
    ],
  ])('%s', (_what, initContainers, containers, total) => {
    expect(podResources({ initContainers, containers }, 'requests')).toEqual(total);
  });

  it('puts the pod before its containers, and adds its overhead', () => {
    const spec = { containers: [asks({ cpu: '1' })], resources: { requests: { cpu: '3' } }, overhead: { cpu: '100m' } };
    expect(podResources(spec, 'requests')).toEqual({ cpu: '3100m' });
    expect(podResources(spec, 'limits')).toEqual({});
  });
});

it('a pod that limits itself as a whole requests what its containers do, or the limit', () => {
  const spec = { containers: [asks({ cpu: '1' })], resources: { limits: { cpu: '2', memory: '1Gi' } } };
  applyPodLevelResourceDefaults(spec);
  expect(spec.resources).toEqual({
    limits: { cpu: '2', memory: '1Gi' },
    requests: { cpu: '1', memory: '1Gi' },
  });
});
