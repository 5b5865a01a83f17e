import type { Column, FieldError } from '@kubets/core';
import {
  bool,
  defineKind,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  int32,
  isDns1123Subdomain,
  map,
  message,
  required,
  string,
  time,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { PersistentVolumeSpec } from '../core/persistent-volume.ts';
import { validateRequiredText, validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';
import { validateDriverName } from './csi-driver.ts';

export const VolumeAttachmentSource = message('io.k8s.api.storage.v1.VolumeAttachmentSource', '', {
  persistentVolumeName: field(1, string, '').pointer(),
  inlineVolumeSpec: field(2, PersistentVolumeSpec, ''),
});
export interface VolumeAttachmentSource extends Infer<typeof VolumeAttachmentSource> {}

export const VolumeAttachmentSpec = message('io.k8s.api.storage.v1.VolumeAttachmentSpec', '', {
  attacher: field(1, string, '').required().default(''),
  source: field(2, VolumeAttachmentSource, '').required().default({}),
  nodeName: field(3, string, '').required().default(''),
});
export interface VolumeAttachmentSpec extends Infer<typeof VolumeAttachmentSpec> {}

export const VolumeError = message('io.k8s.api.storage.v1.VolumeError', '', {
  time: field(1, time, ''),
  message: field(2, string, ''),
  errorCode: field(3, int32, '').pointer(),
});
export interface VolumeError extends Infer<typeof VolumeError> {}

export const VolumeAttachmentStatus = message('io.k8s.api.storage.v1.VolumeAttachmentStatus', '', {
  attached: field(1, bool, '').required().default(false),
  attachmentMetadata: field(2, map(string), ''),
  attachError: field(3, VolumeError, ''),
  detachError: field(4, VolumeError, ''),
});
export interface VolumeAttachmentStatus extends Infer<typeof VolumeAttachmentStatus> {}

export const VolumeAttachment = message('io.k8s.api.storage.v1.VolumeAttachment', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, VolumeAttachmentSpec, '').required().default({}),
  status: field(3, VolumeAttachmentStatus, '').default({}),
});
export interface VolumeAttachment extends Infer<typeof VolumeAttachment> {}

function validateVolumeAttachment({ spec }: VolumeAttachment): FieldError[] {
  const path = new FieldPath('spec');
  const { inlineVolumeSpec, persistentVolumeName } = spec.source;
  const sourcePath = path.child('source');
  const errors = validateDriverName(spec.attacher, path.child('attacher'));
  if (!inlineVolumeSpec && persistentVolumeName === undefined) {
    errors.push(required(sourcePath, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  }
  if (inlineVolumeSpec && persistentVolumeName !== undefined) {
    errors.push(fieldForbidden(sourcePath, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  }
  if (persistentVolumeName !== undefined) {
    errors.push(...validateText(persistentVolumeName, sourcePath.child('persistentVolumeName'), isDns1123Subdomain));
  }
  return [...errors, ...validateRequiredText(spec.nodeName, path.child('nodeName'), isDns1123Subdomain)];
}

const volumeAttachmentColumns: Column<VolumeAttachment>[] = [
  nameColumn,
  {
    name: 'Attacher',
    type: 'string',
    format: 'name',
    description: 'Driver that attaches the volume.',
    cell: ({ spec }) => spec.attacher,
  },
  {
    name: 'PV',
    type: 'string',
    description: 'Volume that is attached.',
    cell: ({ spec }) => spec.source.persistentVolumeName ?? '',
  },
  {
    name: 'Node',
    type: 'string',
    description: 'Node that it is attached to.',
    cell: ({ spec }) => spec.nodeName,
  },
  {
    name: 'Attached',
    type: 'boolean',
    description: 'Whether the driver has attached it.',
    cell: ({ status }) => status?.attached ?? false,
  },
  ageColumn,
];

export const volumeAttachmentKind = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  returnsDeletedObject: true,
  resource: 'volumeattachments',
  namespaced: false,
  schema: VolumeAttachment,
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'VolumeAttachment',
      form: 'object',
      strategy: statusStrategy<VolumeAttachment>({ metadata: 'fixed' }),
    },
  ],
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, VolumeAttachmentStatus),
    prepareForUpdate: keepStatus,
    validate: validateVolumeAttachment,
    validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, new FieldPath('spec')),
  },
  columns: volumeAttachmentColumns,
  storageVersionHash: 'tJx/ezt6UDU=',
});
