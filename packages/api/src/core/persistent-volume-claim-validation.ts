import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  required,
  sameJson,
  validateImmutable,
  validateLabelSelector,
} from '@kubets/core';
import { validateOptionalChoice, validateText } from '../field-rules.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from './persistent-volume-claim.ts';
import {
  VOLUME_MODES,
  validateAccessModes,
  validatePositiveAmounts,
  validQuantityNeeded,
} from './persistent-volume-validation.ts';
import { differenceText } from './pod/difference.ts';
import { amountOf } from './resource-list.ts';

const SPEC = new FieldPath('spec');

export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  return validateClaimSpec(spec, SPEC);
}

/** Rules for a claim's specification, whether it stands in a claim or in a template. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: FieldPath): FieldError[] {
  const { storageClassName, volumeAttributesClassName } = spec;
  const modesAt = path.child('accessModes');
  const errors = [
    ...(spec.accessModes?.length ? [] : [required(modesAt, 'at least 1 access mode is required')]),
    ...validateLabelSelector(spec.selector, path.child('selector')),
    ...validateAccessModes(spec.accessModes, modesAt),
    ...validateRequestedSize(spec, path.child('resources')),
  ];
  if (storageClassName) {
    errors.push(...validateText(storageClassName, path.child('storageClassName'), isDns1123Subdomain));
  }
  errors.push(
    ...validateOptionalChoice(spec.volumeMode, path.child('volumeMode'), VOLUME_MODES),
    ...validateDataSources(spec, path),
  );
  if (volumeAttributesClassName) {
    errors.push(
      ...validateText(volumeAttributesClassName, path.child('volumeAttributesClassName'), isDns1123Subdomain),
    );
  }
  return errors;
}

function validateRequestedSize({ resources }: PersistentVolumeClaimSpec, path: FieldPath): FieldError[] {
  const storage = resources?.requests?.storage;
  return storage === undefined ? [required(path.key('storage'))] : validatePositiveAmounts({ storage }, path);
}

function validateDataSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [field, source] of Object.entries({ dataSource, dataSourceRef })) {
    if (!source) continue;
    const at = path.child(field);
    if (!source.name) errors.push(required(at.child('name')));
    if (!source.kind) errors.push(required(at.child('kind')));
    if (source.apiGroup) {
      errors.push(...validateText(source.apiGroup, at.child('apiGroup'), isDns1123Subdomain));
    } else if (source.kind !== 'PersistentVolumeClaim') {
      errors.push(invalid(at, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
    }
  }
  if (dataSourceRef?.namespace) {
    errors.push(...validateText(dataSourceRef.namespace, path.child('dataSourceRef', 'namespace'), isDns1123Label));
    return dataSource
      ? [
          ...errors,
          invalid(
            path.child('dataSource'),
            dataSource.name,
            'may not be specified when dataSourceRef.namespace is specified',
          ),
        ]
      : errors;
  }
  if (dataSource && dataSourceRef && !sameJson(dataSource, dataSourceRef)) {
    errors.push(invalid(path, path.child('dataSource').toString(), 'must match dataSourceRef'));
  }
  return errors;
}

/** A bound claim may ask for more room, or for another class of attributes; everything else stays. */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const { spec } = claim;
  const allowed = withChangeableFieldsOf(spec, old);
  const errors: FieldError[] = [];
  if (!sameJson(allowed, old.spec)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(fieldForbidden(SPEC, `${detail}\n${differenceText(old.spec, allowed)}`));
  }
  errors.push(
    ...validateGrowth(claim, old),
    ...validateImmutable(spec.volumeMode, old.spec.volumeMode, new FieldPath('volumeMode')),
  );
  const isClassUnset = old.spec.volumeAttributesClassName && !spec.volumeAttributesClassName;
  if (isClassUnset) {
    const detail = 'update from non-nil value to nil is forbidden';
    errors.push(fieldForbidden(SPEC.child('volumeAttributesClassName'), detail));
  }
  return errors;
}

/** The new specification with everything that may change put back. */
function withChangeableFieldsOf(
  spec: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaim,
): PersistentVolumeClaimSpec {
  const result: Partial<PersistentVolumeClaimSpec> = { ...spec };
  const restore = (field: keyof PersistentVolumeClaimSpec) => {
    if (old.spec[field] === undefined) delete result[field];
    else Object.assign(result, { [field]: old.spec[field] });
  };
  if (!old.spec.volumeName) restore('volumeName');
  if (old.spec.storageClassName === undefined) restore('storageClassName');
  restore('volumeAttributesClassName');
  const storage = old.spec.resources?.requests?.storage;
  if (old.status?.phase === 'Bound' && storage !== undefined && spec.resources?.requests?.storage !== undefined) {
    result.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage } };
  }
  return result as PersistentVolumeClaimSpec;
}

/** A claim can give up room that it has not yet been given. */
function validateGrowth({ spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const now = amountOf(spec.resources?.requests, 'storage');
  if (now.compare(amountOf(old.spec.resources?.requests, 'storage')) >= 0) return [];
  if (now.compare(amountOf(old.status?.capacity, 'storage')) > 0) return [];
  return [fieldForbidden(SPEC.child('resources', 'requests', 'storage'), 'field can not be less than status.capacity')];
}

export function validateClaimStatusUpdate({ metadata, status }: PersistentVolumeClaim): FieldError[] {
  const path = new FieldPath('status');
  const errors: FieldError[] = metadata.resourceVersion ? [] : [required(new FieldPath('resourceVersion'))];
  for (const name of Object.keys(status?.capacity ?? {})) {
    const amount = amountOf(status?.capacity, name);
    if (amount.sign() < 0) errors.push(validQuantityNeeded(path.child('capacity').key(name), amount));
  }
  return errors;
}

export function claimWarnings({ spec }: PersistentVolumeClaim): string[] {
  const storage = amountOf(spec.resources?.requests, 'storage');
  if (storage.milliValue() % 1000 === 0) return [];
  const at = SPEC.child('resources', 'requests').key('storage');
  return [`${at}: fractional byte value ${JSON.stringify(`${storage}`)} is invalid, must be an integer`];
}
