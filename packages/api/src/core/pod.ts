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
import { STOP_SIGNALS } from './stop-signal.ts';
import { Volume } from './volume.ts';

export const ContainerExtendedResourceRequest = message(
  'io.k8s.api.core.v1.ContainerExtendedResourceRequest',
  'Which request of a claim stands for an extended resource of a container.',
  {
    containerName: field(1, string, 'Container that asks for the resource.').required().default(''),
    resourceName: field(2, string, 'Extended resource that it asks for.').required().default(''),
    requestName: field(3, string, 'Request in the claim that provides it.').required().default(''),
  },
);
export interface ContainerExtendedResourceRequest extends Infer<typeof ContainerExtendedResourceRequest> {}

export const ContainerStateRunning = message('io.k8s.api.core.v1.ContainerStateRunning', 'A container that runs.', {
  startedAt: field(1, time, 'When it was last started.'),
});
export interface ContainerStateRunning extends Infer<typeof ContainerStateRunning> {}

export const ContainerStateTerminated = message(
  'io.k8s.api.core.v1.ContainerStateTerminated',
  'A container that has ended.',
  {
    exitCode: field(1, int32, 'Exit code of its process.').required().default(0),
    signal: field(2, int32, 'Signal that ended it, if one did.'),
    reason: field(3, string, 'One CamelCase word for why it ended, such as Completed, Error or OOMKilled.'),
    message: field(4, string, 'Last words of the container, or why it ended.'),
    startedAt: field(5, time, 'When it was started.'),
    finishedAt: field(6, time, 'When it ended.'),
    containerID: field(7, string, 'Id of the container, as runtime://id.'),
  },
);
export interface ContainerStateTerminated extends Infer<typeof ContainerStateTerminated> {}

export const ContainerStateWaiting = message(
  'io.k8s.api.core.v1.ContainerStateWaiting',
  'A container that is not running yet.',
  {
    reason: field(1, string, 'One CamelCase word for what it waits for, such as ImagePullBackOff.'),
    message: field(2, string, 'The details, in words for people.'),
  },
);
export interface ContainerStateWaiting extends Infer<typeof ContainerStateWaiting> {}

export const ContainerState = message(
  'io.k8s.api.core.v1.ContainerState',
  'Whether a container waits, runs or has ended; exactly one is set.',
  {
    waiting: field(1, ContainerStateWaiting, 'What it waits for.'),
    running: field(2, ContainerStateRunning, 'Since when it runs.'),
    terminated: field(3, ContainerStateTerminated, 'How it ended.'),
  },
);
export interface ContainerState extends Infer<typeof ContainerState> {}

export const ResourceHealth = message(
  'io.k8s.api.core.v1.ResourceHealth',
  'Health of a device that a container uses.',
  {
    resourceID: field(1, string, 'Id of the device.').required().default(''),
    health: field(2, string, 'Healthy, Unhealthy or Unknown.'),
    message: field(6, string, 'The details, in words for people.').pointer(),
  },
);
export interface ResourceHealth extends Infer<typeof ResourceHealth> {}

export const ResourceStatus = message('io.k8s.api.core.v1.ResourceStatus', 'Health of the devices of one resource.', {
  name: field(1, string, 'Name of the resource, or claim:NAME/REQUEST for one from a claim.').required().default(''),
  resources: field(2, list(ResourceHealth), 'Health of each device.').mapOf('resourceID'),
});
export interface ResourceStatus extends Infer<typeof ResourceStatus> {}

export const LinuxContainerUser = message(
  'io.k8s.api.core.v1.LinuxContainerUser',
  'User that the first process of a container runs as.',
  {
    uid: field(1, int64, 'User id of the process.').required().default(0),
    gid: field(2, int64, 'Group id of the process.').required().default(0),
    supplementalGroups: field(3, list(int64), 'Further groups that the process belongs to.').atomic(),
  },
);
export interface LinuxContainerUser extends Infer<typeof LinuxContainerUser> {}

export const ContainerUser = message('io.k8s.api.core.v1.ContainerUser', 'User that a container runs as.', {
  linux: field(1, LinuxContainerUser, 'User and groups on Linux.'),
});
export interface ContainerUser extends Infer<typeof ContainerUser> {}

export const ImageVolumeStatus = message(
  'io.k8s.api.core.v1.ImageVolumeStatus',
  'State of an image that is mounted as a volume.',
  {
    imageRef: field(1, string, 'Digest of the image that is mounted.').required(),
  },
);
export interface ImageVolumeStatus extends Infer<typeof ImageVolumeStatus> {}

