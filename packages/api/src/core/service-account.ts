import { bool, defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { TokenRequest } from '../authentication/token-request.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LocalObjectReference, ObjectReference } from './reference.ts';

export const ServiceAccount = message('io.k8s.api.core.v1.ServiceAccount', 'An identity for the processes in pods.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  secrets: field(2, list(ObjectReference), 'Secrets that pods of the account may use; deprecated.')
    .mapOf('name')
    .mergeBy('name'),
  imagePullSecrets: field(
    3,
    list(LocalObjectReference),
    'Secrets with which images for pods of the account are pulled.',
  ).atomic(),
  automountServiceAccountToken: field(
    4,
    bool,
    'Whether pods of the account get its token without asking for it.',
  ).pointer(),
});
export interface ServiceAccount extends Infer<typeof ServiceAccount> {}

/** Of the secrets that an account may use only the names count. */
function keepSecretNames(draft: ServiceAccount): void {
  if (draft.secrets) draft.secrets = draft.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  returnsDeletedObject: true,
  resource: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: ServiceAccount,
  strategy: { prepareForCreate: keepSecretNames, prepareForUpdate: keepSecretNames },
  columns: [nameColumn, ageColumn],
  subresources: [
    {
      name: 'token',
      verbs: ['create'],
      kind: 'TokenRequest',
      group: 'authentication.k8s.io',
      version: 'v1',
      form: 'custom',
      schema: TokenRequest,
    },
  ],
  storageVersionHash: 'pbx9ZvyFpBE=',
});
