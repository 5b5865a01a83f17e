/** The messages of the Container Runtime Interface, `runtime.v1`, as far as the kubelet uses them. */
import {
  bool,
  bytes,
  field,
  type Infer,
  int32,
  int64,
  type Lazy,
  list,
  map,
  message,
  string,
  type Type,
} from '@kubets/core';

const at = <T>(number: number, of: Lazy<Type<T>>) => field(number, of, '');

export const VersionRequest = message('runtime.v1.VersionRequest', '', {
  version: at(1, string),
});
export type VersionRequest = Infer<typeof VersionRequest>;

export const VersionResponse = message('runtime.v1.VersionResponse', '', {
  version: at(1, string),
  runtimeName: at(2, string),
  runtimeVersion: at(3, string),
  runtimeApiVersion: at(4, string),
});
export type VersionResponse = Infer<typeof VersionResponse>;

export const DNSConfig = message('runtime.v1.DNSConfig', '', {
  servers: at(1, list(string)),
  searches: at(2, list(string)),
  options: at(3, list(string)),
});
export type DNSConfig = Infer<typeof DNSConfig>;

export const PortMapping = message('runtime.v1.PortMapping', '', {
  protocol: at(1, int32),
  containerPort: at(2, int32),
  hostPort: at(3, int32),
  hostIp: at(4, string),
});
export type PortMapping = Infer<typeof PortMapping>;

export const Mount = message('runtime.v1.Mount', '', {
  containerPath: at(1, string),
  hostPath: at(2, string),
  readonly: at(3, bool),
  selinuxRelabel: at(4, bool),
  propagation: at(5, int32),
});
export type Mount = Infer<typeof Mount>;

export const NamespaceOption = message('runtime.v1.NamespaceOption', '', {
  network: at(1, int32),
  pid: at(2, int32),
  ipc: at(3, int32),
  targetId: at(4, string),
});
export type NamespaceOption = Infer<typeof NamespaceOption>;

export const Int64Value = message('runtime.v1.Int64Value', '', {
  value: at(1, int64),
});
export type Int64Value = Infer<typeof Int64Value>;

export const SELinuxOption = message('runtime.v1.SELinuxOption', '', {
  user: at(1, string),
  role: at(2, string),
  type: at(3, string),
  level: at(4, string),
});
export type SELinuxOption = Infer<typeof SELinuxOption>;

export const SecurityProfile = message('runtime.v1.SecurityProfile', '', {
  profileType: at(1, int32),
  localhostRef: at(2, string),
});
export type SecurityProfile = Infer<typeof SecurityProfile>;

export const LinuxSandboxSecurityContext = message('runtime.v1.LinuxSandboxSecurityContext', '', {
  namespaceOptions: at(1, NamespaceOption),
  selinuxOptions: at(2, SELinuxOption),
  runAsUser: at(3, Int64Value),
  runAsGroup: at(8, Int64Value),
  readonlyRootfs: at(4, bool),
  supplementalGroups: at(5, list(int64)),
  privileged: at(6, bool),
  seccomp: at(9, SecurityProfile),
  apparmor: at(10, SecurityProfile),
});
export type LinuxSandboxSecurityContext = Infer<typeof LinuxSandboxSecurityContext>;

export const LinuxContainerResources = message('runtime.v1.LinuxContainerResources', '', {
  cpuPeriod: at(1, int64),
  cpuQuota: at(2, int64),
  cpuShares: at(3, int64),
  memoryLimitInBytes: at(4, int64),
  oomScoreAdj: at(5, int64),
  cpusetCpus: at(6, string),
  cpusetMems: at(7, string),
  unified: at(9, map(string)),
  memorySwapLimitInBytes: at(10, int64),
});
export type LinuxContainerResources = Infer<typeof LinuxContainerResources>;

