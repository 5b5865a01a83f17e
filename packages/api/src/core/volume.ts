import { bool, field, type Infer, inline, int32, int64, list, map, message, quantity, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { PersistentVolumeClaimSpec } from './persistent-volume-claim.ts';
import { LocalObjectReference, ObjectFieldSelector, ResourceFieldSelector } from './reference.ts';

export const AWSElasticBlockStoreVolumeSource = message(
  'io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource',
  'An EBS disk; handled by the CSI driver ebs.csi.aws.com.',
  {
    volumeID: field(1, string, 'Id of the disk.').required().default(''),
    fsType: field(2, string, 'File system on the disk, ext4 by default.'),
    partition: field(3, int32, 'Partition to mount; 0 for the whole disk.'),
    readOnly: field(4, bool, 'Whether it cannot be written to.'),
  },
);
export interface AWSElasticBlockStoreVolumeSource extends Infer<typeof AWSElasticBlockStoreVolumeSource> {}

export const AzureDiskVolumeSource = message(
  'io.k8s.api.core.v1.AzureDiskVolumeSource',
  'An Azure data disk; handled by the CSI driver disk.csi.azure.com.',
  {
    diskName: field(1, string, 'Name of the disk.').required().default(''),
    diskURI: field(2, string, 'URI of the disk.').required().default(''),
    cachingMode: field(3, string, 'How the host caches the disk: None, ReadOnly or ReadWrite.')
      .pointer()
      .default('ReadWrite')
      .oneOf('None', 'ReadOnly', 'ReadWrite'),
    fsType: field(4, string, 'File system on the disk, ext4 by default.').pointer().default('ext4'),
    readOnly: field(5, bool, 'Whether it cannot be written to.').pointer().default(false),
    kind: field(6, string, 'Kind of disk: Shared, Dedicated or Managed.')
      .pointer()
      .default('Shared')
      .oneOf('Dedicated', 'Managed', 'Shared'),
  },
);
export interface AzureDiskVolumeSource extends Infer<typeof AzureDiskVolumeSource> {}

export const AzureFileVolumeSource = message(
  'io.k8s.api.core.v1.AzureFileVolumeSource',
  'An Azure file share; handled by the CSI driver file.csi.azure.com.',
  {
    secretName: field(1, string, 'Secret with the name and key of the storage account.').required().default(''),
    shareName: field(2, string, 'Name of the share.').required().default(''),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
  },
);
export interface AzureFileVolumeSource extends Infer<typeof AzureFileVolumeSource> {}

export const CSIVolumeSource = message(
  'io.k8s.api.core.v1.CSIVolumeSource',
  'A volume that a CSI driver makes for the pod.',
  {
    driver: field(1, string, 'Name of the driver.').required().default(''),
    readOnly: field(2, bool, 'Whether it cannot be written to.').pointer(),
    fsType: field(3, string, 'File system to use; the driver chooses by default.').pointer(),
    volumeAttributes: field(4, map(string), 'Settings that the driver understands.'),
    nodePublishSecretRef: field(5, LocalObjectReference, 'Secret that the driver needs to mount the volume.'),
  },
);
export interface CSIVolumeSource extends Infer<typeof CSIVolumeSource> {}

export const CephFSVolumeSource = message(
  'io.k8s.api.core.v1.CephFSVolumeSource',
  'A Ceph file system; deprecated, and no longer supported.',
  {
    monitors: field(1, list(string), 'Addresses of the Ceph monitors.').required().atomic(),
    path: field(2, string, 'Directory that is mounted; / by default.'),
    user: field(3, string, 'User to log in as; admin by default.'),
    secretFile: field(4, string, "File on the node that has the user's key."),
    secretRef: field(5, LocalObjectReference, "Secret that has the user's key; it comes before secretFile."),
    readOnly: field(6, bool, 'Whether it cannot be written to.'),
  },
);
export interface CephFSVolumeSource extends Infer<typeof CephFSVolumeSource> {}

export const CinderVolumeSource = message(
  'io.k8s.api.core.v1.CinderVolumeSource',
  'A Cinder volume; handled by the CSI driver cinder.csi.openstack.org.',
  {
    volumeID: field(1, string, 'Id of the volume.').required().default(''),
    fsType: field(2, string, 'File system on the volume, ext4 by default.'),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
    secretRef: field(4, LocalObjectReference, 'Secret with the parameters to connect to OpenStack.'),
  },
);
export interface CinderVolumeSource extends Infer<typeof CinderVolumeSource> {}

export const ClusterTrustBundleProjection = message(
  'io.k8s.api.core.v1.ClusterTrustBundleProjection',
  'Certificates of trust bundles, as one file.',
  {
    name: field(1, string, 'Name of one bundle; not together with signerName.').pointer(),
    signerName: field(2, string, 'Signer whose bundles are taken; not together with name.').pointer(),
    labelSelector: field(3, LabelSelector, 'Labels of the bundles, together with signerName.'),
    path: field(4, string, 'Path of the file in the volume.').required().default(''),
    optional: field(5, bool, 'Whether the bundle may be missing.').pointer(),
  },
);
export interface ClusterTrustBundleProjection extends Infer<typeof ClusterTrustBundleProjection> {}

export const KeyToPath = message('io.k8s.api.core.v1.KeyToPath', 'Which key becomes which file.', {
  key: field(1, string, 'Key that becomes a file.').required().default(''),
  path: field(2, string, "Path of the file in the volume, relative and without '..'.").required().default(''),
  mode: field(3, int32, 'Permission bits of the file; the default mode of the volume otherwise.').pointer(),
});
export interface KeyToPath extends Infer<typeof KeyToPath> {}

export const ConfigMapProjection = message(
  'io.k8s.api.core.v1.ConfigMapProjection',
  'Entries of a ConfigMap, as files.',
  {
    items: field(2, list(KeyToPath), 'Keys that become files, and where; all of them by default.').atomic(),
    ...inline(1, LocalObjectReference),
    optional: field(4, bool, 'Whether the ConfigMap or its keys may be missing.').pointer(),
  },
);
export interface ConfigMapProjection extends Infer<typeof ConfigMapProjection> {}

export const ConfigMapVolumeSource = message(
  'io.k8s.api.core.v1.ConfigMapVolumeSource',
  'Entries of a ConfigMap, as files of a volume.',
  {
    items: field(2, list(KeyToPath), 'Keys that become files, and where; all of them by default.').atomic(),
    ...inline(1, LocalObjectReference),
    defaultMode: field(3, int32, 'Permission bits of the files; 0644 by default.').pointer(),
    optional: field(4, bool, 'Whether the ConfigMap or its keys may be missing.').pointer(),
  },
);
export interface ConfigMapVolumeSource extends Infer<typeof ConfigMapVolumeSource> {}

export const DownwardAPIVolumeFile = message(
  'io.k8s.api.core.v1.DownwardAPIVolumeFile',
  'A file that has a field of the pod.',
  {
    path: field(1, string, "Path of the file in the volume, relative and without '..'.").required().default(''),
    fieldRef: field(2, ObjectFieldSelector, 'Field of the pod: its name, namespace, uid, labels or annotations.'),
    resourceFieldRef: field(3, ResourceFieldSelector, 'What a container requests of a resource, or is limited to.'),
    mode: field(4, int32, 'Permission bits of the file; the default mode of the volume otherwise.').pointer(),
  },
);
export interface DownwardAPIVolumeFile extends Infer<typeof DownwardAPIVolumeFile> {}

export const DownwardAPIProjection = message(
  'io.k8s.api.core.v1.DownwardAPIProjection',
  'Fields of the pod, as files.',
  {
    items: field(1, list(DownwardAPIVolumeFile), 'The files.').atomic(),
  },
);
export interface DownwardAPIProjection extends Infer<typeof DownwardAPIProjection> {}

export const DownwardAPIVolumeSource = message(
  'io.k8s.api.core.v1.DownwardAPIVolumeSource',
  'Fields of the pod, as files of a volume.',
  {
    items: field(1, list(DownwardAPIVolumeFile), 'The files.').atomic(),
    defaultMode: field(2, int32, 'Permission bits of the files; 0644 by default.').pointer(),
  },
);
export interface DownwardAPIVolumeSource extends Infer<typeof DownwardAPIVolumeSource> {}

export const EmptyDirVolumeSource = message(
  'io.k8s.api.core.v1.EmptyDirVolumeSource',
  'An empty directory that lives as long as the pod.',
  {
    medium: field(1, string, "Where the directory is: on the node's disk by default, Memory or HugePages."),
    sizeLimit: field(2, quantity, 'Most that the directory may hold; no limit by default.').pointer(),
  },
);
export interface EmptyDirVolumeSource extends Infer<typeof EmptyDirVolumeSource> {}

export const PersistentVolumeClaimTemplate = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimTemplate',
  'A claim that is made for a pod.',
  {
    metadata: field(1, ObjectMetaSchema, 'Labels and annotations of the claim.').default({}),
    spec: field(2, PersistentVolumeClaimSpec, 'The claim itself.').required().default({}),
  },
);
export interface PersistentVolumeClaimTemplate extends Infer<typeof PersistentVolumeClaimTemplate> {}

