import { apiVersionOf, type KindDefinition, type KubeObject, type ResourceName } from '@kubets/core';
import type { AuthenticatedRequest } from '../request.ts';
import type { CachedObject, ObjectForm } from '../watch-cache/cached-object.ts';
import type { WatchCache } from '../watch-cache/watch-cache.ts';
import type { Selection } from '../watch-cache/watcher.ts';
import { selectorOf } from './selectors.ts';

/** Where the objects of a kind are kept: `/registry/[<group>/]<resource>/`, or upstream's older names where the kind says so. */
export function storagePrefixOf(kind: KindDefinition): string {
  const path = kind.storagePrefix ?? (kind.group ? `${kind.group}/${kind.resource}` : kind.resource);
  return `/registry/${path}/`;
}

/** How the objects that requests carry look, and how they come from what is stored. */
export type BodyForm = Pick<Resource, 'kind' | 'apiVersion' | 'toStored' | 'fromStored'>;

const asItIs = (object: KubeObject) => object;

/** One resource in one served version: its definition, and the cache that it shares with the kind's other versions. */
export class Resource {
  readonly kind: KindDefinition;
  /** The kind that is stored; the same unless this version is a view of another. */
  readonly storedKind: KindDefinition;
  readonly cache: WatchCache;
  readonly form: ObjectForm;
  /** As errors call it. */
  readonly name: ResourceName;

  constructor(options: { kind: KindDefinition; storedKind: KindDefinition; cache: WatchCache; form: ObjectForm }) {
    this.kind = options.kind;
    this.storedKind = options.storedKind;
    this.cache = options.cache;
    this.form = options.form;
    this.name = { group: options.kind.group, resource: options.kind.resource };
  }

  /** Whose strategy and subresources hold for writes: the stored version's, but each version's own for custom resources. */
  get rules(): KindDefinition {
    return this.kind.isCustom ? this.kind : this.storedKind;
  }

  get apiVersion(): string {
    return apiVersionOf(this.kind.group, this.kind.version);
  }

  /** How the objects look that requests for a subresource carry, '' for none: like the resource's own, or of another kind. */
  bodyOf(subresource: string): BodyForm {
    const found = subresource ? this.rules.subresources.find(({ name }) => name === subresource) : undefined;
    if (!found || found.form === 'object') return this;
    const { group = this.kind.group, version = this.kind.version, schema = this.kind.schema } = found;
    const kind: KindDefinition = { ...this.kind, group, version, kind: found.kind, schema, strategy: {} };
    return { kind, apiVersion: apiVersionOf(group, version), toStored: asItIs, fromStored: asItIs };
  }

  keyOf(namespace: string, name: string): string {
    const { prefix } = this.cache;
    return this.kind.namespaced ? `${prefix}${namespace}/${name}` : `${prefix}${name}`;
  }

  /** What lies in one namespace, or everything for ''. */
  prefixOf(namespace: string): string {
    const { prefix } = this.cache;
    return this.kind.namespaced && namespace ? `${prefix}${namespace}/` : prefix;
  }

  /** The stored object as this version shows it. */
  view(stored: CachedObject): CachedObject {
    return stored.as(this.form);
  }

  /** The object in the stored version, as a new object. */
  toStored(object: KubeObject): KubeObject {
    return this.kind.storedAs ? this.kind.storedAs.toStored(object) : object;
  }

  fromStored(object: KubeObject): KubeObject {
    return this.kind.storedAs ? this.kind.storedAs.fromStored(object) : object;
  }

  /** The newest state in the stored version; undefined when there is none. */
  async current(namespace: string, name: string): Promise<CachedObject | undefined> {
    await this.cache.sync();
    return this.cache.get(this.keyOf(namespace, name));
  }

  /** Which objects a list or watch is about. Throws for selectors that are wrong. */
  select({ namespace, name, options }: AuthenticatedRequest): Selection {
    const selector = selectorOf(options, this.kind);
    const { matches, equal } = selector;
    const within = namespace || selector.namespace || '';
    const only = name || selector.name;
    if (only && (within || !this.kind.namespaced))
      return { prefix: this.keyOf(within, only), exact: true, matches, equal };
    return { prefix: this.prefixOf(within), exact: false, matches, equal };
  }
}
