import type { ResourceRef } from '@kubets/client';
import type { KindDefinition, KubeObject } from '@kubets/core';
import type { Store } from '@kubets/storage';
import type { ProtobufForms } from '../watch-cache/cached-object.ts';
import { WatchCache } from '../watch-cache/watch-cache.ts';
import { Resource, storagePrefixOf } from './resource.ts';

/** Fields by which many clients select at the same time: every kubelet asks for the pods of its node. */
const INDEXED_FIELDS: Readonly<Record<string, readonly string[]>> = { '/pods': ['spec.nodeName'] };

/** Everything that is served, by group, version and resource. Kinds may come and go while the server runs. */
export class Registry {
  readonly #store: Store;
  readonly #protobuf: ProtobufForms | undefined;
  readonly #yieldToLoop: () => Promise<void>;
  readonly #resources = new Map<string, Resource>();
  readonly #caches = new Map<string, WatchCache>();
  /** What is derived from the resources, until they change. */
  #served: readonly Resource[] | undefined;
  #byName: ReadonlyMap<string, ReadonlyMap<string, Resource>> | undefined;
  #generation = 0;

  constructor(options: {
    store: Store;
    kinds: readonly KindDefinition[];
    protobuf?: ProtobufForms;
    yieldToLoop: () => Promise<void>;
  }) {
    this.#store = options.store;
    this.#yieldToLoop = options.yieldToLoop;
    this.#protobuf = options.protobuf;
    const stored = options.kinds.filter((kind) => !kind.storedAs);
    for (const kind of [...stored, ...options.kinds.filter((kind) => kind.storedAs)]) this.add(kind);
  }

  /** Rises whenever the resources change. */
  get generation(): number {
    return this.#generation;
  }

  /** Serves `kind`; one that is a view of another version needs that one to be served first. */
  add(kind: KindDefinition): Resource {
    const storedKind = this.#storedKindOf(kind);
    const prefix = storagePrefixOf(storedKind);
    const convert = kind.storedAs
      ? (object: KubeObject) => kind.storedAs!.fromStored(object)
      : kind.readStored && ((object: KubeObject) => kind.readStored!(object));
    const form = { kind, protobuf: this.#protobuf, convert };
    let cache = this.#caches.get(prefix);
    if (!cache) {
      const indexedFields = INDEXED_FIELDS[`${storedKind.group}/${storedKind.resource}`] ?? [];
      cache = new WatchCache({ store: this.#store, prefix, form, indexedFields, yieldToLoop: this.#yieldToLoop });
      this.#caches.set(prefix, cache);
    }
    const own = cache.form.kind === kind ? cache.form : form;
    const resource = new Resource({ kind, storedKind, cache, form: own });
    this.#resources.set(keyOf(kind), resource);
    this.#changed();
    return resource;
  }

  /** Stops serving a kind and ends its watches; its stored objects stay. */
  remove(kind: KindDefinition): void {
    const resource = this.#resources.get(keyOf(kind));
    if (!resource) return;
    this.#resources.delete(keyOf(kind));
    this.#changed();
    if ([...this.#resources.values()].some((other) => other.cache === resource.cache)) return;
    this.#caches.delete(resource.cache.prefix);
    resource.cache.close();
  }

  find(ref: ResourceRef): Resource | undefined {
    const found = this.#resources.get(keyOf(ref));
    return found && isServed(found.kind) ? found : undefined;
  }

  /** A resource in any version, the stored one preferred. */
  findResource(group: string, resource: string): Resource | undefined {
    this.#byName ??= this.#indexByName();
    return this.#byName.get(group)?.get(resource);
  }

  /** A built-in resource that must be there. */
  get(group: string, resource: string): Resource {
    const found = this.findResource(group, resource);
    if (!found) throw new Error(`resource ${resource}${group && `.${group}`} is not served`);
    return found;
  }

  findKind(group: string, kind: string): Resource | undefined {
    return this.resources().find(
      (resource) => resource.kind.group === group && resource.kind.kind === kind && resource.kind.listKind !== '',
    );
  }

  resources(): readonly Resource[] {
    this.#served ??= [...this.#resources.values()].filter(({ kind }) => isServed(kind));
    return this.#served;
  }

  caches(): WatchCache[] {
    return [...this.#caches.values()];
  }

  close(): void {
    for (const cache of this.#caches.values()) cache.close();
  }

  #changed(): void {
    this.#served = undefined;
    this.#byName = undefined;
    this.#generation++;
  }

  /** By group, then by name: every write looks for several, and joining two texts costs more than looking twice. */
  #indexByName(): ReadonlyMap<string, ReadonlyMap<string, Resource>> {
    const byGroup = new Map<string, Map<string, Resource>>();
    for (const candidate of this.resources()) {
      const { group, resource, storedAs } = candidate.kind;
      const byName = byGroup.get(group) ?? new Map<string, Resource>();
      byGroup.set(group, byName);
      const known = byName.get(resource);
      if (!known || (known.kind.storedAs && !storedAs)) byName.set(resource, candidate);
    }
    return byGroup;
  }

  #storedKindOf(kind: KindDefinition): KindDefinition {
    if (!kind.storedAs) return kind;
    const { group, version } = kind.storedAs;
    const stored = [...this.#resources.values()].find(
      (resource) =>
        resource.kind.group === group && resource.kind.version === version && resource.kind.kind === kind.kind,
    );
    if (!stored) throw new Error(`${kind.kind} is stored as ${group}/${version}, which is not served`);
    return stored.kind;
  }
}

function keyOf({ group, version, resource }: ResourceRef): string {
  return `${group}/${version}/${resource}`;
}

/** The storage version of a custom resource is kept even where clients cannot ask for it: other versions are views of it. */
function isServed(kind: KindDefinition): boolean {
  return !kind.isCustom || kind.verbs.length > 0;
}