export const EphemeralVolumeSource = message(
  'io.k8s.api.core.v1.EphemeralVolumeSource',
  'A volume with a claim of its own, made and deleted with the pod.',
  {
    volumeClaimTemplate: field(
      1,
      PersistentVolumeClaimTemplate,
      'The claim; its name is that of the pod, a dash and that of the volume.',
    ),
  },
);
export interface EphemeralVolumeSource extends Infer<typeof EphemeralVolumeSource> {}

export const FCVolumeSource = message('io.k8s.api.core.v1.FCVolumeSource', 'A Fibre Channel disk.', {
  targetWWNs: field(1, list(string), 'World-wide names of the targets; not together with wwids.').atomic(),
  lun: field(2, int32, 'Number of the unit on the target.').pointer(),
  fsType: field(3, string, 'File system on the disk, ext4 by default.'),
  readOnly: field(4, bool, 'Whether it cannot be written to.'),
  wwids: field(5, list(string), 'World-wide ids of the volume; not together with targetWWNs and lun.').atomic(),
});
export interface FCVolumeSource extends Infer<typeof FCVolumeSource> {}

export const FlexVolumeSource = message(
  'io.k8s.api.core.v1.FlexVolumeSource',
  'A volume of a program on the node; deprecated, use a CSI driver.',
  {
    driver: field(1, string, 'Name of the program.').required().default(''),
    fsType: field(2, string, 'File system on the volume; the program chooses by default.'),
    secretRef: field(3, LocalObjectReference, 'Secret that is handed to the program.'),
    readOnly: field(4, bool, 'Whether it cannot be written to.'),
    options: field(5, map(string), 'Further settings for the program.'),
  },
);
export interface FlexVolumeSource extends Infer<typeof FlexVolumeSource> {}

