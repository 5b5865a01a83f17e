import {
  type FieldError,
  type FieldPath,
  invalid,
  isDns1123Subdomain,
  isInRange,
  notSupported,
  required,
  tooLong,
} from '@kubets/core';
import { validateNoBacksteps, validateRelativePath } from './relative-path.ts';

const CSI_DRIVER_NAME_MAX_BYTES = 63;
const CACHING_MODES = ['None', 'ReadOnly', 'ReadWrite'];
const DISK_KINDS = ['Dedicated', 'Managed', 'Shared'];
const HOST_PATH_TYPES = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
];

type Source = Readonly<Record<string, unknown>>;
type SourceRule = (source: Source, path: FieldPath) => FieldError[];

/** The fields that a source of each type cannot do without. */
const REQUIRED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  hostPath: ['path'],
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  nfs: ['server', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  flexVolume: ['driver'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  azureFile: ['secretName', 'shareName'],
  azureDisk: ['diskName', 'diskURI'],
  vsphereVolume: ['volumePath'],
  quobyte: ['registry', 'volume'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  scaleIO: ['gateway', 'system', 'volumeName'],
};

const FURTHER_RULES: Readonly<Record<string, SourceRule>> = {
  hostPath: validateHostPath,
  gitRepo: ({ directory }, path) =>
    typeof directory === 'string' && directory ? validateRelativePath(directory, path.child('directory')) : [],
  gcePersistentDisk: validatePartition,
  awsElasticBlockStore: validatePartition,
  nfs({ path: exported }, path) {
    const isRelative = typeof exported === 'string' && exported !== '' && !exported.startsWith('/');
    return isRelative ? [invalid(path.child('path'), exported, 'must be an absolute path')] : [];
  },
  iscsi: validateIscsi,
  fc: validateFibreChannel,
  flocker: validateFlocker,
  azureDisk: validateAzureDisk,
  scaleIO: ({ secretRef }, path) => (nameOf(secretRef) ? [] : [required(path.child('secretRef', 'name'))]),
};

/**
 * Rules for a volume's source by its type, such as `nfs`. They hold for the volumes of pods and for persistent volumes alike.
 * `holder` has the source as its property `type`.
 */
export function validateVolumeDetails(type: string, holder: object, path: FieldPath): FieldError[] {
  const source = (holder as Record<string, Source | undefined>)[type] ?? {};
  const missing = (REQUIRED_FIELDS[type] ?? []).filter((name) => isEmpty(source[name]));
  return [...missing.map((name) => required(path.child(name))), ...(FURTHER_RULES[type]?.(source, path) ?? [])];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function nameOf(reference: unknown): string {
  return (reference as { name?: string } | undefined)?.name ?? '';
}

function validateHostPath({ path: hostPath, type }: Source, path: FieldPath): FieldError[] {
  const errors = typeof hostPath === 'string' ? validateNoBacksteps(hostPath, path.child('path')) : [];
  if (type === undefined || HOST_PATH_TYPES.includes(String(type))) return errors;
  return [...errors, notSupported(path.child('type'), type, HOST_PATH_TYPES)];
}

function validatePartition({ partition }: Source, path: FieldPath): FieldError[] {
  return isInRange(Number(partition ?? 0), 0, 255).map((detail) => invalid(path.child('partition'), partition, detail));
}

function validateLun(lun: unknown, path: FieldPath): FieldError[] {
  return isInRange(Number(lun ?? 0), 0, 255).map((detail) => invalid(path, lun, detail));
}

function validateIscsi(source: Source, path: FieldPath): FieldError[] {
  const iqn = String(source.iqn ?? '');
  const errors = validateLun(source.lun, path.child('lun'));
  if (iqn && !/^(iqn|eui|naa)/.test(iqn)) {
    errors.push(invalid(path.child('iqn'), iqn, 'must be valid format starting with iqn, eui, or naa'));
  }
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
    errors.push(required(path.child('secretRef')));
  }
  return errors;
}

function validateFibreChannel({ targetWWNs, wwids, lun }: Source, path: FieldPath): FieldError[] {
  const [hasNames, hasIds] = [!isEmpty(targetWWNs), !isEmpty(wwids)];
  if (!hasNames && !hasIds) {
    return [required(path.child('targetWWNs'), 'must specify either targetWWNs or wwids, but not both')];
  }
  if (hasNames && hasIds) {
    return [invalid(path.child('targetWWNs'), targetWWNs, 'targetWWNs and wwids can not be specified simultaneously')];
  }
  if (!hasNames) return [];
  if (lun === undefined) return [required(path.child('lun'), 'lun is required if targetWWNs is specified')];
  return validateLun(lun, path.child('lun'));
}

function validateFlocker({ datasetName, datasetUUID }: Source, path: FieldPath): FieldError[] {
  if (!datasetName && !datasetUUID) {
    return [required(path, 'one of datasetName and datasetUUID is required')];
  }
  if (datasetName && datasetUUID) {
    return [invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')];
  }
  const hasSlash = typeof datasetName === 'string' && datasetName.includes('/');
  return hasSlash ? [invalid(path.child('datasetName'), datasetName, "must not contain '/'")] : [];
}

function validateAzureDisk({ cachingMode, kind, diskURI }: Source, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (cachingMode !== undefined && !CACHING_MODES.includes(String(cachingMode))) {
    errors.push(notSupported(path.child('cachingMode'), cachingMode, CACHING_MODES));
  }
  if (kind !== undefined && !DISK_KINDS.includes(String(kind))) {
    errors.push(notSupported(path.child('kind'), kind, DISK_KINDS));
  }
  const uri = String(diskURI ?? '');
  if (uri && kind === 'Managed' && !uri.startsWith('/subscriptions/')) {
    errors.push(
      notSupported(path.child('diskURI'), uri, [
        '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
      ]),
    );
  }
  return errors;
}

/** Rules for the name of a driver of container storage. */
export function validateCsiDriverName(driver: string, path: FieldPath): FieldError[] {
  if (!driver) return [required(path)];
  if (driver.length > CSI_DRIVER_NAME_MAX_BYTES) return [tooLong(path, CSI_DRIVER_NAME_MAX_BYTES)];
  return isDns1123Subdomain(driver.toLowerCase()).map((detail) => invalid(path, driver, detail));
}
