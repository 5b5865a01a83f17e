import type { Pod } from '@kubets/api';
import { expect, test } from 'vitest';
import { exceededLimit, formatBytes, type LocalUsage, limitsLocalStorage } from './local-storage.ts';
import { evictionMessage, evictionOrder, type PodUse } from './ranking.ts';

const MI = 2 ** 20;

const pod = (spec: Partial<Pod['spec']>, name = 'p'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, uid: name },
  spec: { containers: [{ name: 'main', image: 'i' }], ...spec },
});
const limited = (limit: string) =>
  pod({ containers: [{ name: 'main', image: 'i', resources: { limits: { 'ephemeral-storage': limit } } }] });
const volume = (sizeLimit: string, medium?: string) =>
  pod({ volumes: [{ name: 'v', emptyDir: { sizeLimit, ...(medium ? { medium } : {}) } }] });
const use = (more: Partial<{ volume: number; logs: number; layer: number }>): LocalUsage => ({
  emptyDirs: new Map([['v', (more.volume ?? 0) * MI]]),
  logsBytes: (more.logs ?? 0) * MI,
  containers: new Map([['main', (more.layer ?? 0) * MI]]),
});

test.each<[string, Pod, LocalUsage, string | undefined]>([
  ['nothing is limited', pod({}), use({ volume: 100, layer: 100 }), undefined],
  ['a volume within its limit', volume('10Mi'), use({ volume: 10 }), undefined],
  ['a full volume', volume('10Mi'), use({ volume: 11 }), 'Usage of EmptyDir volume "v" exceeds the limit "10Mi". '],
  [
    'logs count for the pod',
    limited('10Mi'),
    use({ logs: 11 }),
    'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ',
  ],
])('%s', (_what, given, usage, message) => {
  expect(exceededLimit(given, usage)).toBe(message);
});

test('one container may exceed its limit while the pod does not', () => {
  const limits = (bytes: string) => ({ limits: { 'ephemeral-storage': bytes } });
  const two = pod({
    containers: [
      { name: 'main', image: 'i', resources: limits('1Mi') },
      { name: 'other', image: 'i', resources: limits('9Mi') },
    ],
  });
  expect(limitsLocalStorage(two)).toBe(true);
  expect(exceededLimit(two, use({ layer: 2 }))).toBe(
    'Container main exceeded its local ephemeral storage limit "1Mi". ',
  );
});

const using = (name: string, mebibytes: number, more: { request?: string; priority?: number } = {}): PodUse => ({
  pod: pod(
    {
      priority: more.priority ?? 0,
      containers: [
        { name: 'main', image: 'i', ...(more.request ? { resources: { requests: { memory: more.request } } } : {}) },
      ],
    },
    name,
  ),
  total: mebibytes * MI,
  containers: new Map([['main', mebibytes * MI]]),
});

test('who exceeds its requests goes first, then who matters less, then who exceeds them further', () => {
  const order = evictionOrder('memory', [
    using('within', 900, { request: '1Gi', priority: -1 }),
    using('important', 900, { priority: 10 }),
    using('small', 10),
    using('large', 300, { request: '200Mi' }),
    using('critical', 900, { priority: 2_000_000_000 }),
  ]);
  expect(order.map((each) => each.pod.metadata.name)).toEqual(['large', 'small', 'important', 'within']);
});

test('the message tells of the shortage and of who used much', () => {
  const threshold = { quantity: 100 * MI, available: 50 * MI };
  expect(evictionMessage('memory', using('p', 30, { request: '20Mi' }), threshold)).toBe(
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
      'Container main was using 30Mi, request is 20Mi, has larger consumption of memory. ',
  );
  expect(formatBytes(1536)).toBe('1536');
  expect(formatBytes(2048)).toBe('2Ki');
});
