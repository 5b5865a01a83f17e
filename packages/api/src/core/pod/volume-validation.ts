import {
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  type ObjectMeta,
  Quantity,
  rangeMessage,
  required,
  validateAnnotations,
  validateLabelSelector,
  validateLabels,
} from '@kubets/core';
import { validateOptionalChoice, validateRequiredText, validateText } from '../../field-rules.ts';
import { validateClaimSpec } from '../persistent-volume-claim-validation.ts';
import { validateUnreservedPath } from '../relative-path.ts';
import type {
  ClusterTrustBundleProjection,
  CSIVolumeSource,
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  KeyToPath,
  PodCertificateProjection,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../volume.ts';
import { validateCsiDriverName, validateVolumeDetails } from '../volume-source-validation.ts';
import { validateFieldRef, validateResourceFieldRef } from './env-validation.ts';

const MAX_FILE_MODE = 0o777;
const FILE_MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive';
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** What is wrong with a pod's volumes, and the volumes with which nothing is: only those can be mounted. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: FieldPath,
  podName?: string,
): { errors: FieldError[]; volumes: ReadonlyMap<string, Volume> } {
  const usable = new Map<string, Volume>();
  const made = new Set((volumes ?? []).flatMap(({ name, ephemeral }) => (ephemeral ? [`${podName}-${name}`] : [])));
  const errors = (volumes ?? []).flatMap((volume, index) => {
    const at = path.index(index);
    const nameAt = at.child('name');
    const { name, persistentVolumeClaim: claim } = volume;
    const found = [...validateVolume(volume, at, podName), ...validateRequiredText(name, nameAt, isDns1123Label)];
    if (usable.has(name)) found.push(duplicate(nameAt, name));
    if (found.length === 0) usable.set(name, volume);
    if (podName && claim && made.has(claim.claimName)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      found.push(invalid(at.child('persistentVolumeClaim', 'claimName'), claim.claimName, detail));
    }
    return found;
  });
  return { errors, volumes: usable };
}

/** The types of sources, in the order in which they are looked at: of two the second is one too many. */
const SOURCE_TYPES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const;

/** Names under which upstream complains of sources that are one too many, where they are not the field's own. */
const SURPLUS_NAMES: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

/** Exactly one source, and nothing wrong with it. */
function validateVolume(volume: Volume, path: FieldPath, podName: string | undefined): FieldError[] {
  const [first, ...others] = SOURCE_TYPES.filter((type) => volume[type] !== undefined && volume[type] !== null);
  if (!first) return [required(path, 'must specify a volume type')];
  return [
    ...validateSource(first, volume, path.child(first)),
    ...(first === 'iscsi' ? validateInitiator(volume, path) : []),
    ...(first === 'ephemeral' ? validateClaimName(volume, path, podName) : []),
    ...others.map((type) =>
      fieldForbidden(path.child(SURPLUS_NAMES[type] ?? type), 'may not specify more than 1 volume type'),
    ),
  ];
}

function validateSource(type: string, volume: Volume, path: FieldPath): FieldError[] {
  const rule = POD_SOURCE_RULES[type];
  return rule ? rule(volume, path) : validateVolumeDetails(type, volume, path);
}

const INITIATOR_MAX_BYTES = 64;
const INITIATOR_TEXT =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

function validateInitiator({ name, iscsi }: Volume, path: FieldPath): FieldError[] {
  if (iscsi?.initiatorName === undefined || `${name}:${iscsi.targetPortal}`.length <= INITIATOR_MAX_BYTES) return [];
  return [invalid(path.child('name'), name, INITIATOR_TEXT)];
}

/** A claim that is made for a volume is named after the pod and the volume. */
function validateClaimName({ name }: Volume, path: FieldPath, podName: string | undefined): FieldError[] {
  if (!podName || !name) return [];
  const claim = `${podName}-${name}`;
  return isDns1123Subdomain(claim).map((detail) =>
    invalid(path.child('name'), name, `PVC name ${JSON.stringify(claim)}: ${detail}`),
  );
}