export const LinuxPodSandboxConfig = message('runtime.v1.LinuxPodSandboxConfig', '', {
  cgroupParent: at(1, string),
  securityContext: at(2, LinuxSandboxSecurityContext),
  sysctls: at(3, map(string)),
  overhead: at(4, LinuxContainerResources),
  resources: at(5, LinuxContainerResources),
});
export type LinuxPodSandboxConfig = Infer<typeof LinuxPodSandboxConfig>;

export const PodSandboxMetadata = message('runtime.v1.PodSandboxMetadata', '', {
  name: at(1, string),
  uid: at(2, string),
  namespace: at(3, string),
  attempt: at(4, int32),
});
export type PodSandboxMetadata = Infer<typeof PodSandboxMetadata>;

export const PodSandboxConfig = message('runtime.v1.PodSandboxConfig', '', {
  metadata: at(1, PodSandboxMetadata),
  hostname: at(2, string),
  logDirectory: at(3, string),
  dnsConfig: at(4, DNSConfig),
  portMappings: at(5, list(PortMapping)),
  labels: at(6, map(string)),
  annotations: at(7, map(string)),
  linux: at(8, LinuxPodSandboxConfig),
});
export type PodSandboxConfig = Infer<typeof PodSandboxConfig>;

export const RunPodSandboxRequest = message('runtime.v1.RunPodSandboxRequest', '', {
  config: at(1, PodSandboxConfig),
  runtimeHandler: at(2, string),
});
export type RunPodSandboxRequest = Infer<typeof RunPodSandboxRequest>;

export const RunPodSandboxResponse = message('runtime.v1.RunPodSandboxResponse', '', {
  podSandboxId: at(1, string),
});
export type RunPodSandboxResponse = Infer<typeof RunPodSandboxResponse>;

export const StopPodSandboxRequest = message('runtime.v1.StopPodSandboxRequest', '', {
  podSandboxId: at(1, string),
});
export type StopPodSandboxRequest = Infer<typeof StopPodSandboxRequest>;

export const StopPodSandboxResponse = message('runtime.v1.StopPodSandboxResponse', '', {});
export type StopPodSandboxResponse = Infer<typeof StopPodSandboxResponse>;

export const RemovePodSandboxRequest = message('runtime.v1.RemovePodSandboxRequest', '', {
  podSandboxId: at(1, string),
});
export type RemovePodSandboxRequest = Infer<typeof RemovePodSandboxRequest>;

export const RemovePodSandboxResponse = message('runtime.v1.RemovePodSandboxResponse', '', {});
export type RemovePodSandboxResponse = Infer<typeof RemovePodSandboxResponse>;

export const PodSandboxStatusRequest = message('runtime.v1.PodSandboxStatusRequest', '', {
  podSandboxId: at(1, string),
  verbose: at(2, bool),
});
export type PodSandboxStatusRequest = Infer<typeof PodSandboxStatusRequest>;

export const PodIP = message('runtime.v1.PodIP', '', {
  ip: at(1, string),
});
export type PodIP = Infer<typeof PodIP>;

export const PodSandboxNetworkStatus = message('runtime.v1.PodSandboxNetworkStatus', '', {
  ip: at(1, string),
  additionalIps: at(2, list(PodIP)),
});
export type PodSandboxNetworkStatus = Infer<typeof PodSandboxNetworkStatus>;

export const Namespace = message('runtime.v1.Namespace', '', {
  options: at(2, NamespaceOption),
});
export type Namespace = Infer<typeof Namespace>;

export const LinuxPodSandboxStatus = message('runtime.v1.LinuxPodSandboxStatus', '', {
  namespaces: at(1, Namespace),
});
export type LinuxPodSandboxStatus = Infer<typeof LinuxPodSandboxStatus>;

