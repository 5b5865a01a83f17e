import type { Column } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { accessModesText } from './access-mode.ts';
import type { PersistentVolume } from './persistent-volume.ts';

/** Names a storage class on objects from before the field existed. */
export const STORAGE_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

function claimText({ spec: { claimRef } }: PersistentVolume): string {
  return claimRef ? `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}` : '';
}

export const persistentVolumeColumns: readonly Column<PersistentVolume>[] = [
  nameColumn,
  {
    name: 'Capacity',
    type: 'string',
    description: 'Size of the volume.',
    cell: ({ spec }) => spec.capacity?.storage ?? '0',
  },
  {
    name: 'Access Modes',
    type: 'string',
    description: 'Ways in which the volume can be mounted.',
    cell: ({ spec }) => accessModesText(spec.accessModes),
  },
  {
    name: 'Reclaim Policy',
    type: 'string',
    description: 'What happens to the volume once its claim is gone.',
    cell: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? '',
  },
  {
    name: 'Status',
    type: 'string',
    description: 'Phase of the volume, or Terminating.',
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
  },
  {
    name: 'Claim',
    type: 'string',
    description: 'Namespace and name of the claim that the volume is bound to.',
    cell: claimText,
  },
  {
    name: 'StorageClass',
    type: 'string',
    description: 'Storage class of the volume.',
    cell: ({ metadata, spec }) => metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? '',
  },
  {
    name: 'VolumeAttributesClass',
    type: 'string',
    description: 'Volume attributes class of the volume.',
    cell: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>',
  },
  {
    name: 'Reason',
    type: 'string',
    description: 'Why the volume is in its phase.',
    cell: ({ status }) => status?.reason ?? '',
  },
  ageColumn,
  {
    name: 'VolumeMode',
    type: 'string',
    priority: 1,
    description: 'Whether the volume has a file system or is a raw device.',
    cell: ({ spec }) => spec.volumeMode ?? '<unset>',
  },
];
