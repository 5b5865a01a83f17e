import type { Pod, StatefulSet } from '@kubets/api';
import { expect, it } from 'vitest';
import { planStatefulSet } from './plan.ts';

const revisions = { current: 'db-1', update: 'db-1' };

function pod(ordinal: number, isReady: boolean): Pod {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime }];
  const labels = { 'controller-revision-hash': revisions.update };
  return {
    metadata: { name: `db-${ordinal}`, namespace: 'default', uid: `uid-${ordinal}`, labels },
    spec: { containers: [] },
    status: { phase: 'Running', conditions },
  } as unknown as Pod;
}

/** Names of what is deleted of pods that serve (`+`) and do not (`-`), in the order of their ordinals. */
function deleted(serving: string, more: object): (string | undefined)[] {
  const spec = { serviceName: 'db', selector: {}, template: {}, updateStrategy: { type: 'RollingUpdate' }, ...more };
  const set = { metadata: { name: 'db', namespace: 'default', uid: 'set' }, spec } as unknown as StatefulSet;
  const pods = [...serving].map((sign, ordinal) => pod(ordinal, sign === '+'));
  const { deletes } = planStatefulSet({ set, pods, revisions }, Date.parse('2026-01-02T00:00:00Z'));
  return deletes.map(({ metadata }) => metadata.name);
}

it.each([
  ['the highest goes first', '+++', ['db-2']],
  ['a serving one goes though others do not serve', '--+', ['db-2']],
  ['one that does not serve waits for those below it', '---', []],
  ['the only one that does not serve goes', '++-', ['db-2']],
  ['the last one goes, serving or not', '-', ['db-0']],
])('in order, of those that are too many %s', (_, serving, expected) => {
  expect(deleted(serving, { replicas: 0 })).toEqual(expected);
});

it('a set that works in parallel does not mind what serves', () => {
  expect(deleted('-+-', { replicas: 1, podManagementPolicy: 'Parallel' }).sort()).toEqual(['db-1', 'db-2']);
});