export const FlockerVolumeSource = message(
  'io.k8s.api.core.v1.FlockerVolumeSource',
  'A Flocker volume; deprecated, and no longer supported.',
  {
    datasetName: field(1, string, 'Name of the dataset.'),
    datasetUUID: field(2, string, 'Id of the dataset.'),
  },
);
export interface FlockerVolumeSource extends Infer<typeof FlockerVolumeSource> {}

export const GCEPersistentDiskVolumeSource = message(
  'io.k8s.api.core.v1.GCEPersistentDiskVolumeSource',
  'A disk of Google Cloud; handled by the CSI driver pd.csi.storage.gke.io.',
  {
    pdName: field(1, string, 'Name of the disk.').required().default(''),
    fsType: field(2, string, 'File system on the disk, ext4 by default.'),
    partition: field(3, int32, 'Partition to mount; 0 for the whole disk.'),
    readOnly: field(4, bool, 'Whether it cannot be written to.'),
  },
);
export interface GCEPersistentDiskVolumeSource extends Infer<typeof GCEPersistentDiskVolumeSource> {}

export const GitRepoVolumeSource = message(
  'io.k8s.api.core.v1.GitRepoVolumeSource',
  'A checkout of a git repository; deprecated, clone in an init container.',
  {
    repository: field(1, string, 'URL of the repository.').required().default(''),
    revision: field(2, string, 'Commit that is checked out.'),
    directory: field(3, string, 'Directory in the volume to clone to.'),
  },
);
export interface GitRepoVolumeSource extends Infer<typeof GitRepoVolumeSource> {}

