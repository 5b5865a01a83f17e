import {
  bool,
  defineKind,
  field,
  type Infer,
  int32,
  int64,
  list,
  map,
  message,
  quantity,
  string,
  time,
} from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { Eviction } from '../policy/eviction.ts';
import { Binding } from './binding.ts';
import { Container, EphemeralContainer, ResourceRequirements } from './container.ts';
import { Affinity, Toleration, TopologySpreadConstraint } from './placement.ts';
import { podColumns } from './pod/columns.ts';
import {
  ephemeralContainersStrategy,
  podSelectableFields,
  podStatusStrategy,
  podStrategy,
  resizeStrategy,
} from './pod/strategy.ts';
import { LocalObjectReference } from './reference.ts';
import { PodSecurityContext } from './security-context.ts';
import { Volume } from './volume.ts';

export const ContainerExtendedResourceRequest = message('io.k8s.api.core.v1.ContainerExtendedResourceRequest', '', {
  containerName: field(1, string, '').required().default(''),
  resourceName: field(2, string, '').required().default(''),
  requestName: field(3, string, '').required().default(''),
});
export interface ContainerExtendedResourceRequest extends Infer<typeof ContainerExtendedResourceRequest> {}

export const ContainerStateRunning = message('io.k8s.api.core.v1.ContainerStateRunning', '', {
  startedAt: field(1, time, ''),
});
export interface ContainerStateRunning extends Infer<typeof ContainerStateRunning> {}

export const ContainerStateTerminated = message('io.k8s.api.core.v1.ContainerStateTerminated', '', {
  exitCode: field(1, int32, '').required().default(0),
  signal: field(2, int32, ''),
  reason: field(3, string, ''),
  message: field(4, string, ''),
  startedAt: field(5, time, ''),
  finishedAt: field(6, time, ''),
  containerID: field(7, string, ''),
});
export interface ContainerStateTerminated extends Infer<typeof ContainerStateTerminated> {}

export const ContainerStateWaiting = message('io.k8s.api.core.v1.ContainerStateWaiting', '', {
  reason: field(1, string, ''),
  message: field(2, string, ''),
});
export interface ContainerStateWaiting extends Infer<typeof ContainerStateWaiting> {}

export const ContainerState = message('io.k8s.api.core.v1.ContainerState', '', {
  waiting: field(1, ContainerStateWaiting, ''),
  running: field(2, ContainerStateRunning, ''),
  terminated: field(3, ContainerStateTerminated, ''),
});
export interface ContainerState extends Infer<typeof ContainerState> {}

export const ResourceHealth = message('io.k8s.api.core.v1.ResourceHealth', '', {
  resourceID: field(1, string, '').required().default(''),
  health: field(2, string, ''),
  message: field(6, string, ''),
});
export interface ResourceHealth extends Infer<typeof ResourceHealth> {}

export const ResourceStatus = message('io.k8s.api.core.v1.ResourceStatus', '', {
  name: field(1, string, '').required().default(''),
  resources: field(2, list(ResourceHealth), '').mapOf('resourceID'),
});
export interface ResourceStatus extends Infer<typeof ResourceStatus> {}

export const LinuxContainerUser = message('io.k8s.api.core.v1.LinuxContainerUser', '', {
  uid: field(1, int64, '').required().default(0),
  gid: field(2, int64, '').required().default(0),
  supplementalGroups: field(3, list(int64), '').atomic(),
});
export interface LinuxContainerUser extends Infer<typeof LinuxContainerUser> {}

export const ContainerUser = message('io.k8s.api.core.v1.ContainerUser', '', {
  linux: field(1, LinuxContainerUser, ''),
});
export interface ContainerUser extends Infer<typeof ContainerUser> {}

export const ImageVolumeStatus = message('io.k8s.api.core.v1.ImageVolumeStatus', '', {
  imageRef: field(1, string, '').required(),
});
export interface ImageVolumeStatus extends Infer<typeof ImageVolumeStatus> {}

export const VolumeStatus = message('io.k8s.api.core.v1.VolumeStatus', '', {
  image: field(1, ImageVolumeStatus, ''),
});
export interface VolumeStatus extends Infer<typeof VolumeStatus> {}

export const VolumeMountStatus = message('io.k8s.api.core.v1.VolumeMountStatus', '', {
  name: field(1, string, '').required().default(''),
  mountPath: field(2, string, '').required().default(''),
  readOnly: field(3, bool, ''),
  recursiveReadOnly: field(4, string, ''),
  volumeStatus: field(5, VolumeStatus, ''),
});
export interface VolumeMountStatus extends Infer<typeof VolumeMountStatus> {}

