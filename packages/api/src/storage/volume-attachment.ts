import { bool, defineKind, field, type Infer, int32, map, message, string, time } from '@kubets/core';
import { PersistentVolumeSpec } from '../core/persistent-volume.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const VolumeAttachmentSource = message('io.k8s.api.storage.v1.VolumeAttachmentSource', '', {
  persistentVolumeName: field(1, string, ''),
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
  errorCode: field(3, int32, ''),
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

export const volumeAttachmentKind = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  resource: 'volumeattachments',
  namespaced: false,
  schema: VolumeAttachment,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'VolumeAttachment', form: 'object' }],
  storageVersionHash: 'tJx/ezt6UDU=',
});
