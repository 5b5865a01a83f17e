import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { PodTemplateSpec } from './pod.ts';

export const PodTemplate = message('io.k8s.api.core.v1.PodTemplate', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  template: field(2, PodTemplateSpec, '').default({}),
});
export interface PodTemplate extends Infer<typeof PodTemplate> {}

export const podTemplateKind = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  resource: 'podtemplates',
  namespaced: true,
  schema: PodTemplate,
  storageVersionHash: 'LIXB2x4IFpk=',
});
