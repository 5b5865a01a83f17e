import { defineKind, field, type Infer, list, message, pathSegmentName, string } from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { PolicyRule, validateRules } from './shared.ts';

export const Role = message('io.k8s.api.rbac.v1.Role', 'A set of permissions in one namespace.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  rules: field(2, list(PolicyRule), 'The permissions.').atomic().neverOmitted(),
});
export interface Role extends Infer<typeof Role> {}

export const roleKind = defineKind<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  resource: 'roles',
  namespaced: true,
  schema: Role,
  validateName: pathSegmentName,
  strategy: { validate: ({ rules }) => validateRules(rules, { namespaced: true }), allowCreateOnUpdate: true },
  columns: [nameColumn, createdAtColumn],
  storageVersionHash: '7FuwZcIIItM=',
});
