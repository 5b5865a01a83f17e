import { field, type Infer, message, string } from '@kubets/core';

export const GroupVersionKind = message('io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionKind', 'Names a kind.', {
  group: field(1, string, 'API group, empty for the core group.').required().default(''),
  version: field(2, string, 'Version within the group.').required().default(''),
  kind: field(3, string, 'Kind within the version.').required().default(''),
});
export interface GroupVersionKind extends Infer<typeof GroupVersionKind> {}

export const GroupVersionResource = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionResource',
  'Names a resource.',
  {
    group: field(1, string, 'API group, empty for the core group.').required().default(''),
    version: field(2, string, 'Version within the group.').required().default(''),
    resource: field(3, string, 'Plural name in URLs.').required().default(''),
  },
);
export interface GroupVersionResource extends Infer<typeof GroupVersionResource> {}
