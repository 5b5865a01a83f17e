import {
  type FieldError,
  type FieldPath,
  invalid,
  isConfigMapKey,
  isDns1123Subdomain,
  isQualifiedName,
  isRelaxedEnvVarName,
  notSupported,
  Quantity,
  required,
} from '@kubets/core';
import { validateRequiredText, validateText } from '../../field-rules.ts';
import type { EnvFromSource, EnvVar, EnvVarSource } from '../container.ts';
import type { FileKeySelector, ObjectFieldSelector, ResourceFieldSelector } from '../reference.ts';
import { validateRelativePath } from '../relative-path.ts';

/** Fields of a pod that its containers can have as environment variables. */
const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields of a pod that its containers can have as files. */
const FILE_FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'metadata.labels', 'metadata.annotations'];

/** Every field that a downward reference may name at all. */
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...FILE_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
];
const HUGE_PAGE_FIELD = /^(limits|requests)\.hugepages-/;

/** What messages call resources. */
const RESOURCE_NOUNS: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  'ephemeral-storage': 'local ephemeral storage',
};

const CPU_DIVISORS = ['1m', '1'];
const SIZE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

export function validateEnv(env: readonly EnvVar[] | undefined, path: FieldPath): FieldError[] {
  return (env ?? []).flatMap((variable, index) => {
    const at = path.index(index);
    const errors = variable.name
      ? validateText(variable.name, at.child('name'), isRelaxedEnvVarName)
      : [required(at.child('name'))];
    return [...errors, ...validateValueFrom(variable, at.child('valueFrom'))];
  });
}

const VALUE_SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

function validateValueFrom({ value, valueFrom }: EnvVar, path: FieldPath): FieldError[] {
  if (!valueFrom) return [];
  const sources = VALUE_SOURCES.filter((name) => valueFrom[name] !== undefined);
  const errors = validateValueSources(valueFrom, path);
  if (sources.length === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    return [...errors, invalid(path, '', detail)];
  }
  if (value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (sources.length > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateValueSources(source: EnvVarSource, path: FieldPath): FieldError[] {
  const { fieldRef, resourceFieldRef, fileKeyRef } = source;
  const errors = fieldRef ? validateFieldRef(fieldRef, path.child('fieldRef'), 'env') : [];
  if (resourceFieldRef) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, path.child('resourceFieldRef'), 'env'));
  }
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const selector = source[name];
    if (!selector) continue;
    errors.push(...validateText(selector.name ?? '', path.child(name, 'name'), isDns1123Subdomain));
    errors.push(...validateKey(selector.key, path.child(name, 'key')));
  }
  return fileKeyRef ? [...errors, ...validateFileKeyRef(fileKeyRef, path.child('fileKeyRef'))] : errors;
}

function validateKey(key: string, path: FieldPath): FieldError[] {
  return key ? validateText(key, path, isConfigMapKey) : [required(path)];
}

function validateFileKeyRef({ volumeName, path: file, key }: FileKeySelector, path: FieldPath): FieldError[] {
  return [
    ...(key ? validateText(key, path.child('key'), isRelaxedEnvVarName) : [required(path.child('key'))]),
    ...(volumeName ? [] : [required(path.child('volumeName'))]),
    ...(file ? validateRelativePath(file, path.child('path')) : [required(path.child('path'))]),
  ];
}

/** Where a reference to the pod's own fields stands: that decides which fields it may name. */
export type DownwardUse = 'env' | 'file';

export function validateFieldRef(reference: ObjectFieldSelector, path: FieldPath, use: DownwardUse): FieldError[] {
  const { apiVersion, fieldPath } = reference;
  if (!apiVersion) return [required(path.child('apiVersion'))];
  const at = path.child('fieldPath');
  if (!fieldPath) return [required(at)];
  const subscript = /^(.*)\['(.*)'\]$/.exec(fieldPath);
  if (subscript) return validateSubscript({ field: subscript[1]!, key: subscript[2]!, fieldPath }, path);
  if (!KNOWN_FIELDS.has(fieldPath)) {
    return [invalid(at, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
  }
  const allowed = use === 'env' ? ENV_FIELDS : FILE_FIELDS;
  return allowed.includes(fieldPath) ? [] : [notSupported(at, fieldPath, allowed)];
}

/** One label or annotation: `metadata.labels['app']`. */
function validateSubscript(parts: { field: string; key: string; fieldPath: string }, path: FieldPath): FieldError[] {
  switch (parts.field) {
    case 'metadata.annotations':
      return validateText(parts.key.toLowerCase(), path, isQualifiedName);
    case 'metadata.labels':
      return validateText(parts.key, path, isQualifiedName);
    default: {
      const detail = `error converting fieldPath: field label does not support subscript: ${parts.fieldPath}`;
      return [invalid(path.child('fieldPath'), parts.fieldPath, detail)];
    }
  }
}

export function validateResourceFieldRef(
  reference: ResourceFieldSelector,
  path: FieldPath,
  use: DownwardUse,
): FieldError[] {
  const { containerName, resource, divisor } = reference;
  const errors: FieldError[] = [];
  if (use === 'file' && !containerName) errors.push(required(path.child('containerName')));
  else if (!resource) errors.push(required(path.child('resource')));
  else if (!RESOURCE_FIELDS.includes(resource) && !HUGE_PAGE_FIELD.test(resource)) {
    errors.push(notSupported(path.child('resource'), resource, RESOURCE_FIELDS));
  }
  return [...errors, ...validateDivisor(resource, divisor, path.child('divisor'))];
}

function validateDivisor(resource: string, divisor: string | undefined, path: FieldPath): FieldError[] {
  const amount = Quantity.tryParse(divisor);
  if (!amount || amount.isZero()) return [];
  if (!RESOURCE_FIELDS.includes(resource) && !HUGE_PAGE_FIELD.test(resource)) return [];
  const isCpu = resource.endsWith('.cpu');
  const allowed = isCpu ? CPU_DIVISORS : SIZE_DIVISORS;
  if (allowed.includes(amount.toString())) return [];
  const noun = HUGE_PAGE_FIELD.test(resource) ? 'hugepages' : RESOURCE_NOUNS[resource.split('.')[1]!];
  const values = isCpu ? allowed.join(' and ') : allowed.join(', ');
  return [invalid(path, resource, `only divisor's values ${values} are supported with the ${noun} resource`)];
}

/** A name may be given here with a dash at its end. */
function isNamePrefix(name: string): string[] {
  return isDns1123Subdomain(name.length > 1 ? name.replace(/-$/, 'a') : name);
}

export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, path: FieldPath): FieldError[] {
  return (sources ?? []).flatMap(({ prefix, configMapRef, secretRef }, index) => {
    const at = path.index(index);
    const errors = prefix ? validateText(prefix, at.child('prefix'), isRelaxedEnvVarName) : [];
    for (const [field, reference] of Object.entries({ configMapRef, secretRef })) {
      if (reference) errors.push(...validateRequiredText(reference.name, at.child(field, 'name'), isNamePrefix));
    }
    if (configMapRef && secretRef) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    } else if (!configMapRef && !secretRef) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    }
    return errors;
  });
}
