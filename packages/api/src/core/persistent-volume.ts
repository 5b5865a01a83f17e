import {
  bool,
  defineKind,
  field,
  type Infer,
  inline,
  int32,
  list,
  map,
  message,
  quantity,
  string,
  time,
  type WriteStrategy,
} from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { keepStatus, statusStrategy } from '../status-rules.ts';
import { persistentVolumeColumns } from './persistent-volume-columns.ts';
import {
  persistentVolumeWarnings,
  validatePersistentVolume,
  validatePersistentVolumeUpdate,
} from './persistent-volume-validation.ts';
import { NodeSelector, ObjectReference, SecretReference } from './reference.ts';
import { roundUpResources } from './resource-list.ts';
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  HostPathVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './volume.ts';

export const AzureFilePersistentVolumeSource = message('io.k8s.api.core.v1.AzureFilePersistentVolumeSource', '', {
  secretName: field(1, string, '').required().default(''),
  shareName: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
  secretNamespace: field(4, string, ''),
});
export interface AzureFilePersistentVolumeSource extends Infer<typeof AzureFilePersistentVolumeSource> {}

export const CSIPersistentVolumeSource = message('io.k8s.api.core.v1.CSIPersistentVolumeSource', '', {
  driver: field(1, string, '').required().default(''),
  volumeHandle: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
  fsType: field(4, string, ''),
  volumeAttributes: field(5, map(string), ''),
  controllerPublishSecretRef: field(6, SecretReference, ''),
  nodeStageSecretRef: field(7, SecretReference, ''),
  nodePublishSecretRef: field(8, SecretReference, ''),
  controllerExpandSecretRef: field(9, SecretReference, ''),
  nodeExpandSecretRef: field(10, SecretReference, ''),
});
export interface CSIPersistentVolumeSource extends Infer<typeof CSIPersistentVolumeSource> {}

export const CephFSPersistentVolumeSource = message('io.k8s.api.core.v1.CephFSPersistentVolumeSource', '', {
  monitors: field(1, list(string), '').required().atomic(),
  path: field(2, string, ''),
  user: field(3, string, ''),
  secretFile: field(4, string, ''),
  secretRef: field(5, SecretReference, ''),
  readOnly: field(6, bool, ''),
});
export interface CephFSPersistentVolumeSource extends Infer<typeof CephFSPersistentVolumeSource> {}

export const CinderPersistentVolumeSource = message('io.k8s.api.core.v1.CinderPersistentVolumeSource', '', {
  volumeID: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  readOnly: field(3, bool, ''),
  secretRef: field(4, SecretReference, ''),
});
export interface CinderPersistentVolumeSource extends Infer<typeof CinderPersistentVolumeSource> {}

export const FlexPersistentVolumeSource = message('io.k8s.api.core.v1.FlexPersistentVolumeSource', '', {
  driver: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  secretRef: field(3, SecretReference, ''),
  readOnly: field(4, bool, ''),
  options: field(5, map(string), ''),
});
export interface FlexPersistentVolumeSource extends Infer<typeof FlexPersistentVolumeSource> {}

export const GlusterfsPersistentVolumeSource = message('io.k8s.api.core.v1.GlusterfsPersistentVolumeSource', '', {
  endpoints: field(1, string, '').required().default(''),
  path: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
  endpointsNamespace: field(4, string, ''),
});
export interface GlusterfsPersistentVolumeSource extends Infer<typeof GlusterfsPersistentVolumeSource> {}

export const ISCSIPersistentVolumeSource = message('io.k8s.api.core.v1.ISCSIPersistentVolumeSource', '', {
  targetPortal: field(1, string, '').required().default(''),
  iqn: field(2, string, '').required().default(''),
  lun: field(3, int32, '').required().default(0),
  iscsiInterface: field(4, string, '').default('default'),
  fsType: field(5, string, ''),
  readOnly: field(6, bool, ''),
  portals: field(7, list(string), '').atomic(),
  chapAuthDiscovery: field(8, bool, ''),
  secretRef: field(10, SecretReference, ''),
  chapAuthSession: field(11, bool, ''),
  initiatorName: field(12, string, ''),
});
export interface ISCSIPersistentVolumeSource extends Infer<typeof ISCSIPersistentVolumeSource> {}

export const LocalVolumeSource = message('io.k8s.api.core.v1.LocalVolumeSource', '', {
  path: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
});
export interface LocalVolumeSource extends Infer<typeof LocalVolumeSource> {}

export const RBDPersistentVolumeSource = message('io.k8s.api.core.v1.RBDPersistentVolumeSource', '', {
  monitors: field(1, list(string), '').required().atomic(),
  image: field(2, string, '').required().default(''),
  fsType: field(3, string, ''),
  pool: field(4, string, '').default('rbd'),
  user: field(5, string, '').default('admin'),
  keyring: field(6, string, '').default('/etc/ceph/keyring'),
  secretRef: field(7, SecretReference, ''),
  readOnly: field(8, bool, ''),
});
export interface RBDPersistentVolumeSource extends Infer<typeof RBDPersistentVolumeSource> {}

export const ScaleIOPersistentVolumeSource = message('io.k8s.api.core.v1.ScaleIOPersistentVolumeSource', '', {
  gateway: field(1, string, '').required().default(''),
  system: field(2, string, '').required().default(''),
  secretRef: field(3, SecretReference, '').required(),
  sslEnabled: field(4, bool, ''),
  protectionDomain: field(5, string, ''),
  storagePool: field(6, string, ''),
  storageMode: field(7, string, '').default('ThinProvisioned'),
  volumeName: field(8, string, ''),
  fsType: field(9, string, '').default('xfs'),
  readOnly: field(10, bool, ''),
});
export interface ScaleIOPersistentVolumeSource extends Infer<typeof ScaleIOPersistentVolumeSource> {}

