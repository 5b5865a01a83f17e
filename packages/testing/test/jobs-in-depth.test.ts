import { type CronJob, cronJobKind, type Job, jobKind, type Pod, podKind } from '@kubets/api';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, createCluster } from '../src/index.ts';
import { job } from './objects.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

/** Containers end after two seconds with the exit code that the pod's index, or everybody, is given. */
const start = async (exitCodes: Record<string, number> | number, runsForMs = 2_000) => {
  const exitCodeOf = (pod: string) =>
    typeof exitCodes === 'number'
      ? exitCodes
      : (Object.entries(exitCodes).find(([part]) => pod.includes(part))?.[1] ?? 0);
  const container = (_: unknown, sandbox: { hostname: string }) => ({
    runsForMs,
    exitCode: exitCodeOf(sandbox.hostname),
  });
  cluster = await createCluster({ clock: 'virtual', nodes: 2, behaviours: { container } });
};
const jobs = () => cluster.client.resource(jobKind);
const pods = async () => (await cluster.client.resource(podKind).list('default')).items;
const finished = (name: string) =>
  cluster.waitFor(async () => {
    const current = await jobs().get('default', name);
    const done = current.status?.conditions?.some(
      ({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True',
    );
    return done && current;
  });
const last = ({ status }: Job) => {
  const { type, reason } = status!.conditions!.at(-1)!;
  return `${type}: ${reason}`;
};
const indexed = (completions: number, more: Partial<Job['spec']>) => ({
  completions,
  parallelism: completions,
  completionMode: 'Indexed',
  ...more,
});

describe('an indexed job', () => {
  it('counts failures index by index', async () => {
    await start({ 'parts-0': 1, 'parts-2': 1 });
    await jobs().create(job('parts', indexed(4, { backoffLimitPerIndex: 1 })));
    const done = await finished('parts');
    expect(done.status).toMatchObject({ failedIndexes: '0,2', completedIndexes: '1,3', succeeded: 2, failed: 4 });
    expect(last(done)).toBe('Failed: FailedIndexes');
  });

  it('gives up when too many indexes failed', async () => {
    await start(1);
    await jobs().create(job('parts', indexed(4, { backoffLimitPerIndex: 0, maxFailedIndexes: 1, parallelism: 2 })));
    const done = await finished('parts');
    expect(last(done)).toBe('Failed: MaxFailedIndexesExceeded');
  });

  it('fails single indexes by its failure policy', async () => {
    await start({ 'parts-0': 42, 'parts-1': 1 });
    const rules = [{ action: 'FailIndex' as const, onExitCodes: { operator: 'In' as const, values: [42] } }];
    await jobs().create(job('parts', indexed(2, { backoffLimitPerIndex: 1, podFailurePolicy: { rules } })));
    const done = await finished('parts');
    expect(done.status).toMatchObject({ failedIndexes: '0,1', failed: 3 });
  });

  it('is done when its success policy is met, and ends the rest', async () => {
    await start({ 'parts-1': 1 });
    const successPolicy = { rules: [{ succeededIndexes: '0', succeededCount: 1 }] };
    await jobs().create(job('parts', indexed(2, { successPolicy, parallelism: 1 })));
    const done = await finished('parts');
    expect(done.status?.conditions?.map(({ type, reason }) => `${type}: ${reason}`)).toEqual([
      'SuccessCriteriaMet: SuccessPolicy',
      'Complete: SuccessPolicy',
    ]);
    expect(done.status).toMatchObject({ completedIndexes: '0' });
  });
});

describe('a job', () => {
  it('adopts pods that lost their owner and releases those that match no more', async () => {
    await start(0, 3_600_000);
    await jobs().create(job('work', { completions: 2, parallelism: 2 }));
    const client = cluster.client.resource(podKind);
    const [first, second] = await cluster.waitFor(async () => {
      const all = await pods();
      return all.length === 2 && all.every(({ status }) => status?.phase === 'Running') && all;
    });
    const target = ({ metadata }: Pod) => ({ namespace: 'default', name: metadata.name! });
    await client.patch(target(first!), 'merge', { metadata: { ownerReferences: null } });
    await cluster.waitFor(async () => {
      const { metadata } = await client.get('default', first!.metadata.name!);
      return metadata.ownerReferences?.some(({ controller }) => controller);
    });
    await client.patch(target(second!), 'merge', { metadata: { labels: null } });
    await cluster.waitFor(async () => {
      const { metadata } = await client.get('default', second!.metadata.name!);
      return !metadata.ownerReferences?.length && !metadata.finalizers?.length;
    });
    await cluster.waitFor(async () => (await pods()).length === 3);
  });

  it('holds on to the pods that it adopts, and lets pods go that no job would have', async () => {
    await start(0, 3_600_000);
    const finalizers = ['batch.kubernetes.io/job-tracking'];
    const client = cluster.client.resource(podKind);
    const pod = (name: string, metadata: Pod['metadata']): Pod => ({
      ...({ apiVersion: 'v1', kind: 'Pod' } as const),
      metadata: { namespace: 'default', name, ...metadata },
      spec: { containers: [{ name: 'main', image: 'busybox' }], restartPolicy: 'Never' },
    });
    await jobs().create(job('work', { parallelism: 1 }));
    const { spec } = await jobs().get('default', 'work');
    await client.create(pod('found', { labels: spec.selector!.matchLabels! }));
    await cluster.waitFor(async () => {
      const { metadata } = await client.get('default', 'found');
      return metadata.ownerReferences?.length === 1 && metadata.finalizers?.join() === finalizers.join();
    });
    await client.create(pod('lost', { finalizers }));
    await cluster.waitFor(async () => !(await client.get('default', 'lost')).metadata.finalizers?.length);
  });

  it('does not count what was disrupted, when its policy says so', async () => {
    await start(0, 60_000);
    const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }];
    const rules = [{ action: 'Ignore' as const, onPodConditions }];
    await jobs().create(job('work', { backoffLimit: 0, podFailurePolicy: { rules } }));
    const client = cluster.client.resource(podKind);
    const pod = await cluster.waitFor(async () => (await pods()).find(({ status }) => status?.phase === 'Running'));
    const { name = '' } = pod.metadata;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } };
    await client.createSubresource({ namespace: 'default', name, subresource: 'eviction' }, eviction);
    const done = await finished('work');
    expect(last(done)).toBe('Complete: CompletionsReached');
    expect(done.status?.failed ?? 0).toBe(0);
  });

  it('of another manager is left alone', async () => {
    await start(0);
    await jobs().create(job('foreign', { managedBy: 'example.com/mine' }));
    await cluster.settle();
    expect(await pods()).toEqual([]);
    const status = { startTime: '2030-01-01T00:00:00Z', active: 1 };
    const target = { namespace: 'default', name: 'foreign', subresource: 'status' };
    expect((await jobs().patch(target, 'merge', { status })).status).toMatchObject(status);
  });

  it('takes its pods with it when it is deleted', async () => {
    await start(0, 3_600_000);
    await jobs().create(job('work', { completions: 4, parallelism: 2 }));
    await cluster.waitFor(async () => (await pods()).length === 2);
    await jobs().delete('default', 'work', { propagationPolicy: 'Background' });
    await cluster.waitFor(async () => (await pods()).length === 0);
  });
});

