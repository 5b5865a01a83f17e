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
import { ACCESS_MODES } from './access-mode.ts';
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

export const AzureFilePersistentVolumeSource = message(
  'io.k8s.api.core.v1.AzureFilePersistentVolumeSource',
  'An Azure file share; handled by the CSI driver file.csi.azure.com.',
  {
    secretName: field(1, string, 'Secret with the name and key of the storage account.').required().default(''),
    shareName: field(2, string, 'Name of the share.').required().default(''),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
    secretNamespace: field(4, string, 'Namespace of the secret; that of the pod by default.').pointer(),
  },
);
export interface AzureFilePersistentVolumeSource extends Infer<typeof AzureFilePersistentVolumeSource> {}

export const CSIPersistentVolumeSource = message(
  'io.k8s.api.core.v1.CSIPersistentVolumeSource',
  'A volume of a CSI driver.',
  {
    driver: field(1, string, 'Name of the driver.').required().default(''),
    volumeHandle: field(2, string, 'Id of the volume, unique for the driver.').required().default(''),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
    fsType: field(4, string, 'File system to use, such as ext4 or xfs.'),
    volumeAttributes: field(5, map(string), 'Settings of the volume that the driver understands.'),
    controllerPublishSecretRef: field(6, SecretReference, 'Secret that the driver needs to attach the volume.'),
    nodeStageSecretRef: field(7, SecretReference, 'Secret that the driver needs to prepare the volume on a node.'),
    nodePublishSecretRef: field(8, SecretReference, 'Secret that the driver needs to mount the volume.'),
    controllerExpandSecretRef: field(9, SecretReference, 'Secret that the driver needs to enlarge the volume.'),
    nodeExpandSecretRef: field(10, SecretReference, 'Secret that the driver needs to enlarge the volume on a node.'),
  },
);
export interface CSIPersistentVolumeSource extends Infer<typeof CSIPersistentVolumeSource> {}

export const CephFSPersistentVolumeSource = message(
  'io.k8s.api.core.v1.CephFSPersistentVolumeSource',
  'A Ceph file system; deprecated, and no longer supported.',
  {
    monitors: field(1, list(string), 'Addresses of the Ceph monitors.').required().atomic(),
    path: field(2, string, 'Directory that is mounted; / by default.'),
    user: field(3, string, 'User to log in as; admin by default.'),
    secretFile: field(4, string, "File on the node that has the user's key."),
    secretRef: field(5, SecretReference, "Secret that has the user's key; it comes before secretFile."),
    readOnly: field(6, bool, 'Whether it cannot be written to.'),
  },
);
export interface CephFSPersistentVolumeSource extends Infer<typeof CephFSPersistentVolumeSource> {}

export const CinderPersistentVolumeSource = message(
  'io.k8s.api.core.v1.CinderPersistentVolumeSource',
  'A Cinder volume; handled by the CSI driver cinder.csi.openstack.org.',
  {
    volumeID: field(1, string, 'Id of the volume.').required().default(''),
    fsType: field(2, string, 'File system on the volume, ext4 by default.'),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
    secretRef: field(4, SecretReference, 'Secret with the parameters to connect to OpenStack.'),
  },
);
export interface CinderPersistentVolumeSource extends Infer<typeof CinderPersistentVolumeSource> {}

export const FlexPersistentVolumeSource = message(
  'io.k8s.api.core.v1.FlexPersistentVolumeSource',
  'A volume of a program on the node; deprecated, use a CSI driver.',
  {
    driver: field(1, string, 'Name of the program.').required().default(''),
    fsType: field(2, string, 'File system on the volume; the program chooses by default.'),
    secretRef: field(3, SecretReference, 'Secret that is handed to the program.'),
    readOnly: field(4, bool, 'Whether it cannot be written to.'),
    options: field(5, map(string), 'Further settings for the program.'),
  },
);
export interface FlexPersistentVolumeSource extends Infer<typeof FlexPersistentVolumeSource> {}

export const GlusterfsPersistentVolumeSource = message(
  'io.k8s.api.core.v1.GlusterfsPersistentVolumeSource',
  'A GlusterFS volume; deprecated, and no longer supported.',
  {
    endpoints: field(1, string, 'Name of the Endpoints that list the servers.').required().default(''),
    path: field(2, string, 'Name of the volume.').required().default(''),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
    endpointsNamespace: field(4, string, 'Namespace of the Endpoints; that of the claim by default.').pointer(),
  },
);
export interface GlusterfsPersistentVolumeSource extends Infer<typeof GlusterfsPersistentVolumeSource> {}

