import { field, type Infer, list, message, string } from '@kubets/core';

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
