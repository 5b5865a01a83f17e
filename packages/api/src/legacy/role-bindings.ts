import { field, type KubeObject, list, message, string } from '@kubets/core';
import { clusterRoleKind } from '../rbac/cluster-role.ts';
import { type ClusterRoleBinding, clusterRoleBindingKind } from '../rbac/cluster-role-binding.ts';
import { roleKind } from '../rbac/role.ts';
import { type RoleBinding, roleBindingKind } from '../rbac/role-binding.ts';
import { RBAC_GROUP, type Subject } from '../rbac/shared.ts';
import { olderVersion } from './older-version.ts';
import { lessDemanding } from './optional-fields.ts';

const VERSION = 'v1alpha1';
const GROUP_VERSION = `${RBAC_GROUP}/${VERSION}`;
const AUTHENTICATED = 'system:authenticated';

/** Subjects said their whole API version where they say their group today. */
const AlphaSubject = message(
  'io.k8s.api.rbac.v1alpha1.Subject',
  'Somebody whom a role is granted to.',
  {
    kind: field(1, string, 'User, Group or ServiceAccount.').required().default(''),
    apiVersion: field(2, string, 'API version of the subject; v1 for service accounts.'),
    name: field(3, string, 'Name of the subject.').required().default(''),
    namespace: field(4, string, 'Namespace of a service account.'),
  },
  { mapType: 'atomic' },
);

type AnyBinding = ClusterRoleBinding | RoleBinding;
type OldSubject = Omit<Subject, 'apiGroup'> & { apiVersion?: string };
type OldBinding = KubeObject & { roleRef: AnyBinding['roleRef']; subjects?: OldSubject[] };

function subjectToCurrent({ apiVersion = '', ...subject }: OldSubject): Subject {
  const apiGroup = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (subject.kind === 'User' && apiGroup === RBAC_GROUP && subject.name === '*')
    return { ...subject, kind: 'Group', apiGroup, name: AUTHENTICATED };
  return apiGroup ? { ...subject, apiGroup } : subject;
}

function subjectFromCurrent({ apiGroup, ...subject }: Subject): OldSubject {
  if (subject.kind === 'ServiceAccount') return { ...subject, apiVersion: 'v1' };
  return apiGroup ? { ...subject, apiVersion: `${apiGroup}/${VERSION}` } : subject;
}

function applyBindingDefaults({ roleRef, subjects = [] }: OldBinding): void {
  roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of subjects) {
    if (subject.kind === 'ServiceAccount') subject.apiVersion ||= 'v1';
    else if (subject.kind === 'User' || subject.kind === 'Group') subject.apiVersion ||= GROUP_VERSION;
  }
}

const alphaBinding = <T extends AnyBinding>(kind: Parameters<typeof olderVersion<OldBinding, T>>[0]) =>
  olderVersion<OldBinding, T>(kind, {
    version: VERSION,
    schema: lessDemanding(kind.schema, {
      name: `io.k8s.api.rbac.v1alpha1.${kind.kind}`,
      of: { subjects: list(AlphaSubject) },
    }),
    applyDefaults: applyBindingDefaults,
    toCurrent: ({ subjects, ...binding }) =>
      ({ ...binding, ...(subjects ? { subjects: subjects.map(subjectToCurrent) } : {}) }) as unknown as T,
    fromCurrent: ({ subjects, ...binding }) =>
      ({ ...binding, ...(subjects ? { subjects: subjects.map(subjectFromCurrent) } : {}) }) as unknown as OldBinding,
  });

export const legacyRoleKinds = [
  ...[VERSION, 'v1beta1'].flatMap((version) => [
    olderVersion(roleKind, { version }),
    olderVersion(clusterRoleKind, { version }),
  ]),
  alphaBinding<RoleBinding>(roleBindingKind),
  alphaBinding<ClusterRoleBinding>(clusterRoleBindingKind),
  olderVersion(roleBindingKind, { version: 'v1beta1' }),
  olderVersion(clusterRoleBindingKind, { version: 'v1beta1' }),
];
