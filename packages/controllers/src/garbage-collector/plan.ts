import type { DeleteOptions } from '@kubets/client';
import type { OwnerReference } from '@kubets/core';
import type { GraphNode } from './graph.ts';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** What is known of one owner of an object. */
export type OwnerState = 'solid' | 'absent' | 'waiting';

export type CollectorStep =
  | { readonly type: 'none' }
  | {
      readonly type: 'delete';
      readonly policy: NonNullable<DeleteOptions['propagationPolicy']>;
      /** Its references must no longer hold up its owners: it belongs to a circle of owners that wait for each other. */
      readonly unblock?: boolean;
    }
  /** Drop references to owners that are gone or that wait for this object, which others still hold. */
  | { readonly type: 'disown'; readonly uids: readonly string[] }
  /** The object is being deleted in the foreground: its dependents go first. */
  | { readonly type: 'deleteDependents'; readonly dependents: readonly GraphNode[] }
  | { readonly type: 'orphanDependents'; readonly dependents: readonly GraphNode[] }
  | { readonly type: 'removeFinalizer'; readonly finalizer: string };

export interface CollectorState {
  readonly node: GraphNode;
  readonly dependents: readonly GraphNode[];
  ownerState(owner: OwnerReference): OwnerState;
}

/** What to do about one object. */
export function planCollection(state: CollectorState): CollectorStep {
  const { node, dependents } = state;
  if (node.deleting) return planDeleting(node, dependents);
  if (node.owners.length === 0) return { type: 'none' };
  const owners = node.owners.map((owner) => ({ owner, state: state.ownerState(owner) }));
  const absent = owners.filter((entry) => entry.state === 'absent');
  const waiting = owners.filter((entry) => entry.state === 'waiting');
  if (owners.some((entry) => entry.state === 'solid')) {
    const gone = [...absent, ...waiting].map(({ owner }) => owner.uid);
    return gone.length > 0 ? { type: 'disown', uids: gone } : { type: 'none' };
  }
  if (waiting.length > 0 && dependents.length > 0) {
    return { type: 'delete', policy: 'Foreground', unblock: dependents.some(waitsForDependents) };
  }
  return { type: 'delete', policy: policyOf(node) };
}

/** Whether an object is being deleted in the foreground. */
export function waitsForDependents({ deleting, finalizers }: GraphNode): boolean {
  return deleting && finalizers.includes(FOREGROUND);
}

/** An object that was told how to go, by a finalizer, goes that way; the others in the background. */
function policyOf({ finalizers }: GraphNode): NonNullable<DeleteOptions['propagationPolicy']> {
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}

function planDeleting(node: GraphNode, dependents: readonly GraphNode[]): CollectorStep {
  if (node.finalizers.includes(ORPHAN)) {
    if (dependents.length > 0) return { type: 'orphanDependents', dependents };
    return { type: 'removeFinalizer', finalizer: ORPHAN };
  }
  if (!node.finalizers.includes(FOREGROUND)) return { type: 'none' };
  const blocking = dependents.filter(({ owners }) =>
    owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion),
  );
  if (blocking.length === 0) return { type: 'removeFinalizer', finalizer: FOREGROUND };
  return { type: 'deleteDependents', dependents: dependents.filter(({ deleting }) => !deleting) };
}