export const GlusterfsVolumeSource = message(
  'io.k8s.api.core.v1.GlusterfsVolumeSource',
  'A GlusterFS volume; deprecated, and no longer supported.',
  {
    endpoints: field(1, string, 'Name of the Endpoints that list the servers.').required().default(''),
    path: field(2, string, 'Name of the volume.').required().default(''),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
  },
);
export interface GlusterfsVolumeSource extends Infer<typeof GlusterfsVolumeSource> {}

export const HostPathVolumeSource = message(
  'io.k8s.api.core.v1.HostPathVolumeSource',
  'A file or directory of the node; dangerous for most pods.',
  {
    path: field(1, string, 'Path on the node.').required().default(''),
    type: field(
      2,
      string,
      'What must be there, or is made: Directory, DirectoryOrCreate, File, FileOrCreate, Socket, CharDevice or BlockDevice.',
    )
      .pointer()
      .oneOf('', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'),
  },
);
export interface HostPathVolumeSource extends Infer<typeof HostPathVolumeSource> {}

export const ISCSIVolumeSource = message('io.k8s.api.core.v1.ISCSIVolumeSource', 'A disk that is reached over iSCSI.', {
  targetPortal: field(1, string, 'Address of the target, with its port if that is not 3260.').required().default(''),
  iqn: field(2, string, 'Qualified name of the target.').required().default(''),
  lun: field(3, int32, 'Number of the unit on the target.').required().default(0),
  iscsiInterface: field(4, string, 'Interface to use; default, that is TCP, otherwise.').default('default'),
  fsType: field(5, string, 'File system on the disk, ext4 by default.'),
  readOnly: field(6, bool, 'Whether it cannot be written to.'),
  portals: field(7, list(string), 'Further addresses of the target.').atomic(),
  chapAuthDiscovery: field(8, bool, 'Whether discovery needs CHAP authentication.'),
  secretRef: field(10, LocalObjectReference, 'Secret for CHAP authentication.'),
  chapAuthSession: field(11, bool, 'Whether sessions need CHAP authentication.'),
  initiatorName: field(12, string, 'Name that the node presents itself by.').pointer(),
});
export interface ISCSIVolumeSource extends Infer<typeof ISCSIVolumeSource> {}

export const ImageVolumeSource = message(
  'io.k8s.api.core.v1.ImageVolumeSource',
  'A container image or artifact, mounted read-only.',
  {
    reference: field(1, string, 'Name of the image.'),
    pullPolicy: field(2, string, 'When the image is pulled: Always, IfNotPresent or Never.').oneOf(
      'Always',
      'IfNotPresent',
      'Never',
    ),
  },
);
export interface ImageVolumeSource extends Infer<typeof ImageVolumeSource> {}

export const NFSVolumeSource = message('io.k8s.api.core.v1.NFSVolumeSource', 'A directory that is exported over NFS.', {
  server: field(1, string, 'Name or address of the server.').required().default(''),
  path: field(2, string, 'Path that the server exports.').required().default(''),
  readOnly: field(3, bool, 'Whether it cannot be written to.'),
});
export interface NFSVolumeSource extends Infer<typeof NFSVolumeSource> {}

export const PersistentVolumeClaimVolumeSource = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource',
  "The volume of a claim in the pod's namespace.",
  {
    claimName: field(1, string, 'Name of the claim.').required().default(''),
    readOnly: field(2, bool, 'Whether it cannot be written to.'),
  },
);
export interface PersistentVolumeClaimVolumeSource extends Infer<typeof PersistentVolumeClaimVolumeSource> {}

export const PhotonPersistentDiskVolumeSource = message(
  'io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource',
  'A Photon disk; deprecated, and no longer supported.',
  {
    pdID: field(1, string, 'Id of the disk.').required().default(''),
    fsType: field(2, string, 'File system on the disk, ext4 by default.'),
  },
);
export interface PhotonPersistentDiskVolumeSource extends Infer<typeof PhotonPersistentDiskVolumeSource> {}

