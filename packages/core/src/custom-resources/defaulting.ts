import { setEntry } from '../codec/conform.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, ownValue } from '../patch/json-value.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from './json-schema.ts';

/**
 * Fills in the schema's defaults, also within defaults: where a field is missing, and where it is null though the schema does not
 * allow null. Changes `draft` in place; doing it twice changes nothing more.
 */
export function applyJsonSchemaDefaults(schema: JsonSchema, draft: JsonValue): void {
  if (!hasDefaults(schema)) return;
  if (Array.isArray(draft)) fillItems(schema, draft);
  else if (isObject(draft)) fillObject(schema, draft);
}

function fillObject(schema: JsonSchema, draft: JsonObject): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    const value = ownValue(draft, name);
    if (value === undefined || isForbiddenNull(value, property)) {
      setEntry(draft, name, structuredClone(property.default));
    }
  }
  for (const name of Object.keys(draft)) {
    const declared = propertyOf(schema, name) ?? additionalOf(schema);
    if (!declared) continue;
    const value = draft[name]!;
    if (isForbiddenNull(value, declared) && declared.default !== undefined) {
      setEntry(draft, name, structuredClone(declared.default));
    }
    applyJsonSchemaDefaults(declared, draft[name]!);
  }
}

function fillItems(schema: JsonSchema, draft: JsonValue[]): void {
  const items = itemsOf(schema);
  if (!items) return;
  for (const [index, item] of draft.entries()) {
    if (isForbiddenNull(item, items) && items.default !== undefined) draft[index] = structuredClone(items.default);
    applyJsonSchemaDefaults(items, draft[index]!);
  }
}

function isForbiddenNull(value: JsonValue, schema: JsonSchema): boolean {
  return value === null && !schema.nullable;
}

const known = new WeakMap<JsonSchema, boolean>();

/** Whether anything in the schema has a default, so that most walks over objects need not be made. */
function hasDefaults(schema: JsonSchema): boolean {
  let answer = known.get(schema);
  if (answer === undefined) {
    const parts = [itemsOf(schema), additionalOf(schema), ...Object.values(schema.properties ?? {})];
    answer = parts.some((part) => part !== undefined && (part.default !== undefined || hasDefaults(part)));
    known.set(schema, answer);
  }
  return answer;
}
