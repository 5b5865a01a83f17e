import {
  bool,
  type Column,
  defineKind,
  type FieldError,
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
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { validateDriverName } from './csi-driver.ts';

export const VolumeAttachmentSource = message(
  'io.k8s.api.storage.v1.VolumeAttachmentSource',
  'The volume to attach; exactly one field is set.',
  {
    persistentVolumeName: field(1, string, 'Name of a persistent volume.').pointer(),
    inlineVolumeSpec: field(
      2,
      PersistentVolumeSpec,
      'A volume that stands in a pod, as a persistent volume would say it.',
    ),
  },
);
export interface VolumeAttachmentSource extends Infer<typeof VolumeAttachmentSource> {}

export const VolumeAttachmentSpec = message(
  'io.k8s.api.storage.v1.VolumeAttachmentSpec',
  'A volume to be attached to a node.',
  {
    attacher: field(1, string, 'Driver that attaches it.').required().default(''),
    source: field(2, VolumeAttachmentSource, 'The volume.').required().default({}),
    nodeName: field(3, string, 'The node.').required().default(''),
  },
);
export interface VolumeAttachmentSpec extends Infer<typeof VolumeAttachmentSpec> {}

export const VolumeError = message('io.k8s.api.storage.v1.VolumeError', 'An error met in attaching or detaching.', {
  time: field(1, time, 'When it happened.'),
  message: field(2, string, 'What happened, in words.'),
  errorCode: field(3, int32, 'Code of the error, as gRPC numbers them.').pointer(),
});
export interface VolumeError extends Infer<typeof VolumeError> {}

export const VolumeAttachmentStatus = message(
  'io.k8s.api.storage.v1.VolumeAttachmentStatus',
  'What was last observed of an attachment.',
  {
    attached: field(1, bool, 'Whether the volume is attached.').required().default(false),
    attachmentMetadata: field(2, map(string), 'What the driver said in attaching, for those who mount.'),
    attachError: field(3, VolumeError, 'Last error in attaching.'),
    detachError: field(4, VolumeError, 'Last error in detaching.'),
  },
);
export interface VolumeAttachmentStatus extends Infer<typeof VolumeAttachmentStatus> {}

export const VolumeAttachment = message(
  'io.k8s.api.storage.v1.VolumeAttachment',
  'Asks to attach a volume to a node.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, VolumeAttachmentSpec, 'The volume and the node; cannot change.').required().default({}),
    status: field(3, VolumeAttachmentStatus, "What was last observed; written by the driver's attacher.").default({}),
  },
);
export interface VolumeAttachment extends Infer<typeof VolumeAttachment> {}

/** Names are looked at closer in what is new than in what is there already, and cannot change. */
function validateVolumeAttachment({ metadata, spec }: VolumeAttachment): FieldError[] {
  const path = new FieldPath('spec');
  const isNew = !metadata.resourceVersion;
  const { persistentVolumeName } = spec.source;
  const namePath = path.child('source', 'persistentVolumeName');
  return [
    ...(spec.attacher ? [] : [required(path.child('attacher'))]),
    ...validateSource(spec.source, path.child('source')),
    ...validateText(spec.nodeName, path.child('nodeName'), isDns1123Subdomain),
    ...(isNew ? validateDriverName(spec.attacher, path.child('attacher')) : []),
    ...(isNew && persistentVolumeName !== undefined
      ? validateText(persistentVolumeName, namePath, isDns1123Subdomain)
      : []),
  ];
}

function validateSource(
  { inlineVolumeSpec, persistentVolumeName }: VolumeAttachmentSource,
  sourcePath: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!inlineVolumeSpec && persistentVolumeName === undefined) {
    errors.push(required(sourcePath, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  }
  if (inlineVolumeSpec && persistentVolumeName !== undefined) {
    errors.push(fieldForbidden(sourcePath, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  }
  if (!inlineVolumeSpec && persistentVolumeName === '') {
    errors.push(required(sourcePath.child('persistentVolumeName'), 'must specify non empty persistentVolumeName'));
  }
  return errors;
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
  subresources: [statusSubresource<VolumeAttachment>('VolumeAttachment', { metadata: 'fixed' })],
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, VolumeAttachmentStatus),
    prepareForUpdate: keepStatus,
    allowUnconditionalUpdate: false,
    validate: validateVolumeAttachment,
    validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, new FieldPath('spec')),
  },
  columns: volumeAttachmentColumns,
  storageVersionHash: 'tJx/ezt6UDU=',
});