export const PodCertificateProjection = message(
  'io.k8s.api.core.v1.PodCertificateProjection',
  'A key and certificate for the pod, made by the kubelet and kept fresh.',
  {
    signerName: field(1, string, 'Signer that issues the certificate.').required(),
    keyType: field(2, string, 'Kind of key: RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.').required(),
    maxExpirationSeconds: field(
      3,
      int32,
      'Longest time that the certificate may be valid; a day by default.',
    ).pointer(),
    credentialBundlePath: field(4, string, 'Path of one file with the key and the certificates.'),
    keyPath: field(5, string, 'Path of the file with the key.'),
    certificateChainPath: field(6, string, 'Path of the file with the certificates.'),
    userAnnotations: field(7, map(string), 'Further information for the signer, by domain-prefixed key.'),
  },
);
export interface PodCertificateProjection extends Infer<typeof PodCertificateProjection> {}

export const PortworxVolumeSource = message(
  'io.k8s.api.core.v1.PortworxVolumeSource',
  'A Portworx volume; handled by the CSI driver pxd.portworx.com.',
  {
    volumeID: field(1, string, 'Id of the volume.').required().default(''),
    fsType: field(2, string, 'File system on the volume, ext4 by default.'),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
  },
);
export interface PortworxVolumeSource extends Infer<typeof PortworxVolumeSource> {}

export const SecretProjection = message('io.k8s.api.core.v1.SecretProjection', 'Entries of a Secret, as files.', {
  items: field(2, list(KeyToPath), 'Keys that become files, and where; all of them by default.').atomic(),
  ...inline(1, LocalObjectReference),
  optional: field(4, bool, 'Whether the Secret or its keys may be missing.').pointer(),
});
export interface SecretProjection extends Infer<typeof SecretProjection> {}

export const ServiceAccountTokenProjection = message(
  'io.k8s.api.core.v1.ServiceAccountTokenProjection',
  "A token of the pod's service account, kept fresh by the kubelet.",
  {
    audience: field(1, string, 'Whom the token is meant for; the API server by default.'),
    expirationSeconds: field(2, int64, 'How long a token is valid, at least 600; an hour by default.').pointer(),
    path: field(3, string, 'Path of the file in the volume.').required().default(''),
  },
);
export interface ServiceAccountTokenProjection extends Infer<typeof ServiceAccountTokenProjection> {}

export const VolumeProjection = message(
  'io.k8s.api.core.v1.VolumeProjection',
  'Something that is shown in a projected volume; exactly one source.',
  {
    secret: field(1, SecretProjection, 'Entries of a Secret.'),
    downwardAPI: field(2, DownwardAPIProjection, 'Fields of the pod.'),
    configMap: field(3, ConfigMapProjection, 'Entries of a ConfigMap.'),
    serviceAccountToken: field(4, ServiceAccountTokenProjection, 'A token of the service account.'),
    clusterTrustBundle: field(5, ClusterTrustBundleProjection, 'Certificates of trust bundles.'),
    podCertificate: field(6, PodCertificateProjection, 'A key and certificate for the pod.'),
  },
);
export interface VolumeProjection extends Infer<typeof VolumeProjection> {}

export const ProjectedVolumeSource = message(
  'io.k8s.api.core.v1.ProjectedVolumeSource',
  'Files from several sources in one directory.',
  {
    sources: field(1, list(VolumeProjection), 'The sources; later ones may not write the same files.').atomic(),
    defaultMode: field(2, int32, 'Permission bits of the files; 0644 by default.').pointer(),
  },
);
export interface ProjectedVolumeSource extends Infer<typeof ProjectedVolumeSource> {}

