import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const IngressClassParametersReference = message('io.k8s.api.networking.v1.IngressClassParametersReference', '', {
  apiGroup: field(1, string, '').proto('aPIGroup'),
  kind: field(2, string, '').required().default(''),
  name: field(3, string, '').required().default(''),
  scope: field(4, string, ''),
  namespace: field(5, string, ''),
});
export interface IngressClassParametersReference extends Infer<typeof IngressClassParametersReference> {}

export const IngressClassSpec = message('io.k8s.api.networking.v1.IngressClassSpec', '', {
  controller: field(1, string, ''),
  parameters: field(2, IngressClassParametersReference, ''),
});
export interface IngressClassSpec extends Infer<typeof IngressClassSpec> {}

export const IngressClass = message('io.k8s.api.networking.v1.IngressClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, IngressClassSpec, '').always().default({}),
});
export interface IngressClass extends Infer<typeof IngressClass> {}

export const ingressClassKind = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  resource: 'ingressclasses',
  namespaced: false,
  schema: IngressClass,
  storageVersionHash: 'l/iqIbDgFyQ=',
});
