import { defineKind, field, type Infer, list, message, pathSegmentName, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import {
  applyRoleBindingDefaults,
  RoleRef,
  roleBindingColumns,
  Subject,
  validateRoleBinding,
  validateRoleBindingUpdate,
} from './shared.ts';

export const RoleBinding = message('io.k8s.api.rbac.v1.RoleBinding', 'Grants a role in one namespace.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  subjects: field(2, list(Subject), 'Whom the role is granted to.').atomic(),
  roleRef: field(3, RoleRef, 'The role, or cluster role; cannot change.').required().default({}),
});
export interface RoleBinding extends Infer<typeof RoleBinding> {}

export const roleBindingKind = defineKind<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  resource: 'rolebindings',
  namespaced: true,
  schema: RoleBinding,
  validateName: pathSegmentName,
  strategy: {
    applyDefaults: applyRoleBindingDefaults,
    validate: (binding) => validateRoleBinding(binding, { roleKinds: ['Role', 'ClusterRole'], namespaced: true }),
    validateUpdate: validateRoleBindingUpdate,
    allowCreateOnUpdate: true,
  },
  columns: roleBindingColumns,
  storageVersionHash: 'eGsCzGH6b1g=',
});
