import { bool, defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LocalObjectReference, ObjectReference } from './reference.ts';

export const ServiceAccount = message('io.k8s.api.core.v1.ServiceAccount', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  secrets: field(2, list(ObjectReference), '').mapOf('name').mergeBy('name'),
  imagePullSecrets: field(3, list(LocalObjectReference), '').atomic(),
  automountServiceAccountToken: field(4, bool, ''),
});
export interface ServiceAccount extends Infer<typeof ServiceAccount> {}

export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  resource: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: ServiceAccount,
  subresources: [
    {
      name: 'token',
      verbs: ['create'],
      kind: 'TokenRequest',
      group: 'authentication.k8s.io',
      version: 'v1',
      form: 'custom',
    },
  ],
  storageVersionHash: 'pbx9ZvyFpBE=',
});