export const StorageOSPersistentVolumeSource = message('io.k8s.api.core.v1.StorageOSPersistentVolumeSource', '', {
  volumeName: field(1, string, ''),
  volumeNamespace: field(2, string, ''),
  fsType: field(3, string, ''),
  readOnly: field(4, bool, ''),
  secretRef: field(5, ObjectReference, ''),
});
export interface StorageOSPersistentVolumeSource extends Infer<typeof StorageOSPersistentVolumeSource> {}

export const PersistentVolumeSource = message('io.k8s.api.core.v1.PersistentVolumeSource', '', {
  gcePersistentDisk: field(1, GCEPersistentDiskVolumeSource, ''),
  awsElasticBlockStore: field(2, AWSElasticBlockStoreVolumeSource, ''),
  hostPath: field(3, HostPathVolumeSource, ''),
  glusterfs: field(4, GlusterfsPersistentVolumeSource, ''),
  nfs: field(5, NFSVolumeSource, ''),
  rbd: field(6, RBDPersistentVolumeSource, ''),
  iscsi: field(7, ISCSIPersistentVolumeSource, ''),
  cinder: field(8, CinderPersistentVolumeSource, ''),
  cephfs: field(9, CephFSPersistentVolumeSource, ''),
  fc: field(10, FCVolumeSource, ''),
  flocker: field(11, FlockerVolumeSource, ''),
  flexVolume: field(12, FlexPersistentVolumeSource, ''),
  azureFile: field(13, AzureFilePersistentVolumeSource, ''),
  vsphereVolume: field(14, VsphereVirtualDiskVolumeSource, ''),
  quobyte: field(15, QuobyteVolumeSource, ''),
  azureDisk: field(16, AzureDiskVolumeSource, ''),
  photonPersistentDisk: field(17, PhotonPersistentDiskVolumeSource, ''),
  portworxVolume: field(18, PortworxVolumeSource, ''),
  scaleIO: field(19, ScaleIOPersistentVolumeSource, ''),
  local: field(20, LocalVolumeSource, ''),
  storageos: field(21, StorageOSPersistentVolumeSource, ''),
  csi: field(22, CSIPersistentVolumeSource, ''),
});
export interface PersistentVolumeSource extends Infer<typeof PersistentVolumeSource> {}

export const VolumeNodeAffinity = message('io.k8s.api.core.v1.VolumeNodeAffinity', '', {
  required: field(1, NodeSelector, ''),
});
export interface VolumeNodeAffinity extends Infer<typeof VolumeNodeAffinity> {}

export const PersistentVolumeSpec = message('io.k8s.api.core.v1.PersistentVolumeSpec', '', {
  capacity: field(1, map(quantity), ''),
  ...inline(2, PersistentVolumeSource),
  accessModes: field(3, list(string), '')
    .oneOf('ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod')
    .atomic(),
  claimRef: field(4, ObjectReference, '').granularMap(),
  persistentVolumeReclaimPolicy: field(5, string, '').oneOf('Delete', 'Recycle', 'Retain'),
  storageClassName: field(6, string, ''),
  mountOptions: field(7, list(string), '').atomic(),
  volumeMode: field(8, string, '').oneOf('Block', 'Filesystem'),
  nodeAffinity: field(9, VolumeNodeAffinity, ''),
  volumeAttributesClassName: field(10, string, ''),
});
export interface PersistentVolumeSpec extends Infer<typeof PersistentVolumeSpec> {}

export const PersistentVolumeStatus = message('io.k8s.api.core.v1.PersistentVolumeStatus', '', {
  phase: field(1, string, '').oneOf('Available', 'Bound', 'Failed', 'Pending', 'Released'),
  message: field(2, string, ''),
  reason: field(3, string, ''),
  lastPhaseTransitionTime: field(4, time, ''),
});
export interface PersistentVolumeStatus extends Infer<typeof PersistentVolumeStatus> {}

export const PersistentVolume = message('io.k8s.api.core.v1.PersistentVolume', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, PersistentVolumeSpec, '').always().default({}),
  status: field(3, PersistentVolumeStatus, '').default({}),
});
export interface PersistentVolume extends Infer<typeof PersistentVolume> {}

const persistentVolumeStrategy: WriteStrategy<PersistentVolume> = {
  applyDefaults({ spec, status }) {
    if (status) status.phase ||= 'Pending';
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
    roundUpResources(spec.capacity);
  },
  prepareForCreate(draft, { nowMs }) {
    draft.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp(nowMs) };
  },
  validate: validatePersistentVolume,
  prepareForUpdate: keepStatus,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: persistentVolumeWarnings,
};

/** Whoever changes the phase need not say when: the change is the time. */
const persistentVolumeStatusStrategy = statusStrategy<PersistentVolume>({
  prepareForUpdate({ status }, { status: old }, { nowMs }) {
    if (!status || status.phase === old?.phase) return;
    if (!status.lastPhaseTransitionTime || status.lastPhaseTransitionTime === old?.lastPhaseTransitionTime) {
      status.lastPhaseTransitionTime = timestamp(nowMs);
    }
  },
});

function timestamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}

export const persistentVolumeKind = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  returnsDeletedObject: true,
  resource: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  schema: PersistentVolume,
  strategy: persistentVolumeStrategy,
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'PersistentVolume',
      form: 'object',
      strategy: persistentVolumeStatusStrategy,
    },
  ],
  columns: persistentVolumeColumns,
  storageVersionHash: 'HN/zwEC+JgM=',
});
