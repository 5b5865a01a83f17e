import { afterAll, beforeAll, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

const API = '/apis/flowcontrol.apiserver.k8s.io/v1';
let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness.stop());

const dangling = async (name: string) => {
  const { status } = (await harness.call('GET', `${API}/flowschemas/${name}`)).json();
  return status.conditions?.find(({ type }: { type: string }) => type === 'Dangling');
};

it('every flow schema says from the start that its level exists', async () => {
  const { items } = (await harness.call('GET', `${API}/flowschemas`)).json();
  expect(items.length).toBeGreaterThan(10);
  const { metadata, status } = items.find((item: { metadata: { name: string } }) => item.metadata.name === 'probes');
  expect(status.conditions).toEqual([
    {
      type: 'Dangling',
      status: 'False',
      reason: 'Found',
      lastTransitionTime: expect.any(String),
      message: 'This FlowSchema references the PriorityLevelConfiguration object named "exempt" and it exists',
    },
  ]);
  const managers = metadata.managedFields.map(
    ({ manager, operation, subresource }: { manager: string; operation: string; subresource?: string }) => [
      manager,
      operation,
      subresource,
    ],
  );
  expect(managers.sort()).toEqual([
    ['api-priority-and-fairness-config-consumer-v1', 'Apply', 'status'],
    ['api-priority-and-fairness-config-producer-v1', 'Update', undefined],
  ]);
});

it('and later whether there still is one', async () => {
  const until = async (status: string) => {
    while ((await dangling('mine'))?.status !== status) await new Promise((resolve) => setImmediate(resolve));
  };
  await harness.create(`${API}/flowschemas`, {
    metadata: { name: 'mine' },
    spec: { priorityLevelConfiguration: { name: 'own' } },
  });
  await until('True');
  expect(await dangling('mine')).toMatchObject({
    reason: 'NotFound',
    message: 'This FlowSchema references the PriorityLevelConfiguration object named "own" but there is no such object',
  });
  await harness.create(`${API}/prioritylevelconfigurations`, {
    metadata: { name: 'own' },
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  });
  await until('False');
});