export const QuobyteVolumeSource = message(
  'io.k8s.api.core.v1.QuobyteVolumeSource',
  'A Quobyte volume; deprecated, and no longer supported.',
  {
    registry: field(1, string, 'Addresses of the registries, separated by commas.').required().default(''),
    volume: field(2, string, 'Name of the volume.').required().default(''),
    readOnly: field(3, bool, 'Whether it cannot be written to.'),
    user: field(4, string, 'User that the volume is mapped to.'),
    group: field(5, string, 'Group that the volume is mapped to.'),
    tenant: field(6, string, 'Tenant that the volume belongs to.'),
  },
);
export interface QuobyteVolumeSource extends Infer<typeof QuobyteVolumeSource> {}

export const RBDVolumeSource = message(
  'io.k8s.api.core.v1.RBDVolumeSource',
  'A Ceph block device; deprecated, and no longer supported.',
  {
    monitors: field(1, list(string), 'Addresses of the Ceph monitors.').required().atomic(),
    image: field(2, string, 'Name of the image.').required().default(''),
    fsType: field(3, string, 'File system on the device, ext4 by default.'),
    pool: field(4, string, 'Pool that has the image; rbd by default.').default('rbd'),
    user: field(5, string, 'User to log in as; admin by default.').default('admin'),
    keyring: field(6, string, "File on the node that has the user's key.").default('/etc/ceph/keyring'),
    secretRef: field(7, LocalObjectReference, "Secret that has the user's key; it comes before keyring."),
    readOnly: field(8, bool, 'Whether it cannot be written to.'),
  },
);
export interface RBDVolumeSource extends Infer<typeof RBDVolumeSource> {}

export const ScaleIOVolumeSource = message(
  'io.k8s.api.core.v1.ScaleIOVolumeSource',
  'A ScaleIO volume; deprecated, and no longer supported.',
  {
    gateway: field(1, string, 'Address of the gateway.').required().default(''),
    system: field(2, string, 'Name of the storage system.').required().default(''),
    secretRef: field(3, LocalObjectReference, 'Secret with the user and password.').required(),
    sslEnabled: field(4, bool, 'Whether the gateway is reached over TLS.'),
    protectionDomain: field(5, string, 'Name of the protection domain.'),
    storagePool: field(6, string, 'Name of the storage pool.'),
    storageMode: field(7, string, 'ThickProvisioned or ThinProvisioned.').default('ThinProvisioned'),
    volumeName: field(8, string, 'Name of the volume.'),
    fsType: field(9, string, 'File system on the volume, xfs by default.').default('xfs'),
    readOnly: field(10, bool, 'Whether it cannot be written to.'),
  },
);
export interface ScaleIOVolumeSource extends Infer<typeof ScaleIOVolumeSource> {}

export const SecretVolumeSource = message(
  'io.k8s.api.core.v1.SecretVolumeSource',
  'Entries of a Secret, as files of a volume.',
  {
    secretName: field(1, string, 'Name of the Secret.'),
    items: field(2, list(KeyToPath), 'Keys that become files, and where; all of them by default.').atomic(),
    defaultMode: field(3, int32, 'Permission bits of the files; 0644 by default.').pointer(),
    optional: field(4, bool, 'Whether the Secret or its keys may be missing.').pointer(),
  },
);
export interface SecretVolumeSource extends Infer<typeof SecretVolumeSource> {}

export const StorageOSVolumeSource = message(
  'io.k8s.api.core.v1.StorageOSVolumeSource',
  'A StorageOS volume; deprecated, and no longer supported.',
  {
    volumeName: field(1, string, 'Name of the volume.'),
    volumeNamespace: field(2, string, 'Namespace of the volume; that of the pod by default.'),
    fsType: field(3, string, 'File system on the volume, ext4 by default.'),
    readOnly: field(4, bool, 'Whether it cannot be written to.'),
    secretRef: field(5, LocalObjectReference, 'Secret with the credentials.'),
  },
);
export interface StorageOSVolumeSource extends Infer<typeof StorageOSVolumeSource> {}

export const VsphereVirtualDiskVolumeSource = message(
  'io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource',
  'A vSphere disk; handled by the CSI driver csi.vsphere.vmware.com.',
  {
    volumePath: field(1, string, 'Path of the disk.').required().default(''),
    fsType: field(2, string, 'File system on the disk, ext4 by default.'),
    storagePolicyName: field(3, string, 'Name of the storage policy.'),
    storagePolicyID: field(4, string, 'Id of the storage policy.'),
  },
);
export interface VsphereVirtualDiskVolumeSource extends Infer<typeof VsphereVirtualDiskVolumeSource> {}

