import type { Pod } from '@kubets/api';
import { expect, it } from 'vitest';
import { choosePodsToDelete } from './ranking.ts';

const nowMs = Date.parse('2030-01-02T00:00:00Z');

interface Traits {
  node?: string;
  phase?: string;
  ready?: string;
  cost?: number;
  restarts?: number;
  created?: string;
}

function pod(name: string, traits: Traits = {}): Pod {
  const {
    node = 'n1',
    phase = 'Running',
    ready = '2030-01-01T00:00:00Z',
    cost,
    restarts = 0,
    created = '2030-01-01T00:00:00Z',
  } = traits;
  const annotations: Record<string, string> =
    cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': String(cost) };
  const conditions = ready ? [{ type: 'Ready', status: 'True', lastTransitionTime: ready }] : [];
  const status = { name: 'c', ready: true, restartCount: restarts, image: '', imageID: '' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'n', uid: name, annotations, creationTimestamp: created },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: { phase: phase as 'Running', conditions, containerStatuses: [status] },
  };
}

it.each([
  { name: 'unassigned', first: pod('x', { node: '', phase: 'Pending', ready: '' }) },
  { name: 'pending', first: pod('x', { phase: 'Pending' }) },
  { name: 'not ready', first: pod('x', { ready: '' }) },
  { name: 'cheap', first: pod('x', { cost: -5 }) },
  { name: 'ready for a shorter time', first: pod('x', { ready: '2030-01-01T23:59:00Z' }) },
  { name: 'restarting', first: pod('x', { restarts: 3 }) },
  { name: 'young', first: pod('x', { created: '2030-01-01T23:59:00Z' }) },
])('takes the $name one first', ({ first }) => {
  const pods = [pod('a'), first, pod('b')];
  expect(choosePodsToDelete({ pods, related: [], count: 1, nowMs })).toEqual([first]);
});

it('takes from where pods are crowded', () => {
  const alone = pod('a', { node: 'n1' });
  const pods = [alone, pod('b', { node: 'n2' }), pod('c', { node: 'n2' })];
  expect(choosePodsToDelete({ pods, related: pods, count: 2, nowMs })).not.toContain(alone);
});
