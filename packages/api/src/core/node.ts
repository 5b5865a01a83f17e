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
  type WriteStrategy,
} from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { keepStatus, statusSubresource } from '../status-rules.ts';
import { nodeColumns } from './node-columns.ts';
import { validateNode, validateNodeStatusUpdate, validateNodeUpdate } from './node-validation.ts';
import { roundUpResources } from './resource-list.ts';

export const AttachedVolume = message('io.k8s.api.core.v1.AttachedVolume', 'A volume that is attached to a node.', {
  name: field(1, string, 'Name of the volume.').required().default(''),
  devicePath: field(2, string, 'Path of the device on the node.').required().default(''),
});
export interface AttachedVolume extends Infer<typeof AttachedVolume> {}

export const ConfigMapNodeConfigSource = message(
  'io.k8s.api.core.v1.ConfigMapNodeConfigSource',
  'A ConfigMap with kubelet configuration; no longer supported.',
  {
    namespace: field(1, string, 'Namespace of the ConfigMap.').required().default(''),
    name: field(2, string, 'Name of the ConfigMap.').required().default(''),
    uid: field(3, string, 'Unique id of the ConfigMap.'),
    resourceVersion: field(4, string, 'Version of the ConfigMap.'),
    kubeletConfigKey: field(5, string, 'Key that has the configuration.').required().default(''),
  },
);
export interface ConfigMapNodeConfigSource extends Infer<typeof ConfigMapNodeConfigSource> {}

export const ContainerImage = message('io.k8s.api.core.v1.ContainerImage', 'An image that is present on a node.', {
  names: field(1, list(string), 'Names by which the image is known.').atomic(),
  sizeBytes: field(2, int64, 'Size of the image in bytes.'),
});
export interface ContainerImage extends Infer<typeof ContainerImage> {}

export const DaemonEndpoint = message('io.k8s.api.core.v1.DaemonEndpoint', 'Where a daemon on the node listens.', {
  Port: field(1, int32, 'Port number of the daemon.').required().default(0),
});
export interface DaemonEndpoint extends Infer<typeof DaemonEndpoint> {}

export const NodeAddress = message('io.k8s.api.core.v1.NodeAddress', 'One address of a node.', {
  type: field(1, string, 'Kind of address: Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.')
    .required()
    .default(''),
  address: field(2, string, 'The address or name.').required().default(''),
});
export interface NodeAddress extends Infer<typeof NodeAddress> {}

export const NodeCondition = message('io.k8s.api.core.v1.NodeCondition', "One aspect of a node's state.", {
  type: field(1, string, 'Aspect, such as Ready or MemoryPressure.').required().default(''),
  status: field(2, string, 'True, False or Unknown.').required().default(''),
  lastHeartbeatTime: field(3, time, 'When the status was last reported.'),
  lastTransitionTime: field(4, time, 'When the status last changed.'),
  reason: field(5, string, 'One CamelCase word that says why.'),
  message: field(6, string, 'The details, in words for people.'),
});
export interface NodeCondition extends Infer<typeof NodeCondition> {}

export const NodeConfigSource = message(
  'io.k8s.api.core.v1.NodeConfigSource',
  'Where a node takes its configuration from; no longer supported.',
  {
    configMap: field(2, ConfigMapNodeConfigSource, 'ConfigMap that has the configuration.'),
  },
);
export interface NodeConfigSource extends Infer<typeof NodeConfigSource> {}

export const NodeConfigStatus = message(
  'io.k8s.api.core.v1.NodeConfigStatus',
  'Which configuration a node uses; no longer supported.',
  {
    assigned: field(1, NodeConfigSource, 'Configuration that the node shall use.'),
    active: field(2, NodeConfigSource, 'Configuration that the node uses.'),
    lastKnownGood: field(3, NodeConfigSource, 'Configuration that the node falls back to.'),
    error: field(4, string, 'What is wrong with the assigned configuration.'),
  },
);
export interface NodeConfigStatus extends Infer<typeof NodeConfigStatus> {}