export const ContainerStatus = message('io.k8s.api.core.v1.ContainerStatus', '', {
  name: field(1, string, '').required().default(''),
  state: field(2, ContainerState, '').default({}),
  lastState: field(3, ContainerState, '').default({}),
  ready: field(4, bool, '').required().default(false),
  restartCount: field(5, int32, '').required().default(0),
  image: field(6, string, '').required().default(''),
  imageID: field(7, string, '').required().default(''),
  containerID: field(8, string, ''),
  started: field(9, bool, ''),
  allocatedResources: field(10, map(quantity), ''),
  resources: field(11, ResourceRequirements, ''),
  volumeMounts: field(12, list(VolumeMountStatus), '').mapOf('mountPath').mergeBy('mountPath'),
  user: field(13, ContainerUser, ''),
  allocatedResourcesStatus: field(14, list(ResourceStatus), '').mapOf('name').mergeBy('name'),
  stopSignal: field(15, string, '').oneOf(
    'SIGABRT',
    'SIGALRM',
    'SIGBUS',
    'SIGCHLD',
    'SIGCLD',
    'SIGCONT',
    'SIGFPE',
    'SIGHUP',
    'SIGILL',
    'SIGINT',
    'SIGIO',
    'SIGIOT',
    'SIGKILL',
    'SIGPIPE',
    'SIGPOLL',
    'SIGPROF',
    'SIGPWR',
    'SIGQUIT',
    'SIGRTMAX',
    'SIGRTMAX-1',
    'SIGRTMAX-10',
    'SIGRTMAX-11',
    'SIGRTMAX-12',
    'SIGRTMAX-13',
    'SIGRTMAX-14',
    'SIGRTMAX-2',
    'SIGRTMAX-3',
    'SIGRTMAX-4',
    'SIGRTMAX-5',
    'SIGRTMAX-6',
    'SIGRTMAX-7',
    'SIGRTMAX-8',
    'SIGRTMAX-9',
    'SIGRTMIN',
    'SIGRTMIN+1',
    'SIGRTMIN+10',
    'SIGRTMIN+11',
    'SIGRTMIN+12',
    'SIGRTMIN+13',
    'SIGRTMIN+14',
    'SIGRTMIN+15',
    'SIGRTMIN+2',
    'SIGRTMIN+3',
    'SIGRTMIN+4',
    'SIGRTMIN+5',
    'SIGRTMIN+6',
    'SIGRTMIN+7',
    'SIGRTMIN+8',
    'SIGRTMIN+9',
    'SIGSEGV',
    'SIGSTKFLT',
    'SIGSTOP',
    'SIGSYS',
    'SIGTERM',
    'SIGTRAP',
    'SIGTSTP',
    'SIGTTIN',
    'SIGTTOU',
    'SIGURG',
    'SIGUSR1',
    'SIGUSR2',
    'SIGVTALRM',
    'SIGWINCH',
    'SIGXCPU',
    'SIGXFSZ',
  ),
});
export interface ContainerStatus extends Infer<typeof ContainerStatus> {}

export const HostAlias = message('io.k8s.api.core.v1.HostAlias', '', {
  ip: field(1, string, '').required().default(''),
  hostnames: field(2, list(string), '').atomic(),
});
export interface HostAlias extends Infer<typeof HostAlias> {}

export const HostIP = message('io.k8s.api.core.v1.HostIP', '', {
  ip: field(1, string, '').required().default(''),
});
export interface HostIP extends Infer<typeof HostIP> {}

export const NodeAllocatableResourceClaimStatus = message('io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus', '', {
  resourceClaimName: field(1, string, '').required().default(''),
  containers: field(2, list(string), '').set(),
  resources: field(3, map(quantity), '').required(),
});
export interface NodeAllocatableResourceClaimStatus extends Infer<typeof NodeAllocatableResourceClaimStatus> {}

export const PodCondition = message('io.k8s.api.core.v1.PodCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastProbeTime: field(3, time, ''),
  lastTransitionTime: field(4, time, ''),
  reason: field(5, string, ''),
  message: field(6, string, ''),
  observedGeneration: field(7, int64, ''),
});
export interface PodCondition extends Infer<typeof PodCondition> {}

export const PodDNSConfigOption = message('io.k8s.api.core.v1.PodDNSConfigOption', '', {
  name: field(1, string, ''),
  value: field(2, string, ''),
});
export interface PodDNSConfigOption extends Infer<typeof PodDNSConfigOption> {}

