import { field, type Infer, list, message, string } from '@kubets/core';
import { ListMetaSchema, ObjectMetaSchema } from '../meta/metadata.ts';
import { GroupVersionKind } from '../meta/names.ts';

export const APISubresourceDiscovery = message(
  'io.k8s.api.apidiscovery.v2.APISubresourceDiscovery',
  'A subresource that is served.',
  {
    subresource: field(1, string, 'Its name, the last part of the path.').required().default(''),
    responseKind: field(2, GroupVersionKind, 'Kind of the body.'),
    acceptedTypes: field(3, list(GroupVersionKind), 'Kinds of bodies taken where there are several.').atomic(),
    verbs: field(4, list(string), 'Verbs served.').required().set(),
  },
);
export interface APISubresourceDiscovery extends Infer<typeof APISubresourceDiscovery> {}

export const APIResourceDiscovery = message(
  'io.k8s.api.apidiscovery.v2.APIResourceDiscovery',
  'A resource that is served.',
  {
    resource: field(1, string, 'Plural name in URLs.').required().default(''),
    responseKind: field(2, GroupVersionKind, 'Kind of its objects.'),
    scope: field(3, string, 'Namespaced or Cluster.').required().default(''),
    singularResource: field(4, string, 'Name of one.').required().default(''),
    verbs: field(5, list(string), 'Verbs served.').required().set(),
    shortNames: field(6, list(string), 'Abbreviations.').set(),
    categories: field(7, list(string), 'Groups of resources that clients name as one, such as all.').set(),
    subresources: field(8, list(APISubresourceDiscovery), 'What lies below each object.').mapOf('subresource'),
  },
);
export interface APIResourceDiscovery extends Infer<typeof APIResourceDiscovery> {}

export const APIVersionDiscovery = message(
  'io.k8s.api.apidiscovery.v2.APIVersionDiscovery',
  'A version of a group with its resources.',
  {
    version: field(1, string, 'Name of the version.').required().default(''),
    resources: field(2, list(APIResourceDiscovery), 'Resources served.').mapOf('resource'),
    freshness: field(3, string, 'Current, or Stale where the server behind it could not be asked.'),
  },
);
export interface APIVersionDiscovery extends Infer<typeof APIVersionDiscovery> {}

export const APIGroupDiscovery = message('io.k8s.api.apidiscovery.v2.APIGroupDiscovery', 'A group with its versions.', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, 'The name is the name of the group.').always().default({}),
  versions: field(2, list(APIVersionDiscovery), 'Versions in order of preference.').mapOf('version'),
});
export interface APIGroupDiscovery extends Infer<typeof APIGroupDiscovery> {}

export const APIGroupDiscoveryList = message(
  'io.k8s.api.apidiscovery.v2.APIGroupDiscoveryList',
  'Everything that a server serves.',
  {
    apiVersion: field(0, string, '').always(),
    kind: field(0, string, '').always(),
    metadata: field(1, ListMetaSchema, '').always().default({}),
    items: field(2, list(APIGroupDiscovery), 'Groups in order of preference.').required(),
  },
);
export interface APIGroupDiscoveryList extends Infer<typeof APIGroupDiscoveryList> {}
