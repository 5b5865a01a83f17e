import { matchesNodeAffinity, type Node, type Pod, tolerates } from '@kubets/api';
import { expect, it } from 'vitest';
import { NodeInfo } from '../cache/node-info.ts';
import { nodePorts } from './node.ts';

const taint = { key: 'k', value: 'v', effect: 'NoSchedule' as const };

it.each([
  [{ key: 'k', operator: 'Equal' as const, value: 'v' }, true],
  [{ key: 'k', operator: 'Equal' as const, value: 'w' }, false],
  [{ key: 'k', operator: 'Exists' as const }, true],
  [{ operator: 'Exists' as const }, true],
  [{ key: 'k', operator: 'Exists' as const, effect: 'NoExecute' as const }, false],
  [{ key: 'k', value: 'v' }, true],
])('%j tolerates: %s', (toleration, expected) => {
  expect(tolerates(toleration, taint)).toBe(expected);
});

it('compares numbers in taints', () => {
  const size = { key: 'size', value: '5', effect: 'NoSchedule' as const };
  expect(tolerates({ key: 'size', operator: 'Gt', value: '3' }, size)).toBe(true);
  expect(tolerates({ key: 'size', operator: 'Lt', value: '3' }, size)).toBe(false);
});

const node: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels: { zone: 'a', size: '8' } },
  spec: {},
};

function pod(name: string, spec: Partial<Pod['spec']>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'd' }, spec: { containers: [], ...spec } };
}

it.each([
  ['In', ['a', 'b'], 'zone', true],
  ['NotIn', ['a'], 'zone', false],
  ['NotIn', ['a'], 'absent', true],
  ['Exists', [], 'zone', true],
  ['DoesNotExist', [], 'zone', false],
  ['Gt', ['7'], 'size', true],
  ['Lt', ['8'], 'size', false],
])('node affinity %s %j on %s: %s', (operator, values, key, expected) => {
  const nodeSelectorTerms = [{ matchExpressions: [{ key, operator: operator as 'In', values }] }];
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
  expect(matchesNodeAffinity(pod('p', { affinity: { nodeAffinity } }).spec, node)).toBe(expected);
});

it('gives a host port to one pod, by address and protocol', () => {
  const info = new NodeInfo(node);
  const using = (name: string, hostIP: string, protocol: 'TCP' | 'UDP') =>
    pod(name, {
      containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80, hostIP, protocol }] }],
    });
  info.add(using('a', '127.0.0.1', 'TCP'));
  const refused = (other: Pod) => {
    const judge = nodePorts.judge(other, {
      nodes: () => [],
      node: () => undefined,
      countPods: () => new Map(),
      nodesWithAffinityPods: () => [],
    });
    return judge && 'filter' in judge ? judge.filter?.(info)?.reasons[0] : undefined;
  };
  const reason = "node(s) didn't have free ports for the requested pod ports";
  expect(refused(using('b', '127.0.0.1', 'TCP'))).toBe(reason);
  expect(refused(using('b', '', 'TCP'))).toBe(reason);
  expect(refused(using('b', '10.0.0.1', 'TCP'))).toBeUndefined();
  expect(refused(using('b', '', 'UDP'))).toBeUndefined();
});