export const VolumeStatus = message('io.k8s.api.core.v1.VolumeStatus', 'State of a volume that is mounted.', {
  image: field(1, ImageVolumeStatus, 'State of a volume that is an image.'),
});
export interface VolumeStatus extends Infer<typeof VolumeStatus> {}

export const VolumeMountStatus = message(
  'io.k8s.api.core.v1.VolumeMountStatus',
  "State of a volume in a container's file system.",
  {
    name: field(1, string, 'Name of the volume mount.').required().default(''),
    mountPath: field(2, string, 'Path in the container at which the volume appears.').required().default(''),
    readOnly: field(3, bool, 'Whether it is read-only.'),
    recursiveReadOnly: field(4, string, 'Whether it is read-only recursively: Disabled or Enabled.').pointer(),
    volumeStatus: field(5, VolumeStatus, 'State of the volume itself.'),
  },
);
export interface VolumeMountStatus extends Infer<typeof VolumeMountStatus> {}

export const ContainerStatus = message('io.k8s.api.core.v1.ContainerStatus', 'How a container is.', {
  name: field(1, string, 'Name of the container.').required().default(''),
  state: field(2, ContainerState, 'What the container is doing.').default({}),
  lastState: field(3, ContainerState, 'How the container ended before its last restart.').default({}),
  ready: field(4, bool, 'Whether the container passes its readiness probe.').required().default(false),
  restartCount: field(5, int32, 'How often the container has been restarted.').required().default(0),
  image: field(6, string, 'Image that the container runs.').required().default(''),
  imageID: field(7, string, 'Digest of the image.').required().default(''),
  containerID: field(8, string, 'Id of the container, as runtime://id.'),
  started: field(9, bool, 'Whether the container has passed its startup probe and postStart hook.').pointer(),
  allocatedResources: field(10, map(quantity), 'Resources that the node has set aside for the container.'),
  resources: field(11, ResourceRequirements, 'Requests and limits that are in force.'),
  volumeMounts: field(12, list(VolumeMountStatus), "State of the container's volumes.")
    .mapOf('mountPath')
    .mergeBy('mountPath'),
  user: field(13, ContainerUser, 'User that the container runs as.'),
  allocatedResourcesStatus: field(14, list(ResourceStatus), 'Health of the devices that the container uses.')
    .mapOf('name')
    .mergeBy('name'),
  stopSignal: field(15, string, 'Signal that tells the container to stop.')
    .pointer()
    .oneOf(...STOP_SIGNALS),
});
export interface ContainerStatus extends Infer<typeof ContainerStatus> {}

export const HostAlias = message('io.k8s.api.core.v1.HostAlias', 'A line in the hosts file of a pod.', {
  ip: field(1, string, 'Address of the line.').required().default(''),
  hostnames: field(2, list(string), 'Names for the address.').atomic(),
});
export interface HostAlias extends Infer<typeof HostAlias> {}

export const HostIP = message('io.k8s.api.core.v1.HostIP', 'One address of a node.', {
  ip: field(1, string, 'The address.').required().default(''),
});
export interface HostIP extends Infer<typeof HostIP> {}

export const NodeAllocatableResourceClaimStatus = message(
  'io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus',
  'Resources of the node that a claim of the pod stands for.',
  {
    resourceClaimName: field(1, string, 'Name of the resource claim.').required().default(''),
    containers: field(2, list(string), 'Names of the containers that use the claim.').set(),
    resources: field(3, map(quantity), 'Amounts that the claim takes from what the node can give.').required(),
  },
);
export interface NodeAllocatableResourceClaimStatus extends Infer<typeof NodeAllocatableResourceClaimStatus> {}

export const PodCondition = message('io.k8s.api.core.v1.PodCondition', "One aspect of a pod's state.", {
  type: field(1, string, 'Aspect, such as PodScheduled, Initialized, ContainersReady or Ready.').required().default(''),
  status: field(2, string, 'True, False or Unknown.').required().default(''),
  lastProbeTime: field(3, time, 'When the condition was last looked at.'),
  lastTransitionTime: field(4, time, 'When the status last changed.'),
  reason: field(5, string, 'One CamelCase word that says why.'),
  message: field(6, string, 'The details, in words for people.'),
  observedGeneration: field(7, int64, 'Generation of the pod that the condition was worked out from.'),
});
export interface PodCondition extends Infer<typeof PodCondition> {}

