import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  notSupported,
  type Quantity,
  required,
  sameJson,
  validateImmutable,
} from '@kubets/core';
import { validateOptionalChoice, validateRequiredText, validateText } from '../field-rules.ts';
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
const RECLAIM_POLICY = SPEC.child('persistentVolumeReclaimPolicy');
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

export function validatePersistentVolume({ metadata, spec }: PersistentVolume): FieldError[] {
  const errors = [
    ...(spec.accessModes?.length ? [] : [required(SPEC.child('accessModes'))]),
    ...validateAccessModes(spec.accessModes, SPEC.child('accessModes')),
    ...validateCapacity(spec.capacity, SPEC.child('capacity')),
    ...validateOptionalChoice(spec.persistentVolumeReclaimPolicy, RECLAIM_POLICY, RECLAIM_POLICIES),
    ...validateAffinity(spec),
    ...validateVolumeSource(metadata.name ?? '', spec),
    ...validateRecycling(spec),
  ];
  if (spec.storageClassName) {
    errors.push(...validateText(spec.storageClassName, SPEC.child('storageClassName'), isDns1123Subdomain));
  }
  errors.push(...validateOptionalChoice(spec.volumeMode, SPEC.child('volumeMode'), VOLUME_MODES));
  return [...errors, ...validateAttributesClass(spec)];
}

function validateAttributesClass({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec): FieldError[] {
  if (name === undefined) return [];
  const path = SPEC.child('volumeAttributesClassName');
  const errors = name
    ? validateText(name, path, isDns1123Subdomain)
    : [required(path, 'an empty string is disallowed')];
  return csi
    ? errors
    : [...errors, required(SPEC.child('csi'), 'has to be specified when using volumeAttributesClassName')];
}

/** Rules for the access modes of a volume or a claim, if it has any. */
export function validateAccessModes(modes: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const errors = (modes ?? [])
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => notSupported(path, mode, ACCESS_MODES));
  const others = (modes ?? []).filter((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  if (modes?.includes('ReadWriteOncePod') && others.length > 0) {
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
  const errors: FieldError[] = names.length === 0 ? [required(path)] : [];
  if (!names.includes('storage') || names.length > 1) errors.push(notSupported(path, capacity, ['storage']));
  for (const name of names) {
    const amount = amountOf(capacity, name);
    if (amount.sign() < 0) errors.push(validQuantityNeeded(path.key(name), amount));
  }
  return [...errors, ...validatePositiveAmounts(capacity ?? {}, path)];
}

/** The complaint about a negative amount, which is told in whole units. */
export function validQuantityNeeded(path: FieldPath, amount: Quantity): FieldError {
  return invalid(path, Math.ceil(amount.toNumber()), 'must be a valid resource quantity');
}

/** The types of sources, in the order in which they are looked at: of two the second is one too many. */
const SOURCE_TYPES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;
type SourceType = (typeof SOURCE_TYPES)[number];

function sourceTypesOf(spec: PersistentVolumeSpec): SourceType[] {
  return SOURCE_TYPES.filter((type) => spec[type] !== undefined && spec[type] !== null);
}

function validateVolumeSource(name: string, spec: PersistentVolumeSpec): FieldError[] {
  const [first, ...others] = sourceTypesOf(spec);
  if (!first) return [required(SPEC, 'must specify a volume type')];
  return [
    ...validateSource(first, name, spec),
    ...others.map((type) =>
      fieldForbidden(SPEC.child(type === 'cephfs' ? 'cephFS' : type), 'may not specify more than 1 volume type'),
    ),
  ];
}

function validateSource(type: SourceType, name: string, spec: PersistentVolumeSpec): FieldError[] {
  const path = SPEC.child(type);
  if (type === 'csi') return validateCsi(spec, path);
  if (type === 'local') return validateLocal(spec, path);
  const errors = validateVolumeDetails(type, spec, path, 'persistent volume');
  return type === 'iscsi' ? [...errors, ...validateInitiator(name, spec, path)] : errors;
}

function validateLocal({ local, nodeAffinity }: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const errors = local?.path ? validateNoBacksteps(local.path, path.child('path')) : [required(path.child('path'))];
  if (!nodeAffinity) errors.push(required(SPEC.child('nodeAffinity'), 'Local volume requires node affinity'));
  return errors;
}

const INITIATOR_MAX_BYTES = 64;

function validateInitiator(name: string, { iscsi }: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal}`.length > INITIATOR_MAX_BYTES) {
    const detail =
      'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
    errors.push(invalid(path.child('targetportal'), iscsi.targetPortal, detail));
  }
  if (iscsi?.secretRef && !iscsi.secretRef.name) errors.push(required(path.child('secretRef', 'name')));
  return errors;
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
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
  return [
    ...validateRequiredText(reference.name, path.child('name'), isDns1123Subdomain),
    ...validateRequiredText(reference.namespace, path.child('namespace'), isDns1123Label),
  ];
}

function validateRecycling({ persistentVolumeReclaimPolicy: policy, hostPath }: PersistentVolumeSpec): FieldError[] {
  if (policy !== 'Recycle' || !hostPath || !/^(\/+\.?)+$/.test(hostPath.path)) return [];
  return [fieldForbidden(RECLAIM_POLICY, "may not be 'recycle' for a hostPath mount of '/'")];
}

function validateAffinity({ nodeAffinity }: PersistentVolumeSpec): FieldError[] {
  if (!nodeAffinity) return [];
  const path = SPEC.child('nodeAffinity', 'required');
  return nodeAffinity.required
    ? validateNodeSelector(nodeAffinity.required, path)
    : [required(path, 'must specify required node constraints')];
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
  errors.push(...validateImmutable(spec.volumeMode, old.volumeMode, new FieldPath('volumeMode')));
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
