import { apiVersionOf, type KindDefinition } from '@kubets/core';

/** One served resource or subresource, as APIResourceList shows it. */
export interface ApiResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

export interface ServedVersion {
  readonly group: string;
  readonly version: string;
  readonly kinds: readonly KindDefinition[];
  /** Set for what another server serves. */
  readonly remote?: RemoteResources;
}

/** What another server serves in one version. */
export interface RemoteResources {
  readonly resources: readonly ApiResource[];
  /** Whether it answered when it was last asked. */
  readonly isCurrent: boolean;
}

export interface ServedGroup {
  readonly name: string;
  /** The preferred first. */
  readonly versions: readonly ServedVersion[];
}

/** The order in which groups are listed: built-in ones as upstream ranks them, then all others by name. */
const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
];

function rankOf(group: string): number {
  const at = GROUP_ORDER.indexOf(group);
  return at < 0 ? GROUP_ORDER.length : at;
}

/** Orders versions as clients prefer them: v2 before v1 before v1beta2 before v1alpha1, then anything else by name. */
export function compareVersions(a: string, b: string): number {
  const rank = (version: string) => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!match) return undefined;
    const stage = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
    return [stage, Number(match[1]), Number(match[3] ?? 0)] as const;
  };
  const [left, right] = [rank(a), rank(b)];
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  return right[0] - left[0] || right[1] - left[1] || right[2] - left[2];
}

/** The groups and versions that the kinds belong to, in the order of discovery. */
export function servedGroups(kinds: readonly KindDefinition[]): ServedGroup[] {
  const groups = new Map<string, Map<string, KindDefinition[]>>();
  for (const kind of kinds) {
    const versions = groups.get(kind.group) ?? new Map<string, KindDefinition[]>();
    groups.set(kind.group, versions);
    versions.set(kind.version, [...(versions.get(kind.version) ?? []), kind]);
  }
  return [...groups]
    .sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, members]) => ({ group: name, version, kinds: members })),
    }));
}

function mainResource(kind: KindDefinition): ApiResource {
  return {
    name: kind.resource,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(kind.storageVersionHash ? { storageVersionHash: kind.storageVersionHash } : {}),
  };
}

function subresources(kind: KindDefinition): ApiResource[] {
  return kind.subresources.map((subresource) => ({
    name: `${kind.resource}/${subresource.name}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...(subresource.group !== undefined && subresource.version
      ? { group: subresource.group, version: subresource.version }
      : {}),
    kind: subresource.kind,
    verbs: subresource.verbs,
  }));
}

/** Subresources of custom resources stay in the order in which they are defined. */
function sortKey(kind: KindDefinition, { name }: ApiResource, index: number): string {
  return kind.isCustom && index > 0 ? `${kind.resource}/${index}` : name;
}

/** The resources of one version, by name. */
export function resourcesOf(version: ServedVersion): ApiResource[] {
  return version.kinds
    .flatMap((kind) => {
      const main = mainResource(kind);
      return [main, ...subresources(kind)].map((each, index) => ({ each, key: sortKey(kind, each, index) }));
    })
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ each }) => each);
}

export function apiResourceList(version: ServedVersion): object {
  const groupVersion = apiVersionOf(version.group, version.version);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: resourcesOf(version) };
}

export function apiVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

function groupBody(group: ServedGroup): object {
  const versions = group.versions.map(({ version }) => ({
    groupVersion: apiVersionOf(group.name, version),
    version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

export function apiGroup(group: ServedGroup): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group) };
}

export function apiGroupList(groups: readonly ServedGroup[]): object {
  const named = groups.filter((group) => group.name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(groupBody) };
}

function aggregatedSubresource(kind: KindDefinition, name: string): object {
  const subresource = kind.subresources.find((each) => each.name === name)!;
  return {
    subresource: name,
    responseKind: {
      group: subresource.group ?? kind.group,
      version: subresource.version ?? kind.version,
      kind: subresource.kind,
    },
    verbs: subresource.verbs,
  };
}

function aggregatedResource(kind: KindDefinition): object {
  const names = kind.subresources.map((each) => each.name).sort();
  return {
    resource: kind.resource,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(names.length > 0 ? { subresources: names.map((name) => aggregatedSubresource(kind, name)) } : {}),
  };
}

/** What another server serves, in the form of aggregated discovery. */
function aggregatedRemote(served: ServedVersion, { resources }: RemoteResources): object[] {
  const responseKind = ({ group = served.group, version = served.version, kind }: ApiResource) => ({
    group,
    version,
    kind,
  });
  const main = resources.filter(({ name }) => !name.includes('/'));
  return main.map((resource) => {
    const { name, namespaced, singularName, verbs, shortNames, categories } = resource;
    const below = resources.filter((each) => each.name.startsWith(`${name}/`));
    const subresources = below.map((each) => ({
      subresource: each.name.slice(name.length + 1),
      responseKind: responseKind(each),
      verbs: each.verbs,
    }));
    return {
      resource: name,
      responseKind: responseKind(resource),
      scope: namespaced ? 'Namespaced' : 'Cluster',
      singularResource: singularName,
      verbs,
      ...(shortNames ? { shortNames } : {}),
      ...(categories ? { categories } : {}),
      ...(subresources.length > 0 ? { subresources } : {}),
    };
  });
}

/** The groups with what other servers serve: versions of known groups behind their own, other groups at the end. */
export function withRemote(
  groups: readonly ServedGroup[],
  remote: readonly (RemoteResources & { readonly group: string; readonly version: string })[],
): ServedGroup[] {
  const all = new Map(groups.map((group) => [group.name, group]));
  for (const { group: name, version, resources, isCurrent } of remote) {
    const others = (all.get(name)?.versions ?? []).filter((each) => each.version !== version);
    const added = { group: name, version, kinds: [], remote: { resources, isCurrent } };
    all.set(name, { name, versions: [...others, added] });
  }
  return [...all.values()];
}

/** Everything in one document, as clients since 1.26 ask for it. */
export function aggregatedDiscovery(groups: readonly ServedGroup[], version: 'v2' | 'v2beta1'): object {
  const items = groups.map((group) => ({
    metadata: group.name ? { name: group.name, creationTimestamp: null } : { creationTimestamp: null },
    versions: group.versions.map((served) => ({
      version: served.version,
      resources: served.remote
        ? aggregatedRemote(served, served.remote)
        : [...served.kinds].sort((a, b) => (a.resource < b.resource ? -1 : 1)).map(aggregatedResource),
      freshness: served.remote?.isCurrent === false ? 'Stale' : 'Current',
    })),
  }));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items,
  };
}
