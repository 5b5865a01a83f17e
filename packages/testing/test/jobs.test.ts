import { type CronJob, cronJobKind, type Job, jobKind, podKind } from '@kubets/api';
import { afterEach, expect, it } from 'vitest';
import { type Cluster, type ClusterOptions, createCluster } from '../src/index.ts';
import { job } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const start = async (exitCode: number, options: ClusterOptions = {}) => {
  const behaviours = { container: () => ({ runsForMs: 2_000, exitCode }) };
  cluster = await createCluster({ clock: 'virtual', behaviours, ...options });
};
const jobs = () => cluster.client.resource(jobKind);
const finished = (name: string) =>
  cluster.waitFor(async () => {
    const current = await jobs().get('default', name);
    const done = current.status?.conditions?.some(
      ({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True',
    );
    return done && current;
  });
const conditions = ({ status }: Job) => status?.conditions?.map(({ type, reason }) => `${type}: ${reason}`);

it('runs to completion and counts every pod once', async () => {
  await start(0);
  await jobs().create(job('sum', { completions: 5, parallelism: 2 }));
  const done = await finished('sum');
  expect(done.status).toMatchObject({ succeeded: 5, uncountedTerminatedPods: {} });
  expect(conditions(done)).toEqual(['SuccessCriteriaMet: CompletionsReached', 'Complete: CompletionsReached']);
  expect(done.status?.completionTime).toBeDefined();
  const pods = (await cluster.client.resource(podKind).list('default')).items;
  expect(pods).toHaveLength(5);
  expect(pods.every(({ metadata }) => !metadata.finalizers?.length)).toBe(true);
});

it('gives every pod of an indexed job its index', async () => {
  await start(0);
  await jobs().create(job('parts', { completions: 3, parallelism: 3, completionMode: 'Indexed' }));
  const done = await finished('parts');
  expect(done.status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
  const pods = (await cluster.client.resource(podKind).list('default')).items;
  expect(pods.map(({ spec }) => spec.hostname).sort()).toEqual(['parts-0', 'parts-1', 'parts-2']);
});

it('gives up after its back-off limit', async () => {
  await start(1);
  await jobs().create(job('fails', { backoffLimit: 2 }));
  const done = await finished('fails');
  expect(done.status?.failed).toBe(3);
  expect(conditions(done)).toEqual(['FailureTarget: BackoffLimitExceeded', 'Failed: BackoffLimitExceeded']);
});

it('fails at once when its policy says so', async () => {
  await start(42);
  const rules = [{ action: 'FailJob' as const, onExitCodes: { operator: 'In' as const, values: [42] } }];
  await jobs().create(job('policy', { podFailurePolicy: { rules } }));
  const done = await finished('policy');
  expect(conditions(done)).toEqual(['FailureTarget: PodFailurePolicy', 'Failed: PodFailurePolicy']);
  const message = done.status?.conditions?.[0]?.message ?? '';
  expect(message).toMatch(
    /^Container main for pod default\/policy-.* failed with exit code 42 matching FailJob rule at index 0$/,
  );
});

it('suspends, resumes, and is deleted after its time', async () => {
  await start(0);
  await jobs().create(job('later', { suspend: true, ttlSecondsAfterFinished: 30 }));
  await cluster.settle();
  expect(conditions(await jobs().get('default', 'later'))).toEqual(['Suspended: JobSuspended']);
  expect((await cluster.client.resource(podKind).list('default')).items).toEqual([]);
  await jobs().patch({ namespace: 'default', name: 'later' }, 'merge', { spec: { suspend: false } });
  await finished('later');
  await cluster.waitFor(async () => (await jobs().list('default')).items.length === 0);
});

it('starts jobs on schedule and keeps a short history', async () => {
  await start(0);
  const cron: CronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: { schedule: '*/1 * * * *', jobTemplate: { spec: job('x').spec }, successfulJobsHistoryLimit: 2 },
  };
  await cluster.client.resource(cronJobKind).create(cron);
  await cluster.advance(5 * 60_000 + 30_000);
  const names = (await jobs().list('default')).items.map(({ metadata }) => metadata.name);
  expect(names).toHaveLength(2);
  const status = (await cluster.client.resource(cronJobKind).get('default', 'tick')).status;
  expect(status?.lastScheduleTime).toBe('2030-01-01T00:05:00Z');
  expect(status?.active ?? []).toEqual([]);
});
