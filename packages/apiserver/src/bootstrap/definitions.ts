import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '@kubets/api';

/** Short forms in which the bootstrap objects are written down. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const AUTOUPDATE_ANNOTATION = 'rbac.authorization.kubernetes.io/autoupdate';
const API_VERSION = `${RBAC_GROUP}/v1`;
const AGGREGATE_LABEL = `${RBAC_GROUP}/aggregate-to-`;
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const ANNOTATIONS = { [AUTOUPDATE_ANNOTATION]: 'true' };

export function allow(apiGroups: string[], resources: string[], verbs: string[], resourceNames?: string[]): PolicyRule {
  return { verbs, apiGroups, resources, ...(resourceNames ? { resourceNames } : {}) };
}

export function urls(nonResourceURLs: string[], verbs: string[]): PolicyRule {
  return { verbs, nonResourceURLs };
}

export const user = (name: string): Subject => ({ kind: 'User', apiGroup: RBAC_GROUP, name });
export const group = (name: string): Subject => ({ kind: 'Group', apiGroup: RBAC_GROUP, name });
export const serviceAccount = (namespace: string, name: string): Subject => ({
  kind: 'ServiceAccount',
  name,
  namespace,
});

/** `aggregatesTo` names the role that this one's rules become part of; `aggregates` the label that it collects. */
export function clusterRole(
  name: string,
  rules: PolicyRule[],
  options: { aggregatesTo?: string; aggregates?: string } = {},
): ClusterRole {
  const { aggregatesTo, aggregates } = options;
  const selector = { matchLabels: { [`${AGGREGATE_LABEL}${aggregates}`]: 'true' } };
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: aggregatesTo ? { ...LABELS, [`${AGGREGATE_LABEL}${aggregatesTo}`]: 'true' } : LABELS,
      annotations: ANNOTATIONS,
    },
    rules,
    ...(aggregates ? { aggregationRule: { clusterRoleSelectors: [selector] } } : {}),
  };
}

export function bind(name: string, role: string, subjects: Subject[]): ClusterRoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role },
    ...(subjects.length > 0 ? { subjects } : {}),
  };
}

export function role(namespace: string, name: string, rules: PolicyRule[]): Role {
  const metadata = { name, namespace, labels: LABELS, annotations: ANNOTATIONS };
  return { apiVersion: API_VERSION, kind: 'Role', metadata, rules };
}

export function bindInNamespace(namespace: string, name: string, roleName: string, subjects: Subject[]): RoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'RoleBinding',
    metadata: { name, namespace, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: roleName },
    subjects,
  };
}