export const PodSandboxStatus = message('runtime.v1.PodSandboxStatus', '', {
  id: at(1, string),
  metadata: at(2, PodSandboxMetadata),
  state: at(3, int32),
  createdAt: at(4, int64),
  network: at(5, PodSandboxNetworkStatus),
  linux: at(6, LinuxPodSandboxStatus),
  labels: at(7, map(string)),
  annotations: at(8, map(string)),
  runtimeHandler: at(9, string),
});
export type PodSandboxStatus = Infer<typeof PodSandboxStatus>;

export const PodSandboxStatusResponse = message('runtime.v1.PodSandboxStatusResponse', '', {
  status: at(1, PodSandboxStatus),
  info: at(2, map(string)),
});
export type PodSandboxStatusResponse = Infer<typeof PodSandboxStatusResponse>;

export const PodSandboxStateValue = message('runtime.v1.PodSandboxStateValue', '', {
  state: at(1, int32),
});
export type PodSandboxStateValue = Infer<typeof PodSandboxStateValue>;

export const PodSandboxFilter = message('runtime.v1.PodSandboxFilter', '', {
  id: at(1, string),
  state: at(2, PodSandboxStateValue),
  labelSelector: at(3, map(string)),
});
export type PodSandboxFilter = Infer<typeof PodSandboxFilter>;

export const ListPodSandboxRequest = message('runtime.v1.ListPodSandboxRequest', '', {
  filter: at(1, PodSandboxFilter),
});
export type ListPodSandboxRequest = Infer<typeof ListPodSandboxRequest>;

export const PodSandbox = message('runtime.v1.PodSandbox', '', {
  id: at(1, string),
  metadata: at(2, PodSandboxMetadata),
  state: at(3, int32),
  createdAt: at(4, int64),
  labels: at(5, map(string)),
  annotations: at(6, map(string)),
  runtimeHandler: at(7, string),
});
export type PodSandbox = Infer<typeof PodSandbox>;

export const ListPodSandboxResponse = message('runtime.v1.ListPodSandboxResponse', '', {
  items: at(1, list(PodSandbox)),
});
export type ListPodSandboxResponse = Infer<typeof ListPodSandboxResponse>;

export const ImageSpec = message('runtime.v1.ImageSpec', '', {
  image: at(1, string),
  annotations: at(2, map(string)),
});
export type ImageSpec = Infer<typeof ImageSpec>;

export const KeyValue = message('runtime.v1.KeyValue', '', {
  key: at(1, string),
  value: at(2, string),
});
export type KeyValue = Infer<typeof KeyValue>;

export const Capability = message('runtime.v1.Capability', '', {
  addCapabilities: at(1, list(string)),
  dropCapabilities: at(2, list(string)),
  addAmbientCapabilities: at(3, list(string)),
});
export type Capability = Infer<typeof Capability>;

export const LinuxContainerSecurityContext = message('runtime.v1.LinuxContainerSecurityContext', '', {
  capabilities: at(1, Capability),
  privileged: at(2, bool),
  namespaceOptions: at(3, NamespaceOption),
  selinuxOptions: at(4, SELinuxOption),
  runAsUser: at(5, Int64Value),
  runAsGroup: at(12, Int64Value),
  runAsUsername: at(6, string),
  readonlyRootfs: at(7, bool),
  supplementalGroups: at(8, list(int64)),
  noNewPrivs: at(11, bool),
  maskedPaths: at(13, list(string)),
  readonlyPaths: at(14, list(string)),
  seccomp: at(15, SecurityProfile),
  apparmor: at(16, SecurityProfile),
});
export type LinuxContainerSecurityContext = Infer<typeof LinuxContainerSecurityContext>;

export const LinuxContainerConfig = message('runtime.v1.LinuxContainerConfig', '', {
  resources: at(1, LinuxContainerResources),
  securityContext: at(2, LinuxContainerSecurityContext),
});
export type LinuxContainerConfig = Infer<typeof LinuxContainerConfig>;

export const ContainerMetadata = message('runtime.v1.ContainerMetadata', '', {
  name: at(1, string),
  attempt: at(2, int32),
});
export type ContainerMetadata = Infer<typeof ContainerMetadata>;

