import { encodeBase64 } from '../codec/base64.ts';
import { setEntry } from '../codec/conform.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { timestampText } from './standard-functions.ts';
import {
  CelDuration,
  CelError,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
  isList,
  lazily,
  typeNameOf,
} from './values.ts';

/** A JSON value without a schema, as a variable of the type `dyn` has it: whole numbers are ints. */
export function celValueOfJson(value: JsonValue): CelValue {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(celValueOfJson);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return new CelMap(entries.map(([key, item]) => [key, lazily(() => celValueOfJson(item))]));
}

/** The JSON form of a value. Throws a `CelError` for what has none: types, and the values of libraries. */
export function jsonOfCelValue(value: CelValue): JsonValue {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(jsonOfCelValue);
  if (value instanceof CelMap) return objectOf(value);
  if (value instanceof CelUint) return Number(value.value);
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (value instanceof CelTimestamp) return timestampText(value);
  if (value instanceof CelDuration) return `${Number(value.nanos) / 1e9}s`;
  if (value instanceof CelOptional) return value.value === undefined ? null : jsonOfCelValue(value.value);
  throw new CelError(`no JSON form of ${typeNameOf(value)}`);
}

function objectOf(map: CelMap): JsonObject {
  const object: JsonObject = {};
  for (const [key, item] of map.entries())
    setEntry(object, key instanceof CelUint ? `${key.value}` : String(key), jsonOfCelValue(item));
  return object;
}