export const NodeDaemonEndpoints = message(
  'io.k8s.api.core.v1.NodeDaemonEndpoints',
  'Where the daemons on a node listen.',
  {
    kubeletEndpoint: field(1, DaemonEndpoint, 'Where the kubelet listens.').default({}),
  },
);
export interface NodeDaemonEndpoints extends Infer<typeof NodeDaemonEndpoints> {}

export const NodeFeatures = message(
  'io.k8s.api.core.v1.NodeFeatures',
  'Features of the runtime on a node, whichever handler is used.',
  {
    supplementalGroupsPolicy: field(
      1,
      bool,
      'Whether supplementalGroupsPolicy and container user status are supported.',
    ).pointer(),
  },
);
export interface NodeFeatures extends Infer<typeof NodeFeatures> {}

export const NodeRuntimeHandlerFeatures = message(
  'io.k8s.api.core.v1.NodeRuntimeHandlerFeatures',
  'Features of one runtime handler.',
  {
    recursiveReadOnlyMounts: field(1, bool, 'Whether mounts can be read-only recursively.').pointer(),
    userNamespaces: field(2, bool, 'Whether pods can have user namespaces of their own.').pointer(),
  },
);
export interface NodeRuntimeHandlerFeatures extends Infer<typeof NodeRuntimeHandlerFeatures> {}

export const NodeRuntimeHandler = message(
  'io.k8s.api.core.v1.NodeRuntimeHandler',
  'A way in which a node can run containers.',
  {
    name: field(1, string, 'Name that runtime classes refer to; empty for the default handler.').default(''),
    features: field(2, NodeRuntimeHandlerFeatures, 'What the handler supports.'),
  },
);
export interface NodeRuntimeHandler extends Infer<typeof NodeRuntimeHandler> {}

export const Taint = message('io.k8s.api.core.v1.Taint', 'Keeps pods that do not tolerate it away from a node.', {
  key: field(1, string, 'Key of the taint.').required().default(''),
  value: field(2, string, 'Value of the taint.'),
  effect: field(3, string, 'NoSchedule, PreferNoSchedule, or NoExecute to evict pods that already run.')
    .required()
    .default('')
    .oneOf('NoExecute', 'NoSchedule', 'PreferNoSchedule'),
  timeAdded: field(4, time, 'When the taint was added; set for NoExecute taints only.').pointer(),
});
export interface Taint extends Infer<typeof Taint> {}

export const NodeSpec = message('io.k8s.api.core.v1.NodeSpec', 'What is wanted of a node.', {
  podCIDR: field(1, string, "Network that the node's pods have their addresses from."),
  externalID: field(2, string, 'No longer used.'),
  providerID: field(3, string, 'Id of the machine at the provider of the cloud, as provider://id.'),
  unschedulable: field(4, bool, 'Whether new pods are kept away from the node, as kubectl cordon does.'),
  taints: field(5, list(Taint), 'Taints that keep pods away from the node.').atomic(),
  configSource: field(6, NodeConfigSource, "Source of the kubelet's configuration; no longer supported."),
  podCIDRs: field(7, list(string), "Networks that the node's pods have their addresses from, at most one a family.")
    .set()
    .mergeBy(),
});
export interface NodeSpec extends Infer<typeof NodeSpec> {}

export const NodeSwapStatus = message('io.k8s.api.core.v1.NodeSwapStatus', 'Swap space of a node.', {
  capacity: field(1, int64, 'Size of the swap space in bytes.').pointer(),
});
export interface NodeSwapStatus extends Infer<typeof NodeSwapStatus> {}

