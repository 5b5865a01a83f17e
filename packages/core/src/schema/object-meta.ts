import { byteLength, isDns1123Label, isQualifiedName, isValidLabelValue, type NameRule } from '../names.ts';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../object.ts';
import { type FieldError, type FieldPath, fieldForbidden, invalid, required, tooLong } from './validation.ts';

export const ANNOTATIONS_MAX_BYTES = 256 * 1024;
export const FIELD_MANAGER_MAX_BYTES = 128;
const MANAGED_SUBRESOURCE_MAX_BYTES = 256;

const ORPHAN_FINALIZER = 'orphan';
const FOREGROUND_FINALIZER = 'foregroundDeletion';
const STANDARD_FINALIZERS: readonly string[] = ['kubernetes', ORPHAN_FINALIZER, FOREGROUND_FINALIZER];

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  readonly nameRule: NameRule;
  /** Custom resources may have finalizers without a domain; built-in kinds may not. */
  readonly allowUnqualifiedFinalizers?: boolean;
}

/** What is wrong with an object's metadata, whatever the kind. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules, path: FieldPath): FieldError[] {
  return [
    ...nameErrors(meta, rules.nameRule, path),
    ...namespaceErrors(meta, rules.namespaced, path),
    ...((meta.generation ?? 0) < 0
      ? [invalid(path.child('generation'), meta.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
    ...validateFinalizers(meta.finalizers, path.child('finalizers'), rules.allowUnqualifiedFinalizers),
    ...validateManagedFields(meta.managedFields, path.child('managedFields')),
  ];
}

function nameErrors(meta: ObjectMeta, nameRule: NameRule, path: FieldPath): FieldError[] {
  const { name, generateName } = meta;
  const errors: FieldError[] = [];
  if (generateName) {
    const at = path.child('generateName');
    errors.push(...nameRule(generateName, true).map((detail) => invalid(at, generateName, detail)));
  }
  if (!name) return [...errors, required(path.child('name'), 'name or generateName is required')];
  return [...errors, ...nameRule(name, false).map((detail) => invalid(path.child('name'), name, detail))];
}

function namespaceErrors({ namespace }: ObjectMeta, namespaced: boolean, path: FieldPath): FieldError[] {
  const at = path.child('namespace');
  if (!namespaced) return namespace ? [fieldForbidden(at, 'not allowed on this type')] : [];
  if (!namespace) return [required(at)];
  return isDns1123Label(namespace).map((detail) => invalid(at, namespace, detail));
}

/** What an update of an object's metadata may not change. The new metadata's labels and so on are checked too. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) errors.push(...newFinalizerErrors(meta, old, path.child('finalizers')));
  if (!meta.resourceVersion) {
    errors.push(invalid(path.child('resourceVersion'), meta.resourceVersion ?? '', 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid(path.child('generation'), meta.generation ?? 0, 'must not be decremented'));
  }
  for (const field of IMMUTABLE_FIELDS) errors.push(...validateImmutable(meta[field], old[field], path.child(field)));
  return [
    ...errors,
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
    ...validateManagedFields(meta.managedFields, path.child('managedFields')),
  ];
}

const IMMUTABLE_FIELDS = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

function newFinalizerErrors(meta: ObjectMeta, old: ObjectMeta, path: FieldPath): FieldError[] {
  const added = (meta.finalizers ?? []).filter((name) => !old.finalizers?.includes(name)).sort();
  if (added.length === 0) return [];
  const names = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    fieldForbidden(
      path,
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
    ),
  ];
}

/** `field is immutable` where two JSON values differ. */
export function validateImmutable(value: unknown, old: unknown, path: FieldPath): FieldError[] {
  return sameJson(value, old) ? [] : [invalid(path, value ?? null, 'field is immutable')];
}