export const VolumeSource = message(
  'io.k8s.api.core.v1.VolumeSource',
  'Where a volume comes from; exactly one source.',
  {
    hostPath: field(1, HostPathVolumeSource, 'A file or directory of the node.'),
    emptyDir: field(2, EmptyDirVolumeSource, 'An empty directory that lives as long as the pod.'),
    gcePersistentDisk: field(
      3,
      GCEPersistentDiskVolumeSource,
      'A disk of Google Cloud; deprecated, use its CSI driver.',
    ),
    awsElasticBlockStore: field(4, AWSElasticBlockStoreVolumeSource, 'An EBS disk; deprecated, use its CSI driver.'),
    gitRepo: field(5, GitRepoVolumeSource, 'A checkout of a git repository; deprecated, clone in an init container.'),
    secret: field(6, SecretVolumeSource, 'Entries of a Secret, as files.'),
    nfs: field(7, NFSVolumeSource, 'A directory that is exported over NFS.'),
    iscsi: field(8, ISCSIVolumeSource, 'A disk that is reached over iSCSI.'),
    glusterfs: field(9, GlusterfsVolumeSource, 'A GlusterFS volume; no longer supported.'),
    persistentVolumeClaim: field(10, PersistentVolumeClaimVolumeSource, 'The volume of a claim.'),
    rbd: field(11, RBDVolumeSource, 'A Ceph block device; no longer supported.'),
    flexVolume: field(12, FlexVolumeSource, 'A volume of a program on the node; deprecated, use a CSI driver.'),
    cinder: field(13, CinderVolumeSource, 'A Cinder volume; deprecated, use its CSI driver.'),
    cephfs: field(14, CephFSVolumeSource, 'A Ceph file system; no longer supported.'),
    flocker: field(15, FlockerVolumeSource, 'A Flocker volume; no longer supported.'),
    downwardAPI: field(16, DownwardAPIVolumeSource, 'Fields of the pod, as files.'),
    fc: field(17, FCVolumeSource, 'A Fibre Channel disk.'),
    azureFile: field(18, AzureFileVolumeSource, 'An Azure file share; deprecated, use its CSI driver.'),
    configMap: field(19, ConfigMapVolumeSource, 'Entries of a ConfigMap, as files.'),
    vsphereVolume: field(20, VsphereVirtualDiskVolumeSource, 'A vSphere disk; deprecated, use its CSI driver.'),
    quobyte: field(21, QuobyteVolumeSource, 'A Quobyte volume; no longer supported.'),
    azureDisk: field(22, AzureDiskVolumeSource, 'An Azure data disk; deprecated, use its CSI driver.'),
    photonPersistentDisk: field(23, PhotonPersistentDiskVolumeSource, 'A Photon disk; no longer supported.'),
    portworxVolume: field(24, PortworxVolumeSource, 'A Portworx volume; deprecated, use its CSI driver.'),
    scaleIO: field(25, ScaleIOVolumeSource, 'A ScaleIO volume; no longer supported.'),
    projected: field(26, ProjectedVolumeSource, 'Files from several sources in one directory.'),
    storageos: field(27, StorageOSVolumeSource, 'A StorageOS volume; no longer supported.'),
    csi: field(28, CSIVolumeSource, 'A volume of a CSI driver.'),
    ephemeral: field(29, EphemeralVolumeSource, 'A volume with a claim of its own, made and deleted with the pod.'),
    image: field(30, ImageVolumeSource, 'A container image or artifact, mounted read-only.'),
  },
);
export interface VolumeSource extends Infer<typeof VolumeSource> {}

export const Volume = message('io.k8s.api.core.v1.Volume', 'A directory or device that containers of a pod can use.', {
  name: field(1, string, 'Name that mounts refer to, a DNS label unique in the pod.').required().default(''),
  ...inline(2, VolumeSource),
});
export interface Volume extends Infer<typeof Volume> {}
