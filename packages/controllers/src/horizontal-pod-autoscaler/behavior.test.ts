import type { HorizontalPodAutoscaler } from '@kubets/api';
import { expect, it } from 'vitest';
import { limitReplicas, type Memory } from './behavior.ts';

const hpa: HorizontalPodAutoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'h' },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'd' }, minReplicas: 2, maxReplicas: 50 },
};
const nowMs = 1_000_000;
const none: Memory = { recommendations: [], changes: [] };
const past = (secondsAgo: number, value: number) => ({ atMs: nowMs - secondsAgo * 1000, value });

it.each([
  { name: 'doubles at most', current: 10, desired: 30, memory: none, replicas: 20, limit: 'upRate' },
  { name: 'but may always add four', current: 2, desired: 30, memory: none, replicas: 6, limit: 'upRate' },
  {
    name: 'counts what it has just added',
    current: 6,
    desired: 30,
    memory: { recommendations: [], changes: [past(5, 4)] },
    replicas: 6,
    limit: 'upRate',
  },
  { name: 'stops at the maximum', current: 40, desired: 90, memory: none, replicas: 50, limit: 'max' },
  { name: 'stops at the minimum', current: 5, desired: 0, memory: none, replicas: 2, limit: 'min' },
  {
    name: 'waits before it shrinks',
    current: 10,
    desired: 3,
    memory: { recommendations: [past(200, 10)], changes: [] },
    replicas: 10,
    limit: 'none',
  },
  {
    name: 'then shrinks',
    current: 10,
    desired: 3,
    memory: { recommendations: [past(301, 10)], changes: [] },
    replicas: 3,
    limit: 'none',
  },
])('$name', ({ current, desired, memory, replicas, limit }) => {
  expect(limitReplicas({ hpa, current, desired, memory }, nowMs)).toMatchObject({ replicas, limit });
});
