import type { KubeObject } from '@kubets/core';

/** `namespace/name`, or `name` for objects without a namespace: the key of stores and work queues. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : (name ?? '');
}

/** The two parts of a key; namespace is '' for cluster-scoped objects. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Values under which an object is found in one index; none leaves it out. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Read access to what an informer knows. Objects are shared by reference and not to be changed. */
export interface ReadStore<T extends KubeObject> {
  readonly size: number;
  get(key: string): T | undefined;
  /** All objects, or those of one namespace; in no particular order. */
  list(namespace?: string): T[];
  /** Objects for which the index function named `index` gave `value`. */
  byIndex(index: string, value: string): T[];
}

class Index<T extends KubeObject> {
  readonly values: IndexFunction<T>;
  readonly #buckets = new Map<string, Map<string, T>>();

  constructor(values: IndexFunction<T>) {
    this.values = values;
  }

  put(key: string, object: T): void {
    for (const value of this.values(object)) {
      const bucket = this.#buckets.get(value);
      if (bucket) bucket.set(key, object);
      else this.#buckets.set(value, new Map([[key, object]]));
    }
  }

  remove(key: string, object: T): void {
    for (const value of this.values(object)) {
      const bucket = this.#buckets.get(value);
      if (!bucket?.delete(key)) continue;
      if (bucket.size === 0) this.#buckets.delete(value);
    }
  }

  list(value: string): T[] {
    const bucket = this.#buckets.get(value);
    return bucket ? [...bucket.values()] : [];
  }
}

const NAMESPACE_INDEX = 'namespace';

/** Objects by key with secondary indexes; written by one informer, read by everybody. */
export class ObjectStore<T extends KubeObject> implements ReadStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();

  constructor() {
    this.addIndex(NAMESPACE_INDEX, (object) => (object.metadata.namespace ? [object.metadata.namespace] : []));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): T[] {
    return namespace ? this.byIndex(NAMESPACE_INDEX, namespace) : [...this.#objects.values()];
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  byIndex(index: string, value: string): T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`no index named ${index}`);
    return found.list(value);
  }

  /** Adding an index that exists under this name is harmless: the first function stays. */
  addIndex(name: string, values: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index = new Index(values);
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) index.put(key, object);
  }

  put(key: string, object: T): T | undefined {
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) {
      if (old) index.remove(key, old);
      index.put(key, object);
    }
    return old;
  }

  remove(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (!old) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.remove(key, old);
    return old;
  }
}