export const PodDNSConfig = message('io.k8s.api.core.v1.PodDNSConfig', '', {
  nameservers: field(1, list(string), '').atomic(),
  searches: field(2, list(string), '').atomic(),
  options: field(3, list(PodDNSConfigOption), '').atomic(),
});
export interface PodDNSConfig extends Infer<typeof PodDNSConfig> {}

export const PodExtendedResourceClaimStatus = message('io.k8s.api.core.v1.PodExtendedResourceClaimStatus', '', {
  requestMappings: field(1, list(ContainerExtendedResourceRequest), '').required().atomic(),
  resourceClaimName: field(2, string, '').required().default(''),
});
export interface PodExtendedResourceClaimStatus extends Infer<typeof PodExtendedResourceClaimStatus> {}

export const PodIP = message('io.k8s.api.core.v1.PodIP', '', {
  ip: field(1, string, '').required().default(''),
});
export interface PodIP extends Infer<typeof PodIP> {}

export const PodOS = message('io.k8s.api.core.v1.PodOS', '', {
  name: field(1, string, '').required().default(''),
});
export interface PodOS extends Infer<typeof PodOS> {}

export const PodReadinessGate = message('io.k8s.api.core.v1.PodReadinessGate', '', {
  conditionType: field(1, string, '').required().default(''),
});
export interface PodReadinessGate extends Infer<typeof PodReadinessGate> {}

export const PodResourceClaim = message('io.k8s.api.core.v1.PodResourceClaim', '', {
  name: field(1, string, '').required().default(''),
  resourceClaimName: field(3, string, ''),
  resourceClaimTemplateName: field(4, string, ''),
});
export interface PodResourceClaim extends Infer<typeof PodResourceClaim> {}

export const PodResourceClaimStatus = message('io.k8s.api.core.v1.PodResourceClaimStatus', '', {
  name: field(1, string, '').required().default(''),
  resourceClaimName: field(2, string, ''),
});
export interface PodResourceClaimStatus extends Infer<typeof PodResourceClaimStatus> {}

export const PodSchedulingGate = message('io.k8s.api.core.v1.PodSchedulingGate', '', {
  name: field(1, string, '').required().default(''),
});
export interface PodSchedulingGate extends Infer<typeof PodSchedulingGate> {}

export const PodSchedulingGroup = message(
  'io.k8s.api.core.v1.PodSchedulingGroup',
  '',
  {
    podGroupName: field(1, string, ''),
  },
  { unions: [{ fields: { podGroupName: 'PodGroupName' } }] },
);
export interface PodSchedulingGroup extends Infer<typeof PodSchedulingGroup> {}

export const PodSpec = message('io.k8s.api.core.v1.PodSpec', '', {
  volumes: field(1, list(Volume), '').mapOf('name').mergeBy('name').retainKeys(),
  containers: field(2, list(Container), '').required().mapOf('name').mergeBy('name'),
  restartPolicy: field(3, string, '').oneOf('Always', 'Never', 'OnFailure'),
  terminationGracePeriodSeconds: field(4, int64, ''),
  activeDeadlineSeconds: field(5, int64, ''),
  dnsPolicy: field(6, string, '').oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  nodeSelector: field(7, map(string), '').atomicMap(),
  serviceAccountName: field(8, string, ''),
  serviceAccount: field(9, string, ''),
  nodeName: field(10, string, ''),
  hostNetwork: field(11, bool, ''),
  hostPID: field(12, bool, ''),
  hostIPC: field(13, bool, ''),
  securityContext: field(14, PodSecurityContext, ''),
  imagePullSecrets: field(15, list(LocalObjectReference), '').mapOf('name').mergeBy('name'),
  hostname: field(16, string, ''),
  subdomain: field(17, string, ''),
  affinity: field(18, Affinity, ''),
  schedulerName: field(19, string, ''),
  initContainers: field(20, list(Container), '').mapOf('name').mergeBy('name'),
  automountServiceAccountToken: field(21, bool, ''),
  tolerations: field(22, list(Toleration), '').atomic(),
  hostAliases: field(23, list(HostAlias), '').mapOf('ip').mergeBy('ip'),
  priorityClassName: field(24, string, ''),
  priority: field(25, int32, ''),
  dnsConfig: field(26, PodDNSConfig, ''),
  shareProcessNamespace: field(27, bool, ''),
  readinessGates: field(28, list(PodReadinessGate), '').atomic(),
  runtimeClassName: field(29, string, ''),
  enableServiceLinks: field(30, bool, ''),
  preemptionPolicy: field(31, string, '').oneOf('Never', 'PreemptLowerPriority'),
  overhead: field(32, map(quantity), ''),
  topologySpreadConstraints: field(33, list(TopologySpreadConstraint), '')
    .mapOf('topologyKey', 'whenUnsatisfiable')
    .mergeBy('topologyKey'),
  ephemeralContainers: field(34, list(EphemeralContainer), '').mapOf('name').mergeBy('name'),
  setHostnameAsFQDN: field(35, bool, ''),
  os: field(36, PodOS, ''),
  hostUsers: field(37, bool, ''),
  schedulingGates: field(38, list(PodSchedulingGate), '').mapOf('name').mergeBy('name'),
  resourceClaims: field(39, list(PodResourceClaim), '').mapOf('name').mergeBy('name').retainKeys(),
  resources: field(40, ResourceRequirements, ''),
  hostnameOverride: field(41, string, ''),
  schedulingGroup: field(43, PodSchedulingGroup, ''),
});
export interface PodSpec extends Infer<typeof PodSpec> {}

