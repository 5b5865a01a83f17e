import type { Column } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { accessModesText } from './access-mode.ts';
import type { PersistentVolumeClaim } from './persistent-volume-claim.ts';
import { STORAGE_CLASS_ANNOTATION } from './persistent-volume-columns.ts';

export const persistentVolumeClaimColumns: readonly Column<PersistentVolumeClaim>[] = [
  nameColumn,
  {
    name: 'Status',
    type: 'string',
    description: 'Phase of the claim, or Terminating.',
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
  },
  {
    name: 'Volume',
    type: 'string',
    description: 'Volume that the claim is bound to.',
    cell: ({ spec }) => spec.volumeName ?? '',
  },
  {
    name: 'Capacity',
    type: 'string',
    description: 'Size of the bound volume.',
    cell: ({ spec, status }) => (spec.volumeName ? (status?.capacity?.storage ?? '0') : ''),
  },
  {
    name: 'Access Modes',
    type: 'string',
    description: 'Ways in which the bound volume can be mounted.',
    cell: ({ spec, status }) => (spec.volumeName ? accessModesText(status?.accessModes) : ''),
  },
  {
    name: 'StorageClass',
    type: 'string',
    description: 'Storage class that the claim asks for.',
    cell: ({ metadata, spec }) => metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? '',
  },
  {
    name: 'VolumeAttributesClass',
    type: 'string',
    description: 'Volume attributes class that the claim asks for.',
    cell: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>',
  },
  ageColumn,
  {
    name: 'VolumeMode',
    type: 'string',
    priority: 1,
    description: 'Whether a file system or a raw device is wanted.',
    cell: ({ spec }) => spec.volumeMode ?? '<unset>',
  },
];
