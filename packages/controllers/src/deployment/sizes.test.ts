import type { Deployment, ReplicaSet } from '@kubets/api';
import { expect, it } from 'vitest';
import { isScaling, nextCurrentSize, rollingUpdateSizes, scaledSizes } from './sizes.ts';

function deployment(replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      replicas,
      selector: {},
      template: {},
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
    },
  };
}

function set(name: string, replicas: number, available = replicas, desired?: number): ReplicaSet {
  const annotations: Record<string, string> =
    desired === undefined ? {} : { 'deployment.kubernetes.io/desired-replicas': String(desired) };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, annotations, creationTimestamp: '2030-01-01T00:00:00Z' },
    spec: { replicas, selector: {} },
    status: { replicas, availableReplicas: available },
  };
}

it.each([
  // replicas, surge, old, current size, next
  [10, '25%', 10, 0, 3],
  [10, '25%', 5, 8, 8],
  [10, 0, 8, 0, 2],
  [10, 5, 0, 7, 10],
  [5, 1, 0, 9, 5],
])('%i replicas, surge %s, %i old: from %i to %i', (replicas, surge, old, current, expected) => {
  const sets = { current: set('new', current), old: [set('old', old)] };
  expect(nextCurrentSize(deployment(replicas, surge, 0), sets, current)).toBe(expected);
});

it.each([
  { name: 'grows the new one first', current: [0, 0], old: [10, 10], expected: { new: 3 } },
  {
    name: 'then shrinks the old one as far as availability allows',
    current: [3, 0],
    old: [10, 10],
    expected: { old: 8 },
  },
  { name: 'takes broken old pods first', current: [3, 0], old: [10, 7], expected: { old: 8 } },
  { name: 'waits when nothing may go', current: [5, 0], old: [8, 8], expected: {} },
])('$name', ({ current, old, expected }) => {
  const sets = { current: set('new', current[0]!, current[1]), old: [set('old', old[0]!, old[1])] };
  expect(Object.fromEntries(rollingUpdateSizes(deployment(10, '25%', '25%'), sets))).toEqual(expected);
});

it('scales in proportion, the largest taking the rest', () => {
  const withMax = (each: ReplicaSet) => ({
    ...each,
    metadata: {
      ...each.metadata,
      annotations: { ...each.metadata.annotations, 'deployment.kubernetes.io/max-replicas': '13' },
    },
  });
  const sets = { current: withMax(set('new', 5, 0, 10)), old: [withMax(set('old', 8, 8, 10))] };
  const wanted = deployment(15, 3, 2);
  expect(isScaling(wanted, sets)).toBe(true);
  expect(Object.fromEntries(scaledSizes(wanted, sets))).toEqual({ old: 11, new: 7 });
});
