import { configMapKind } from '@kubets/api';
import type { KindDefinition } from '@kubets/core';
import { expect, it } from 'vitest';
import type { GraphNode } from './graph.ts';
import { type OwnerState, planCollection } from './plan.ts';

function node(uid: string, parts: Partial<GraphNode> = {}): GraphNode {
  const kind = configMapKind as unknown as KindDefinition;
  return { kind, namespace: 'n', name: uid, uid, owners: [], deleting: false, finalizers: [], ...parts };
}
const owner = (uid: string, blockOwnerDeletion = false) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: uid,
  uid,
  blockOwnerDeletion,
});

const plan = (subject: GraphNode, states: Record<string, OwnerState> = {}, dependents: GraphNode[] = []) =>
  planCollection({ node: subject, dependents, ownerState: ({ uid }) => states[uid] ?? 'solid' });

it('leaves alone what has a living owner, and drops the others', () => {
  const owned = node('x', { owners: [owner('a'), owner('b')] });
  expect(plan(owned)).toEqual({ type: 'none' });
  expect(plan(owned, { a: 'absent' })).toEqual({ type: 'disown', uids: ['a'] });
});

it('deletes what has lost all owners, in the way that its finalizers ask for', () => {
  const owners = [owner('a')];
  expect(plan(node('x', { owners }), { a: 'absent' })).toEqual({ type: 'delete', policy: 'Background' });
  const orphaning = node('x', { owners, finalizers: ['orphan'] });
  expect(plan(orphaning, { a: 'absent' })).toEqual({ type: 'delete', policy: 'Orphan' });
  const withDependents = plan(node('x', { owners }), { a: 'waiting' }, [node('y', { owners: [owner('x')] })]);
  expect(withDependents).toEqual({ type: 'delete', policy: 'Foreground', unblock: false });
});

it('deletes in the foreground: dependents that block first', () => {
  const subject = node('x', { deleting: true, finalizers: ['foregroundDeletion'] });
  const blocking = node('y', { owners: [owner('x', true)] });
  const loose = node('z', { owners: [owner('x')] });
  expect(plan(subject, {}, [blocking, loose])).toEqual({ type: 'deleteDependents', dependents: [blocking, loose] });
  expect(plan(subject, {}, [loose])).toEqual({ type: 'removeFinalizer', finalizer: 'foregroundDeletion' });
});
