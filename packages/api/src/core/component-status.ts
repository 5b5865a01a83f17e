import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ComponentCondition = message('io.k8s.api.core.v1.ComponentCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  message: field(3, string, ''),
  error: field(4, string, ''),
});
export interface ComponentCondition extends Infer<typeof ComponentCondition> {}

export const ComponentStatus = message('io.k8s.api.core.v1.ComponentStatus', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  conditions: field(2, list(ComponentCondition), '').mapOf('type').mergeBy('type'),
});
export interface ComponentStatus extends Infer<typeof ComponentStatus> {}

export const componentStatusKind = defineKind<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  resource: 'componentstatuses',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  schema: ComponentStatus,
});
