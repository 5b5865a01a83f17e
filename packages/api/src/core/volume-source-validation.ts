import {
  byteLength,
  type FieldError,
  FieldPath,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isInRange,
  notSupported,
  rangeMessage,
  required,
  tooLong,
} from '@kubets/core';
import { validateRequiredText, validateText } from '../field-rules.ts';
import { validateNoBacksteps, validateRelativePath } from './relative-path.ts';

const CSI_DRIVER_NAME_MAX_BYTES = 63;
const QUOBYTE_REGISTRY_TEXT = 'must be a host:port pair or multiple pairs separated by commas';
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
/** Who has the source: a pod's secrets are in its own namespace, a persistent volume names theirs. */
export type VolumeHolder = 'pod' | 'persistent volume';
type SourceRule = (source: Source, path: FieldPath, holder: VolumeHolder) => FieldError[];

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
    const isRelative = !String(exported ?? '').startsWith('/');
    return isRelative ? [invalid(path.child('path'), exported ?? '', 'must be an absolute path')] : [];
  },
  iscsi: validateIscsi,
  fc: validateFibreChannel,
  flocker: validateFlocker,
  azureDisk: validateAzureDisk,
  glusterfs: validateGlusterfs,
  flexVolume: validateFlexOptions,
  cinder: ({ secretRef }, path, owner) => validateSecret(secretRef, path.child('secretRef'), owner),
  azureFile: ({ secretNamespace }, path) => (secretNamespace === '' ? [required(path.child('secretNamespace'))] : []),
  quobyte: validateQuobyte,
  storageos: validateStorageOs,
};

/** Where complaints name a source by something else than its field. */
const PATH_NAMES: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };

/**
 * Rules for a volume's source by its type, such as `nfs`. They hold for the volumes of pods and for persistent volumes alike.
 * `holder` has the source as its property `type`.
 */