/** Sources that only pods have; those that persistent volumes have too are checked with them. */
const POD_SOURCE_RULES: Readonly<Record<string, (volume: Volume, path: FieldPath) => FieldError[]>> = {
  emptyDir: ({ emptyDir }, path) => validateEmptyDir(emptyDir!, path),
  secret: ({ secret }, path) => [
    ...(secret!.secretName ? [] : [required(path.child('secretName'))]),
    ...validateMode(secret!.defaultMode, path.child('defaultMode')),
    ...validateItems(secret!.items, path.child('items')),
  ],
  configMap: ({ configMap }, path) => [
    ...(configMap!.name ? [] : [required(path.child('name'))]),
    ...validateMode(configMap!.defaultMode, path.child('defaultMode')),
    ...validateItems(configMap!.items, path.child('items')),
  ],
  downwardAPI: ({ downwardAPI }, path) => [
    ...validateMode(downwardAPI!.defaultMode, path.child('defaultMode')),
    ...validateDownwardFiles(downwardAPI!.items, path),
  ],
  projected: ({ projected }, path) => [
    ...validateMode(projected!.defaultMode, path.child('defaultMode')),
    ...validateProjections(projected!.sources, path),
  ],
  persistentVolumeClaim: ({ persistentVolumeClaim }, path) =>
    persistentVolumeClaim!.claimName ? [] : [required(path.child('claimName'))],
  csi: ({ csi }, path) => [
    ...validateCsiDriverName(csi!.driver, path.child('driver')),
    ...validatePublishSecret(csi!, path),
  ],
  ephemeral({ ephemeral }, path) {
    const template = ephemeral!.volumeClaimTemplate;
    const at = path.child('volumeClaimTemplate');
    if (!template) return [required(at)];
    return [
      ...validateTemplateMetadata(template.metadata ?? {}, at.child('metadata')),
      ...validateClaimSpec(template.spec, at.child('spec')),
    ];
  },
  image: ({ image }, path) => [
    ...(image!.reference ? [] : [required(path.child('reference'))]),
    ...validateOptionalChoice(image!.pullPolicy, path.child('pullPolicy'), PULL_POLICIES),
  ],
};

function validatePublishSecret({ nodePublishSecretRef: secret }: CSIVolumeSource, path: FieldPath): FieldError[] {
  if (!secret) return [];
  if (!secret.name) return [required(path.child('nodePublishSecretRef', 'name'))];
  return validateText(secret.name, path.child('name'), isDns1123Subdomain);
}

/** Objects that are made of a template have its labels and annotations, and nothing else of its metadata. */
function validateTemplateMetadata(metadata: ObjectMeta, path: FieldPath): FieldError[] {
  const { labels, annotations, ...others } = metadata;
  return [
    ...validateAnnotations(annotations, path.child('annotations')),
    ...validateLabels(labels, path.child('labels')),
    ...Object.entries(others)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name]) => fieldForbidden(path.child(name), 'cannot be set')),
  ];
}

function validateEmptyDir({ sizeLimit }: EmptyDirVolumeSource, path: FieldPath): FieldError[] {
  const isNegative = (Quantity.tryParse(sizeLimit)?.sign() ?? 0) < 0;
  const detail = 'SizeLimit field must be a valid resource quantity';
  return isNegative ? [fieldForbidden(path.child('sizeLimit'), detail)] : [];
}

function validateMode(mode: number | undefined, path: FieldPath): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= MAX_FILE_MODE) ? [] : [invalid(path, mode, FILE_MODE_TEXT)];
}

function validateItems(items: readonly KeyToPath[] | undefined, path: FieldPath): FieldError[] {
  return (items ?? []).flatMap((item, index) => {
    const at = path.index(index);
    return [
      ...(item.key ? [] : [required(at.child('key'))]),
      ...(item.path ? validateUnreservedPath(item.path, at.child('path')) : [required(at.child('path'))]),
      ...validateMode(item.mode, at.child('mode')),
    ];
  });
}

function validateDownwardFiles(items: readonly DownwardAPIVolumeFile[] | undefined, path: FieldPath): FieldError[] {
  return (items ?? []).flatMap((item) => {
    const errors = item.path ? validateUnreservedPath(item.path, path.child('path')) : [required(path.child('path'))];
    if (item.fieldRef) {
      errors.push(...validateFieldRef(item.fieldRef, path.child('fieldRef'), 'file'));
      if (item.resourceFieldRef) {
        const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
        errors.push(invalid(path, 'resource', detail));
      }
    } else if (item.resourceFieldRef) {
      errors.push(...validateResourceFieldRef(item.resourceFieldRef, path.child('resourceFieldRef'), 'file'));
    } else {
      errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
    }
    return [...errors, ...validateMode(item.mode, path.child('mode'))];
  });
}

/** Each projection has one source, and no two write the same file. */
function validateProjections(sources: readonly VolumeProjection[] | undefined, path: FieldPath): FieldError[] {
  const files = new Set<string>();
  return (sources ?? []).flatMap((source, index) => {
    const at = path.child('sources').index(index);
    const types = Object.entries(source).filter(([, value]) => value !== undefined && value !== null);
    const [first, ...others] = types.map(([type]) => type);
    if (!first) return [];
    const errors = validateProjection(source, at, path);
    for (const file of projectedFiles(source)) {
      if (files.has(file)) errors.push(invalid(path, quotedFile(source, file), 'conflicting duplicate paths'));
      files.add(file);
    }
    if (others.length > 0) errors.push(fieldForbidden(at, 'may not specify more than 1 volume type per source'));
    return errors;
  });
}

