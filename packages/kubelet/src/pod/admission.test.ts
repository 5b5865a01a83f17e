import type { Node, Pod } from '@kubets/api';
import { expect, test } from 'vitest';
import { type AdmissionRequest, rejectionOf } from './admission.ts';

const pod = (spec: Partial<Pod['spec']> = {}, name = 'p'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name },
  spec: { containers: [{ name: 'main', image: 'i' }], ...spec },
});
const asking = (requests: Record<string, string>, name = 'p') =>
  pod({ containers: [{ name: 'main', image: 'i', resources: { requests } }] }, name);
const onPort = (hostPort: number, more: { hostIP?: string; protocol?: string } = {}, name = 'p') =>
  pod({ containers: [{ name: 'main', image: 'i', ports: [{ containerPort: 1, hostPort, ...more }] }] }, name);
const node = (labels: Record<string, string>, more: Node['spec'] = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', labels },
  spec: more,
});
const calm = { memory: false, disk: false, pid: false };
const noExecute = { taints: [{ key: 'k', effect: 'NoExecute' }] };

const cases: [what: string, request: Partial<AdmissionRequest>, reason: string | undefined, message?: string][] = [
  ['fits', { pod: asking({ cpu: '2' }) }, undefined],
  [
    'too much cpu',
    { pod: asking({ cpu: '1500m' }), others: [asking({ cpu: '1' }, 'o')] },
    'OutOfcpu',
    "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
  ],
  ['too much memory', { pod: asking({ memory: '2Gi' }) }, 'OutOfmemory'],
  ['too many pods', { pod: pod(), others: [pod({}, 'a'), pod({}, 'b')] }, 'OutOfpods'],
  ['an unknown resource is not checked', { pod: asking({ 'example.com/x': '1' }) }, undefined],
  [
    'another label',
    { pod: pod({ nodeSelector: { disk: 'ssd' } }), node: node({ disk: 'hdd' }) },
    'NodeAffinity',
    "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  ],
  ['the right label', { pod: pod({ nodeSelector: { disk: 'ssd' } }), node: node({ disk: 'ssd' }) }, undefined],
  ['a taint', { pod: pod(), node: node({}, noExecute) }, 'TaintToleration'],
  ['a tolerated taint', { pod: pod({ tolerations: [{ operator: 'Exists' }] }), node: node({}, noExecute) }, undefined],
  [
    'a taken port',
    { pod: onPort(80), others: [onPort(80, { hostIP: '10.0.0.1' }, 'o')] },
    'NodePorts',
    "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  ],
  ['another protocol', { pod: onPort(80), others: [onPort(80, { protocol: 'UDP' }, 'o')] }, undefined],
  [
    'another address',
    { pod: onPort(80, { hostIP: '10.0.0.2' }), others: [onPort(80, { hostIP: '10.0.0.1' }, 'o')] },
    undefined,
  ],
  [
    'an unsafe sysctl',
    { pod: pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }) },
    'SysctlForbidden',
    'forbidden sysctl: "kernel.msgmax" not allowlisted',
  ],
  [
    'a sysctl of a shared namespace',
    { pod: pod({ hostIPC: true, securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } }) },
    'SysctlForbidden',
    'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled',
  ],
  ['another system', { pod: pod({ os: { name: 'windows' } }) }, 'PodOSNotSupported'],
  [
    'memory is short',
    { pod: pod(), pressure: { ...calm, memory: true } },
    'Evicted',
    'The node had condition: [MemoryPressure]. ',
  ],
  [
    'memory is short, but some is reserved',
    { pod: asking({ memory: '1Mi' }), pressure: { ...calm, memory: true } },
    undefined,
  ],
  ['a critical pod', { pod: pod({ priority: 2_000_000_000 }), pressure: { ...calm, disk: true } }, undefined],
];

test.each(cases)('%s', (_what, request, reason, message) => {
  const rejection = rejectionOf({
    pod: pod(),
    node: node({}),
    others: [],
    allocatable: { cpu: '2', memory: '1Gi', pods: '2' },
    pressure: calm,
    allowedUnsafeSysctls: [],
    ...request,
  });
  expect(rejection?.reason).toBe(reason);
  if (message) expect(rejection?.message).toBe(message);
});
