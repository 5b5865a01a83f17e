/** Keys that one chunk holds before it is split. */
const MAX_CHUNK_KEYS = 512;

/** A stretch of keys in order, and what they hold. */
interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
}

/** A map that also walks its keys in order (by UTF-16 code units, which is byte order for every key that Kubernetes writes). */
export class SortedMap<V> {
  readonly #values = new Map<string, V>();
  /** The same values once more: walking them needs no look-up of each key. */
  readonly #chunks: Chunk<V>[] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    const isNew = !this.#values.has(key);
    this.#values.set(key, value);
    if (isNew) {
      this.#insert(key, value);
      return;
    }
    const chunk = this.#chunks[this.#chunkOf(key)]!;
    chunk.values[lowerBound(chunk.keys, key)] = value;
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at]!;
    const index = lowerBound(chunk.keys, key);
    chunk.keys.splice(index, 1);
    chunk.values.splice(index, 1);
    if (chunk.keys.length === 0) this.#chunks.splice(at, 1);
    return true;
  }

  clear(): void {
    this.#values.clear();
    this.#chunks.length = 0;
  }

  /** Entries whose keys start with `prefix` and sort after `after`, in order. The map may not change meanwhile. */
  *entries(prefix = '', after?: string): Generator<[string, V]> {
    const start = after !== undefined && after >= prefix ? after : prefix;
    let at = this.#chunkOf(start);
    if (at < 0) return;
    let index = lowerBound(this.#chunks[at]!.keys, start);
    for (; at < this.#chunks.length; at++, index = 0) {
      const { keys, values } = this.#chunks[at]!;
      for (; index < keys.length; index++) {
        const key = keys[index]!;
        if (!key.startsWith(prefix)) return;
        if (key !== after) yield [key, values[index]!];
      }
    }
  }

  /** The values under keys with `prefix`, at most `limit` of them after `after`; faster than walking `entries`. */
  page(options: { prefix: string; after?: string; limit?: number }): V[] {
    const { prefix, after, limit = Number.POSITIVE_INFINITY } = options;
    const result: V[] = [];
    const start = after !== undefined && after >= prefix ? after : prefix;
    let at = this.#chunkOf(start);
    if (at < 0) return result;
    let index = lowerBound(this.#chunks[at]!.keys, start);
    for (; at < this.#chunks.length; at++, index = 0) {
      const { keys, values } = this.#chunks[at]!;
      // Keys between two that have the prefix have it too.
      const isWhole = keys.at(-1)!.startsWith(prefix);
      for (; index < keys.length; index++) {
        const key = keys[index]!;
        if (result.length >= limit || !(isWhole || key.startsWith(prefix))) return result;
        if (key !== after) result.push(values[index]!);
      }
    }
    return result;
  }

  /** How many keys start with `prefix` and sort after `after`. */
  count(prefix = '', after?: string): number {
    const from = after !== undefined && after >= prefix ? this.#rank(`${after}\0`) : this.#rank(prefix);
    return Math.max(0, this.#rank(`${prefix}\uffff`) - from);
  }

  /** How many keys sort before `key`. */
  #rank(key: string): number {
    const at = this.#chunkOf(key);
    if (at < 0) return 0;
    let rank = lowerBound(this.#chunks[at]!.keys, key);
    for (let i = 0; i < at; i++) rank += this.#chunks[i]!.keys.length;
    return rank;
  }

  /** The last chunk whose first key is not after `key`; the first one for keys before all; -1 when empty. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#chunks[middle]!.keys[0]! <= key) low = middle + 1;
      else high = middle;
    }
    return low > 0 ? low - 1 : this.#chunks.length > 0 ? 0 : -1;
  }

  #insert(key: string, value: V): void {
    const at = this.#chunkOf(key);
    if (at < 0) {
      this.#chunks.push({ keys: [key], values: [value] });
      return;
    }
    const { keys, values } = this.#chunks[at]!;
    const index = lowerBound(keys, key);
    keys.splice(index, 0, key);
    values.splice(index, 0, value);
    if (keys.length <= MAX_CHUNK_KEYS) return;
    const half = MAX_CHUNK_KEYS >>> 1;
    this.#chunks.splice(at + 1, 0, { keys: keys.splice(half), values: values.splice(half) });
  }
}

/** Index of the first key that is not before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
