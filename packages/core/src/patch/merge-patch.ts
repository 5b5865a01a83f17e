import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, ownValue, setOwnValue } from './json-value.ts';

/**
 * Applies a JSON merge patch (RFC 7386): objects merge, null deletes, anything else replaces. The result shares what did
 * not change with `document` and what was added with `patch`; where nothing changes it is `document` itself. As in Kubernetes nulls
 * also vanish from the objects of a list.
 */
export function applyMergePatch(document: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return withoutNulls(patch);
  const target = isObject(document) ? document : undefined;
  let result: JsonObject | undefined = target ? undefined : {};
  for (const key of Object.keys(patch)) {
    const before = target ? ownValue(target, key) : undefined;
    const change = ownValue(patch, key);
    const after = change === null || change === undefined ? undefined : applyMergePatch(before, change);
    if (after === before) continue;
    result ??= { ...target };
    if (after === undefined) delete result[key];
    else setOwnValue(result, key, after);
  }
  return result ?? target ?? {};
}

function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    const items = value.map(withoutNulls);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isObject(value)) return value;
  const left: JsonObject = {};
  let isSame = true;
  for (const key of Object.keys(value)) {
    const before = ownValue(value, key);
    const after = before === null || before === undefined ? undefined : withoutNulls(before);
    if (after !== before) isSame = false;
    if (after !== undefined) setOwnValue(left, key, after);
  }
  return isSame ? value : left;
}