describe('a cron job', () => {
  const cron = (spec: Partial<CronJob['spec']>): CronJob => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: { schedule: '*/1 * * * *', jobTemplate: { spec: job('x').spec }, ...spec },
  });
  const crons = () => cluster.client.resource(cronJobKind);
  const active = async () => (await crons().get('default', 'tick')).status?.active ?? [];

  it.each([
    ['Allow', 3],
    ['Forbid', 1],
    ['Replace', 1],
  ] as const)('with the policy %s has %i jobs at work after three runs', async (concurrencyPolicy, count) => {
    await start(0, 3_600_000);
    await crons().create(cron({ concurrencyPolicy }));
    await cluster.advance(60_000);
    const [first] = await cluster.waitFor(async () => {
      const found = await active();
      return found.length === 1 && found;
    });
    await cluster.advance(125_000);
    const now = await active();
    expect(now).toHaveLength(count);
    expect((await jobs().list('default')).items).toHaveLength(count);
    expect(now.some(({ name }) => name === first!.name)).toBe(concurrencyPolicy !== 'Replace');
  });

  it('starts nothing while it is suspended', async () => {
    await start(0);
    await crons().create(cron({ suspend: true }));
    await cluster.advance(300_000);
    expect((await jobs().list('default')).items).toEqual([]);
  });

  it('keeps only so many failed jobs', async () => {
    await start(1);
    const spec = job('x', { backoffLimit: 0 }).spec;
    await crons().create(cron({ jobTemplate: { spec }, failedJobsHistoryLimit: 1, successfulJobsHistoryLimit: 0 }));
    await cluster.advance(290_000);
    expect((await jobs().list('default')).items).toHaveLength(1);
  });
});
