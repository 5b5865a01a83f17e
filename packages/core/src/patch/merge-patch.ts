import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, ownValue, setOwnValue } from './json-value.ts';

/**
 * Applies a JSON merge patch (RFC 7386): objects merge, null deletes, anything else replaces. The result shares what did
 * not change with `document` and what was added with `patch`; where nothing changes it is `document` itself.
 */
export function applyMergePatch(document: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
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