export const PodDNSConfigOption = message('io.k8s.api.core.v1.PodDNSConfigOption', 'An option of the resolver.', {
  name: field(1, string, 'Name of the option, such as ndots.'),
  value: field(2, string, 'Value of the option, if it has one.').pointer(),
});
export interface PodDNSConfigOption extends Infer<typeof PodDNSConfigOption> {}

export const PodDNSConfig = message(
  'io.k8s.api.core.v1.PodDNSConfig',
  'Settings of the resolver in a pod, beside those of dnsPolicy.',
  {
    nameservers: field(
      1,
      list(string),
      'Addresses of name servers, at most 3 together with those of dnsPolicy.',
    ).atomic(),
    searches: field(2, list(string), 'Domains that short names are looked up in.').atomic(),
    options: field(3, list(PodDNSConfigOption), 'Options of the resolver.').atomic(),
  },
);
export interface PodDNSConfig extends Infer<typeof PodDNSConfig> {}

export const PodExtendedResourceClaimStatus = message(
  'io.k8s.api.core.v1.PodExtendedResourceClaimStatus',
  'The claim made for extended resources that devices provide.',
  {
    requestMappings: field(
      1,
      list(ContainerExtendedResourceRequest),
      'Which request stands for which resource of which container.',
    )
      .required()
      .atomic(),
    resourceClaimName: field(2, string, 'Name of the claim.').required().default(''),
  },
);
export interface PodExtendedResourceClaimStatus extends Infer<typeof PodExtendedResourceClaimStatus> {}

export const PodIP = message('io.k8s.api.core.v1.PodIP', 'One address of a pod.', {
  ip: field(1, string, 'The address.').required().default(''),
});
export interface PodIP extends Infer<typeof PodIP> {}

export const PodOS = message('io.k8s.api.core.v1.PodOS', 'Operating system that a pod is for.', {
  name: field(1, string, 'Name of the operating system: linux or windows.').required().default(''),
});
export interface PodOS extends Infer<typeof PodOS> {}

export const PodReadinessGate = message(
  'io.k8s.api.core.v1.PodReadinessGate',
  'A further condition that a pod needs to be ready.',
  {
    conditionType: field(1, string, "Type of the condition in the pod's status.").required().default(''),
  },
);
export interface PodReadinessGate extends Infer<typeof PodReadinessGate> {}

export const PodResourceClaim = message(
  'io.k8s.api.core.v1.PodResourceClaim',
  'A resource claim that containers of a pod can use; exactly one source.',
  {
    name: field(1, string, 'Name within the pod.').required().default(''),
    resourceClaimName: field(3, string, "Name of a claim in the pod's namespace.").pointer(),
    resourceClaimTemplateName: field(
      4,
      string,
      'Name of a template from which a claim is made for this pod.',
    ).pointer(),
  },
);
export interface PodResourceClaim extends Infer<typeof PodResourceClaim> {}

export const PodResourceClaimStatus = message(
  'io.k8s.api.core.v1.PodResourceClaimStatus',
  'The claim that was made for an entry of spec.resourceClaims.',
  {
    name: field(1, string, 'Name of the entry.').required().default(''),
    resourceClaimName: field(2, string, 'Name of the claim; none if no claim was needed.').pointer(),
  },
);
export interface PodResourceClaimStatus extends Infer<typeof PodResourceClaimStatus> {}

export const PodSchedulingGate = message(
  'io.k8s.api.core.v1.PodSchedulingGate',
  'A reason not to schedule a pod yet.',
  {
    name: field(1, string, 'Name of the gate; whoever put it there takes it away.').required().default(''),
  },
);
export interface PodSchedulingGate extends Infer<typeof PodSchedulingGate> {}

export const PodSchedulingGroup = message(
  'io.k8s.api.core.v1.PodSchedulingGroup',
  'A group of pods that are scheduled together.',
  {
    podGroupName: field(1, string, "Name of the pod group in the pod's namespace.").pointer(),
  },
  { unions: [{ fields: { podGroupName: 'PodGroupName' } }] },
);
export interface PodSchedulingGroup extends Infer<typeof PodSchedulingGroup> {}

