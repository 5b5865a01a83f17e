import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, jsonEqual, ownValue } from '../patch/json-value.ts';
import type { JsonSchema } from './json-schema.ts';

/**
 * The old value that a part of an updated object has come from, found the way that server-side apply tells parts apart: fields and
 * map entries by name, items of a map list by their keys. Other items have no past.
 */
export class Correlation {
  readonly old: JsonValue;
  readonly #value: JsonValue;
  readonly #schema: JsonSchema;
  #isUnchanged: boolean | undefined;

  constructor(schema: JsonSchema, value: JsonValue, old: JsonValue) {
    this.#schema = schema;
    this.#value = value;
    this.old = old;
  }

  /** What is unchanged may stay as it is, even where a rule that came later forbids it. */
  isUnchanged(): boolean {
    this.#isUnchanged ??= jsonEqual(this.#value, this.old);
    return this.#isUnchanged;
  }

  key(schema: JsonSchema, name: string): Correlation | undefined {
    if (!isObject(this.#value) || !isObject(this.old) || this.#schema['x-kubernetes-map-type'] === 'atomic') {
      return undefined;
    }
    const old = ownValue(this.old, name);
    return old === undefined ? undefined : new Correlation(schema, ownValue(this.#value, name)!, old);
  }

  index(schema: JsonSchema, index: number): Correlation | undefined {
    if (this.#schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(this.#value)) return undefined;
    const item = this.#value[index];
    if (!isObject(item) || !Array.isArray(this.old)) return undefined;
    const keys = this.#schema['x-kubernetes-list-map-keys'] ?? [];
    const old = this.old.find((each) => isObject(each) && hasSameKeys(keys, schema, { a: item, b: each }));
    return old === undefined ? undefined : new Correlation(schema, item, old);
  }
}

function hasSameKeys(keys: readonly string[], items: JsonSchema, { a, b }: { a: JsonObject; b: JsonObject }): boolean {
  return keys.every((key) => {
    const fallback = items.properties?.[key]?.default;
    return jsonEqual(ownValue(a, key) ?? fallback, ownValue(b, key) ?? fallback);
  });
}
