import type { Container, ContainerStatus, Pod } from '@kubets/api';
import { expect, test } from 'vitest';
import { podPhase } from './status.ts';

const ended = (exitCode: number): ContainerStatus => ({
  name: 'main',
  ready: false,
  restartCount: 0,
  image: 'i',
  imageID: '',
  state: { terminated: { exitCode } },
});
const rule: Partial<Container> = {
  restartPolicy: 'Never',
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
};

test.each<[policy: string, exitCode: number, own: Partial<Container>, phase: string]>([
  ['Never', 1, {}, 'Failed'],
  ['Never', 0, {}, 'Succeeded'],
  ['OnFailure', 1, {}, 'Running'],
  ['OnFailure', 0, {}, 'Succeeded'],
  ['Always', 0, {}, 'Running'],
  ['Never', 42, rule, 'Running'],
  ['Never', 41, rule, 'Failed'],
])('policy %s, exit code %i, of its own %j: %s', (restartPolicy, exitCode, own, phase) => {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { restartPolicy, containers: [{ name: 'main', image: 'i', ...own }] },
  };
  expect(podPhase(pod, { init: [], regular: [ended(exitCode)] }, false)).toBe(phase);
});
