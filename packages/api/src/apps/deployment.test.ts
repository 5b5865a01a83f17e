import { describe, expect, test } from 'vitest';
import { type Deployment, deploymentKind } from './deployment.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const context = { subresource: '', nowMs };
const { strategy } = deploymentKind;

function deployment(change: (draft: Deployment) => void = () => {}): Deployment {
  const draft = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
      },
    },
  } as unknown as Deployment;
  change(draft);
  strategy.applyDefaults?.(draft);
  return draft;
}

const complaints = (object: Deployment) =>
  (strategy.validate?.(object, context) ?? []).map(({ field, message }) => `${field}: ${message}`);

test('what is left out gets the documented defaults', () => {
  expect(deployment().spec).toMatchObject({
    replicas: 1,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    template: { spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' } },
  });
});

test('defaults change nothing the second time', () => {
  const once = deployment();
  const twice = structuredClone(once);
  strategy.applyDefaults?.(twice);
  expect(twice).toEqual(once);
});

test('a client cannot choose the status', () => {
  const draft = deployment(({ status }) => status);
  draft.status = { replicas: 7 };
  strategy.prepareForCreate?.(draft, context);
  expect(draft.status).toEqual({});
});

test('an update of status keeps spec and labels', () => {
  const old = deployment();
  const draft = deployment(({ spec, metadata }) => {
    spec.replicas = 9;
    metadata.labels = { changed: 'yes' };
  });
  draft.status = { replicas: 3 };
  const status = deploymentKind.subresources.find(({ name }) => name === 'status');
  status?.strategy?.prepareForUpdate?.(draft, old, { ...context, subresource: 'status' });
  expect(draft.spec.replicas).toBe(1);
  expect(draft.metadata.labels).toBeUndefined();
  expect(draft.status).toEqual({ replicas: 3 });
});

describe('validation', () => {
  const cases: [name: string, change: (draft: Deployment) => void, expected: string[]][] = [
    ['a good one', () => {}, []],
    [
      'negative replicas',
      ({ spec }) => {
        spec.replicas = -1;
      },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a selector that does not match',
      ({ spec }) => {
        spec.selector = { matchLabels: { app: 'other' } };
      },
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    [
      'an empty selector',
      ({ spec }) => {
        spec.selector = {};
      },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    [
      'pods that end',
      ({ spec }) => {
        spec.template.spec!.restartPolicy = 'Never';
      },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'Recreate with limits',
      ({ spec }) => {
        spec.strategy = { type: 'Recreate', rollingUpdate: {} };
      },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'no room to move',
      ({ spec }) => {
        spec.strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } };
      },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'a deadline before pods can be ready',
      ({ spec }) => {
        spec.minReadySeconds = 600;
      },
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
  ];

  test.each(cases)('%s', (_name, change, expected) => {
    expect(complaints(deployment(change))).toEqual(expected);
  });

  test('the selector cannot change', () => {
    const other = deployment(({ spec }) => {
      spec.selector = { matchLabels: { tier: 'front' } };
    });
    const errors = strategy.validateUpdate?.(other, deployment(), context);
    expect(errors).toEqual([
      {
        type: 'FieldValueInvalid',
        field: 'spec.selector',
        message: 'Invalid value: {"matchLabels":{"tier":"front"}}: field is immutable',
      },
    ]);
  });
});

test('a row as kubectl get prints it', () => {
  const object = deployment(({ spec }) => {
    spec.replicas = 3;
    spec.selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'a'] }],
    };
  });
  object.status = { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 };
  const row = deploymentKind.columns.map((column) => column.cell(object, nowMs));
  expect(row).toEqual(['web', '2/3', 3, 2, '10m', 'web', 'nginx:1.27', 'app=web,tier in (a,b)']);
});

test('a change of annotations counts as a new generation', () => {
  const annotated = deployment(({ metadata }) => {
    metadata.annotations = { note: 'x' };
  });
  expect(strategy.raisesGeneration?.(annotated, deployment())).toBe(true);
  expect(strategy.raisesGeneration?.(deployment(), deployment())).toBe(false);
});
