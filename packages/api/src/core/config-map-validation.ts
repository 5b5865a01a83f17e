import {
  byteLength,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isConfigMapKey,
  sameJson,
  tooLong,
} from '@kubets/core';
import { byteLengthOfBase64 } from './base64.ts';
import type { ConfigMap } from './config-map.ts';

/** What the values of one ConfigMap or Secret may have together. */
export const MAX_DATA_BYTES = 1024 * 1024;

const IMMUTABLE_TEXT = 'field is immutable when `immutable` is set';

export function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const [dataPath, binaryPath] = [new FieldPath('data'), new FieldPath('binaryData')];
  const errors: FieldError[] = [];
  let totalBytes = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...validateDataKey(key, dataPath));
    if (key in binaryData) errors.push(invalid(dataPath.key(key), key, 'duplicate of key present in binaryData'));
    totalBytes += byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...validateDataKey(key, binaryPath));
    totalBytes += byteLengthOfBase64(value);
  }
  if (totalBytes > MAX_DATA_BYTES) errors.push(tooLong(new FieldPath(''), MAX_DATA_BYTES));
  return errors;
}

/** Keys of ConfigMaps and Secrets become file names. */
export function validateDataKey(key: string, path: FieldPath): FieldError[] {
  return isConfigMapKey(key).map((detail) => invalid(path.key(key), key, detail));
}

export function validateConfigMapUpdate(configMap: ConfigMap, old: ConfigMap): FieldError[] {
  return validateImmutableData(configMap, old, ['data', 'binaryData']);
}

/** Once `immutable` is true, it stays true and the values stay as they are. */
export function validateImmutableData<T extends { immutable?: boolean }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return [];
  const errors = object.immutable ? [] : [fieldForbidden(new FieldPath('immutable'), IMMUTABLE_TEXT)];
  for (const field of fields) {
    if (!sameJson(object[field], old[field])) errors.push(fieldForbidden(new FieldPath(field), IMMUTABLE_TEXT));
  }
  return errors;
}
