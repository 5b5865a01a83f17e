import type { JsonObject } from '@kubets/core';
import { describe, expect, it } from 'vitest';
import { rowOf } from './write.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 1);
const AN_HOUR_AGO = '2026-01-01T00:00:00Z';
const FIVE_MINUTES_AGO = '2026-01-01T00:55:00Z';

const metadata = (change: JsonObject = {}): JsonObject => ({ name: 'x', creationTimestamp: AN_HOUR_AGO, ...change });
const containers = (...names: string[]): JsonObject[] => names.map((name) => ({ name, image: `${name}:1` }));

function pod(spec: JsonObject, status: JsonObject, meta: JsonObject = {}): JsonObject {
  return { metadata: metadata(meta), spec: { containers: containers('a'), ...spec }, status };
}

const running = (change: JsonObject = {}): JsonObject => ({
  name: 'a',
  ready: true,
  state: { running: { startedAt: AN_HOUR_AGO } },
  ...change,
});
const waiting = (reason: string, change: JsonObject = {}): JsonObject => ({
  name: 'a',
  ready: false,
  state: { waiting: { reason } },
  ...change,
});
const ended = (exitCode: number, reason?: string, change: JsonObject = {}): JsonObject => ({
  name: 'a',
  ready: false,
  state: { terminated: { exitCode, ...(reason ? { reason } : {}) } },
  ...change,
});
const crashed: JsonObject = { terminated: { exitCode: 1, finishedAt: FIVE_MINUTES_AGO } };
const initialized: JsonObject = { type: 'Initialized', status: 'True' };
const ready: JsonObject = { type: 'Ready', status: 'True' };