export const Device = message('runtime.v1.Device', '', {
  containerPath: at(1, string),
  hostPath: at(2, string),
  permissions: at(3, string),
});
export type Device = Infer<typeof Device>;

export const ContainerConfig = message('runtime.v1.ContainerConfig', '', {
  metadata: at(1, ContainerMetadata),
  image: at(2, ImageSpec),
  command: at(3, list(string)),
  args: at(4, list(string)),
  workingDir: at(5, string),
  envs: at(6, list(KeyValue)),
  mounts: at(7, list(Mount)),
  devices: at(8, list(Device)),
  labels: at(9, map(string)),
  annotations: at(10, map(string)),
  logPath: at(11, string),
  stdin: at(12, bool),
  stdinOnce: at(13, bool),
  tty: at(14, bool),
  linux: at(15, LinuxContainerConfig),
});
export type ContainerConfig = Infer<typeof ContainerConfig>;

export const CreateContainerRequest = message('runtime.v1.CreateContainerRequest', '', {
  podSandboxId: at(1, string),
  config: at(2, ContainerConfig),
  sandboxConfig: at(3, PodSandboxConfig),
});
export type CreateContainerRequest = Infer<typeof CreateContainerRequest>;

export const CreateContainerResponse = message('runtime.v1.CreateContainerResponse', '', {
  containerId: at(1, string),
});
export type CreateContainerResponse = Infer<typeof CreateContainerResponse>;

export const StartContainerRequest = message('runtime.v1.StartContainerRequest', '', {
  containerId: at(1, string),
});
export type StartContainerRequest = Infer<typeof StartContainerRequest>;

export const StartContainerResponse = message('runtime.v1.StartContainerResponse', '', {});
export type StartContainerResponse = Infer<typeof StartContainerResponse>;

export const StopContainerRequest = message('runtime.v1.StopContainerRequest', '', {
  containerId: at(1, string),
  timeout: at(2, int64),
});
export type StopContainerRequest = Infer<typeof StopContainerRequest>;

export const StopContainerResponse = message('runtime.v1.StopContainerResponse', '', {});
export type StopContainerResponse = Infer<typeof StopContainerResponse>;

export const RemoveContainerRequest = message('runtime.v1.RemoveContainerRequest', '', {
  containerId: at(1, string),
});
export type RemoveContainerRequest = Infer<typeof RemoveContainerRequest>;

export const RemoveContainerResponse = message('runtime.v1.RemoveContainerResponse', '', {});
export type RemoveContainerResponse = Infer<typeof RemoveContainerResponse>;

export const ContainerStateValue = message('runtime.v1.ContainerStateValue', '', {
  state: at(1, int32),
});
export type ContainerStateValue = Infer<typeof ContainerStateValue>;

export const ContainerFilter = message('runtime.v1.ContainerFilter', '', {
  id: at(1, string),
  state: at(2, ContainerStateValue),
  podSandboxId: at(3, string),
  labelSelector: at(4, map(string)),
});
export type ContainerFilter = Infer<typeof ContainerFilter>;

export const ListContainersRequest = message('runtime.v1.ListContainersRequest', '', {
  filter: at(1, ContainerFilter),
});
export type ListContainersRequest = Infer<typeof ListContainersRequest>;

export const Container = message('runtime.v1.Container', '', {
  id: at(1, string),
  podSandboxId: at(2, string),
  metadata: at(3, ContainerMetadata),
  image: at(4, ImageSpec),
  imageRef: at(5, string),
  state: at(6, int32),
  createdAt: at(7, int64),
  labels: at(8, map(string)),
  annotations: at(9, map(string)),
});
export type Container = Infer<typeof Container>;

export const ListContainersResponse = message('runtime.v1.ListContainersResponse', '', {
  containers: at(1, list(Container)),
});
export type ListContainersResponse = Infer<typeof ListContainersResponse>;

