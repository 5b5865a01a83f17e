import {
  bool,
  defineKind,
  field,
  type Infer,
  inline,
  list,
  map,
  message,
  quantity,
  rawExtension,
  string,
  time,
} from '@kubets/core';
import { NodeSelector } from '../core/reference.ts';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { DeviceConfiguration, DeviceToleration, ResourceClaimSpec } from './shared.ts';

export const NetworkDeviceData = message('io.k8s.api.resource.v1.NetworkDeviceData', '', {
  interfaceName: field(1, string, ''),
  ips: field(2, list(string), '').atomic(),
  hardwareAddress: field(3, string, ''),
});
export interface NetworkDeviceData extends Infer<typeof NetworkDeviceData> {}

export const AllocatedDeviceStatus = message('io.k8s.api.resource.v1.AllocatedDeviceStatus', '', {
  driver: field(1, string, '').required().default(''),
  pool: field(2, string, '').required().default(''),
  device: field(3, string, '').required().default(''),
  conditions: field(4, list(Condition), '').mapOf('type'),
  data: field(5, rawExtension, ''),
  networkData: field(6, NetworkDeviceData, ''),
  shareID: field(7, string, ''),
});
export interface AllocatedDeviceStatus extends Infer<typeof AllocatedDeviceStatus> {}

export const DeviceAllocationConfiguration = message('io.k8s.api.resource.v1.DeviceAllocationConfiguration', '', {
  source: field(1, string, '').required().default('').oneOf('FromClaim', 'FromClass'),
  ...inline(3, DeviceConfiguration),
  requests: field(2, list(string), '').atomic(),
});
export interface DeviceAllocationConfiguration extends Infer<typeof DeviceAllocationConfiguration> {}

export const DeviceRequestAllocationResult = message('io.k8s.api.resource.v1.DeviceRequestAllocationResult', '', {
  request: field(1, string, '').required().default(''),
  driver: field(2, string, '').required().default(''),
  pool: field(3, string, '').required().default(''),
  device: field(4, string, '').required().default(''),
  adminAccess: field(5, bool, ''),
  tolerations: field(6, list(DeviceToleration), '').atomic(),
  bindingConditions: field(7, list(string), '').atomic(),
  bindingFailureConditions: field(8, list(string), '').atomic(),
  shareID: field(9, string, ''),
  consumedCapacity: field(10, map(quantity), ''),
});
export interface DeviceRequestAllocationResult extends Infer<typeof DeviceRequestAllocationResult> {}

export const DeviceAllocationResult = message('io.k8s.api.resource.v1.DeviceAllocationResult', '', {
  results: field(1, list(DeviceRequestAllocationResult), '').atomic(),
  config: field(2, list(DeviceAllocationConfiguration), '').atomic(),
});
export interface DeviceAllocationResult extends Infer<typeof DeviceAllocationResult> {}

export const AllocationResult = message('io.k8s.api.resource.v1.AllocationResult', '', {
  devices: field(1, DeviceAllocationResult, '').default({}),
  nodeSelector: field(3, NodeSelector, ''),
  allocationTimestamp: field(5, time, ''),
});
export interface AllocationResult extends Infer<typeof AllocationResult> {}

export const ResourceClaimConsumerReference = message('io.k8s.api.resource.v1.ResourceClaimConsumerReference', '', {
  apiGroup: field(1, string, ''),
  resource: field(3, string, '').required().default(''),
  name: field(4, string, '').required().default(''),
  uid: field(5, string, '').required().default(''),
});
export interface ResourceClaimConsumerReference extends Infer<typeof ResourceClaimConsumerReference> {}

export const ResourceClaimStatus = message('io.k8s.api.resource.v1.ResourceClaimStatus', '', {
  allocation: field(1, AllocationResult, ''),
  reservedFor: field(2, list(ResourceClaimConsumerReference), '').mapOf('uid').mergeBy('uid'),
  devices: field(4, list(AllocatedDeviceStatus), '').mapOf('driver', 'device', 'pool', 'shareID'),
});
export interface ResourceClaimStatus extends Infer<typeof ResourceClaimStatus> {}

export const ResourceClaim = message('io.k8s.api.resource.v1.ResourceClaim', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ResourceClaimSpec, '').required().default({}),
  status: field(3, ResourceClaimStatus, '').default({}),
});
export interface ResourceClaim extends Infer<typeof ResourceClaim> {}

export const resourceClaimKind = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  returnsDeletedObject: true,
  resource: 'resourceclaims',
  namespaced: true,
  schema: ResourceClaim,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'ResourceClaim', form: 'object' }],
  storageVersionHash: 'wgAZaHcZxUg=',
});