export const ISCSIPersistentVolumeSource = message(
  'io.k8s.api.core.v1.ISCSIPersistentVolumeSource',
  'A disk that is reached over iSCSI.',
  {
    targetPortal: field(1, string, 'Address of the target, with its port if that is not 3260.').required().default(''),
    iqn: field(2, string, 'Qualified name of the target.').required().default(''),
    lun: field(3, int32, 'Number of the unit on the target.').required().default(0),
    iscsiInterface: field(4, string, 'Interface to use; default, that is TCP, otherwise.').default('default'),
    fsType: field(5, string, 'File system on the disk, ext4 by default.'),
    readOnly: field(6, bool, 'Whether it cannot be written to.'),
    portals: field(7, list(string), 'Further addresses of the target.').atomic(),
    chapAuthDiscovery: field(8, bool, 'Whether discovery needs CHAP authentication.'),
    secretRef: field(10, SecretReference, 'Secret for CHAP authentication.'),
    chapAuthSession: field(11, bool, 'Whether sessions need CHAP authentication.'),
    initiatorName: field(12, string, 'Name that the node presents itself by.').pointer(),
  },
);
export interface ISCSIPersistentVolumeSource extends Infer<typeof ISCSIPersistentVolumeSource> {}

export const LocalVolumeSource = message(
  'io.k8s.api.core.v1.LocalVolumeSource',
  'A disk or directory of one node, reached without a driver.',
  {
    path: field(1, string, 'Path on the node: a directory, or a block device.').required().default(''),
    fsType: field(2, string, 'File system to use if the path is a block device.').pointer(),
  },
);
export interface LocalVolumeSource extends Infer<typeof LocalVolumeSource> {}

export const RBDPersistentVolumeSource = message(
  'io.k8s.api.core.v1.RBDPersistentVolumeSource',
  'A Ceph block device; deprecated, and no longer supported.',
  {
    monitors: field(1, list(string), 'Addresses of the Ceph monitors.').required().atomic(),
    image: field(2, string, 'Name of the image.').required().default(''),
    fsType: field(3, string, 'File system on the device, ext4 by default.'),
    pool: field(4, string, 'Pool that has the image; rbd by default.').default('rbd'),
    user: field(5, string, 'User to log in as; admin by default.').default('admin'),
    keyring: field(6, string, "File on the node that has the user's key.").default('/etc/ceph/keyring'),
    secretRef: field(7, SecretReference, "Secret that has the user's key; it comes before keyring."),
    readOnly: field(8, bool, 'Whether it cannot be written to.'),
  },
);
export interface RBDPersistentVolumeSource extends Infer<typeof RBDPersistentVolumeSource> {}

export const ScaleIOPersistentVolumeSource = message(
  'io.k8s.api.core.v1.ScaleIOPersistentVolumeSource',
  'A ScaleIO volume; deprecated, and no longer supported.',
  {
    gateway: field(1, string, 'Address of the gateway.').required().default(''),
    system: field(2, string, 'Name of the storage system.').required().default(''),
    secretRef: field(3, SecretReference, 'Secret with the user and password.').required(),
    sslEnabled: field(4, bool, 'Whether the gateway is reached over TLS.'),
    protectionDomain: field(5, string, 'Name of the protection domain.'),
    storagePool: field(6, string, 'Name of the storage pool.'),
    storageMode: field(7, string, 'ThickProvisioned or ThinProvisioned.').default('ThinProvisioned'),
    volumeName: field(8, string, 'Name of the volume.'),
    fsType: field(9, string, 'File system on the volume, xfs by default.').default('xfs'),
    readOnly: field(10, bool, 'Whether it cannot be written to.'),
  },
);
export interface ScaleIOPersistentVolumeSource extends Infer<typeof ScaleIOPersistentVolumeSource> {}

export const StorageOSPersistentVolumeSource = message(
  'io.k8s.api.core.v1.StorageOSPersistentVolumeSource',
  'A StorageOS volume; deprecated, and no longer supported.',
  {
    volumeName: field(1, string, 'Name of the volume.'),
    volumeNamespace: field(2, string, 'Namespace of the volume; that of the pod by default.'),
    fsType: field(3, string, 'File system on the volume, ext4 by default.'),
    readOnly: field(4, bool, 'Whether it cannot be written to.'),
    secretRef: field(5, ObjectReference, 'Secret with the credentials.'),
  },
);
export interface StorageOSPersistentVolumeSource extends Infer<typeof StorageOSPersistentVolumeSource> {}