export function validateVolumeDetails(
  type: string,
  holder: object,
  path: FieldPath,
  owner: VolumeHolder = 'pod',
): FieldError[] {
  const source = (holder as Record<string, Source | undefined>)[type] ?? {};
  const at = PATH_NAMES[type] ? new FieldPath(`${path}`.slice(0, -type.length) + PATH_NAMES[type]) : path;
  const missing = (REQUIRED_FIELDS[type] ?? []).filter((name) => isEmpty(source[name]));
  const registryText = (name: string) => (name === 'registry' ? QUOBYTE_REGISTRY_TEXT : '');
  return [
    ...missing.map((name) => required(at.child(name), registryText(name))),
    ...(FURTHER_RULES[type]?.(source, at, owner) ?? []),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function validateSecret(reference: unknown, path: FieldPath, owner: VolumeHolder): FieldError[] {
  if (!reference) return [];
  const { name, namespace } = reference as { name?: string; namespace?: string };
  const errors = name ? [] : [required(path.child('name'))];
  if (owner === 'persistent volume' && !namespace) errors.push(required(path.child('namespace')));
  return errors;
}

function validateGlusterfs({ endpointsNamespace: namespace }: Source, path: FieldPath): FieldError[] {
  if (typeof namespace !== 'string') return [];
  const at = path.child('endpointsNamespace');
  if (namespace !== '') return isDns1123Label(namespace).map((detail) => invalid(at, namespace, detail));
  return [invalid(at, '', 'if the endpointnamespace is set, it must be a valid namespace name')];
}

function validateFlexOptions({ options }: Source, path: FieldPath): FieldError[] {
  return Object.keys(options ?? {})
    .filter((key) => /\.(kubernetes|k8s)\.io$/.test(`.${key.split('/')[0]!.toLowerCase()}`))
    .map((key) => invalid(path.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved'));
}

const QUOBYTE_TENANT_MAX_BYTES = 64;

function validateQuobyte({ registry, tenant }: Source, path: FieldPath): FieldError[] {
  if (typeof registry !== 'string' || !registry) return [];
  if (typeof tenant === 'string' && tenant.length > QUOBYTE_TENANT_MAX_BYTES) {
    return [required(path.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters')];
  }
  return registry
    .split(',')
    .filter((pair) => !/^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair))
    .map(() => invalid(path.child('registry'), registry, QUOBYTE_REGISTRY_TEXT));
}

function validateStorageOs(source: Source, path: FieldPath, owner: VolumeHolder): FieldError[] {
  const { volumeName, volumeNamespace, secretRef } = source;
  const errors = validateRequiredText(String(volumeName ?? ''), path.child('volumeName'), isDns1123Label);
  if (volumeNamespace) {
    errors.push(...validateText(String(volumeNamespace), path.child('volumeNamespace'), isDns1123Label));
  }
  return [...errors, ...validateSecret(secretRef, path.child('secretRef'), owner)];
}

function validateHostPath({ path: hostPath, type }: Source, path: FieldPath): FieldError[] {
  if (!hostPath) return [];
  const errors = validateNoBacksteps(String(hostPath), path.child('path'));
  if (type === undefined || HOST_PATH_TYPES.includes(String(type))) return errors;
  return [...errors, notSupported(path.child('type'), type, HOST_PATH_TYPES)];
}

function validatePartition({ partition }: Source, path: FieldPath): FieldError[] {
  const isPartition = isInRange(Number(partition ?? 0), 0, 255).length === 0;
  return isPartition ? [] : [invalid(path.child('partition'), partition, rangeMessage(1, 255))];
}

function validateLun(lun: unknown, path: FieldPath): FieldError[] {
  return isInRange(Number(lun ?? 0), 0, 255).map((detail) => invalid(path, lun, detail));
}

const INITIATOR_FORMATS = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};

/** Rules for the name of an iSCSI node; `unknownText` is said of those that are of no known type. */
function validateIscsiName(name: string, path: FieldPath, unknownText: string): FieldError[] {
  const type = (['iqn', 'eui', 'naa'] as const).find((prefix) => name.startsWith(prefix));
  if (!type) return [invalid(path, name, unknownText)];
  return INITIATOR_FORMATS[type].test(name) ? [] : [invalid(path, name, 'must be valid format')];
}

const UNKNOWN_INITIATOR = 'must be valid format starting with iqn, eui, or naa';

function validateIscsi(source: Source, path: FieldPath, owner: VolumeHolder): FieldError[] {
  const { iqn, lun, initiatorName } = source;
  const unknownText = owner === 'pod' ? UNKNOWN_INITIATOR : 'must be valid format';
  const errors = iqn ? validateIscsiName(String(iqn), path.child('iqn'), unknownText) : [];
  errors.push(...validateLun(lun, path.child('lun')));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
    errors.push(required(path.child('secretRef')));
  }
  if (initiatorName === undefined) return errors;
  return [...errors, ...validateIscsiName(String(initiatorName), path.child('initiatorname'), UNKNOWN_INITIATOR)];
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

/** How the addresses of disks begin, and what they look like. */
const MANAGED_DISK = [
  '/subscriptions/',
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
] as const;
const BLOB_DISK = [
  'https://',
  'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd',
] as const;

function validateAzureDisk({ cachingMode, kind, diskURI }: Source, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (cachingMode !== undefined && !CACHING_MODES.includes(String(cachingMode))) {
    errors.push(notSupported(path.child('cachingMode'), cachingMode, CACHING_MODES));
  }
  if (kind !== undefined && !DISK_KINDS.includes(String(kind))) {
    errors.push(notSupported(path.child('kind'), kind, DISK_KINDS));
  }
  if (kind === undefined) return errors;
  const uri = String(diskURI ?? '');
  const [prefix, form] = kind === 'Managed' ? MANAGED_DISK : BLOB_DISK;
  if (!uri.startsWith(prefix)) errors.push(notSupported(path.child('diskURI'), uri, [form]));
  return errors;
}

/** Rules for the name of a driver of container storage. */
export function validateCsiDriverName(driver: string, path: FieldPath): FieldError[] {
  const errors = driver ? [] : [required(path)];
  if (byteLength(driver) > CSI_DRIVER_NAME_MAX_BYTES) errors.push(tooLong(path, CSI_DRIVER_NAME_MAX_BYTES));
  return [...errors, ...isDns1123Subdomain(driver.toLowerCase()).map((detail) => invalid(path, driver, detail))];
}
