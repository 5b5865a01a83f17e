import {
  type FieldError,
  FieldPath,
  invalid,
  messageOf,
  parseJson,
  required,
  tooLong,
  validateImmutable,
} from '@kubets/core';
import { byteLengthOfBase64, textOfBase64 } from './base64.ts';
import { MAX_DATA_BYTES, validateDataKey, validateImmutableData } from './config-map-validation.ts';
import type { Secret } from './secret.ts';

const SERVICE_ACCOUNT_NAME_ANNOTATION = 'kubernetes.io/service-account.name';

type KeyRule = (secret: Secret) => FieldError[];

/** What secrets of the well-known types must hold; secrets of other types may hold anything. */
const TYPE_RULES: Readonly<Record<string, KeyRule>> = {
  'kubernetes.io/service-account-token': accountErrors,
  'kubernetes.io/dockercfg': (secret) => jsonErrors(secret, '.dockercfg'),
  'kubernetes.io/dockerconfigjson': (secret) => jsonErrors(secret, '.dockerconfigjson'),
  'kubernetes.io/basic-auth': basicAuthErrors,
  'kubernetes.io/ssh-auth': (secret) => (secret.data?.['ssh-privatekey'] ? [] : [missing('ssh-privatekey')]),
  'kubernetes.io/tls': ({ data }) =>
    ['tls.crt', 'tls.key'].filter((key) => data?.[key] === undefined).map((key) => missing(key)),
};

export function validateSecret(secret: Secret): FieldError[] {
  const path = new FieldPath('data');
  const errors: FieldError[] = [];
  let totalBytes = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    errors.push(...validateDataKey(key, path));
    totalBytes += byteLengthOfBase64(value);
  }
  if (totalBytes > MAX_DATA_BYTES) errors.push(tooLong(path, MAX_DATA_BYTES));
  return [...errors, ...(TYPE_RULES[secret.type ?? '']?.(secret) ?? [])];
}

export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  return [
    ...validateImmutable(secret.type, old.type, new FieldPath('type')),
    ...validateImmutableData(secret, old, ['data']),
  ];
}

function missing(key: string): FieldError {
  return required(new FieldPath('data').key(key));
}

function accountErrors({ metadata }: Secret): FieldError[] {
  if (metadata.annotations?.[SERVICE_ACCOUNT_NAME_ANNOTATION]) return [];
  return [required(new FieldPath('metadata').child('annotations').key(SERVICE_ACCOUNT_NAME_ANNOTATION))];
}

function basicAuthErrors({ data }: Secret): FieldError[] {
  if (data?.username !== undefined || data?.password !== undefined) return [];
  return [missing('username'), missing('password')];
}

/** Values stay out of the message: they are secret. */
function jsonErrors({ data }: Secret, key: string): FieldError[] {
  const value = data?.[key];
  if (value === undefined) return [missing(key)];
  const detail = complaintAboutObject(textOfBase64(value));
  return detail ? [invalid(new FieldPath('data').key(key), '<secret contents redacted>', detail)] : [];
}

/** Why a text is no JSON object; `null` passes for an empty one. */
function complaintAboutObject(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = parseJson(text).value;
  } catch (error) {
    return messageOf(error);
  }
  if (typeof parsed === 'object' && !Array.isArray(parsed)) return undefined;
  const noun = Array.isArray(parsed) ? 'array' : typeof parsed === 'boolean' ? 'bool' : typeof parsed;
  return `json: cannot unmarshal ${noun} into Go value of type map[string]interface {}`;
}
