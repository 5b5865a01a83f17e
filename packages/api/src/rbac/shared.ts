import {
  type Column,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  isDns1123Subdomain,
  isPathSegmentName,
  type KubeObject,
  list,
  message,
  notSupported,
  required,
  sameJson,
  string,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateRequiredText, validateText } from '../field-rules.ts';

export const PolicyRule = message('io.k8s.api.rbac.v1.PolicyRule', 'Actions that are allowed.', {
  verbs: field(1, list(string), 'Verbs such as get, list and create; * for all.').required().atomic(),
  apiGroups: field(2, list(string), 'API groups of the resources; empty text for the core group, * for all.').atomic(),
  resources: field(
    3,
    list(string),
    'Resources by plural name, with subresources as resource/subresource; * for all.',
  ).atomic(),
  resourceNames: field(4, list(string), 'Names of single objects; empty for all.').atomic(),
  nonResourceURLs: field(
    5,
    list(string),
    'Paths that belong to no resource; a * may stand for a whole last step.',
  ).atomic(),
});
export interface PolicyRule extends Infer<typeof PolicyRule> {}

export const RoleRef = message(
  'io.k8s.api.rbac.v1.RoleRef',
  'Names the role that a binding grants.',
  {
    apiGroup: field(1, string, 'API group of the role, rbac.authorization.k8s.io.').default(''),
    kind: field(2, string, 'Role or ClusterRole.').required().default(''),
    name: field(3, string, 'Name of the role.').required().default(''),
  },
  { mapType: 'atomic' },
);
export interface RoleRef extends Infer<typeof RoleRef> {}

export const Subject = message(
  'io.k8s.api.rbac.v1.Subject',
  'Somebody whom a role is granted to.',
  {
    kind: field(1, string, 'User, Group or ServiceAccount.').required().default(''),
    apiGroup: field(2, string, 'API group of the subject; empty for service accounts.'),
    name: field(3, string, 'Name of the subject.').required().default(''),
    namespace: field(4, string, 'Namespace of a service account.'),
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

/** Rules of roles. Only cluster roles may speak of URLs that belong to no resource. */
export function validateRules(
  rules: readonly PolicyRule[] | undefined,
  { namespaced }: { namespaced: boolean },
): FieldError[] {
  const path = new FieldPath('rules');
  return (rules ?? []).flatMap((rule, index) => validateRule(rule, namespaced, path.index(index)));
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (!rule.verbs?.length) errors.push(required(path.child('verbs'), 'verbs must contain at least one value'));
  const hasResources = Boolean(rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length);
  if (rule.nonResourceURLs?.length) {
    const urlsPath = path.child('nonResourceURLs');
    if (namespaced) {
      errors.push(invalid(urlsPath, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (hasResources) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(urlsPath, rule.nonResourceURLs, detail));
    }
    return errors;
  }
  if (!rule.apiGroups?.length) {
    errors.push(required(path.child('apiGroups'), 'resource rules must supply at least one api group'));
  }
  if (!rule.resources?.length) {
    errors.push(required(path.child('resources'), 'resource rules must supply at least one resource'));
  }
  return errors;
}

/** Rules of both kinds of binding; `roleKinds` are the kinds of role that may be granted. */
export function validateRoleBinding(
  { roleRef, subjects = [] }: AnyRoleBinding,
  { roleKinds, namespaced }: { roleKinds: readonly string[]; namespaced: boolean },
): FieldError[] {
  const path = new FieldPath('roleRef');
  const errors: FieldError[] = [];
  if (roleRef.apiGroup !== RBAC_GROUP) {
    errors.push(notSupported(path.child('apiGroup'), roleRef.apiGroup ?? '', [RBAC_GROUP]));
  }
  if (!roleKinds.includes(roleRef.kind)) errors.push(notSupported(path.child('kind'), roleRef.kind, roleKinds));
  errors.push(...validateRequiredText(roleRef.name, path.child('name'), isPathSegmentName));
  const subjectsPath = new FieldPath('subjects');
  return [
    ...errors,
    ...subjects.flatMap((subject, index) => validateSubject(subject, namespaced, subjectsPath.index(index))),
  ];
}

const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group'];

function validateSubject(subject: Subject, namespaced: boolean, path: FieldPath): FieldError[] {
  const { kind, apiGroup = '', name, namespace } = subject;
  const errors = name ? [] : [required(path.child('name'))];
  if (!SUBJECT_KINDS.includes(kind)) return [...errors, notSupported(path.child('kind'), kind, SUBJECT_KINDS)];
  const expectedGroup = kind === 'ServiceAccount' ? '' : RBAC_GROUP;
  if (kind === 'ServiceAccount') {
    if (name) errors.push(...validateText(name, path.child('name'), isDns1123Subdomain));
    if (!namespaced && !namespace) errors.push(required(path.child('namespace')));
  }
  if (apiGroup !== expectedGroup) errors.push(notSupported(path.child('apiGroup'), apiGroup, [expectedGroup]));
  return errors;
}

/** What a binding grants is fixed: whoever may change its subjects could otherwise raise them to any role. */
export function validateRoleBindingUpdate({ roleRef }: AnyRoleBinding, old: AnyRoleBinding): FieldError[] {
  return sameJson(roleRef, old.roleRef) ? [] : [invalid(new FieldPath('roleRef'), roleRef, 'cannot change roleRef')];
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
