import type { Informer } from '@kubets/client';
import { apiVersionOf, type KindDefinition, type KubeObject, type OwnerReference } from '@kubets/core';

const OWNER_INDEX = 'controller';

/** What a reference says of the kind of an owner. */
type OwnerKind = Pick<KindDefinition, 'group' | 'version' | 'kind'>;

/** The owner that controls an object, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller);
}

/** Whether `owner` is the controller of `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The reference that makes `owner` the controller of another object. */
export function newControllerRef(owner: KubeObject, kind: OwnerKind): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind.group, kind.version),
    kind: kind.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Lets objects be found by their controller, and those without one by their namespace. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(OWNER_INDEX, (object) => {
    const owner = controllerOf(object);
    return [owner ? owner.uid : `orphans/${object.metadata.namespace ?? ''}`];
  });
}

/** Objects that `owner` controls. */
export function controlledBy<T extends KubeObject>(informer: Informer<T>, owner: Pick<KubeObject, 'metadata'>): T[] {
  return informer.store.byIndex(OWNER_INDEX, owner.metadata.uid ?? '');
}

/** Objects of a namespace that nobody controls. */
export function orphansIn<T extends KubeObject>(informer: Informer<T>, namespace: string): T[] {
  return informer.store.byIndex(OWNER_INDEX, `orphans/${namespace}`);
}

/** The key of an object's controller when that is of this kind. */
export function controllerKey(object: KubeObject, kind: OwnerKind): string[] {
  const owner = controllerOf(object);
  if (!owner || owner.kind !== kind.kind || !sameGroup(owner.apiVersion, kind.group)) return [];
  return [`${object.metadata.namespace}/${owner.name}`];
}

/** The keys of the controllers of this kind that an object has, and had before it changed. */
export function controllerKeys({ object, old }: { object: KubeObject; old?: KubeObject }, kind: OwnerKind): string[] {
  const keys = controllerKey(object, kind);
  const moved = old && controllerOf(old)?.uid !== controllerOf(object)?.uid;
  return moved ? [...keys, ...controllerKey(old, kind)] : keys;
}

function sameGroup(apiVersion: string, group: string): boolean {
  const slash = apiVersion.indexOf('/');
  return (slash < 0 ? '' : apiVersion.slice(0, slash)) === group;
}
