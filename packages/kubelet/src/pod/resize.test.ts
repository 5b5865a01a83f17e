import type { Pod, ResourceRequirements } from '@kubets/api';
import { expect, test } from 'vitest';
import {
  changedResources,
  demandOf,
  isGranted,
  knownAllocation,
  needsRestart,
  pendingResize,
  withAllocation,
} from './resize.ts';

const pod = (resources: ResourceRequirements, status: Pod['status'] = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'p' },
  spec: { containers: [{ name: 'main', image: 'i', resources }] },
  status,
});
const cpu = (requests: string) => pod({ requests: { cpu: requests } });
const allocatable = { cpu: '2', memory: '1Gi', pods: '10' };

test('a pod runs with what it was granted until more is granted', () => {
  const allocation = demandOf(cpu('1'));
  expect(isGranted(allocation, demandOf(cpu('1000m')))).toBe(true);
  expect(isGranted(allocation, demandOf(cpu('2')))).toBe(false);
  expect(withAllocation(cpu('2'), allocation).spec.containers[0]?.resources).toEqual({ requests: { cpu: '1' } });
});

test('an earlier grant is known from the status', () => {
  const status = {
    containerStatuses: [
      { name: 'main', ready: true, restartCount: 0, image: 'i', imageID: '', resources: { requests: { cpu: '500m' } } },
    ],
  };
  expect(knownAllocation(pod({ requests: { cpu: '1' } }, status)).get('main')).toEqual({ requests: { cpu: '500m' } });
});

test('what does not fit is put off, what never will is refused', () => {
  expect(pendingResize({ pod: cpu('2'), others: [], allocatable })).toBeUndefined();
  expect(pendingResize({ pod: cpu('2'), others: [cpu('1')], allocatable })).toEqual({
    reason: 'Deferred',
    message: "Node didn't have enough resource: cpu, requested: 2000, used: 1000, capacity: 2000",
  });
  expect(pendingResize({ pod: cpu('4'), others: [], allocatable })).toEqual({
    reason: 'Infeasible',
    message: "Node didn't have enough capacity: cpu, requested: 4000, capacity: 2000",
  });
});

test('a container starts anew only for resources whose policy says so', () => {
  const container = {
    name: 'main',
    image: 'i',
    resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
  };
  const changed = changedResources({ limits: { cpu: '1', memory: '1Mi' } }, { limits: { cpu: '2', memory: '1024Ki' } });
  expect(changed).toEqual(['cpu']);
  expect(needsRestart(container, changed)).toBe(false);
  expect(needsRestart(container, ['memory'])).toBe(true);
});