export const ContainerStatusRequest = message('runtime.v1.ContainerStatusRequest', '', {
  containerId: at(1, string),
  verbose: at(2, bool),
});
export type ContainerStatusRequest = Infer<typeof ContainerStatusRequest>;

export const ContainerResources = message('runtime.v1.ContainerResources', '', {
  linux: at(1, LinuxContainerResources),
});
export type ContainerResources = Infer<typeof ContainerResources>;

export const ContainerStatus = message('runtime.v1.ContainerStatus', '', {
  id: at(1, string),
  metadata: at(2, ContainerMetadata),
  state: at(3, int32),
  createdAt: at(4, int64),
  startedAt: at(5, int64),
  finishedAt: at(6, int64),
  exitCode: at(7, int32),
  image: at(8, ImageSpec),
  imageRef: at(9, string),
  reason: at(10, string),
  message: at(11, string),
  labels: at(12, map(string)),
  annotations: at(13, map(string)),
  mounts: at(14, list(Mount)),
  logPath: at(15, string),
  resources: at(16, ContainerResources),
});
export type ContainerStatus = Infer<typeof ContainerStatus>;

export const ContainerStatusResponse = message('runtime.v1.ContainerStatusResponse', '', {
  status: at(1, ContainerStatus),
  info: at(2, map(string)),
});
export type ContainerStatusResponse = Infer<typeof ContainerStatusResponse>;

export const UpdateContainerResourcesRequest = message('runtime.v1.UpdateContainerResourcesRequest', '', {
  containerId: at(1, string),
  linux: at(2, LinuxContainerResources),
  annotations: at(4, map(string)),
});
export type UpdateContainerResourcesRequest = Infer<typeof UpdateContainerResourcesRequest>;

export const UpdateContainerResourcesResponse = message('runtime.v1.UpdateContainerResourcesResponse', '', {});
export type UpdateContainerResourcesResponse = Infer<typeof UpdateContainerResourcesResponse>;

export const ExecSyncRequest = message('runtime.v1.ExecSyncRequest', '', {
  containerId: at(1, string),
  cmd: at(2, list(string)),
  timeout: at(3, int64),
});
export type ExecSyncRequest = Infer<typeof ExecSyncRequest>;

export const ExecSyncResponse = message('runtime.v1.ExecSyncResponse', '', {
  stdout: at(1, bytes),
  stderr: at(2, bytes),
  exitCode: at(3, int32),
});
export type ExecSyncResponse = Infer<typeof ExecSyncResponse>;

export const ExecRequest = message('runtime.v1.ExecRequest', '', {
  containerId: at(1, string),
  cmd: at(2, list(string)),
  tty: at(3, bool),
  stdin: at(4, bool),
  stdout: at(5, bool),
  stderr: at(6, bool),
});
export type ExecRequest = Infer<typeof ExecRequest>;

export const ExecResponse = message('runtime.v1.ExecResponse', '', {
  url: at(1, string),
});
export type ExecResponse = Infer<typeof ExecResponse>;

export const AttachRequest = message('runtime.v1.AttachRequest', '', {
  containerId: at(1, string),
  stdin: at(2, bool),
  tty: at(3, bool),
  stdout: at(4, bool),
  stderr: at(5, bool),
});
export type AttachRequest = Infer<typeof AttachRequest>;

export const AttachResponse = message('runtime.v1.AttachResponse', '', {
  url: at(1, string),
});
export type AttachResponse = Infer<typeof AttachResponse>;

export const PortForwardRequest = message('runtime.v1.PortForwardRequest', '', {
  podSandboxId: at(1, string),
  port: at(2, list(int32)),
});
export type PortForwardRequest = Infer<typeof PortForwardRequest>;

export const PortForwardResponse = message('runtime.v1.PortForwardResponse', '', {
  url: at(1, string),
});
export type PortForwardResponse = Infer<typeof PortForwardResponse>;

