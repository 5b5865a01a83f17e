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

export const ClusterRoleBinding = message(
  'io.k8s.api.rbac.v1.ClusterRoleBinding',
  'Grants a cluster role in the whole cluster.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    subjects: field(2, list(Subject), 'Whom the role is granted to.').atomic(),
    roleRef: field(3, RoleRef, 'The role; cannot change.').required().default({}),
  },
);
export interface ClusterRoleBinding extends Infer<typeof ClusterRoleBinding> {}

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  resource: 'clusterrolebindings',
  namespaced: false,
  schema: ClusterRoleBinding,
  validateName: pathSegmentName,
  strategy: {
    applyDefaults: applyRoleBindingDefaults,
    validate: (binding) => validateRoleBinding(binding, { roleKinds: ['ClusterRole'], namespaced: false }),
    validateUpdate: validateRoleBindingUpdate,
    allowCreateOnUpdate: true,
  },
  columns: roleBindingColumns,
  storageVersionHash: '48tpQ8gZHFc=',
});
