import { bool, field, type Infer, list, message, string } from '@kubets/core';

export const APIResource = message('io.k8s.apimachinery.pkg.apis.meta.v1.APIResource', '', {
  name: field(1, string, '').required().default(''),
  namespaced: field(2, bool, '').required().default(false),
  kind: field(3, string, '').required().default(''),
  verbs: field(4, list(string), '').required(),
  shortNames: field(5, list(string), '').atomic(),
  singularName: field(6, string, '').required().default(''),
  categories: field(7, list(string), '').atomic(),
  group: field(8, string, ''),
  version: field(9, string, ''),
  storageVersionHash: field(10, string, ''),
});
export interface APIResource extends Infer<typeof APIResource> {}

export const GroupVersionForDiscovery = message('io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery', '', {
  groupVersion: field(1, string, '').required().default(''),
  version: field(2, string, '').required().default(''),
});
export interface GroupVersionForDiscovery extends Infer<typeof GroupVersionForDiscovery> {}

export const ServerAddressByClientCIDR = message('io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR', '', {
  clientCIDR: field(1, string, '').required().default(''),
  serverAddress: field(2, string, '').required().default(''),
});
export interface ServerAddressByClientCIDR extends Infer<typeof ServerAddressByClientCIDR> {}

export const APIGroup = message('io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  name: field(1, string, '').required().default(''),
  versions: field(2, list(GroupVersionForDiscovery), '').required().atomic(),
  preferredVersion: field(3, GroupVersionForDiscovery, '').default({}),
  serverAddressByClientCIDRs: field(4, list(ServerAddressByClientCIDR), '').atomic(),
});
export interface APIGroup extends Infer<typeof APIGroup> {}

export const APIGroupList = message('io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  groups: field(1, list(APIGroup), '').required().atomic(),
});
export interface APIGroupList extends Infer<typeof APIGroupList> {}

export const APIResourceList = message('io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  groupVersion: field(1, string, '').required().default(''),
  resources: field(2, list(APIResource), '').required().atomic(),
});
export interface APIResourceList extends Infer<typeof APIResourceList> {}

export const APIVersions = message('io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  versions: field(1, list(string), '').required().atomic(),
  serverAddressByClientCIDRs: field(2, list(ServerAddressByClientCIDR), '').required().atomic(),
});
export interface APIVersions extends Infer<typeof APIVersions> {}