export const PodSpec = message('io.k8s.api.core.v1.PodSpec', 'Description of a pod.', {
  volumes: field(1, list(Volume), 'Volumes that containers can mount.').mapOf('name').mergeBy('name').retainKeys(),
  containers: field(2, list(Container), 'Containers that run side by side; at least one, and none can be added later.')
    .required()
    .mapOf('name')
    .mergeBy('name'),
  restartPolicy: field(3, string, 'When containers that ended are restarted: Always, OnFailure or Never.').oneOf(
    'Always',
    'Never',
    'OnFailure',
  ),
  terminationGracePeriodSeconds: field(
    4,
    int64,
    'How long containers have to stop before they are killed; 30 by default.',
  ).pointer(),
  activeDeadlineSeconds: field(5, int64, 'How long the pod may be active before it is failed.').pointer(),
  dnsPolicy: field(
    6,
    string,
    'Where names are looked up: ClusterFirst, ClusterFirstWithHostNet, Default or None.',
  ).oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  nodeSelector: field(7, map(string), 'Labels that a node must have for the pod to run there.').atomicMap(),
  serviceAccountName: field(8, string, 'Service account that the pod runs as; default if empty.'),
  serviceAccount: field(9, string, 'Old name of serviceAccountName.'),
  nodeName: field(10, string, 'Node that the pod runs on; set by the scheduler.'),
  hostNetwork: field(11, bool, 'Whether the pod uses the network of its node.'),
  hostPID: field(12, bool, 'Whether the pod sees the processes of its node.'),
  hostIPC: field(13, bool, 'Whether the pod uses the interprocess communication of its node.'),
  securityContext: field(14, PodSecurityContext, 'Settings of security for all containers.'),
  imagePullSecrets: field(15, list(LocalObjectReference), 'Secrets with which the images are pulled.')
    .mapOf('name')
    .mergeBy('name'),
  hostname: field(16, string, 'Host name of the pod; its own name by default.'),
  subdomain: field(17, string, 'Domain of the pod: its full name is hostname.subdomain.namespace.svc.domain.'),
  affinity: field(18, Affinity, 'Rules on where the pod is scheduled to.'),
  schedulerName: field(19, string, 'Scheduler that chooses the node; default-scheduler by default.'),
  initContainers: field(
    20,
    list(Container),
    'Containers that run one after the other, to success, before the others start.',
  )
    .mapOf('name')
    .mergeBy('name'),
  automountServiceAccountToken: field(21, bool, 'Whether the pod gets the token of its service account.').pointer(),
  tolerations: field(22, list(Toleration), 'Taints of nodes that do not keep the pod away.').atomic(),
  hostAliases: field(23, list(HostAlias), 'Lines for the hosts file of the pod.').mapOf('ip').mergeBy('ip'),
  priorityClassName: field(24, string, 'Priority class of the pod; it says how important the pod is.'),
  priority: field(25, int32, 'Priority of the pod, worked out from the class; higher is more important.').pointer(),
  dnsConfig: field(26, PodDNSConfig, 'Settings of the resolver, beside those of dnsPolicy.'),
  shareProcessNamespace: field(27, bool, "Whether the containers see each other's processes.").pointer(),
  readinessGates: field(28, list(PodReadinessGate), 'Further conditions that the pod needs to be ready.').atomic(),
  runtimeClassName: field(29, string, 'Runtime class that the pod runs with.').pointer(),
  enableServiceLinks: field(
    30,
    bool,
    'Whether the services of the namespace appear as environment variables; true by default.',
  ).pointer(),
  preemptionPolicy: field(
    31,
    string,
    'Whether less important pods may be evicted for this one: PreemptLowerPriority or Never.',
  )
    .pointer()
    .oneOf('Never', 'PreemptLowerPriority'),
  overhead: field(
    32,
    map(quantity),
    'Resources that running the pod costs beside its containers; from the runtime class.',
  ),
  topologySpreadConstraints: field(
    33,
    list(TopologySpreadConstraint),
    'How evenly pods like this one are spread over zones, nodes and so on.',
  )
    .mapOf('topologyKey', 'whenUnsatisfiable')
    .mergeBy('topologyKey'),
  ephemeralContainers: field(
    34,
    list(EphemeralContainer),
    'Containers added later to look into the pod; only through /ephemeralcontainers.',
  )
    .mapOf('name')
    .mergeBy('name'),
  setHostnameAsFQDN: field(35, bool, 'Whether the host name in the pod is its full name.').pointer(),
  os: field(36, PodOS, 'Operating system that the containers are for.'),
  hostUsers: field(37, bool, 'Whether the pod uses the users of its node; false gives it a user namespace.').pointer(),
  schedulingGates: field(
    38,
    list(PodSchedulingGate),
    'Reasons not to schedule the pod yet; they can only be taken away.',
  )
    .mapOf('name')
    .mergeBy('name'),
  resourceClaims: field(39, list(PodResourceClaim), 'Resource claims that containers can use.')
    .mapOf('name')
    .mergeBy('name')
    .retainKeys(),
  resources: field(40, ResourceRequirements, 'Resources of the pod as a whole: cpu, memory and huge pages.'),
  hostnameOverride: field(41, string, 'Host name of the pod, whatever its name and subdomain are.').pointer(),
  schedulingGroup: field(43, PodSchedulingGroup, 'Group of pods with which this one is scheduled.'),
});
export interface PodSpec extends Infer<typeof PodSpec> {}

