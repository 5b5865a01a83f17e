import {
  bool,
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  inline,
  invalid,
  list,
  map,
  message,
  quantity,
  rawExtension,
  required,
  string,
  time,
  tooMany,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { NodeSelector } from '../core/reference.ts';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { DeviceConfiguration, DeviceToleration, ResourceClaimSpec } from './shared.ts';
import { applyDeviceClaimDefaults, validateDeviceClaim } from './validation.ts';

export const NetworkDeviceData = message(
  'io.k8s.api.resource.v1.NetworkDeviceData',
  'What a driver says about a network device.',
  {
    interfaceName: field(1, string, 'Name of the interface in the pod.'),
    ips: field(2, list(string), 'Addresses of the interface, with prefix lengths.').atomic(),
    hardwareAddress: field(3, string, 'Hardware address of the interface.'),
  },
);
export interface NetworkDeviceData extends Infer<typeof NetworkDeviceData> {}

export const AllocatedDeviceStatus = message(
  'io.k8s.api.resource.v1.AllocatedDeviceStatus',
  'What a driver says about an allocated device.',
  {
    driver: field(1, string, 'Driver of the device.').required().default(''),
    pool: field(2, string, 'Pool of the device.').required().default(''),
    device: field(3, string, 'Name of the device.').required().default(''),
    conditions: field(4, list(Condition), 'Latest observations about the device.').mapOf('type'),
    data: field(5, rawExtension, 'Whatever else the driver says.'),
    networkData: field(6, NetworkDeviceData, 'What it says about a network device.'),
    shareID: field(7, string, 'Which share of a device it is, where devices are shared.').pointer(),
  },
);
export interface AllocatedDeviceStatus extends Infer<typeof AllocatedDeviceStatus> {}

export const DeviceAllocationConfiguration = message(
  'io.k8s.api.resource.v1.DeviceAllocationConfiguration',
  'Settings for allocated devices, and where they come from.',
  {
    source: field(1, string, 'Whether they come from the claim (FromClaim) or the class (FromClass).')
      .required()
      .default('')
      .oneOf('FromClaim', 'FromClass'),
    ...inline(3, DeviceConfiguration),
    requests: field(2, list(string), 'Requests that the settings are for; all without any.').atomic(),
  },
);
export interface DeviceAllocationConfiguration extends Infer<typeof DeviceAllocationConfiguration> {}

export const DeviceRequestAllocationResult = message(
  'io.k8s.api.resource.v1.DeviceRequestAllocationResult',
  'A device that was allocated for a request.',
  {
    request: field(1, string, 'Request that the device is for.').required().default(''),
    driver: field(2, string, 'Driver of the device.').required().default(''),
    pool: field(3, string, 'Pool of the device.').required().default(''),
    device: field(4, string, 'Name of the device.').required().default(''),
    adminAccess: field(5, bool, 'Whether the device is given for administration, beside its other users.').pointer(),
    tolerations: field(6, list(DeviceToleration), 'Taints of the device that the request tolerates.').atomic(),
    bindingConditions: field(
      7,
      list(string),
      'Conditions of the device that have to be true before the pod is bound.',
    ).atomic(),
    bindingFailureConditions: field(
      8,
      list(string),
      'Conditions of the device any of which means that it cannot be used.',
    ).atomic(),
    shareID: field(9, string, 'Which share of a device it is, where devices are shared.').pointer(),
    consumedCapacity: field(10, map(quantity), 'Capacity of the device that the request uses.'),
  },
);
export interface DeviceRequestAllocationResult extends Infer<typeof DeviceRequestAllocationResult> {}

export const DeviceAllocationResult = message(
  'io.k8s.api.resource.v1.DeviceAllocationResult',
  'Devices that were allocated.',
  {
    results: field(1, list(DeviceRequestAllocationResult), 'The devices.').atomic(),
    config: field(2, list(DeviceAllocationConfiguration), 'Settings for them, those of classes first.').atomic(),
  },
);
export interface DeviceAllocationResult extends Infer<typeof DeviceAllocationResult> {}

export const AllocationResult = message('io.k8s.api.resource.v1.AllocationResult', 'What a claim was given.', {
  devices: field(1, DeviceAllocationResult, 'Devices that were allocated.').default({}),
  nodeSelector: field(3, NodeSelector, 'Nodes from which they can be used; all without it.'),
  allocationTimestamp: field(5, time, 'When they were allocated.'),
});
export interface AllocationResult extends Infer<typeof AllocationResult> {}

export const ResourceClaimConsumerReference = message(
  'io.k8s.api.resource.v1.ResourceClaimConsumerReference',
  'Somebody who may use a claim.',
  {
    apiGroup: field(1, string, 'API group of the object; empty for the core group.'),
    resource: field(3, string, 'Resource of the object, such as pods.').required().default(''),
    name: field(4, string, 'Name of the object.').required().default(''),
    uid: field(5, string, 'UID of the object.').required().default(''),
  },
);
export interface ResourceClaimConsumerReference extends Infer<typeof ResourceClaimConsumerReference> {}

export const ResourceClaimStatus = message(
  'io.k8s.api.resource.v1.ResourceClaimStatus',
  'What a claim was given, and who uses it.',
  {
    allocation: field(1, AllocationResult, 'What it was given.'),
    reservedFor: field(2, list(ResourceClaimConsumerReference), 'Who may use it now, at most 256.')
      .mapOf('uid')
      .mergeBy('uid'),
    devices: field(4, list(AllocatedDeviceStatus), 'What drivers say about the devices.').mapOf(
      'driver',
      'device',
      'pool',
      'shareID',
    ),
  },
);
export interface ResourceClaimStatus extends Infer<typeof ResourceClaimStatus> {}

export const ResourceClaim = message('io.k8s.api.resource.v1.ResourceClaim', 'Asks for devices.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, ResourceClaimSpec, 'The devices wanted; cannot change.').required().default({}),
  status: field(3, ResourceClaimStatus, 'What it was given.').default({}),
});
export interface ResourceClaim extends Infer<typeof ResourceClaim> {}

