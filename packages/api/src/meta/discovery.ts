import { bool, field, type Infer, inline, list, message, string } from '@kubets/core';

/** In protobuf the verbs are a message of their own, so that none can be told from not said. */
const Verbs = message('io.k8s.apimachinery.pkg.apis.meta.v1.Verbs', 'What can be done with a resource.', {
  verbs: field(
    1,
    list(string),
    'What can be done with the resource: get, list, watch, create, update, patch, delete and others.',
  ).required(),
});

export const APIResource = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIResource',
  'One resource that the server offers in a group and version.',
  {
    name: field(1, string, 'Plural name as it stands in URLs.').required().default(''),
    namespaced: field(2, bool, 'Whether objects of the resource live in namespaces.').required().default(false),
    kind: field(3, string, 'Kind of the objects.').required().default(''),
    ...inline(4, Verbs),
    shortNames: field(5, list(string), 'Abbreviations that tools accept for the resource.').atomic(),
    singularName: field(6, string, 'Name of a single object, used by tools when they speak of one.')
      .required()
      .default(''),
    categories: field(7, list(string), 'Names of groups that the resource belongs to, such as all.').atomic(),
    group: field(8, string, 'Group of the kind, where it is not that of the list.'),
    version: field(9, string, 'Version of the kind, where it is not that of the list.'),
    storageVersionHash: field(
      10,
      string,
      'Hash of the version that objects are stored in; to be compared for equality only.',
    ),
  },
);
export interface APIResource extends Infer<typeof APIResource> {}

export const GroupVersionForDiscovery = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery',
  'A group and version, together and the version alone.',
  {
    groupVersion: field(1, string, 'Group and version in the form group/version.').required().default(''),
    version: field(2, string, 'The version alone, for clients that need not split the text.').required().default(''),
  },
);
export interface GroupVersionForDiscovery extends Infer<typeof GroupVersionForDiscovery> {}

export const ServerAddressByClientCIDR = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR',
  'The address that clients from one network should use to reach the server.',
  {
    clientCIDR: field(1, string, "Network that the client's address must be in for this entry to count.")
      .required()
      .default(''),
    serverAddress: field(2, string, 'Address of the server: a host name, an IP, or either with a port.')
      .required()
      .default(''),
  },
);
export interface ServerAddressByClientCIDR extends Infer<typeof ServerAddressByClientCIDR> {}

export const APIGroup = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup',
  'A group of the API, with its versions.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    name: field(1, string, 'Name of the group, empty for the core group.').required().default(''),
    versions: field(2, list(GroupVersionForDiscovery), 'Versions that the group is served in.').required().atomic(),
    preferredVersion: field(3, GroupVersionForDiscovery, 'Version that the server would have clients use.').default({}),
    serverAddressByClientCIDRs: field(
      4,
      list(ServerAddressByClientCIDR),
      'Addresses of the server, by the network of the client.',
    ).atomic(),
  },
);
export interface APIGroup extends Infer<typeof APIGroup> {}

export const APIGroupList = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList',
  'The groups that a server offers below /apis.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    groups: field(1, list(APIGroup), 'Every group, with its versions.').required().atomic(),
  },
);
export interface APIGroupList extends Infer<typeof APIGroupList> {}

export const APIResourceList = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList',
  'The resources of one group and version.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    groupVersion: field(1, string, 'Group and version that the resources belong to.').required().default(''),
    resources: field(2, list(APIResource), 'Every resource and subresource, by name.').required().atomic(),
  },
);
export interface APIResourceList extends Infer<typeof APIResourceList> {}

export const APIVersions = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions',
  'The versions of the core group, served below /api.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    versions: field(1, list(string), 'Versions that are available.').required().atomic(),
    serverAddressByClientCIDRs: field(
      2,
      list(ServerAddressByClientCIDR),
      'Addresses of the server, by the network of the client.',
    )
      .required()
      .atomic(),
  },
);
export interface APIVersions extends Infer<typeof APIVersions> {}
