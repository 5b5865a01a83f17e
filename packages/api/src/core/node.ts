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
import { keepStatus, statusStrategy } from '../status-rules.ts';
import { nodeColumns } from './node-columns.ts';
import { validateNode, validateNodeStatusUpdate, validateNodeUpdate } from './node-validation.ts';
import { roundUpResources } from './resource-list.ts';

export const AttachedVolume = message('io.k8s.api.core.v1.AttachedVolume', '', {
  name: field(1, string, '').required().default(''),
  devicePath: field(2, string, '').required().default(''),
});
export interface AttachedVolume extends Infer<typeof AttachedVolume> {}

export const ConfigMapNodeConfigSource = message('io.k8s.api.core.v1.ConfigMapNodeConfigSource', '', {
  namespace: field(1, string, '').required().default(''),
  name: field(2, string, '').required().default(''),
  uid: field(3, string, ''),
  resourceVersion: field(4, string, ''),
  kubeletConfigKey: field(5, string, '').required().default(''),
});
export interface ConfigMapNodeConfigSource extends Infer<typeof ConfigMapNodeConfigSource> {}

export const ContainerImage = message('io.k8s.api.core.v1.ContainerImage', '', {
  names: field(1, list(string), '').atomic(),
  sizeBytes: field(2, int64, ''),
});
export interface ContainerImage extends Infer<typeof ContainerImage> {}

export const DaemonEndpoint = message('io.k8s.api.core.v1.DaemonEndpoint', '', {
  Port: field(1, int32, '').required().default(0),
});
export interface DaemonEndpoint extends Infer<typeof DaemonEndpoint> {}

export const NodeAddress = message('io.k8s.api.core.v1.NodeAddress', '', {
  type: field(1, string, '').required().default(''),
  address: field(2, string, '').required().default(''),
});
export interface NodeAddress extends Infer<typeof NodeAddress> {}

export const NodeCondition = message('io.k8s.api.core.v1.NodeCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastHeartbeatTime: field(3, time, ''),
  lastTransitionTime: field(4, time, ''),
  reason: field(5, string, ''),
  message: field(6, string, ''),
});
export interface NodeCondition extends Infer<typeof NodeCondition> {}

export const NodeConfigSource = message('io.k8s.api.core.v1.NodeConfigSource', '', {
  configMap: field(2, ConfigMapNodeConfigSource, ''),
});
export interface NodeConfigSource extends Infer<typeof NodeConfigSource> {}

export const NodeConfigStatus = message('io.k8s.api.core.v1.NodeConfigStatus', '', {
  assigned: field(1, NodeConfigSource, ''),
  active: field(2, NodeConfigSource, ''),
  lastKnownGood: field(3, NodeConfigSource, ''),
  error: field(4, string, ''),
});
export interface NodeConfigStatus extends Infer<typeof NodeConfigStatus> {}

export const NodeDaemonEndpoints = message('io.k8s.api.core.v1.NodeDaemonEndpoints', '', {
  kubeletEndpoint: field(1, DaemonEndpoint, '').default({}),
});
export interface NodeDaemonEndpoints extends Infer<typeof NodeDaemonEndpoints> {}

export const NodeFeatures = message('io.k8s.api.core.v1.NodeFeatures', '', {
  supplementalGroupsPolicy: field(1, bool, ''),
});
export interface NodeFeatures extends Infer<typeof NodeFeatures> {}

export const NodeRuntimeHandlerFeatures = message('io.k8s.api.core.v1.NodeRuntimeHandlerFeatures', '', {
  recursiveReadOnlyMounts: field(1, bool, ''),
  userNamespaces: field(2, bool, ''),
});
export interface NodeRuntimeHandlerFeatures extends Infer<typeof NodeRuntimeHandlerFeatures> {}

export const NodeRuntimeHandler = message('io.k8s.api.core.v1.NodeRuntimeHandler', '', {
  name: field(1, string, '').default(''),
  features: field(2, NodeRuntimeHandlerFeatures, ''),
});
export interface NodeRuntimeHandler extends Infer<typeof NodeRuntimeHandler> {}

export const Taint = message('io.k8s.api.core.v1.Taint', '', {
  key: field(1, string, '').required().default(''),
  value: field(2, string, ''),
  effect: field(3, string, '').required().default('').oneOf('NoExecute', 'NoSchedule', 'PreferNoSchedule'),
  timeAdded: field(4, time, ''),
});
export interface Taint extends Infer<typeof Taint> {}

export const NodeSpec = message('io.k8s.api.core.v1.NodeSpec', '', {
  podCIDR: field(1, string, ''),
  externalID: field(2, string, ''),
  providerID: field(3, string, ''),
  unschedulable: field(4, bool, ''),
  taints: field(5, list(Taint), '').atomic(),
  configSource: field(6, NodeConfigSource, ''),
  podCIDRs: field(7, list(string), '').set().mergeBy(),
});
export interface NodeSpec extends Infer<typeof NodeSpec> {}

export const NodeSwapStatus = message('io.k8s.api.core.v1.NodeSwapStatus', '', {
  capacity: field(1, int64, ''),
});
export interface NodeSwapStatus extends Infer<typeof NodeSwapStatus> {}

export const NodeSystemInfo = message('io.k8s.api.core.v1.NodeSystemInfo', '', {
  machineID: field(1, string, '').required().default(''),
  systemUUID: field(2, string, '').required().default(''),
  bootID: field(3, string, '').required().default(''),
  kernelVersion: field(4, string, '').required().default(''),
  osImage: field(5, string, '').required().default(''),
  containerRuntimeVersion: field(6, string, '').required().default(''),
  kubeletVersion: field(7, string, '').required().default(''),
  kubeProxyVersion: field(8, string, '').required().default(''),
  operatingSystem: field(9, string, '').required().default(''),
  architecture: field(10, string, '').required().default(''),
  swap: field(11, NodeSwapStatus, ''),
});
export interface NodeSystemInfo extends Infer<typeof NodeSystemInfo> {}

export const NodeStatus = message('io.k8s.api.core.v1.NodeStatus', '', {
  capacity: field(1, map(quantity), ''),
  allocatable: field(2, map(quantity), ''),
  phase: field(3, string, '').oneOf('Pending', 'Running', 'Terminated'),
  conditions: field(4, list(NodeCondition), '').mapOf('type').mergeBy('type'),
  addresses: field(5, list(NodeAddress), '').mapOf('type').mergeBy('type'),
  daemonEndpoints: field(6, NodeDaemonEndpoints, '').default({}),
  nodeInfo: field(7, NodeSystemInfo, '').default({}),
  images: field(8, list(ContainerImage), '').atomic(),
  volumesInUse: field(9, list(string), '').atomic(),
  volumesAttached: field(10, list(AttachedVolume), '').atomic(),
  config: field(11, NodeConfigStatus, ''),
  runtimeHandlers: field(12, list(NodeRuntimeHandler), '').atomic(),
  features: field(13, NodeFeatures, ''),
  declaredFeatures: field(14, list(string), '').atomic(),
});
export interface NodeStatus extends Infer<typeof NodeStatus> {}

export const Node = message('io.k8s.api.core.v1.Node', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, NodeSpec, '').always().default({}),
  status: field(3, NodeStatus, '').default({}),
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
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'Node',
      form: 'object',
      strategy: statusStrategy<Node>({ validateUpdate: validateNodeStatusUpdate }),
    },
  ],
  columns: nodeColumns,
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable ?? false) },
  storageVersionHash: 'XwShjMxG9Fs=',
});
