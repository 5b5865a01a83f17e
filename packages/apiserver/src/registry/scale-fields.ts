import {
  differenceOfFields,
  type FieldSet,
  fieldSetOfPaths,
  hasPath,
  isEmptyFieldSet,
  type ManagedFieldsEntry,
} from '@kubets/core';

const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS_OF_SCALE = fieldSetOfPaths(['spec', 'replicas']);

type Entries = readonly ManagedFieldsEntry[] | undefined;

/** Who owns the number of replicas of an object, as its Scale says it. */
export function entriesOfScale(entries: Entries, replicasPath: string): ManagedFieldsEntry[] {
  const owners = (entries ?? []).filter((entry) => ownsReplicas(entry, replicasPath));
  return owners.map((entry) => ({ ...entry, apiVersion: SCALE_VERSION, fieldsV1: REPLICAS_OF_SCALE }));
}

/** The entries of an object once its Scale has the entries `ofScale`. Who comes by way of the Scale has no time. */
export function withEntriesOfScale(
  entries: Entries,
  ofScale: Entries,
  { replicasPath, apiVersion }: { replicasPath: string; apiVersion: string },
): ManagedFieldsEntry[] {
  const replicas = fieldSetOfPaths(replicasPath.split('.'));
  const owners = new Map((ofScale ?? []).map((entry) => [identityOf(entry), entry]));
  const left = (entries ?? []).flatMap((entry) => {
    if (!ownsReplicas(entry, replicasPath) || owners.delete(identityOf(entry))) return [entry];
    const fieldsV1 = differenceOfFields(fieldsOf(entry), replicas);
    return isEmptyFieldSet(fieldsV1) ? [] : [{ ...entry, fieldsV1 }];
  });
  const come = [...owners.values()].map(({ time: _, ...entry }) => ({ ...entry, apiVersion, fieldsV1: replicas }));
  return [...come, ...left].sort(inWireOrder);
}

function ownsReplicas(entry: ManagedFieldsEntry, replicasPath: string): boolean {
  return hasPath(
    fieldsOf(entry),
    replicasPath.split('.').map((name) => `f:${name}`),
  );
}

function fieldsOf({ fieldsV1 }: ManagedFieldsEntry): FieldSet {
  return (fieldsV1 ?? {}) as FieldSet;
}

function identityOf({ manager, operation, subresource }: ManagedFieldsEntry): string {
  return JSON.stringify([manager, operation, subresource ?? '']);
}

function inWireOrder(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  const key = ({ operation, time = '', manager }: ManagedFieldsEntry) => [operation, time, manager].join('\0');
  return key(a) < key(b) ? -1 : 1;
}
