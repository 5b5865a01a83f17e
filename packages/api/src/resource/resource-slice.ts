import type { Column, FieldError } from '@kubets/core';
import {
  bool,
  defineKind,
  duplicate,
  FieldPath,
  field,
  type Infer,
  int64,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  list,
  map,
  message,
  quantity,
  required,
  string,
  time,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { NodeSelector } from '../core/reference.ts';
import { validateChoice, validateNonNegative, validateRequiredText, validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateDriverName } from '../storage/csi-driver.ts';
import { validateList } from './validation.ts';

export const CapacityRequestPolicyRange = message('io.k8s.api.resource.v1.CapacityRequestPolicyRange', '', {
  min: field(1, quantity, '').required(),
  max: field(2, quantity, '').pointer(),
  step: field(3, quantity, '').pointer(),
});
export interface CapacityRequestPolicyRange extends Infer<typeof CapacityRequestPolicyRange> {}

export const CapacityRequestPolicy = message('io.k8s.api.resource.v1.CapacityRequestPolicy', '', {
  default: field(1, quantity, '').pointer(),
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
  int: field(2, int64, '').pointer(),
  bool: field(3, bool, '').pointer(),
  string: field(4, string, '').pointer(),
  version: field(5, string, '').pointer(),
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
  capacityKey: field(1, string, '').pointer(),
  allocationMultiplier: field(2, quantity, '').pointer(),
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
  nodeName: field(5, string, '').pointer(),
  nodeSelector: field(6, NodeSelector, ''),
  allNodes: field(7, bool, '').pointer(),
  taints: field(8, list(DeviceTaint), '').atomic(),
  bindsToNode: field(9, bool, '').pointer(),
  bindingConditions: field(10, list(string), '').atomic(),
  bindingFailureConditions: field(11, list(string), '').atomic(),
  allowMultipleAllocations: field(12, bool, '').pointer(),
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
  nodeName: field(3, string, '').pointer(),
  nodeSelector: field(4, NodeSelector, ''),
  allNodes: field(5, bool, '').pointer(),
  devices: field(6, list(Device), '').atomic(),
  perDeviceNodeSelection: field(7, bool, '').pointer(),
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

const MAX_DEVICES = 128;
const MAX_ATTRIBUTES_AND_CAPACITIES = 32;
const MAX_TAINTS = 16;

function validateResourceSlice({ spec }: ResourceSlice): FieldError[] {
  const path = new FieldPath('spec');
  const devices = spec.devices ?? [];
  const errors = [
    ...validateDriverName(spec.driver, path.child('driver')),
    ...validatePool(spec.pool, path.child('pool')),
    ...validateNodeChoice(spec, path),
    ...validateList(devices, path.child('devices'), MAX_DEVICES, validateDevice),
  ];
  devices.forEach(({ name }, index) => {
    if (devices.findIndex((device) => device.name === name) < index) {
      errors.push(duplicate(path.child('devices').index(index).child('name'), name));
    }
  });
  return errors;
}

function validatePool({ name, generation, resourceSliceCount }: ResourcePool, path: FieldPath): FieldError[] {
  const errors = name
    ? name.split('/').flatMap((part) => validateText(part, path.child('name'), isDns1123Subdomain))
    : [required(path.child('name'))];
  if (resourceSliceCount <= 0) {
    errors.push(invalid(path.child('resourceSliceCount'), resourceSliceCount, 'must be greater than zero'));
  }
  return [...errors, ...validateNonNegative(generation, path.child('generation'))];
}

const NODE_CHOICES = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

/** Which nodes can reach the devices is said in exactly one way. */
function validateNodeChoice(spec: ResourceSliceSpec, path: FieldPath): FieldError[] {
  const said = NODE_CHOICES.filter((name) => spec[name] !== undefined && spec[name] !== false && spec[name] !== '');
  const choices = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (said.length === 0) return [required(path, choices)];
  if (said.length === 1) return [];
  return [
    invalid(path, `{${said.map((name) => `\`${name}\``).join(', ')}}`, `${choices}, but multiple fields are set`),
  ];
}

function validateDevice(device: Device, path: FieldPath): FieldError[] {
  const { name, attributes = {}, capacity = {}, taints = [] } = device;
  const errors = validateRequiredText(name, path.child('name'), isDns1123Label);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MAX_ATTRIBUTES_AND_CAPACITIES) {
    errors.push(
      invalid(
        path,
        count,
        `the total number of attributes and capacities must not exceed ${MAX_ATTRIBUTES_AND_CAPACITIES}`,
      ),
    );
  }
  for (const [key, attribute] of Object.entries(attributes)) {
    const values = Object.values(attribute).filter((value) => value !== undefined);
    const at = path.child('attributes').key(key);
    if (values.length === 0) errors.push(required(at, 'exactly one value must be specified'));
    if (values.length > 1) errors.push(invalid(at, attribute, 'exactly one value must be specified'));
  }
  const taintErrors = validateList(taints, path.child('taints'), MAX_TAINTS, ({ key, effect }, at) => [
    ...validateRequiredText(key, at.child('key'), isQualifiedName),
    ...validateChoice(effect, at.child('effect'), ['NoSchedule', 'NoExecute', 'None']),
  ]);
  return [...errors, ...taintErrors];
}

function validateResourceSliceUpdate({ spec }: ResourceSlice, old: ResourceSlice): FieldError[] {
  const path = new FieldPath('spec');
  return [
    ...(['nodeName', 'driver'] as const).flatMap((name) =>
      validateImmutable(spec[name], old.spec[name], path.child(name)),
    ),
    ...validateImmutable(spec.pool.name, old.spec.pool.name, path.child('pool', 'name')),
    ...(['nodeSelector', 'allNodes'] as const).flatMap((name) =>
      validateImmutable(spec[name], old.spec[name], path.child(name)),
    ),
  ];
}

/** A taint without a time has been put on just now. */
function stampTaints(draft: ResourceSlice, nowMs: number): void {
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  for (const device of draft.spec.devices ?? []) {
    for (const taint of device.taints ?? []) taint.timeAdded ??= now;
  }
}

const resourceSliceColumns: Column<ResourceSlice>[] = [
  nameColumn,
  {
    name: 'Node',
    type: 'string',
    description: 'Node whose devices these are.',
    cell: ({ spec }) => spec.nodeName ?? '',
  },
  {
    name: 'Driver',
    type: 'string',
    description: 'Driver that offers the devices.',
    cell: ({ spec }) => spec.driver,
  },
  {
    name: 'Pool',
    type: 'string',
    description: 'Pool that the devices belong to.',
    cell: ({ spec }) => spec.pool.name,
  },
  ageColumn,
];

export const resourceSliceKind = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  returnsDeletedObject: true,
  resource: 'resourceslices',
  namespaced: false,
  schema: ResourceSlice,
  strategy: {
    prepareForCreate: (draft, { nowMs }) => stampTaints(draft, nowMs),
    prepareForUpdate: (draft, _old, { nowMs }) => stampTaints(draft, nowMs),
    validate: validateResourceSlice,
    validateUpdate: validateResourceSliceUpdate,
    hasGeneration: true,
  },
  columns: resourceSliceColumns,
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.driver': ({ spec }) => spec.driver,
  },
  storageVersionHash: 'KsC072WgaEY=',
});