/** Equality of JSON values as the API sees it: absent, null, and empty lists and objects are all the same. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmptyJson(a) || isEmptyJson(b)) return isEmptyJson(a) && isEmptyJson(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => sameJson(left[key], right[key]));
}

function isEmptyJson(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (typeof value !== 'object') return false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}

export function validateLabelName(name: string, path: FieldPath): FieldError[] {
  return isQualifiedName(name).map((detail) => invalid(path, name, detail));
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...validateLabelName(key, path));
    for (const detail of isValidLabelValue(value)) errors.push(invalid(path, value, detail));
  }
  return errors;
}

/** Keys must be qualified names (in any case); keys and values together may have 256 KiB. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  let totalBytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const detail of isQualifiedName(key.toLowerCase())) errors.push(invalid(path, key, detail));
    totalBytes += byteLength(key) + byteLength(value);
  }
  if (totalBytes > ANNOTATIONS_MAX_BYTES) errors.push(tooLong(path, ANNOTATIONS_MAX_BYTES));
  return errors;
}

export function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  for (const reference of references ?? []) {
    errors.push(...ownerReferenceErrors(reference, path));
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(path, references, detail));
    } else {
      controller = name;
    }
  }
  return errors;
}

function ownerReferenceErrors(reference: OwnerReference, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const version = reference.apiVersion?.split('/').at(-1);
  if (!version) errors.push(invalid(path.child('apiVersion'), reference.apiVersion ?? '', 'version must not be empty'));
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (!reference[field]) errors.push(invalid(path.child(field), reference[field] ?? '', 'must not be empty'));
  }
  if (reference.kind === 'Event' && reference.apiVersion === 'v1') {
    errors.push(invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

export function validateFinalizers(
  finalizers: readonly string[] | undefined,
  path: FieldPath,
  allowUnqualified = false,
): FieldError[] {
  if (!finalizers) return [];
  const errors = finalizers.flatMap((name, index) => [
    ...isQualifiedName(name).map((detail) => invalid(path, name, detail)),
    ...(allowUnqualified ? [] : unqualifiedErrors(name, path.index(index))),
  ]);
  if (finalizers.includes(ORPHAN_FINALIZER) && finalizers.includes(FOREGROUND_FINALIZER)) {
    const detail = `finalizer ${ORPHAN_FINALIZER} and ${FOREGROUND_FINALIZER} cannot be both set`;
    errors.push(invalid(path, finalizers, detail));
  }
  return errors;
}

function unqualifiedErrors(name: string, path: FieldPath): FieldError[] {
  if (name.includes('/') || STANDARD_FINALIZERS.includes(name)) return [];
  return [invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}

export function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  path: FieldPath,
): FieldError[] {
  return (entries ?? []).flatMap((entry, index) => managedFieldsErrors(entry, path.index(index)));
}

function managedFieldsErrors(entry: ManagedFieldsEntry, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
    errors.push(invalid(path.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`'));
  }
  if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') {
    errors.push(invalid(path.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`'));
  }
  errors.push(...validateFieldManager(entry.manager ?? '', path.child('manager')));
  if (byteLength(entry.subresource ?? '') > MANAGED_SUBRESOURCE_MAX_BYTES) {
    errors.push(tooLong(path.child('subresource'), MANAGED_SUBRESOURCE_MAX_BYTES));
  }
  return errors;
}

/** Names that need no closer look: nearly all. */
const PLAIN_TEXT = /^[ -~]*$/;

/** The name under which a client owns fields. */
export function validateFieldManager(manager: string, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (byteLength(manager) > FIELD_MANAGER_MAX_BYTES) errors.push(tooLong(path, FIELD_MANAGER_MAX_BYTES));
  if (PLAIN_TEXT.test(manager)) return errors;
  const position = [...manager].findIndex((character) => /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(character));
  if (position >= 0) errors.push(invalid(path, manager, 'should only contain printable characters'));
  return errors;
}

interface SelectorShape {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface LabelSelectorRules {
  /** Stored objects may hold values that are no label values; they match nothing. */
  readonly allowInvalidValues?: boolean;
}

/** What is wrong with a label selector object. An absent one is fine. */
export function validateLabelSelector(
  selector: SelectorShape | undefined,
  path: FieldPath,
  rules: LabelSelectorRules = {},
): FieldError[] {
  const expressions = selector?.matchExpressions ?? [];
  return [
    ...validateLabels(selector?.matchLabels, path.child('matchLabels')),
    ...expressions.flatMap((expression, index) =>
      requirementErrors(expression, path.child('matchExpressions').index(index), rules),
    ),
  ];
}

function requirementErrors(
  { key, operator, values = [] }: NonNullable<SelectorShape['matchExpressions']>[number],
  path: FieldPath,
  rules: LabelSelectorRules,
): FieldError[] {
  const errors = [...operatorErrors(operator, values, path), ...validateLabelName(key, path.child('key'))];
  if (rules.allowInvalidValues) return errors;
  const at = path.child('values');
  for (const [index, value] of values.entries()) {
    errors.push(...isValidLabelValue(value).map((detail) => invalid(at.index(index), value, detail)));
  }
  return errors;
}

function operatorErrors(operator: string, values: readonly string[], path: FieldPath): FieldError[] {
  const at = path.child('values');
  if (operator === 'In' || operator === 'NotIn') {
    return values.length ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    return values.length
      ? [fieldForbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
      : [];
  }
  return [invalid(path.child('operator'), operator, 'not a valid selector operator')];
}
