import { bool, bytes, defineKind, field, type Infer, map, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { base64OfText } from './base64.ts';
import { validateSecret, validateSecretUpdate } from './secret-validation.ts';

export const Secret = message('io.k8s.api.core.v1.Secret', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  data: field(2, map(bytes), ''),
  type: field(3, string, ''),
  stringData: field(4, map(string), ''),
  immutable: field(5, bool, ''),
});
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