export const PodStatus = message('io.k8s.api.core.v1.PodStatus', 'How a pod is.', {
  phase: field(1, string, 'Where the pod is in its life: Pending, Running, Succeeded, Failed or Unknown.').oneOf(
    'Failed',
    'Pending',
    'Running',
    'Succeeded',
    'Unknown',
  ),
  conditions: field(2, list(PodCondition), "Aspects of the pod's state.").mapOf('type').mergeBy('type'),
  message: field(3, string, 'Why the pod is in its phase, in words for people.'),
  reason: field(4, string, 'One CamelCase word for why the pod is in its phase, such as Evicted.'),
  hostIP: field(5, string, 'Address of the node.'),
  podIP: field(6, string, 'First address of the pod.'),
  startTime: field(7, time, 'When the kubelet took the pod over.').pointer(),
  containerStatuses: field(8, list(ContainerStatus), 'How the containers are.').atomic(),
  qosClass: field(9, string, 'Class of service: Guaranteed, Burstable or BestEffort.').oneOf(
    'BestEffort',
    'Burstable',
    'Guaranteed',
  ),
  initContainerStatuses: field(10, list(ContainerStatus), 'How the init containers are, in order.').atomic(),
  nominatedNodeName: field(11, string, 'Node where room is being made for the pod; it may run elsewhere.'),
  podIPs: field(12, list(PodIP), 'Addresses of the pod, at most one a family.').mapOf('ip').mergeBy('ip'),
  ephemeralContainerStatuses: field(13, list(ContainerStatus), 'How the ephemeral containers are.').atomic(),
  resize: field(14, string, 'State of a change of resources; deprecated, see the conditions of the pod.'),
  resourceClaimStatuses: field(15, list(PodResourceClaimStatus), 'Claims that were made for this pod.')
    .mapOf('name')
    .mergeBy('name')
    .retainKeys(),
  hostIPs: field(16, list(HostIP), 'Addresses of the node.').atomic().mergeBy('ip'),
  observedGeneration: field(17, int64, 'Generation of the pod that the kubelet has acted upon.'),
  extendedResourceClaimStatus: field(
    18,
    PodExtendedResourceClaimStatus,
    'The claim made for extended resources that devices provide.',
  ),
  allocatedResources: field(19, map(quantity), 'Resources that the node has set aside for the pod as a whole.'),
  resources: field(20, ResourceRequirements, 'Requests and limits in force for the pod as a whole.'),
  nodeAllocatableResourceClaimStatuses: field(
    21,
    list(NodeAllocatableResourceClaimStatus),
    'Resources of the node that claims of the pod stand for.',
  ).atomic(),
});
export interface PodStatus extends Infer<typeof PodStatus> {}

export const PodTemplateSpec = message(
  'io.k8s.api.core.v1.PodTemplateSpec',
  'Description of the pods that a workload makes.',
  {
    metadata: field(1, ObjectMetaSchema, 'Labels and annotations of the pods.').default({}),
    spec: field(2, PodSpec, 'The pods themselves.').default({}),
  },
);
export interface PodTemplateSpec extends Infer<typeof PodTemplateSpec> {}

export const Pod = message(
  'io.k8s.api.core.v1.Pod',
  'Containers that run together on one node and share network and volumes.',
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
    spec: field(2, PodSpec, 'Description of the pod; hardly any of it can change later.').always().default({}),
    status: field(3, PodStatus, 'What has been observed; written by the system, read by users.').default({}),
  },
);
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