export const ImageFilter = message('runtime.v1.ImageFilter', '', {
  image: at(1, ImageSpec),
});
export type ImageFilter = Infer<typeof ImageFilter>;

export const ListImagesRequest = message('runtime.v1.ListImagesRequest', '', {
  filter: at(1, ImageFilter),
});
export type ListImagesRequest = Infer<typeof ListImagesRequest>;

export const Image = message('runtime.v1.Image', '', {
  id: at(1, string),
  repoTags: at(2, list(string)),
  repoDigests: at(3, list(string)),
  size: at(4, int64),
  uid: at(5, Int64Value),
  username: at(6, string),
  spec: at(7, ImageSpec),
  pinned: at(8, bool),
});
export type Image = Infer<typeof Image>;

export const ListImagesResponse = message('runtime.v1.ListImagesResponse', '', {
  images: at(1, list(Image)),
});
export type ListImagesResponse = Infer<typeof ListImagesResponse>;

export const ImageStatusRequest = message('runtime.v1.ImageStatusRequest', '', {
  image: at(1, ImageSpec),
  verbose: at(2, bool),
});
export type ImageStatusRequest = Infer<typeof ImageStatusRequest>;

export const ImageStatusResponse = message('runtime.v1.ImageStatusResponse', '', {
  image: at(1, Image),
  info: at(2, map(string)),
});
export type ImageStatusResponse = Infer<typeof ImageStatusResponse>;

export const AuthConfig = message('runtime.v1.AuthConfig', '', {
  username: at(1, string),
  password: at(2, string),
  auth: at(3, string),
  serverAddress: at(4, string),
  identityToken: at(5, string),
  registryToken: at(6, string),
});
export type AuthConfig = Infer<typeof AuthConfig>;

export const PullImageRequest = message('runtime.v1.PullImageRequest', '', {
  image: at(1, ImageSpec),
  auth: at(2, AuthConfig),
  sandboxConfig: at(3, PodSandboxConfig),
});
export type PullImageRequest = Infer<typeof PullImageRequest>;

export const PullImageResponse = message('runtime.v1.PullImageResponse', '', {
  imageRef: at(1, string),
});
export type PullImageResponse = Infer<typeof PullImageResponse>;

export const RemoveImageRequest = message('runtime.v1.RemoveImageRequest', '', {
  image: at(1, ImageSpec),
});
export type RemoveImageRequest = Infer<typeof RemoveImageRequest>;

export const RemoveImageResponse = message('runtime.v1.RemoveImageResponse', '', {});
export type RemoveImageResponse = Infer<typeof RemoveImageResponse>;

export const RuntimeCondition = message('runtime.v1.RuntimeCondition', '', {
  type: at(1, string),
  status: at(2, bool),
  reason: at(3, string),
  message: at(4, string),
});
export type RuntimeCondition = Infer<typeof RuntimeCondition>;

export const RuntimeStatus = message('runtime.v1.RuntimeStatus', '', {
  conditions: at(1, list(RuntimeCondition)),
});
export type RuntimeStatus = Infer<typeof RuntimeStatus>;

export const StatusRequest = message('runtime.v1.StatusRequest', '', {
  verbose: at(1, bool),
});
export type StatusRequest = Infer<typeof StatusRequest>;

export const StatusResponse = message('runtime.v1.StatusResponse', '', {
  status: at(1, RuntimeStatus),
  info: at(2, map(string)),
});
export type StatusResponse = Infer<typeof StatusResponse>;

export const ImageFsInfoRequest = message('runtime.v1.ImageFsInfoRequest', '', {});
export type ImageFsInfoRequest = Infer<typeof ImageFsInfoRequest>;

export const UInt64Value = message('runtime.v1.UInt64Value', '', {
  value: at(1, int64),
});
export type UInt64Value = Infer<typeof UInt64Value>;

