import { bool, bytes, defineKind, field, type Infer, map, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { base64OfText } from './base64.ts';
import { validateSecret, validateSecretUpdate } from './secret-validation.ts';

export const Secret = message(
  'io.k8s.api.core.v1.Secret',
  'Confidential values for pods to read, such as passwords and keys.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
    data: field(2, map(bytes), "Values in base64, by key; keys may hold letters, digits, '-', '_' and '.'."),
    type: field(3, string, 'What the secret is for; some types require certain keys.'),
    stringData: field(4, map(string), 'Values as plain text for convenience; merged into data and never shown.'),
    immutable: field(5, bool, 'True keeps the values as they are for good: the object can only be deleted.').pointer(),
  },
);
export interface Secret extends Infer<typeof Secret> {}

function applySecretDefaults(secret: Secret): void {
  secret.type ||= 'Opaque';
  if (!secret.stringData) return;
  for (const [key, text] of Object.entries(secret.stringData)) {
    secret.data = { ...secret.data, [key]: base64OfText(text) };
  }
  delete secret.stringData;
}

export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  resource: 'secrets',
  namespaced: true,
  schema: Secret,
  strategy: { applyDefaults: applySecretDefaults, validate: validateSecret, validateUpdate: validateSecretUpdate },
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description: 'What the secret is for, which also tells the keys it has.',
      cell: ({ type }) => type ?? '',
    },
    {
      name: 'Data',
      type: 'string',
      description: 'Number of keys.',
      cell: ({ data }) => Object.keys(data ?? {}).length,
    },
    ageColumn,
  ],
  selectableFields: { type: ({ type }) => type ?? '' },
  storageVersionHash: 'S6u1pOWzb84=',
});
