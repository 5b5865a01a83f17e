import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateBinding } from './binding-validation.ts';
import { ObjectReference } from './reference.ts';

export const Binding = message('io.k8s.api.core.v1.Binding', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  target: field(2, ObjectReference, '').required().default({}),
});
export interface Binding extends Infer<typeof Binding> {}

export const bindingKind = defineKind<Binding>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  resource: 'bindings',
  namespaced: true,
  verbs: ['create'],
  listKind: '',
  schema: Binding,
  strategy: { validate: validateBinding },
});
