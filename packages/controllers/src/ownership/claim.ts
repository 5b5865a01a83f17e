import type { LabelMatcher } from '@kubets/api';
import type { Client, Informer } from '@kubets/client';
import { hasReason, type KindDefinition, type KubeObject } from '@kubets/core';
import { ignoring } from '../runner/ignoring.ts';
import { controlledBy, controllerOf, newControllerRef, orphansIn } from './controller-ref.ts';

export interface ClaimOptions<O extends KubeObject, T extends KubeObject> {
  readonly client: Client;
  readonly owner: O;
  readonly ownerKind: KindDefinition<O>;
  readonly matches: LabelMatcher;
  readonly informer: Informer<T>;
  /** A further condition on orphans to adopt, such as being active or having the right name. */
  adoptable?(object: T): boolean;
  /** A finalizer that all objects of the owner have, and none that it released. */
  readonly finalizer?: string;
}

/**
 * The objects that `owner` controls. Orphans that its selector matches are adopted, and objects of its own that no longer match
 * are released. An owner that is being deleted adopts nothing.
 */
export async function claim<O extends KubeObject, T extends KubeObject>(options: ClaimOptions<O, T>): Promise<T[]> {
  const { owner, matches, informer, adoptable } = options;
  const namespace = owner.metadata.namespace ?? '';
  const claimed: T[] = [];
  const releases: Promise<void>[] = [];
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  for (const object of controlledBy(informer, owner)) {
    if (object.metadata.namespace !== namespace) continue;
    if (matches(object.metadata.labels)) claimed.push(object);
    else if (!deleting) releases.push(release(options, object));
  }
  await Promise.all(releases);
  if (deleting) return claimed;
  const orphans = orphansIn(informer, namespace).filter(
    (object) =>
      !object.metadata.deletionTimestamp && matches(object.metadata.labels) && (!adoptable || adoptable(object)),
  );
  if (orphans.length === 0 || !(await mayAdopt(options))) return claimed;
  const adopted = await Promise.all(orphans.map((object) => adopt(options, object)));
  return [...claimed, ...adopted.filter((object) => object !== undefined)];
}

/** The cache may not know yet that the owner is being deleted or was replaced: ask before adopting. */
async function mayAdopt<O extends KubeObject, T extends KubeObject>(options: ClaimOptions<O, T>): Promise<boolean> {
  const { client, owner, ownerKind } = options;
  try {
    const { namespace = '', name = '', uid } = owner.metadata;
    const fresh = await client.resource(ownerKind).get(namespace, name);
    return fresh.metadata.uid === uid && !fresh.metadata.deletionTimestamp;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return false;
    throw error;
  }
}

async function adopt<O extends KubeObject, T extends KubeObject>(
  { client, owner, ownerKind, informer, finalizer }: ClaimOptions<O, T>,
  object: T,
): Promise<T | undefined> {
  const reference = newControllerRef(owner, ownerKind);
  const held = finalizer ? { finalizers: [finalizer] } : {};
  const patch = { metadata: { ownerReferences: [reference], uid: object.metadata.uid, ...held } };
  try {
    return await client.resource(informer.kind).patch(targetOf(object), 'strategic', patch);
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function release<O extends KubeObject, T extends KubeObject>(
  { client, owner, informer, finalizer }: ClaimOptions<O, T>,
  object: T,
): Promise<void> {
  if (controllerOf(object)?.uid !== owner.metadata.uid) return;
  const references = [{ $patch: 'delete', uid: owner.metadata.uid }];
  const freed = finalizer ? { '$deleteFromPrimitiveList/finalizers': [finalizer] } : {};
  const patch = { metadata: { ownerReferences: references, uid: object.metadata.uid, ...freed } };
  // Gone, or no longer ours: either way there is nothing left to release.
  await ignoring(client.resource(informer.kind).patch(targetOf(object), 'strategic', patch), 'NotFound', 'Invalid');
}

function targetOf(object: KubeObject): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
}
