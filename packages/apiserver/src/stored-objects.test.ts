import { daemonSetKind, eventsEventKind, jobKind, podDisruptionBudgetKind, priorityClassKind } from '@kubets/api';
import { createClient } from '@kubets/client';
import { type KindDefinition, type KubeObject, seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiServer, createApiServer } from './server.ts';

let server: ApiServer;

beforeEach(async () => {
  const clock = new VirtualClock();
  server = await createApiServer({ store: memoryStore({ clock }), clock, random: seededRandom(1) });
});
afterEach(() => server.close());

const of = <T extends KubeObject>(kind: KindDefinition<T>) => createClient(server.localTransport()).resource(kind);
const head = (kind: KindDefinition<never>, metadata: object = {}) => ({
  apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version,
  kind: kind.kind,
  metadata: { name: 'x', namespace: 'default', ...metadata },
});
const template = (labels?: Record<string, string>) => ({
  metadata: { labels },
  spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
});

test('a status is written with the revision that it is of, where the object is', async () => {
  const budgets = of(podDisruptionBudgetKind);
  const budget = await budgets.create({ ...head(podDisruptionBudgetKind as never), spec: {} } as never);
  const { resourceVersion: _, ...metadata } = budget.metadata;
  await expect(budgets.updateStatus({ ...budget, metadata } as never)).rejects.toMatchObject({
    code: 422,
    message:
      'poddisruptionbudgets.policy "x" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  });
});

test.each([
  ['none', undefined, ['controller-uid', 'job-name']],
  ['those of its pods', { app: 'a' }, ['app', 'controller-uid', 'job-name']],
])('a job without labels has %s, and what is added to them', async (_what, labels, expected) => {
  const job = await of(jobKind).create({ ...head(jobKind as never), spec: { template: template(labels) } } as never);
  const own = Object.keys(job.metadata.labels ?? {}).filter((key) => !key.startsWith('batch.kubernetes.io/'));
  expect(own.sort()).toEqual(expected);
  expect(job.metadata.labels).toEqual(job.spec.template.metadata?.labels);
});

test('a job with labels keeps to them', async () => {
  const labels = { app: 'a' };
  const job = await of(jobKind).create({
    ...head(jobKind as never, { labels }),
    spec: { template: template(labels) },
  } as never);
  expect(job.metadata.labels).toEqual(labels);
});

test('the generation of a priority class stays', async () => {
  const classes = of(priorityClassKind);
  const made = await classes.create({
    ...head(priorityClassKind as never, { namespace: undefined }),
    value: 5,
  } as never);
  const changed = await classes.update({ ...made, description: 'other' });
  expect([made.metadata.generation, changed.metadata.generation]).toEqual([1, 1]);
});

test('whoever writes the status of a daemon set does not take away the generation of its template', async () => {
  const sets = of(daemonSetKind);
  const { spec, metadata } = template({ app: 'a' });
  const made = await sets.create({
    ...head(daemonSetKind as never),
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: { metadata, spec: { ...spec, restartPolicy: 'Always' } },
    },
  } as never);
  const { annotations: _, ...rest } = made.metadata;
  const changed = await sets.updateStatus({ ...made, metadata: rest } as never);
  expect(changed.metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '1' });
});

test('events are refused as what they are stored as', async () => {
  const event = {
    ...head(eventsEventKind as never),
    reportingController: 'a.io/b',
    action: 'A',
    reason: 'R',
    type: 'Normal',
  };
  await expect(of(eventsEventKind).create(event as never)).rejects.toMatchObject({
    message: expect.stringMatching(/^Event "x" is invalid/),
    details: { kind: 'Event' },
  });
});

test('the scale of what is not there is not found', async () => {
  const request = {
    verb: 'get' as const,
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    namespace: 'default',
    name: 'x',
    subresource: 'scale',
    options: {},
  };
  await expect(server.localTransport().request(request)).rejects.toMatchObject({
    message: 'deployments/scale.apps "x" not found',
  });
});