describe('pods', () => {
  it.each<[what: string, object: JsonObject, ready: string, status: string, restarts: string]>([
    ['a new one', pod({}, { phase: 'Pending' }), '0/1', 'Pending', '0'],
    ['a running one', pod({}, { phase: 'Running', containerStatuses: [running()] }), '1/1', 'Running', '0'],
    [
      'one that restarted',
      pod({}, { phase: 'Running', containerStatuses: [running({ restartCount: 3, lastState: crashed })] }),
      '1/1',
      'Running',
      '3 (5m ago)',
    ],
    [
      'one that crashes',
      pod({}, { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff', { restartCount: 2 })] }),
      '0/1',
      'CrashLoopBackOff',
      '2',
    ],
    [
      'one that is done',
      pod({}, { phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] }),
      '0/1',
      'Completed',
      '0',
    ],
    ['one that failed', pod({}, { phase: 'Failed', containerStatuses: [ended(3)] }), '0/1', 'ExitCode:3', '0'],
    [
      'one half done and not ready',
      pod(
        { containers: containers('a', 'b') },
        { phase: 'Running', containerStatuses: [ended(0, 'Completed'), running({ name: 'b' })] },
      ),
      '1/2',
      'NotReady',
      '0',
    ],
    [
      'one half done and ready',
      pod(
        { containers: containers('a', 'b') },
        { phase: 'Running', conditions: [ready], containerStatuses: [ended(0, 'Completed'), running({ name: 'b' })] },
      ),
      '1/2',
      'Running',
      '0',
    ],
    [
      'one that initializes',
      pod(
        { initContainers: containers('i', 'j') },
        {
          phase: 'Pending',
          initContainerStatuses: [ended(0, 'Completed', { name: 'i' }), running({ name: 'j', ready: false })],
        },
      ),
      '0/1',
      'Init:1/2',
      '0',
    ],
    [
      'one that fails to initialize',
      pod(
        { initContainers: containers('i') },
        { phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff', { name: 'i', restartCount: 4 })] },
      ),
      '0/1',
      'Init:CrashLoopBackOff',
      '4',
    ],
    [
      'one with a sidecar',
      pod(
        { initContainers: [{ name: 's', image: 's', restartPolicy: 'Always' }] },
        {
          phase: 'Running',
          conditions: [initialized],
          initContainerStatuses: [running({ name: 's', started: true, restartCount: 1, lastState: crashed })],
          containerStatuses: [running()],
        },
      ),
      '2/2',
      'Running',
      '1 (5m ago)',
    ],
    [
      'one that goes',
      pod({}, { phase: 'Running', containerStatuses: [running()] }, { deletionTimestamp: AN_HOUR_AGO }),
      '1/1',
      'Terminating',
      '0',
    ],
    [
      'one on a lost node',
      pod({}, { phase: 'Running', reason: 'NodeLost' }, { deletionTimestamp: AN_HOUR_AGO }),
      '0/1',
      'Unknown',
      '0',
    ],
    ['an evicted one', pod({}, { phase: 'Failed', reason: 'Evicted' }), '0/1', 'Evicted', '0'],
    [
      'a gated one',
      pod({}, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
      '0/1',
      'SchedulingGated',
      '0',
    ],
  ])('%s', (_what, object, readyText, status, restarts) => {
    const row = rowOf('Pod', object, NOW_MS);
    expect([row.Ready, row.Status, row.Restarts, row.Age]).toEqual([readyText, status, restarts, '60m']);
  });

  it('show what they do not have as <none>', () => {
    const row = rowOf('Pod', pod({ readinessGates: [{ conditionType: 'Ready' }] }, { conditions: [ready] }), NOW_MS);
    expect(row).toMatchObject({ IP: '<none>', Node: '<none>', 'Nominated Node': '<none>', 'Readiness Gates': '1/1' });
  });
});

const endpoints = (count: number): JsonObject => ({
  metadata: metadata(),
  subsets: [
    { addresses: Array.from({ length: count }, (_, index) => ({ ip: `10.0.0.${index}` })), ports: [{ port: 80 }] },
  ],
});

describe('other kinds', () => {
  it.each<[kind: string, object: JsonObject, cells: JsonObject]>([
    [
      'Node',
      {
        metadata: metadata({ labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'extra' } }),
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
          nodeInfo: { kubeletVersion: 'v1.36.0' },
        },
      },
      {
        Status: 'Ready,SchedulingDisabled',
        Roles: 'control-plane,extra',
        Version: 'v1.36.0',
        'Internal-IP': '10.0.0.1',
        'External-IP': '<none>',
        'OS-Image': '<unknown>',
      },
    ],
    [
      'Service',
      {
        metadata: metadata(),
        spec: {
          type: 'LoadBalancer',
          clusterIPs: ['10.96.0.1'],
          ports: [
            { port: 80, nodePort: 30080, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
          ],
          selector: { b: '2', a: '1' },
        },
      },
      {
        'Cluster-IP': '10.96.0.1',
        'External-IP': '<pending>',
        'Port(s)': '80:30080/TCP,53/UDP',
        Selector: 'a=1,b=2',
      },
    ],
    ['Endpoints', endpoints(0), { Endpoints: '' }],
    ['Endpoints', endpoints(3), { Endpoints: '10.0.0.0:80,10.0.0.1:80,10.0.0.2:80' }],
    ['Endpoints', endpoints(5), { Endpoints: '10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 2 more...' }],
    ['Endpoints', { metadata: metadata() }, { Endpoints: '<none>' }],
    [
      'PersistentVolumeClaim',
      {
        metadata: metadata(),
        spec: { volumeName: 'pv', storageClassName: 'fast', volumeMode: 'Filesystem' },
        status: { phase: 'Bound', accessModes: ['ReadWriteMany', 'ReadWriteOnce'], capacity: { storage: '1Gi' } },
      },
      {
        Status: 'Bound',
        Capacity: '1Gi',
        'Access Modes': 'RWO,RWX',
        StorageClass: 'fast',
        VolumeAttributesClass: '<unset>',
      },
    ],
    [
      'PersistentVolume',
      {
        metadata: metadata(),
        spec: { capacity: { storage: '1Gi' }, claimRef: { namespace: 'ns', name: 'c' }, accessModes: ['ReadOnlyMany'] },
        status: { phase: 'Bound' },
      },
      { Capacity: '1Gi', Claim: 'ns/c', 'Access Modes': 'ROX', Status: 'Bound' },
    ],
    [
      'Event',
      {
        metadata: metadata(),
        involvedObject: { kind: 'Pod', name: 'p' },
        type: 'Normal',
        reason: 'Started',
        message: ' done ',
        lastTimestamp: FIVE_MINUTES_AGO,
        source: { component: 'kubelet', host: 'n1' },
      },
      { 'Last Seen': '5m', Object: 'pod/p', Source: 'kubelet, n1', Message: 'done', Count: 1 },
    ],
    [
      'ResourceQuota',
      { metadata: metadata(), status: { hard: { pods: '4', 'limits.cpu': '2' }, used: { pods: '1' } } },
      { Request: 'pods: 1/4', Limit: 'limits.cpu: 0/2' },
    ],
    ['Secret', { metadata: metadata(), type: 'Opaque', data: { a: '', b: '' } }, { Type: 'Opaque', Data: 2 }],
    ['Namespace', { metadata: metadata(), status: { phase: 'Active' } }, { Status: 'Active', Age: '60m' }],
  ])('%s', (kind, object, cells) => {
    expect(rowOf(kind, object, NOW_MS)).toMatchObject(cells);
  });
});