/** Of files that are written twice messages quote the object they come from, if they come from one. */
function quotedFile({ secret, configMap }: VolumeProjection, file: string): string {
  return secret ? (secret.name ?? '') : configMap ? (configMap.name ?? '') : file;
}

function projectedFiles(source: VolumeProjection): string[] {
  const items = source.secret?.items ?? source.configMap?.items ?? source.downwardAPI?.items ?? [];
  const single = source.clusterTrustBundle?.path;
  const certificate = source.podCertificate;
  const certificateFiles = [certificate?.credentialBundlePath, certificate?.keyPath, certificate?.certificateChainPath];
  return [...items.map(({ path }) => path), single, ...certificateFiles].filter((file): file is string =>
    Boolean(file),
  );
}

function validateProjection(source: VolumeProjection, path: FieldPath, volumeAt: FieldPath): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  if (secret || configMap) {
    const at = path.child(secret ? 'secret' : 'configMap');
    const { name, items } = (secret ?? configMap)!;
    return [...(name ? [] : [required(at.child('name'))]), ...validateItems(items, at.child('items'))];
  }
  if (downwardAPI) return validateDownwardFiles(downwardAPI.items, path.child('downwardAPI'));
  if (serviceAccountToken) return validateToken(serviceAccountToken, path.child('serviceAccountToken'), volumeAt);
  if (clusterTrustBundle) return validateTrustBundle(clusterTrustBundle, path.child('clusterTrustBundle'));
  return podCertificate ? validatePodCertificate(podCertificate, path.child('podCertificate')) : [];
}

function validateToken(token: ServiceAccountTokenProjection, path: FieldPath, volumeAt: FieldPath): FieldError[] {
  const seconds = token.expirationSeconds ?? MIN_TOKEN_SECONDS;
  const at = path.child('expirationSeconds');
  const errors: FieldError[] = [];
  if (seconds < MIN_TOKEN_SECONDS) {
    errors.push(invalid(at, seconds, 'may not specify a duration less than 10 minutes'));
  }
  if (seconds > MAX_TOKEN_SECONDS) {
    errors.push(invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!token.path) return [...errors, required(volumeAt.child('path'))];
  return [...errors, ...validateUnreservedPath(token.path, volumeAt.child('path'))];
}

function validateTrustBundle(bundle: ClusterTrustBundleProjection, path: FieldPath): FieldError[] {
  const { name, signerName, labelSelector } = bundle;
  const errors: FieldError[] = [];
  if (name === undefined && signerName === undefined) {
    errors.push(required(path, 'either name or signerName must be specified'));
  } else if (name !== undefined && signerName !== undefined) {
    errors.push(invalid(path, bundle, 'only one of name and signerName may be used'));
  } else if (name === '') {
    errors.push(required(path.child('name'), 'must be a valid object name'));
  } else if (signerName === '') {
    errors.push(required(path.child('signerName'), 'must be a valid signer name'));
  }
  if (name !== undefined && labelSelector) {
    errors.push(
      invalid(path.child('labelSelector'), labelSelector, 'labelSelector must be unset if name is specified'),
    );
  }
  errors.push(...validateLabelSelector(labelSelector, path.child('labelSelector')));
  return bundle.path
    ? [...errors, ...validateUnreservedPath(bundle.path, path.child('path'))]
    : [...errors, required(path.child('path'))];
}

const KEY_TYPES = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];
const MIN_CERTIFICATE_SECONDS = 3600;
const MAX_CERTIFICATE_SECONDS = 91 * 24 * 3600;

function validatePodCertificate(certificate: PodCertificateProjection, path: FieldPath): FieldError[] {
  const { signerName, keyType, maxExpirationSeconds: seconds } = certificate;
  const errors: FieldError[] = signerName
    ? validateText(signerName, path.child('signerName'), isQualifiedName)
    : [required(path.child('signerName'))];
  if (!KEY_TYPES.includes(keyType)) errors.push(...validateOptionalChoice(keyType, path.child('keyType'), KEY_TYPES));
  if (seconds !== undefined && (seconds < MIN_CERTIFICATE_SECONDS || seconds > MAX_CERTIFICATE_SECONDS)) {
    const detail = rangeMessage(MIN_CERTIFICATE_SECONDS, MAX_CERTIFICATE_SECONDS);
    errors.push(invalid(path.child('maxExpirationSeconds'), seconds, detail));
  }
  const files = ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const;
  if (files.every((name) => !certificate[name])) {
    errors.push(required(path, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath'));
  }
  return [
    ...errors,
    ...files.flatMap((name) => (certificate[name] ? validateUnreservedPath(certificate[name], path.child(name)) : [])),
  ];
}
