import { defineKind, field, type Infer, list, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const NamespaceCondition = message('io.k8s.api.core.v1.NamespaceCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastTransitionTime: field(4, time, ''),
  reason: field(5, string, ''),
  message: field(6, string, ''),
});
export interface NamespaceCondition extends Infer<typeof NamespaceCondition> {}

export const NamespaceSpec = message('io.k8s.api.core.v1.NamespaceSpec', '', {
  finalizers: field(1, list(string), '').atomic(),
});
export interface NamespaceSpec extends Infer<typeof NamespaceSpec> {}

export const NamespaceStatus = message('io.k8s.api.core.v1.NamespaceStatus', '', {
  phase: field(1, string, '').oneOf('Active', 'Terminating'),
  conditions: field(2, list(NamespaceCondition), '').mapOf('type').mergeBy('type'),
});
export interface NamespaceStatus extends Infer<typeof NamespaceStatus> {}

export const Namespace = message('io.k8s.api.core.v1.Namespace', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, NamespaceSpec, '').always().default({}),
  status: field(3, NamespaceStatus, '').default({}),
});
export interface Namespace extends Infer<typeof Namespace> {}

export const namespaceKind = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  resource: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  schema: Namespace,
  subresources: [
    { name: 'finalize', verbs: ['update'], kind: 'Namespace', form: 'object' },
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'Namespace', form: 'object' },
  ],
  storageVersionHash: 'Q3oi5N2YM8M=',
});