export const PersistentVolumeSource = message(
  'io.k8s.api.core.v1.PersistentVolumeSource',
  'Where a persistent volume is; exactly one source.',
  {
    gcePersistentDisk: field(
      1,
      GCEPersistentDiskVolumeSource,
      'A disk of Google Cloud; deprecated, use its CSI driver.',
    ),
    awsElasticBlockStore: field(2, AWSElasticBlockStoreVolumeSource, 'An EBS disk; deprecated, use its CSI driver.'),
    hostPath: field(3, HostPathVolumeSource, 'A file or directory of the node.'),
    glusterfs: field(4, GlusterfsPersistentVolumeSource, 'A GlusterFS volume; no longer supported.'),
    nfs: field(5, NFSVolumeSource, 'A directory that is exported over NFS.'),
    rbd: field(6, RBDPersistentVolumeSource, 'A Ceph block device; no longer supported.'),
    iscsi: field(7, ISCSIPersistentVolumeSource, 'A disk that is reached over iSCSI.'),
    cinder: field(8, CinderPersistentVolumeSource, 'A Cinder volume; deprecated, use its CSI driver.'),
    cephfs: field(9, CephFSPersistentVolumeSource, 'A Ceph file system; no longer supported.'),
    fc: field(10, FCVolumeSource, 'A Fibre Channel disk.'),
    flocker: field(11, FlockerVolumeSource, 'A Flocker volume; no longer supported.'),
    flexVolume: field(
      12,
      FlexPersistentVolumeSource,
      'A volume of a program on the node; deprecated, use a CSI driver.',
    ),
    azureFile: field(13, AzureFilePersistentVolumeSource, 'An Azure file share; deprecated, use its CSI driver.'),
    vsphereVolume: field(14, VsphereVirtualDiskVolumeSource, 'A vSphere disk; deprecated, use its CSI driver.'),
    quobyte: field(15, QuobyteVolumeSource, 'A Quobyte volume; no longer supported.'),
    azureDisk: field(16, AzureDiskVolumeSource, 'An Azure data disk; deprecated, use its CSI driver.'),
    photonPersistentDisk: field(17, PhotonPersistentDiskVolumeSource, 'A Photon disk; no longer supported.'),
    portworxVolume: field(18, PortworxVolumeSource, 'A Portworx volume; deprecated, use its CSI driver.'),
    scaleIO: field(19, ScaleIOPersistentVolumeSource, 'A ScaleIO volume; no longer supported.'),
    local: field(20, LocalVolumeSource, 'A disk or directory of one node.'),
    storageos: field(21, StorageOSPersistentVolumeSource, 'A StorageOS volume; no longer supported.'),
    csi: field(22, CSIPersistentVolumeSource, 'A volume of a CSI driver.'),
  },
);
export interface PersistentVolumeSource extends Infer<typeof PersistentVolumeSource> {}

export const VolumeNodeAffinity = message('io.k8s.api.core.v1.VolumeNodeAffinity', 'Which nodes can reach a volume.', {
  required: field(1, NodeSelector, 'Nodes of which one must run the pod.'),
});
export interface VolumeNodeAffinity extends Infer<typeof VolumeNodeAffinity> {}

export const PersistentVolumeSpec = message('io.k8s.api.core.v1.PersistentVolumeSpec', 'What a persistent volume is.', {
  capacity: field(1, map(quantity), 'Size of the volume, under the name storage.'),
  ...inline(2, PersistentVolumeSource),
  accessModes: field(3, list(string), 'Ways in which the volume can be mounted.')
    .oneOf(...ACCESS_MODES)
    .atomic(),
  claimRef: field(4, ObjectReference, 'Claim that the volume is bound to, or reserved for.').granularMap(),
  persistentVolumeReclaimPolicy: field(
    5,
    string,
    'What happens once the claim is gone: Retain, Delete or Recycle.',
  ).oneOf('Delete', 'Recycle', 'Retain'),
  storageClassName: field(6, string, 'Storage class of the volume; empty for none.'),
  mountOptions: field(7, list(string), 'Options for mounting, such as ro or soft; not checked.').atomic(),
  volumeMode: field(8, string, 'Filesystem to mount the volume, Block to hand it over as a device.')
    .pointer()
    .oneOf('Block', 'Filesystem'),
  nodeAffinity: field(9, VolumeNodeAffinity, 'Nodes that can reach the volume.'),
  volumeAttributesClassName: field(10, string, 'Class of attributes that the volume has; empty for none.').pointer(),
});
export interface PersistentVolumeSpec extends Infer<typeof PersistentVolumeSpec> {}

export const PersistentVolumeStatus = message(
  'io.k8s.api.core.v1.PersistentVolumeStatus',
  'How a persistent volume is.',
  {
    phase: field(1, string, 'Pending, Available, Bound, Released or Failed.').oneOf(
      'Available',
      'Bound',
      'Failed',
      'Pending',
      'Released',
    ),
    message: field(2, string, 'Why the volume is in its phase, in words for people.'),
    reason: field(3, string, 'One CamelCase word for why the volume failed.'),
    lastPhaseTransitionTime: field(4, time, 'When the phase last changed.').pointer(),
  },
);
export interface PersistentVolumeStatus extends Infer<typeof PersistentVolumeStatus> {}

export const PersistentVolume = message(
  'io.k8s.api.core.v1.PersistentVolume',
  'A piece of storage in the cluster, which a claim can be bound to.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
    spec: field(2, PersistentVolumeSpec, 'What the volume is and where.').always().default({}),
    status: field(3, PersistentVolumeStatus, 'What has been observed; written by the system, read by users.').default(
      {},
    ),
  },
);
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