const MAX_CONSUMERS = 256;

function validateResourceClaimStatus({ metadata, status }: ResourceClaim, old: ResourceClaim): FieldError[] {
  const path = new FieldPath('status');
  const { allocation, reservedFor = [], devices = [] } = status ?? {};
  const reservedPath = path.child('reservedFor');
  const errors: FieldError[] = [];
  if (reservedFor.length > MAX_CONSUMERS) errors.push(tooMany(reservedPath, reservedFor.length, MAX_CONSUMERS));
  reservedFor.forEach(({ resource, name, uid }, index) => {
    const at = reservedPath.index(index);
    if (!resource) errors.push(required(at.child('resource')));
    if (!name) errors.push(required(at.child('name')));
    if (!uid) errors.push(required(at.child('uid')));
    if (reservedFor.findIndex((consumer) => consumer.uid === uid) < index) errors.push(duplicate(at.child('uid'), uid));
  });
  if (reservedFor.length > 0 && !allocation) {
    errors.push(fieldForbidden(reservedPath, 'may not be specified when `allocated` is not set'));
  }
  const added = reservedFor.some(({ uid }) => !old.status?.reservedFor?.some((consumer) => consumer.uid === uid));
  if (added && metadata.deletionTimestamp) {
    const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
    errors.push(fieldForbidden(reservedPath, detail));
  }
  if (old.status?.allocation && allocation) {
    errors.push(...validateImmutable(allocation, old.status.allocation, path.child('allocation')));
  }
  return [...errors, ...validateDeviceStatuses(devices, allocation, path.child('devices'))];
}

/** Drivers report on devices that the claim has been given, and on no others. */
function validateDeviceStatuses(
  devices: readonly AllocatedDeviceStatus[],
  allocation: AllocationResult | undefined,
  path: FieldPath,
): FieldError[] {
  const keyOf = (item: { driver: string; pool: string; device: string; shareID?: string }) =>
    [item.driver, item.pool, item.device, item.shareID].filter((part) => part).join('/');
  const allocated = new Set((allocation?.devices?.results ?? []).map(keyOf));
  const seen = new Set<string>();
  return devices.flatMap((device, index) => {
    const key = keyOf(device);
    const errors = allocated.has(key)
      ? []
      : [invalid(path.index(index), key, 'must be an allocated device in the claim')];
    if (seen.has(key)) errors.push(duplicate(path.index(index), key));
    seen.add(key);
    return errors;
  });
}

function stateText({ metadata, status }: ResourceClaim): string {
  const states: string[] = [];
  if (metadata.deletionTimestamp) states.push('deleted');
  if (status?.allocation) states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []));
  else if (!metadata.deletionTimestamp) states.push('pending');
  return states.join(',');
}

const resourceClaimColumns: Column<ResourceClaim>[] = [
  nameColumn,
  {
    name: 'State',
    type: 'string',
    description: 'Whether the claim has been allocated and is in use.',
    cell: stateText,
  },
  ageColumn,
];

export const resourceClaimKind = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  returnsDeletedObject: true,
  resource: 'resourceclaims',
  namespaced: true,
  schema: ResourceClaim,
  subresources: [
    statusSubresource<ResourceClaim>('ResourceClaim', {
      metadata: 'fixed',
      validateUpdate: validateResourceClaimStatus,
    }),
  ],
  strategy: {
    applyDefaults: ({ spec }) => applyDeviceClaimDefaults(spec.devices),
    prepareForCreate: (draft) => clearStatus(draft, ResourceClaimStatus),
    prepareForUpdate: keepStatus,
    validate: ({ spec }) => validateDeviceClaim(spec.devices, new FieldPath('spec').child('devices')),
    validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, new FieldPath('spec')),
  },
  columns: resourceClaimColumns,
  storageVersionHash: 'wgAZaHcZxUg=',
});
