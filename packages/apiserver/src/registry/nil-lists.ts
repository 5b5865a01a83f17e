import type { KubeObject } from '@kubets/core';

/** Lists that are shown as null when they are empty, by the names that lead to them. */
interface NilLists {
  readonly apiVersion: string;
  readonly paths: readonly (readonly string[])[];
  /** Whoever works with the objects finds empty lists there. */
  readonly isRequired?: boolean;
}

/**
 * Lists of built-in kinds that are never left out on the wire and may be empty: they are null there and in the store, and not there
 * for whoever works with objects. Kinds whose rules ask for at least one item need no entry.
 */
const NIL_LISTS: ReadonlyMap<string, NilLists> = new Map<string, NilLists>([
  ['Role', { apiVersion: 'rbac.authorization.k8s.io/v1', paths: [['rules']] }],
  ['ClusterRole', { apiVersion: 'rbac.authorization.k8s.io/v1', paths: [['rules']] }],
  ['EndpointSlice', { apiVersion: 'discovery.k8s.io/v1', paths: [['endpoints'], ['ports']] }],
  ['CSINode', { apiVersion: 'storage.k8s.io/v1', paths: [['spec', 'drivers']], isRequired: true }],
  ['LimitRange', { apiVersion: 'v1', paths: [['spec', 'limits']], isRequired: true }],
  ['CustomResourceDefinition', { apiVersion: 'apiextensions.k8s.io/v1', paths: [['status', 'conditions']] }],
  ['HorizontalPodAutoscaler', { apiVersion: 'autoscaling/v2', paths: [['status', 'currentMetrics']] }],
]);

type Node = Record<string, unknown>;

function listsOf({ kind, apiVersion }: Pick<KubeObject, 'kind' | 'apiVersion'>): NilLists | undefined {
  const known = NIL_LISTS.get(kind);
  return known !== undefined && known.apiVersion === apiVersion ? known : undefined;
}

/** The object as it is shown, its empty lists as null where they are; the object itself where it has none. */
export function withNulls<T extends Pick<KubeObject, 'kind' | 'apiVersion'>>(object: T): T {
  const paths = listsOf(object)?.paths;
  return paths === undefined ? object : paths.reduce((shown, path) => withNullAt(shown as Node, path) as T, object);
}

function withNullAt(node: Node, [name, ...rest]: readonly string[]): Node {
  const value = node[name!];
  if (rest.length === 0) return Array.isArray(value) && value.length > 0 ? node : { ...node, [name!]: null };
  if (typeof value !== 'object' || value === null) return node;
  const inner = withNullAt(value as Node, rest);
  return inner === value ? node : { ...node, [name!]: inner };
}

/** Takes the nulls out of an object that has just been read, or makes them lists again. */
export function dropNulls(object: KubeObject): void {
  const { paths = [], isRequired = false } = listsOf(object) ?? {};
  for (const path of paths) {
    let node = object as unknown as Node | undefined;
    for (const name of path.slice(0, -1)) node = node?.[name] as Node | undefined;
    const last = path.at(-1)!;
    if (node?.[last] !== null) continue;
    if (isRequired) node[last] = [];
    else delete node[last];
  }
}
