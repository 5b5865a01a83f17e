/**
 * Whether two values of an object mean the same: like deep equality of JSON, except that an absent value and an empty list
 * are one.
 */
export function semanticEqual(left: unknown, right: unknown): boolean {
  if (left === right || (isUnset(left) && isUnset(right))) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => semanticEqual(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => semanticEqual(left[key], right[key]));
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
