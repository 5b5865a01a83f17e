import { labelMatcher, type PersistentVolume, type PersistentVolumeClaim } from '@kubets/api';
import { compareQuantities } from '@kubets/core';

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

export function classOfClaim({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.[BETA_CLASS] ?? spec?.storageClassName ?? '';
}

export function classOfVolume({ metadata, spec }: PersistentVolume): string {
  return metadata.annotations?.[BETA_CLASS] ?? spec?.storageClassName ?? '';
}

/** Whether a volume is reserved for this very claim. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { claimRef } = spec ?? {};
  if (claimRef?.name !== metadata.name || claimRef?.namespace !== metadata.namespace) return false;
  return !claimRef?.uid || claimRef.uid === metadata.uid;
}

function isEnough(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const capacity = volume.spec?.capacity?.storage ?? '0';
  return compareQuantities(capacity, claim.spec?.resources?.requests?.storage ?? '0') >= 0;
}

/** Why a volume that a claim names cannot be bound to it. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (!isEnough(volume, claim)) return 'requested PV is too small';
  if (classOfVolume(volume) !== classOfClaim(claim)) return 'storageClassName does not match';
  if ((volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem'))
    return 'incompatible volumeMode';
  const modes = volume.spec?.accessModes ?? [];
  return claim.spec?.accessModes?.every((mode) => modes.includes(mode)) ? undefined : 'incompatible accessMode';
}

/** The volume that a claim should get: one reserved for it, else the smallest that is enough. */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
): PersistentVolume | undefined {
  const matches = claim.spec?.selector ? labelMatcher(claim.spec.selector) : () => true;
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp || mismatch(volume, claim)) continue;
    if (isReservedFor(volume, claim)) return volume;
    if (volume.spec?.claimRef || volume.status?.phase !== 'Available' || !matches(volume.metadata.labels)) continue;
    const capacity = volume.spec?.capacity?.storage ?? '0';
    if (!best || compareQuantities(capacity, best.spec?.capacity?.storage ?? '0') < 0) best = volume;
  }
  return best;
}
