import type { Column } from '@kubets/core';
import { bool, defineKind, field, type Infer, list, map, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { TopologySelectorTerm } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const StorageClass = message('io.k8s.api.storage.v1.StorageClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  provisioner: field(2, string, '').required().default(''),
  parameters: field(3, map(string), ''),
  reclaimPolicy: field(4, string, '').oneOf('Delete', 'Recycle', 'Retain'),
  mountOptions: field(5, list(string), '').atomic(),
  allowVolumeExpansion: field(6, bool, ''),
  volumeBindingMode: field(7, string, '').oneOf('Immediate', 'WaitForFirstConsumer'),
  allowedTopologies: field(8, list(TopologySelectorTerm), '').atomic(),
});
export interface StorageClass extends Infer<typeof StorageClass> {}

const DEFAULT_CLASS_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Whether claims that name no class get this one. */
export function isDefaultStorageClass({ metadata }: StorageClass): boolean {
  return DEFAULT_CLASS_ANNOTATIONS.some((name) => metadata.annotations?.[name] === 'true');
}

const storageClassColumns: Column<StorageClass>[] = [
  {
    ...nameColumn,
    cell: (object) => `${object.metadata.name}${isDefaultStorageClass(object) ? ' (default)' : ''}`,
  },
  {
    name: 'Provisioner',
    type: 'string',
    description: 'Program that makes the volumes.',
    cell: ({ provisioner }) => provisioner,
  },
  {
    name: 'ReclaimPolicy',
    type: 'string',
    description: 'What becomes of a volume when its claim is deleted.',
    cell: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
  },
  {
    name: 'VolumeBindingMode',
    type: 'string',
    description: 'When claims are bound and volumes made.',
    cell: ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>',
  },
  {
    name: 'AllowVolumeExpansion',
    type: 'string',
    description: 'Whether claims of the class may grow.',
    cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
  },
  ageColumn,
];

export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  resource: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: StorageClass,
  strategy: {
    applyDefaults(draft) {
      draft.reclaimPolicy ??= 'Delete';
      draft.volumeBindingMode ??= 'Immediate';
    },
  },
  columns: storageClassColumns,
  storageVersionHash: 'K+m6uJwbjGY=',
});
