import { bool, field, type Infer, inline, int32, int64, list, map, message, quantity, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { PersistentVolumeClaimSpec } from './persistent-volume-claim.ts';
import { LocalObjectReference, ObjectFieldSelector, ResourceFieldSelector } from './reference.ts';

export const AWSElasticBlockStoreVolumeSource = message('io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource', '', {
  volumeID: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  partition: field(3, int32, ''),
  readOnly: field(4, bool, ''),
});
export interface AWSElasticBlockStoreVolumeSource extends Infer<typeof AWSElasticBlockStoreVolumeSource> {}

export const AzureDiskVolumeSource = message('io.k8s.api.core.v1.AzureDiskVolumeSource', '', {
  diskName: field(1, string, '').required().default(''),
  diskURI: field(2, string, '').required().default(''),
  cachingMode: field(3, string, '').default('ReadWrite').oneOf('None', 'ReadOnly', 'ReadWrite'),
  fsType: field(4, string, '').default('ext4'),
  readOnly: field(5, bool, '').default(false),
  kind: field(6, string, '').default('Shared').oneOf('Dedicated', 'Managed', 'Shared'),
});
export interface AzureDiskVolumeSource extends Infer<typeof AzureDiskVolumeSource> {}

export const AzureFileVolumeSource = message('io.k8s.api.core.v1.AzureFileVolumeSource', '', {
  secretName: field(1, string, '').required().default(''),
  shareName: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
});
export interface AzureFileVolumeSource extends Infer<typeof AzureFileVolumeSource> {}

export const CSIVolumeSource = message('io.k8s.api.core.v1.CSIVolumeSource', '', {
  driver: field(1, string, '').required().default(''),
  readOnly: field(2, bool, ''),
  fsType: field(3, string, ''),
  volumeAttributes: field(4, map(string), ''),
  nodePublishSecretRef: field(5, LocalObjectReference, ''),
});
export interface CSIVolumeSource extends Infer<typeof CSIVolumeSource> {}

export const CephFSVolumeSource = message('io.k8s.api.core.v1.CephFSVolumeSource', '', {
  monitors: field(1, list(string), '').required().atomic(),
  path: field(2, string, ''),
  user: field(3, string, ''),
  secretFile: field(4, string, ''),
  secretRef: field(5, LocalObjectReference, ''),
  readOnly: field(6, bool, ''),
});
export interface CephFSVolumeSource extends Infer<typeof CephFSVolumeSource> {}

export const CinderVolumeSource = message('io.k8s.api.core.v1.CinderVolumeSource', '', {
  volumeID: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  readOnly: field(3, bool, ''),
  secretRef: field(4, LocalObjectReference, ''),
});
export interface CinderVolumeSource extends Infer<typeof CinderVolumeSource> {}

export const ClusterTrustBundleProjection = message('io.k8s.api.core.v1.ClusterTrustBundleProjection', '', {
  name: field(1, string, ''),
  signerName: field(2, string, ''),
  labelSelector: field(3, LabelSelector, ''),
  path: field(4, string, '').required().default(''),
  optional: field(5, bool, ''),
});
export interface ClusterTrustBundleProjection extends Infer<typeof ClusterTrustBundleProjection> {}

export const KeyToPath = message('io.k8s.api.core.v1.KeyToPath', '', {
  key: field(1, string, '').required().default(''),
  path: field(2, string, '').required().default(''),
  mode: field(3, int32, ''),
});
export interface KeyToPath extends Infer<typeof KeyToPath> {}

export const ConfigMapProjection = message('io.k8s.api.core.v1.ConfigMapProjection', '', {
  items: field(2, list(KeyToPath), '').atomic(),
  ...inline(1, LocalObjectReference),
  optional: field(4, bool, ''),
});
export interface ConfigMapProjection extends Infer<typeof ConfigMapProjection> {}

export const ConfigMapVolumeSource = message('io.k8s.api.core.v1.ConfigMapVolumeSource', '', {
  items: field(2, list(KeyToPath), '').atomic(),
  ...inline(1, LocalObjectReference),
  defaultMode: field(3, int32, ''),
  optional: field(4, bool, ''),
});
export interface ConfigMapVolumeSource extends Infer<typeof ConfigMapVolumeSource> {}

export const DownwardAPIVolumeFile = message('io.k8s.api.core.v1.DownwardAPIVolumeFile', '', {
  path: field(1, string, '').required().default(''),
  fieldRef: field(2, ObjectFieldSelector, ''),
  resourceFieldRef: field(3, ResourceFieldSelector, ''),
  mode: field(4, int32, ''),
});
export interface DownwardAPIVolumeFile extends Infer<typeof DownwardAPIVolumeFile> {}

export const DownwardAPIProjection = message('io.k8s.api.core.v1.DownwardAPIProjection', '', {
  items: field(1, list(DownwardAPIVolumeFile), '').atomic(),
});
export interface DownwardAPIProjection extends Infer<typeof DownwardAPIProjection> {}

export const DownwardAPIVolumeSource = message('io.k8s.api.core.v1.DownwardAPIVolumeSource', '', {
  items: field(1, list(DownwardAPIVolumeFile), '').atomic(),
  defaultMode: field(2, int32, ''),
});
export interface DownwardAPIVolumeSource extends Infer<typeof DownwardAPIVolumeSource> {}

export const EmptyDirVolumeSource = message('io.k8s.api.core.v1.EmptyDirVolumeSource', '', {
  medium: field(1, string, ''),
  sizeLimit: field(2, quantity, ''),
});
export interface EmptyDirVolumeSource extends Infer<typeof EmptyDirVolumeSource> {}

export const PersistentVolumeClaimTemplate = message('io.k8s.api.core.v1.PersistentVolumeClaimTemplate', '', {
  metadata: field(1, ObjectMetaSchema, '').default({}),
  spec: field(2, PersistentVolumeClaimSpec, '').required().default({}),
});
export interface PersistentVolumeClaimTemplate extends Infer<typeof PersistentVolumeClaimTemplate> {}

export const EphemeralVolumeSource = message('io.k8s.api.core.v1.EphemeralVolumeSource', '', {
  volumeClaimTemplate: field(1, PersistentVolumeClaimTemplate, ''),
});
export interface EphemeralVolumeSource extends Infer<typeof EphemeralVolumeSource> {}

export const FCVolumeSource = message('io.k8s.api.core.v1.FCVolumeSource', '', {
  targetWWNs: field(1, list(string), '').atomic(),
  lun: field(2, int32, ''),
  fsType: field(3, string, ''),
  readOnly: field(4, bool, ''),
  wwids: field(5, list(string), '').atomic(),
});
export interface FCVolumeSource extends Infer<typeof FCVolumeSource> {}

export const FlexVolumeSource = message('io.k8s.api.core.v1.FlexVolumeSource', '', {
  driver: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  secretRef: field(3, LocalObjectReference, ''),
  readOnly: field(4, bool, ''),
  options: field(5, map(string), ''),
});
export interface FlexVolumeSource extends Infer<typeof FlexVolumeSource> {}

export const FlockerVolumeSource = message('io.k8s.api.core.v1.FlockerVolumeSource', '', {
  datasetName: field(1, string, ''),
  datasetUUID: field(2, string, ''),
});
export interface FlockerVolumeSource extends Infer<typeof FlockerVolumeSource> {}

export const GCEPersistentDiskVolumeSource = message('io.k8s.api.core.v1.GCEPersistentDiskVolumeSource', '', {
  pdName: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  partition: field(3, int32, ''),
  readOnly: field(4, bool, ''),
});
export interface GCEPersistentDiskVolumeSource extends Infer<typeof GCEPersistentDiskVolumeSource> {}

export const GitRepoVolumeSource = message('io.k8s.api.core.v1.GitRepoVolumeSource', '', {
  repository: field(1, string, '').required().default(''),
  revision: field(2, string, ''),
  directory: field(3, string, ''),
});
export interface GitRepoVolumeSource extends Infer<typeof GitRepoVolumeSource> {}

export const GlusterfsVolumeSource = message('io.k8s.api.core.v1.GlusterfsVolumeSource', '', {
  endpoints: field(1, string, '').required().default(''),
  path: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
});
export interface GlusterfsVolumeSource extends Infer<typeof GlusterfsVolumeSource> {}

export const HostPathVolumeSource = message('io.k8s.api.core.v1.HostPathVolumeSource', '', {
  path: field(1, string, '').required().default(''),
  type: field(2, string, '').oneOf(
    '',
    'BlockDevice',
    'CharDevice',
    'Directory',
    'DirectoryOrCreate',
    'File',
    'FileOrCreate',
    'Socket',
  ),
});
export interface HostPathVolumeSource extends Infer<typeof HostPathVolumeSource> {}

export const ISCSIVolumeSource = message('io.k8s.api.core.v1.ISCSIVolumeSource', '', {
  targetPortal: field(1, string, '').required().default(''),
  iqn: field(2, string, '').required().default(''),
  lun: field(3, int32, '').required().default(0),
  iscsiInterface: field(4, string, '').default('default'),
  fsType: field(5, string, ''),
  readOnly: field(6, bool, ''),
  portals: field(7, list(string), '').atomic(),
  chapAuthDiscovery: field(8, bool, ''),
  secretRef: field(10, LocalObjectReference, ''),
  chapAuthSession: field(11, bool, ''),
  initiatorName: field(12, string, ''),
});
export interface ISCSIVolumeSource extends Infer<typeof ISCSIVolumeSource> {}

export const ImageVolumeSource = message('io.k8s.api.core.v1.ImageVolumeSource', '', {
  reference: field(1, string, ''),
  pullPolicy: field(2, string, '').oneOf('Always', 'IfNotPresent', 'Never'),
});
export interface ImageVolumeSource extends Infer<typeof ImageVolumeSource> {}

export const NFSVolumeSource = message('io.k8s.api.core.v1.NFSVolumeSource', '', {
  server: field(1, string, '').required().default(''),
  path: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
});
export interface NFSVolumeSource extends Infer<typeof NFSVolumeSource> {}

export const PersistentVolumeClaimVolumeSource = message('io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource', '', {
  claimName: field(1, string, '').required().default(''),
  readOnly: field(2, bool, ''),
});
export interface PersistentVolumeClaimVolumeSource extends Infer<typeof PersistentVolumeClaimVolumeSource> {}

export const PhotonPersistentDiskVolumeSource = message('io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource', '', {
  pdID: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
});
export interface PhotonPersistentDiskVolumeSource extends Infer<typeof PhotonPersistentDiskVolumeSource> {}

export const PodCertificateProjection = message('io.k8s.api.core.v1.PodCertificateProjection', '', {
  signerName: field(1, string, '').required(),
  keyType: field(2, string, '').required(),
  maxExpirationSeconds: field(3, int32, ''),
  credentialBundlePath: field(4, string, ''),
  keyPath: field(5, string, ''),
  certificateChainPath: field(6, string, ''),
  userAnnotations: field(7, map(string), ''),
});
export interface PodCertificateProjection extends Infer<typeof PodCertificateProjection> {}

export const PortworxVolumeSource = message('io.k8s.api.core.v1.PortworxVolumeSource', '', {
  volumeID: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  readOnly: field(3, bool, ''),
});
export interface PortworxVolumeSource extends Infer<typeof PortworxVolumeSource> {}

export const SecretProjection = message('io.k8s.api.core.v1.SecretProjection', '', {
  items: field(2, list(KeyToPath), '').atomic(),
  ...inline(1, LocalObjectReference),
  optional: field(4, bool, ''),
});
export interface SecretProjection extends Infer<typeof SecretProjection> {}

export const ServiceAccountTokenProjection = message('io.k8s.api.core.v1.ServiceAccountTokenProjection', '', {
  audience: field(1, string, ''),
  expirationSeconds: field(2, int64, ''),
  path: field(3, string, '').required().default(''),
});
export interface ServiceAccountTokenProjection extends Infer<typeof ServiceAccountTokenProjection> {}

export const VolumeProjection = message('io.k8s.api.core.v1.VolumeProjection', '', {
  secret: field(1, SecretProjection, ''),
  downwardAPI: field(2, DownwardAPIProjection, ''),
  configMap: field(3, ConfigMapProjection, ''),
  serviceAccountToken: field(4, ServiceAccountTokenProjection, ''),
  clusterTrustBundle: field(5, ClusterTrustBundleProjection, ''),
  podCertificate: field(6, PodCertificateProjection, ''),
});
export interface VolumeProjection extends Infer<typeof VolumeProjection> {}

export const ProjectedVolumeSource = message('io.k8s.api.core.v1.ProjectedVolumeSource', '', {
  sources: field(1, list(VolumeProjection), '').atomic(),
  defaultMode: field(2, int32, ''),
});
export interface ProjectedVolumeSource extends Infer<typeof ProjectedVolumeSource> {}

export const QuobyteVolumeSource = message('io.k8s.api.core.v1.QuobyteVolumeSource', '', {
  registry: field(1, string, '').required().default(''),
  volume: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
  user: field(4, string, ''),
  group: field(5, string, ''),
  tenant: field(6, string, ''),
});
export interface QuobyteVolumeSource extends Infer<typeof QuobyteVolumeSource> {}

export const RBDVolumeSource = message('io.k8s.api.core.v1.RBDVolumeSource', '', {
  monitors: field(1, list(string), '').required().atomic(),
  image: field(2, string, '').required().default(''),
  fsType: field(3, string, ''),
  pool: field(4, string, '').default('rbd'),
  user: field(5, string, '').default('admin'),
  keyring: field(6, string, '').default('/etc/ceph/keyring'),
  secretRef: field(7, LocalObjectReference, ''),
  readOnly: field(8, bool, ''),
});
export interface RBDVolumeSource extends Infer<typeof RBDVolumeSource> {}

export const ScaleIOVolumeSource = message('io.k8s.api.core.v1.ScaleIOVolumeSource', '', {
  gateway: field(1, string, '').required().default(''),
  system: field(2, string, '').required().default(''),
  secretRef: field(3, LocalObjectReference, '').required(),
  sslEnabled: field(4, bool, ''),
  protectionDomain: field(5, string, ''),
  storagePool: field(6, string, ''),
  storageMode: field(7, string, '').default('ThinProvisioned'),
  volumeName: field(8, string, ''),
  fsType: field(9, string, '').default('xfs'),
  readOnly: field(10, bool, ''),
});
export interface ScaleIOVolumeSource extends Infer<typeof ScaleIOVolumeSource> {}

export const SecretVolumeSource = message('io.k8s.api.core.v1.SecretVolumeSource', '', {
  secretName: field(1, string, ''),
  items: field(2, list(KeyToPath), '').atomic(),
  defaultMode: field(3, int32, ''),
  optional: field(4, bool, ''),
});
export interface SecretVolumeSource extends Infer<typeof SecretVolumeSource> {}

export const StorageOSVolumeSource = message('io.k8s.api.core.v1.StorageOSVolumeSource', '', {
  volumeName: field(1, string, ''),
  volumeNamespace: field(2, string, ''),
  fsType: field(3, string, ''),
  readOnly: field(4, bool, ''),
  secretRef: field(5, LocalObjectReference, ''),
});
export interface StorageOSVolumeSource extends Infer<typeof StorageOSVolumeSource> {}

export const VsphereVirtualDiskVolumeSource = message('io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource', '', {
  volumePath: field(1, string, '').required().default(''),
  fsType: field(2, string, ''),
  storagePolicyName: field(3, string, ''),
  storagePolicyID: field(4, string, ''),
});
export interface VsphereVirtualDiskVolumeSource extends Infer<typeof VsphereVirtualDiskVolumeSource> {}

export const VolumeSource = message('io.k8s.api.core.v1.VolumeSource', '', {
  hostPath: field(1, HostPathVolumeSource, ''),
  emptyDir: field(2, EmptyDirVolumeSource, ''),
  gcePersistentDisk: field(3, GCEPersistentDiskVolumeSource, ''),
  awsElasticBlockStore: field(4, AWSElasticBlockStoreVolumeSource, ''),
  gitRepo: field(5, GitRepoVolumeSource, ''),
  secret: field(6, SecretVolumeSource, ''),
  nfs: field(7, NFSVolumeSource, ''),
  iscsi: field(8, ISCSIVolumeSource, ''),
  glusterfs: field(9, GlusterfsVolumeSource, ''),
  persistentVolumeClaim: field(10, PersistentVolumeClaimVolumeSource, ''),
  rbd: field(11, RBDVolumeSource, ''),
  flexVolume: field(12, FlexVolumeSource, ''),
  cinder: field(13, CinderVolumeSource, ''),
  cephfs: field(14, CephFSVolumeSource, ''),
  flocker: field(15, FlockerVolumeSource, ''),
  downwardAPI: field(16, DownwardAPIVolumeSource, ''),
  fc: field(17, FCVolumeSource, ''),
  azureFile: field(18, AzureFileVolumeSource, ''),
  configMap: field(19, ConfigMapVolumeSource, ''),
  vsphereVolume: field(20, VsphereVirtualDiskVolumeSource, ''),
  quobyte: field(21, QuobyteVolumeSource, ''),
  azureDisk: field(22, AzureDiskVolumeSource, ''),
  photonPersistentDisk: field(23, PhotonPersistentDiskVolumeSource, ''),
  portworxVolume: field(24, PortworxVolumeSource, ''),
  scaleIO: field(25, ScaleIOVolumeSource, ''),
  projected: field(26, ProjectedVolumeSource, ''),
  storageos: field(27, StorageOSVolumeSource, ''),
  csi: field(28, CSIVolumeSource, ''),
  ephemeral: field(29, EphemeralVolumeSource, ''),
  image: field(30, ImageVolumeSource, ''),
});
export interface VolumeSource extends Infer<typeof VolumeSource> {}

export const Volume = message('io.k8s.api.core.v1.Volume', '', {
  name: field(1, string, '').required().default(''),
  ...inline(2, VolumeSource),
});
export interface Volume extends Infer<typeof Volume> {}
