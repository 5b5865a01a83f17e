import { SortedMap } from '@kubets/storage';
import type { CachedObject } from './cached-object.ts';

/** The objects of a kind by the value of one field, for selectors that many clients use at the same time. */
export class FieldIndex {
  readonly #read: (object: CachedObject) => string;
  readonly #byValue = new Map<string, SortedMap<CachedObject>>();
  /** The value under which each key stands. */
  readonly #values = new Map<string, string>();

  constructor(read: (object: CachedObject) => string) {
    this.#read = read;
  }

  set(object: CachedObject): void {
    const value = this.#read(object);
    const known = this.#values.get(object.key);
    if (known !== undefined && known !== value) this.delete(object.key);
    this.#values.set(object.key, value);
    let bucket = this.#byValue.get(value);
    if (!bucket) {
      bucket = new SortedMap();
      this.#byValue.set(value, bucket);
    }
    bucket.set(object.key, object);
  }

  delete(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    const bucket = this.#byValue.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) this.#byValue.delete(value);
  }

  /** Objects with the value, in key order. */
  page(value: string, options: { prefix: string; after?: string }): CachedObject[] {
    return this.#byValue.get(value)?.page(options) ?? [];
  }
}