export const PodStatus = message('io.k8s.api.core.v1.PodStatus', '', {
  phase: field(1, string, '').oneOf('Failed', 'Pending', 'Running', 'Succeeded', 'Unknown'),
  conditions: field(2, list(PodCondition), '').mapOf('type').mergeBy('type'),
  message: field(3, string, ''),
  reason: field(4, string, ''),
  hostIP: field(5, string, ''),
  podIP: field(6, string, ''),
  startTime: field(7, time, ''),
  containerStatuses: field(8, list(ContainerStatus), '').atomic(),
  qosClass: field(9, string, '').oneOf('BestEffort', 'Burstable', 'Guaranteed'),
  initContainerStatuses: field(10, list(ContainerStatus), '').atomic(),
  nominatedNodeName: field(11, string, ''),
  podIPs: field(12, list(PodIP), '').mapOf('ip').mergeBy('ip'),
  ephemeralContainerStatuses: field(13, list(ContainerStatus), '').atomic(),
  resize: field(14, string, ''),
  resourceClaimStatuses: field(15, list(PodResourceClaimStatus), '').mapOf('name').mergeBy('name').retainKeys(),
  hostIPs: field(16, list(HostIP), '').atomic().mergeBy('ip'),
  observedGeneration: field(17, int64, ''),
  extendedResourceClaimStatus: field(18, PodExtendedResourceClaimStatus, ''),
  allocatedResources: field(19, map(quantity), ''),
  resources: field(20, ResourceRequirements, ''),
  nodeAllocatableResourceClaimStatuses: field(21, list(NodeAllocatableResourceClaimStatus), '').atomic(),
});
export interface PodStatus extends Infer<typeof PodStatus> {}

export const PodTemplateSpec = message('io.k8s.api.core.v1.PodTemplateSpec', '', {
  metadata: field(1, ObjectMetaSchema, '').default({}),
  spec: field(2, PodSpec, '').default({}),
});
export interface PodTemplateSpec extends Infer<typeof PodTemplateSpec> {}

export const Pod = message('io.k8s.api.core.v1.Pod', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, PodSpec, '').always().default({}),
  status: field(3, PodStatus, '').default({}),
});
export interface Pod extends Infer<typeof Pod> {}

export const podKind = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  returnsDeletedObject: true,
  resource: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: Pod,
  strategy: podStrategy,
  subresources: [
    { name: 'attach', verbs: ['create', 'get'], kind: 'PodAttachOptions', form: 'connect' },
    { name: 'binding', verbs: ['create'], kind: 'Binding', form: 'custom', schema: Binding },
    {
      name: 'ephemeralcontainers',
      verbs: ['get', 'patch', 'update'],
      kind: 'Pod',
      form: 'object',
      strategy: ephemeralContainersStrategy,
    },
    {
      name: 'eviction',
      verbs: ['create'],
      kind: 'Eviction',
      group: 'policy',
      version: 'v1',
      form: 'custom',
      schema: Eviction,
    },
    { name: 'exec', verbs: ['create', 'get'], kind: 'PodExecOptions', form: 'connect' },
    { name: 'log', verbs: ['get'], kind: 'Pod', form: 'connect' },
    { name: 'portforward', verbs: ['create', 'get'], kind: 'PodPortForwardOptions', form: 'connect' },
    { name: 'proxy', verbs: ['create', 'delete', 'get', 'patch', 'update'], kind: 'PodProxyOptions', form: 'connect' },
    { name: 'resize', verbs: ['get', 'patch', 'update'], kind: 'Pod', form: 'object', strategy: resizeStrategy },
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'Pod', form: 'object', strategy: podStatusStrategy },
  ],
  columns: podColumns,
  selectableFields: podSelectableFields,
  storageVersionHash: 'xPOwRZ+Yhw8=',
});