export const NodeSystemInfo = message('io.k8s.api.core.v1.NodeSystemInfo', 'What a node is and runs.', {
  machineID: field(1, string, 'Id of the machine, as /etc/machine-id gives it.').required().default(''),
  systemUUID: field(2, string, 'Id of the machine, as its firmware gives it.').required().default(''),
  bootID: field(3, string, 'Id of the current boot.').required().default(''),
  kernelVersion: field(4, string, 'Version of the kernel.').required().default(''),
  osImage: field(5, string, 'Name of the operating system.').required().default(''),
  containerRuntimeVersion: field(6, string, 'Name and version of the container runtime.').required().default(''),
  kubeletVersion: field(7, string, 'Version of the kubelet.').required().default(''),
  kubeProxyVersion: field(8, string, 'No longer used.').required().default(''),
  operatingSystem: field(9, string, 'Operating system: linux or windows.').required().default(''),
  architecture: field(10, string, 'Architecture of the processor, such as amd64.').required().default(''),
  swap: field(11, NodeSwapStatus, 'Swap space of the node.'),
});
export interface NodeSystemInfo extends Infer<typeof NodeSystemInfo> {}

export const NodeStatus = message('io.k8s.api.core.v1.NodeStatus', 'How a node is.', {
  capacity: field(1, map(quantity), 'Resources that the node has altogether.'),
  allocatable: field(2, map(quantity), 'Resources that pods can use.'),
  phase: field(3, string, 'No longer used.').oneOf('Pending', 'Running', 'Terminated'),
  conditions: field(4, list(NodeCondition), "Aspects of the node's state.").mapOf('type').mergeBy('type'),
  addresses: field(5, list(NodeAddress), 'Addresses at which the node is reached.').mapOf('type').mergeBy('type'),
  daemonEndpoints: field(6, NodeDaemonEndpoints, 'Where the daemons on the node listen.').default({}),
  nodeInfo: field(7, NodeSystemInfo, 'What the node is and runs.').default({}),
  images: field(8, list(ContainerImage), 'Images that are present on the node.').atomic(),
  volumesInUse: field(9, list(string), 'Volumes that are attached and mounted by pods.').atomic(),
  volumesAttached: field(10, list(AttachedVolume), 'Volumes that are attached to the node.').atomic(),
  config: field(11, NodeConfigStatus, "State of the kubelet's configuration; no longer supported."),
  runtimeHandlers: field(12, list(NodeRuntimeHandler), 'Ways in which the node can run containers.').atomic(),
  features: field(13, NodeFeatures, 'Features of the container runtime.'),
  declaredFeatures: field(
    14,
    list(string),
    'Names of features that the kubelet has turned on and pods may depend on.',
  ).atomic(),
});
export interface NodeStatus extends Infer<typeof NodeStatus> {}

export const Node = message('io.k8s.api.core.v1.Node', 'A machine that runs pods.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  spec: field(2, NodeSpec, 'What is wanted of the node.').always().default({}),
  status: field(3, NodeStatus, 'What has been observed; written by the system, read by users.').default({}),
});
export interface Node extends Infer<typeof Node> {}

function applyNodeDefaults({ spec, status }: Node): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (!status) return;
  roundUpResources(status.capacity);
  roundUpResources(status.allocatable);
  if (status.capacity && Object.keys(status.allocatable ?? {}).length === 0)
    status.allocatable = { ...status.capacity };
}

const nodeStrategy: WriteStrategy<Node> = {
  applyDefaults: applyNodeDefaults,
  /** A kubelet registers its node together with the status, so nothing is cleared. */
  prepareForCreate: () => undefined,
  validate: validateNode,
  prepareForUpdate: keepStatus,
  validateUpdate: validateNodeUpdate,
};

export const nodeKind = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  resource: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  schema: Node,
  strategy: nodeStrategy,
  subresources: [
    { name: 'proxy', verbs: ['create', 'delete', 'get', 'patch', 'update'], kind: 'NodeProxyOptions', form: 'connect' },
    statusSubresource<Node>('Node', { validateUpdate: validateNodeStatusUpdate }),
  ],
  columns: nodeColumns,
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable ?? false) },
  storageVersionHash: 'XwShjMxG9Fs=',
});
