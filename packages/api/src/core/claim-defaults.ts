import type { PersistentVolumeClaimSpec } from './persistent-volume-claim.ts';
import { roundUpResources } from './resource-list.ts';

/** Defaults of a claim's specification, whether it stands in a claim or in a template. */
export function applyClaimSpecDefaults(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
  roundUpResources(spec.resources?.limits);
  roundUpResources(spec.resources?.requests);
}