export const FilesystemIdentifier = message('runtime.v1.FilesystemIdentifier', '', {
  mountpoint: at(1, string),
});
export type FilesystemIdentifier = Infer<typeof FilesystemIdentifier>;

export const FilesystemUsage = message('runtime.v1.FilesystemUsage', '', {
  timestamp: at(1, int64),
  fsId: at(2, FilesystemIdentifier),
  usedBytes: at(3, UInt64Value),
  inodesUsed: at(4, UInt64Value),
});
export type FilesystemUsage = Infer<typeof FilesystemUsage>;

export const ImageFsInfoResponse = message('runtime.v1.ImageFsInfoResponse', '', {
  imageFilesystems: at(1, list(FilesystemUsage)),
});
export type ImageFsInfoResponse = Infer<typeof ImageFsInfoResponse>;

export const ContainerStatsRequest = message('runtime.v1.ContainerStatsRequest', '', {
  containerId: at(1, string),
});
export type ContainerStatsRequest = Infer<typeof ContainerStatsRequest>;

export const ContainerAttributes = message('runtime.v1.ContainerAttributes', '', {
  id: at(1, string),
  metadata: at(2, ContainerMetadata),
  labels: at(3, map(string)),
  annotations: at(4, map(string)),
});
export type ContainerAttributes = Infer<typeof ContainerAttributes>;

export const CpuUsage = message('runtime.v1.CpuUsage', '', {
  timestamp: at(1, int64),
  usageCoreNanoSeconds: at(2, UInt64Value),
  usageNanoCores: at(3, UInt64Value),
});
export type CpuUsage = Infer<typeof CpuUsage>;

export const MemoryUsage = message('runtime.v1.MemoryUsage', '', {
  timestamp: at(1, int64),
  workingSetBytes: at(2, UInt64Value),
  availableBytes: at(3, UInt64Value),
  usageBytes: at(4, UInt64Value),
  rssBytes: at(5, UInt64Value),
  pageFaults: at(6, UInt64Value),
  majorPageFaults: at(7, UInt64Value),
});
export type MemoryUsage = Infer<typeof MemoryUsage>;

export const ContainerStats = message('runtime.v1.ContainerStats', '', {
  attributes: at(1, ContainerAttributes),
  cpu: at(2, CpuUsage),
  memory: at(3, MemoryUsage),
  writableLayer: at(4, FilesystemUsage),
});
export type ContainerStats = Infer<typeof ContainerStats>;

export const ContainerStatsResponse = message('runtime.v1.ContainerStatsResponse', '', {
  stats: at(1, ContainerStats),
});
export type ContainerStatsResponse = Infer<typeof ContainerStatsResponse>;

export const ContainerStatsFilter = message('runtime.v1.ContainerStatsFilter', '', {
  id: at(1, string),
  podSandboxId: at(2, string),
  labelSelector: at(3, map(string)),
});
export type ContainerStatsFilter = Infer<typeof ContainerStatsFilter>;

export const ListContainerStatsRequest = message('runtime.v1.ListContainerStatsRequest', '', {
  filter: at(1, ContainerStatsFilter),
});
export type ListContainerStatsRequest = Infer<typeof ListContainerStatsRequest>;

export const ListContainerStatsResponse = message('runtime.v1.ListContainerStatsResponse', '', {
  stats: at(1, list(ContainerStats)),
});
export type ListContainerStatsResponse = Infer<typeof ListContainerStatsResponse>;

export const ReopenContainerLogRequest = message('runtime.v1.ReopenContainerLogRequest', '', {
  containerId: at(1, string),
});
export type ReopenContainerLogRequest = Infer<typeof ReopenContainerLogRequest>;

export const ReopenContainerLogResponse = message('runtime.v1.ReopenContainerLogResponse', '', {});
export type ReopenContainerLogResponse = Infer<typeof ReopenContainerLogResponse>;
