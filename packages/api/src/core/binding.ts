import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateBinding } from './binding-validation.ts';
import { ObjectReference } from './reference.ts';

export const Binding = message('io.k8s.api.core.v1.Binding', 'Ties a pod to a node, as the scheduler does.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  target: field(2, ObjectReference, 'The node that the pod shall run on.').required().default({}),
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
