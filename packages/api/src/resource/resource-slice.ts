import { bool, defineKind, field, type Infer, int64, list, map, message, quantity, string, time } from '@kubets/core';
import { NodeSelector } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const CapacityRequestPolicyRange = message('io.k8s.api.resource.v1.CapacityRequestPolicyRange', '', {
  min: field(1, quantity, '').required(),
  max: field(2, quantity, ''),
  step: field(3, quantity, ''),
});
export interface CapacityRequestPolicyRange extends Infer<typeof CapacityRequestPolicyRange> {}

export const CapacityRequestPolicy = message('io.k8s.api.resource.v1.CapacityRequestPolicy', '', {
  default: field(1, quantity, ''),
  validValues: field(3, list(quantity), '').atomic(),
  validRange: field(4, CapacityRequestPolicyRange, ''),
});
export interface CapacityRequestPolicy extends Infer<typeof CapacityRequestPolicy> {}

export const Counter = message('io.k8s.api.resource.v1.Counter', '', {
  value: field(1, quantity, '').required(),
});
export interface Counter extends Infer<typeof Counter> {}

export const CounterSet = message('io.k8s.api.resource.v1.CounterSet', '', {
  name: field(1, string, '').required().default(''),
  counters: field(2, map(Counter), '').required(),
});
export interface CounterSet extends Infer<typeof CounterSet> {}

export const DeviceAttribute = message('io.k8s.api.resource.v1.DeviceAttribute', '', {
  int: field(2, int64, ''),
  bool: field(3, bool, ''),
  string: field(4, string, ''),
  version: field(5, string, ''),
  ints: field(6, list(int64), '').atomic(),
  bools: field(7, list(bool), '').atomic(),
  strings: field(8, list(string), '').atomic(),
  versions: field(9, list(string), '').atomic(),
});
export interface DeviceAttribute extends Infer<typeof DeviceAttribute> {}

export const DeviceCapacity = message('io.k8s.api.resource.v1.DeviceCapacity', '', {
  value: field(1, quantity, '').required(),
  requestPolicy: field(2, CapacityRequestPolicy, ''),
});
export interface DeviceCapacity extends Infer<typeof DeviceCapacity> {}

export const DeviceCounterConsumption = message('io.k8s.api.resource.v1.DeviceCounterConsumption', '', {
  counterSet: field(1, string, '').required().default(''),
  counters: field(2, map(Counter), '').required(),
});
export interface DeviceCounterConsumption extends Infer<typeof DeviceCounterConsumption> {}

export const NodeAllocatableResourceMapping = message('io.k8s.api.resource.v1.NodeAllocatableResourceMapping', '', {
  capacityKey: field(1, string, ''),
  allocationMultiplier: field(2, quantity, ''),
});
export interface NodeAllocatableResourceMapping extends Infer<typeof NodeAllocatableResourceMapping> {}

export const DeviceTaint = message('io.k8s.api.resource.v1.DeviceTaint', '', {
  key: field(1, string, '').required().default(''),
  value: field(2, string, ''),
  effect: field(3, string, '').required().default('').oneOf('NoExecute', 'NoSchedule', 'None'),
  timeAdded: field(4, time, ''),
});
export interface DeviceTaint extends Infer<typeof DeviceTaint> {}

export const Device = message('io.k8s.api.resource.v1.Device', '', {
  name: field(1, string, '').required().default(''),
  attributes: field(2, map(DeviceAttribute), ''),
  capacity: field(3, map(DeviceCapacity), ''),
  consumesCounters: field(4, list(DeviceCounterConsumption), '').atomic(),
  nodeName: field(5, string, ''),
  nodeSelector: field(6, NodeSelector, ''),
  allNodes: field(7, bool, ''),
  taints: field(8, list(DeviceTaint), '').atomic(),
  bindsToNode: field(9, bool, ''),
  bindingConditions: field(10, list(string), '').atomic(),
  bindingFailureConditions: field(11, list(string), '').atomic(),
  allowMultipleAllocations: field(12, bool, ''),
  nodeAllocatableResourceMappings: field(13, map(NodeAllocatableResourceMapping), ''),
});
export interface Device extends Infer<typeof Device> {}

export const ResourcePool = message('io.k8s.api.resource.v1.ResourcePool', '', {
  name: field(1, string, '').required().default(''),
  generation: field(2, int64, '').required().default(0),
  resourceSliceCount: field(3, int64, '').required().default(0),
});
export interface ResourcePool extends Infer<typeof ResourcePool> {}

export const ResourceSliceSpec = message('io.k8s.api.resource.v1.ResourceSliceSpec', '', {
  driver: field(1, string, '').required().default(''),
  pool: field(2, ResourcePool, '').required().default({}),
  nodeName: field(3, string, ''),
  nodeSelector: field(4, NodeSelector, ''),
  allNodes: field(5, bool, ''),
  devices: field(6, list(Device), '').atomic(),
  perDeviceNodeSelection: field(7, bool, ''),
  sharedCounters: field(8, list(CounterSet), '').atomic(),
});
export interface ResourceSliceSpec extends Infer<typeof ResourceSliceSpec> {}

export const ResourceSlice = message('io.k8s.api.resource.v1.ResourceSlice', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ResourceSliceSpec, '').required().default({}),
});
export interface ResourceSlice extends Infer<typeof ResourceSlice> {}

export const resourceSliceKind = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  returnsDeletedObject: true,
  resource: 'resourceslices',
  namespaced: false,
  schema: ResourceSlice,
  storageVersionHash: 'KsC072WgaEY=',
});
