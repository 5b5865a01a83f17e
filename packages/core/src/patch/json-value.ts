import type { JsonObject, JsonValue } from '../object.ts';

/**
 * JSON objects come from anywhere and may have keys such as `constructor` or `__proto__`. These functions read and write
 * own properties only, whatever the key.
 */

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property `key`; undefined when there is none. */
export function ownValue<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  const value = object[key];
  // What an object inherits is functions, and `__proto__`; neither is ever a JSON value, so the slow question is rare.
  if (typeof value === 'function' || key === '__proto__') return Object.hasOwn(object, key) ? object[key] : undefined;
  return value;
}

/** Sets an own property in place, also one named `__proto__`. */
export function setOwnValue<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** Deep equality of JSON values; the order of an object's keys does not matter. */
export function jsonEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && arraysEqual(a, b);
  return !Array.isArray(b) && objectsEqual(a, b);
}

function arraysEqual(a: readonly JsonValue[], b: readonly JsonValue[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (!jsonEqual(a[index], b[index])) return false;
  }
  return true;
}

function objectsEqual(a: JsonObject, b: JsonObject): boolean {
  let surplus = 0;
  for (const key in a) {
    const value = ownValue(a, key);
    if (value === undefined) continue;
    if (!jsonEqual(value, ownValue(b, key))) return false;
    surplus--;
  }
  for (const key in b) {
    if (ownValue(b, key) !== undefined) surplus++;
  }
  return surplus === 0;
}

/** The keys that JSON would show: a property that is undefined is not there. */
export function definedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  for (const key of keys) {
    if (object[key] === undefined) return keys.filter((each) => object[each] !== undefined);
  }
  return keys;
}

/** A value as Go's `%v` prints it, which is how Kubernetes quotes values in some of its messages. */
export function goText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = definedKeys(value)
    .sort()
    .map((key) => `${key}:${goText(ownValue(value, key))}`);
  return `map[${entries.join(' ')}]`;
}
