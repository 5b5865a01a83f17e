import type { Column, KubeObject } from '@kubets/core';
import { field, type Infer, list, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';

export const PolicyRule = message('io.k8s.api.rbac.v1.PolicyRule', '', {
  verbs: field(1, list(string), '').required().atomic(),
  apiGroups: field(2, list(string), '').atomic(),
  resources: field(3, list(string), '').atomic(),
  resourceNames: field(4, list(string), '').atomic(),
  nonResourceURLs: field(5, list(string), '').atomic(),
});
export interface PolicyRule extends Infer<typeof PolicyRule> {}

export const RoleRef = message(
  'io.k8s.api.rbac.v1.RoleRef',
  '',
  {
    apiGroup: field(1, string, '').default(''),
    kind: field(2, string, '').required().default(''),
    name: field(3, string, '').required().default(''),
  },
  { mapType: 'atomic' },
);
export interface RoleRef extends Infer<typeof RoleRef> {}

export const Subject = message(
  'io.k8s.api.rbac.v1.Subject',
  '',
  {
    kind: field(1, string, '').required().default(''),
    apiGroup: field(2, string, ''),
    name: field(3, string, '').required().default(''),
    namespace: field(4, string, ''),
  },
  { mapType: 'atomic' },
);
export interface Subject extends Infer<typeof Subject> {}
export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** What a RoleBinding and a ClusterRoleBinding have in common. */
export interface AnyRoleBinding extends KubeObject {
  subjects?: Subject[];
  roleRef: RoleRef;
}

/** Users and groups belong to the RBAC group, and so does a role whose group is left out. */
export function applyRoleBindingDefaults(binding: AnyRoleBinding): void {
  binding.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}

/** The table of both kinds of binding. */
export const roleBindingColumns: Column<AnyRoleBinding>[] = [
  nameColumn,
  {
    name: 'Role',
    type: 'string',
    description: 'Kind and name of the role that is granted.',
    cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
  },
  ageColumn,
  subjectsColumn('Users', 'User', 'Users the role is granted to.'),
  subjectsColumn('Groups', 'Group', 'Groups the role is granted to.'),
  subjectsColumn('ServiceAccounts', 'ServiceAccount', 'Service accounts the role is granted to.'),
];

function subjectsColumn(name: string, kind: string, description: string): Column<AnyRoleBinding> {
  const nameOf = (subject: Subject) =>
    kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name;
  return {
    name,
    type: 'string',
    priority: 1,
    description,
    cell: ({ subjects = [] }) =>
      subjects
        .filter((subject) => subject.kind === kind)
        .map(nameOf)
        .join(', '),
  };
}
