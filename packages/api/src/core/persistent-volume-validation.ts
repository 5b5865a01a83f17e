import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Subdomain,
  notSupported,
  required,
  sameJson,
  validateImmutable,
} from '@kubets/core';
import { validateChoice, validateOptionalChoice, validateText } from '../field-rules.ts';
import { ACCESS_MODES } from './access-mode.ts';
import type { PersistentVolume, PersistentVolumeSpec } from './persistent-volume.ts';
import { validateNodeSelector } from './placement-validation.ts';
import { differenceText } from './pod/difference.ts';
import type { SecretReference } from './reference.ts';
import { validateNoBacksteps } from './relative-path.ts';
import { amountOf, type ResourceList } from './resource-list.ts';
import { validateCsiDriverName, validateVolumeDetails } from './volume-source-validation.ts';

export const VOLUME_MODES = ['Block', 'Filesystem'];

const SPEC = new FieldPath('spec');
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

/** Everything in the specification that does not say where the volume is. */
const OTHER_FIELDS = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

export function validatePersistentVolume({ spec }: PersistentVolume): FieldError[] {
  const errors = [
    ...validateAccessModes(spec.accessModes, SPEC.child('accessModes')),
    ...validateCapacity(spec.capacity, SPEC.child('capacity')),
    ...validateVolumeSource(spec),
    ...validateReclaimPolicy(spec),
    ...validateOptionalChoice(spec.volumeMode, SPEC.child('volumeMode'), VOLUME_MODES),
    ...validateAffinity(spec),
  ];
  for (const field of ['storageClassName', 'volumeAttributesClassName'] as const) {
    if (spec[field]) errors.push(...validateText(spec[field], SPEC.child(field), isDns1123Subdomain));
  }
  return errors;
}

/** Access modes of a volume or a claim: at least one. */
export function validateAccessModes(modes: readonly string[] | undefined, path: FieldPath): FieldError[] {
  if (!modes?.length) return [required(path, 'at least 1 access mode is required')];
  const errors = modes
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => notSupported(path, mode, ACCESS_MODES));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.push(fieldForbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

/** Sizes of volumes are more than nothing. */
export function validatePositiveAmounts(resources: Readonly<ResourceList>, path: FieldPath): FieldError[] {
  return Object.entries(resources)
    .filter(([name]) => amountOf(resources, name).sign() <= 0)
    .map(([name, amount]) => invalid(path.key(name), amount, 'must be greater than zero'));
}

function validateCapacity(capacity: Readonly<ResourceList> | undefined, path: FieldPath): FieldError[] {
  const names = Object.keys(capacity ?? {});
  if (names.length === 0) return [required(path)];
  if (!names.includes('storage') || names.length > 1) return [notSupported(path, capacity, ['storage'])];
  return validatePositiveAmounts(capacity!, path);
}

function sourceTypesOf(spec: PersistentVolumeSpec): string[] {
  return Object.entries(spec)
    .filter(([field, value]) => !OTHER_FIELDS.has(field) && value !== undefined && value !== null)
    .map(([field]) => field);
}

function validateVolumeSource(spec: PersistentVolumeSpec): FieldError[] {
  const [first, ...others] = sourceTypesOf(spec);
  if (!first) return [required(SPEC, 'must specify a volume type')];
  return [
    ...validateSource(first, spec),
    ...others.map((type) => fieldForbidden(SPEC.child(type), 'may not specify more than 1 volume type')),
  ];
}

function validateSource(type: string, spec: PersistentVolumeSpec): FieldError[] {
  const path = SPEC.child(type);
  if (type === 'csi') return validateCsi(spec, path);
  if (type !== 'local') return validateVolumeDetails(type, spec, path);
  const local = spec.local?.path;
  return local ? validateNoBacksteps(local, path.child('path')) : [required(path.child('path'))];
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'nodeStageSecretRef',
  'nodePublishSecretRef',
  'controllerExpandSecretRef',
  'nodeExpandSecretRef',
] as const;

function validateCsi({ csi }: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  if (!csi) return [];
  const errors = validateCsiDriverName(csi.driver, path.child('driver'));
  if (!csi.volumeHandle) errors.push(required(path.child('volumeHandle')));
  return [...errors, ...CSI_SECRETS.flatMap((field) => validateSecretReference(csi[field], path.child(field)))];
}

function validateSecretReference(reference: SecretReference | undefined, path: FieldPath): FieldError[] {
  if (!reference) return [];
  return (['name', 'namespace'] as const)
    .filter((field) => !reference[field])
    .map((field) => required(path.child(field)));
}

function validateReclaimPolicy({
  persistentVolumeReclaimPolicy: policy,
  hostPath,
}: PersistentVolumeSpec): FieldError[] {
  const path = SPEC.child('persistentVolumeReclaimPolicy');
  const errors = validateChoice(policy, path, RECLAIM_POLICIES);
  if (policy === 'Recycle' && hostPath && /^\/*\.?\/*$/.test(hostPath.path)) {
    errors.push(fieldForbidden(path, "may not be 'recycle' for a hostPath mount of '/'"));
  }
  return errors;
}

function validateAffinity({ nodeAffinity, local }: PersistentVolumeSpec): FieldError[] {
  const path = SPEC.child('nodeAffinity');
  const errors: FieldError[] = nodeAffinity?.required
    ? validateNodeSelector(nodeAffinity.required, path.child('required'))
    : nodeAffinity
      ? [required(path.child('required'), 'must specify required node constraints')]
      : [];
  if (local && !nodeAffinity?.required) {
    errors.push(required(path, 'Local volume requires node affinity'));
  }
  return errors;
}

export function validatePersistentVolumeUpdate(
  { spec }: PersistentVolume,
  { spec: old }: PersistentVolume,
): FieldError[] {
  const [source, oldSource] = [sourceOf(spec), sourceOf(old)];
  const errors: FieldError[] = [];
  if (!sameJson(source, oldSource)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${differenceText(oldSource, source)}`;
    errors.push(fieldForbidden(SPEC.child('persistentvolumesource'), detail));
  }
  errors.push(...validateImmutable(spec.volumeMode, old.volumeMode, SPEC.child('volumeMode')));
  if (old.nodeAffinity) {
    errors.push(...validateImmutable(spec.nodeAffinity, old.nodeAffinity, SPEC.child('nodeAffinity')));
  }
  if (old.volumeAttributesClassName && !spec.volumeAttributesClassName) {
    const detail = 'update from non-nil value to nil is forbidden';
    errors.push(fieldForbidden(SPEC.child('volumeAttributesClassName'), detail));
  }
  return errors;
}

function sourceOf(spec: PersistentVolumeSpec): object {
  const values = spec as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(sourceTypesOf(spec).map((type) => [type, values[type]]));
}

/** Types of volumes that are on their way out. */
const OLD_SOURCES: Readonly<Record<string, string>> = {
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
};

export function persistentVolumeWarnings({ spec }: PersistentVolume): string[] {
  const warnings = sourceTypesOf(spec).flatMap((type) =>
    OLD_SOURCES[type] ? [`${SPEC.child(type)}: ${OLD_SOURCES[type]}`] : [],
  );
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    const path = SPEC.child('persistentVolumeReclaimPolicy');
    warnings.push(
      `${path}: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.`,
    );
  }
  return warnings;
}
