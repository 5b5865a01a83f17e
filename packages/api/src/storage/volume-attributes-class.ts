import { defineKind, field, type Infer, map, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const VolumeAttributesClass = message('io.k8s.api.storage.v1.VolumeAttributesClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  driverName: field(2, string, '').required().default(''),
  parameters: field(3, map(string), ''),
});
export interface VolumeAttributesClass extends Infer<typeof VolumeAttributesClass> {}

export const volumeAttributesClassKind = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  resource: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  schema: VolumeAttributesClass,
  storageVersionHash: 'tIjydgKBC5w=',
});
