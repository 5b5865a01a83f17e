import { describe, expect, test } from 'vitest';
import { type Job, jobKind } from './job.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const context = { subresource: '', nowMs };
const { strategy } = jobKind;

function job(change: (draft: Job) => void = () => {}): Job {
  const draft = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'pi', namespace: 'default', uid: 'u-1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'pi', image: 'perl' }] } } },
  } as unknown as Job;
  change(draft);
  strategy.applyDefaults?.(draft);
  strategy.prepareForCreate?.(draft, context);
  return draft;
}

const complaints = (object: Job) =>
  (strategy.validate?.(object, context) ?? []).map(({ field, message }) => `${field}: ${message}`);

test('defaults, and a selector made from the uid', () => {
  const { spec } = job();
  expect(spec).toMatchObject({
    completions: 1,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: 'TerminatingOrFailed',
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
  });
  expect(spec.template.metadata?.labels).toEqual({
    'controller-uid': 'u-1',
    'job-name': 'pi',
    'batch.kubernetes.io/controller-uid': 'u-1',
    'batch.kubernetes.io/job-name': 'pi',
  });
});

test('a limit for each index lifts that of the job', () => {
  const { spec } = job((draft) => {
    draft.spec.completionMode = 'Indexed';
    draft.spec.completions = 3;
    draft.spec.backoffLimitPerIndex = 1;
  });
  expect(spec.backoffLimit).toBe(2_147_483_647);
});

describe('validation', () => {
  const cases: [name: string, change: (draft: Job) => void, expected: string[]][] = [
    ['a good one', () => {}, []],
    [
      'pods that are restarted for ever',
      ({ spec }) => {
        delete spec.template.spec!.restartPolicy;
      },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'indexed without completions',
      ({ spec }) => {
        spec.completionMode = 'Indexed';
        spec.parallelism = 2;
      },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'a selector of its own',
      ({ spec }) => {
        spec.selector = { matchLabels: { app: 'x' } };
      },
      [
        'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u-1","app":"x"}}: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: {"controller-uid":"u-1","batch.kubernetes.io/controller-uid":"u-1","job-name":"pi","batch.kubernetes.io/job-name":"pi"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'a failure policy with unordered exit codes',
      ({ spec }) => {
        spec.podFailurePolicy = {
          rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3, 1] } }],
        };
      },
      ['spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,1]: must be ordered'],
    ],
  ];

  test.each(cases)('%s', (_name, change, expected) => {
    expect(complaints(job(change))).toEqual(expected);
  });

  test('completions of a plain job cannot change', () => {
    const changed = job(({ spec }) => {
      spec.completions = 5;
    });
    const errors = strategy.validateUpdate?.(changed, job(), context) ?? [];
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'spec.completions: Invalid value: 5: field is immutable',
    ]);
  });

  test('an indexed job grows with its parallelism', () => {
    const indexed = (count: number) =>
      job(({ spec }) => {
        spec.completionMode = 'Indexed';
        spec.completions = count;
        spec.parallelism = count;
      });
    expect(strategy.validateUpdate?.(indexed(4), indexed(2), context)).toEqual([]);
  });

  test('a suspended job may be told where to run', () => {
    const suspended = (zone?: string) =>
      job(({ spec }) => {
        spec.suspend = true;
        if (zone) spec.template.spec!.nodeSelector = { zone };
      });
    expect(strategy.validateUpdate?.(suspended('a'), suspended(), context)).toEqual([]);
    const running = job(({ spec }) => {
      spec.template.spec!.nodeSelector = { zone: 'a' };
    });
    expect(strategy.validateUpdate?.(running, job(), context)).toHaveLength(1);
  });
});

describe('rows', () => {
  const cells = (status: Job['status'], change?: (draft: Job) => void) => {
    const object = { ...job(change), status };
    return jobKind.columns.slice(0, 5).map((column) => column.cell(object, nowMs));
  };

  test.each<[string, Job['status'], unknown[]]>([
    ['running', { startTime: '2026-01-01T00:09:00Z' }, ['pi', 'Running', '0/1', '60s', '10m']],
    [
      'complete',
      {
        startTime: '2026-01-01T00:00:00Z',
        completionTime: '2026-01-01T00:00:05Z',
        succeeded: 1,
        conditions: [{ type: 'Complete', status: 'True' }],
      },
      ['pi', 'Complete', '1/1', '5s', '10m'],
    ],
  ])('%s', (_name, status, expected) => {
    expect(cells(status)).toEqual(expected);
  });

  test('a job that any success ends', () => {
    expect(
      cells({}, ({ spec }) => {
        spec.parallelism = 3;
      })[2],
    ).toBe('0/1 of 3');
  });
});
