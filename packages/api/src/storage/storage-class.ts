import {
  bool,
  byteLength,
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  invalid,
  isQualifiedName,
  list,
  map,
  message,
  required,
  sameJson,
  string,
  tooLong,
  validateImmutable,
  validateLabelName,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { TopologySelectorTerm } from '../core/reference.ts';
import { validateChoice, validateOptionalChoice } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const StorageClass = message('io.k8s.api.storage.v1.StorageClass', 'A kind of volume that claims may ask for.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  provisioner: field(2, string, 'Program that makes the volumes; cannot change.').required().default(''),
  parameters: field(3, map(string), 'Settings for the provisioner; cannot change.'),
  reclaimPolicy: field(4, string, 'What becomes of a volume when its claim is deleted: Delete (by default) or Retain.')
    .pointer()
    .oneOf('Delete', 'Recycle', 'Retain'),
  mountOptions: field(5, list(string), 'Options that volumes are mounted with.').atomic(),
  allowVolumeExpansion: field(6, bool, 'Whether claims of the class may grow.').pointer(),
  volumeBindingMode: field(
    7,
    string,
    'Whether volumes are made at once (Immediate) or once a pod needs them (WaitForFirstConsumer).',
  )
    .pointer()
    .oneOf('Immediate', 'WaitForFirstConsumer'),
  allowedTopologies: field(8, list(TopologySelectorTerm), 'Where volumes may be made; anywhere without any.').atomic(),
});
export interface StorageClass extends Infer<typeof StorageClass> {}

const DEFAULT_CLASS_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Whether claims that name no class get this one. */
export function isDefaultStorageClass({ metadata }: StorageClass): boolean {
  return DEFAULT_CLASS_ANNOTATIONS.some((name) => metadata.annotations?.[name] === 'true');
}

const PARAMETERS_MAX_BYTES = 256 * 1024;
const PARAMETERS_MAX_COUNT = 512;

function validateStorageClass(object: StorageClass): FieldError[] {
  return [
    ...validateProvisioner(object.provisioner, new FieldPath('provisioner')),
    ...validateParameters(object.parameters, new FieldPath('parameters')),
    ...(object.reclaimPolicy === ''
      ? []
      : validateChoice(object.reclaimPolicy, new FieldPath('reclaimPolicy'), ['Delete', 'Retain'])),
    ...validateBindingMode(object.volumeBindingMode, new FieldPath('volumeBindingMode')),
    ...validateAllowedTopologies(object.allowedTopologies ?? [], new FieldPath('allowedTopologies')),
  ];
}

function validateBindingMode(mode: string | undefined, path: FieldPath): FieldError[] {
  return mode === undefined
    ? [required(path)]
    : validateOptionalChoice(mode, path, ['Immediate', 'WaitForFirstConsumer']);
}

/** A provisioner is named like a label key, without regard to case. */
function validateProvisioner(provisioner: string, path: FieldPath): FieldError[] {
  if (!provisioner) return [required(path)];
  return isQualifiedName(provisioner.toLowerCase()).map((detail) => invalid(path, provisioner, detail));
}

/** Parameters are opaque, but neither too many nor too large, and each has a name. */
export function validateParameters(
  parameters: Record<string, string> | undefined,
  path: FieldPath,
  options: { required?: boolean } = {},
): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > PARAMETERS_MAX_COUNT) {
    return [
      {
        type: 'FieldValueTooLong',
        field: `${path}`,
        message: `Too long: may not be more than ${PARAMETERS_MAX_COUNT} bytes`,
      },
    ];
  }
  const errors: FieldError[] = [];
  let totalBytes = 0;
  for (const [key, value] of entries) {
    if (key.length < 1) errors.push(invalid(path, key, 'field can not be empty.'));
    totalBytes += byteLength(key) + byteLength(value);
  }
  if (totalBytes > PARAMETERS_MAX_BYTES) errors.push(tooLong(path, PARAMETERS_MAX_BYTES));
  if (options.required && entries.length === 0) errors.push(required(path, 'must contain at least one key/value pair'));
  return errors;
}

function validateAllowedTopologies(terms: readonly TopologySelectorTerm[], path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  terms.forEach((term, index) => {
    const termPath = path.index(index);
    errors.push(...validateTopologyTerm(term, termPath));
    // A term that asks for nothing counts as said before.
    const isEmpty = !term.matchLabelExpressions?.length;
    if (isEmpty || terms.slice(0, index).some((earlier) => sameJson(earlier, term))) {
      errors.push(duplicate(termPath.child('matchLabelExpressions'), ''));
    }
  });
  return errors;
}

function validateTopologyTerm(term: TopologySelectorTerm, termPath: FieldPath): FieldError[] {
  const path = termPath.child('matchLabelExpressions');
  const keys = new Set<string>();
  return (term.matchLabelExpressions ?? []).flatMap(({ key, values }, index) => {
    const keyPath = path.index(index).child('key');
    const valuesPath = path.index(index).child('values');
    const errors: FieldError[] = values?.length ? [] : [required(valuesPath)];
    for (const [position, value] of (values ?? []).entries()) {
      if (values.indexOf(value) < position) errors.push(duplicate(valuesPath.index(position), value));
    }
    errors.push(...validateLabelName(key, keyPath));
    if (keys.has(key)) errors.push(duplicate(keyPath, key));
    keys.add(key);
    return errors;
  });
}

function validateStorageClassUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (name: keyof StorageClass & string, detail = `updates to ${name} are forbidden.`) => {
    if (!sameJson(object[name], old[name])) errors.push(fieldForbidden(new FieldPath(name), detail));
  };
  forbid('parameters');
  forbid('provisioner');
  forbid('reclaimPolicy');
  errors.push(
    ...validateImmutable(object.volumeBindingMode, old.volumeBindingMode, new FieldPath('volumeBindingMode')),
  );
  return errors;
}

const storageClassColumns: Column<StorageClass>[] = [
  {
    ...nameColumn,
    cell: (object) => `${object.metadata.name}${isDefaultStorageClass(object) ? ' (default)' : ''}`,
  },
  {
    name: 'Provisioner',
    type: 'string',
    description: 'Program that makes the volumes.',
    cell: ({ provisioner }) => provisioner,
  },
  {
    name: 'ReclaimPolicy',
    type: 'string',
    description: 'What becomes of a volume when its claim is deleted.',
    cell: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
  },
  {
    name: 'VolumeBindingMode',
    type: 'string',
    description: 'When claims are bound and volumes made.',
    cell: ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>',
  },
  {
    name: 'AllowVolumeExpansion',
    type: 'string',
    description: 'Whether claims of the class may grow.',
    cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
  },
  ageColumn,
];

export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  returnsDeletedObject: true,
  resource: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: StorageClass,
  strategy: {
    applyDefaults(draft) {
      draft.reclaimPolicy ??= 'Delete';
      draft.volumeBindingMode ??= 'Immediate';
    },
    validate: validateStorageClass,
    validateUpdate: validateStorageClassUpdate,
  },
  columns: storageClassColumns,
  storageVersionHash: 'K+m6uJwbjGY=',
});
