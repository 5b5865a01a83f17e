import {
  bool,
  type Column,
  defineKind,
  duplicate,
  type FieldError,
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
import { timestampOf } from '../timestamp.ts';
import { validateList } from './validation.ts';

export const CapacityRequestPolicyRange = message(
  'io.k8s.api.resource.v1.CapacityRequestPolicyRange',
  'A range of amounts that may be requested.',
  {
    min: field(1, quantity, 'The least amount.').required(),
    max: field(2, quantity, 'The greatest amount.').pointer(),
    step: field(3, quantity, 'Amounts go up from the least in steps of this.').pointer(),
  },
);
export interface CapacityRequestPolicyRange extends Infer<typeof CapacityRequestPolicyRange> {}

export const CapacityRequestPolicy = message(
  'io.k8s.api.resource.v1.CapacityRequestPolicy',
  'How much of a capacity may be requested.',
  {
    default: field(1, quantity, 'Amount that a request without one gets.').pointer(),
    validValues: field(3, list(quantity), 'Amounts that may be requested; others are rounded up to one.').atomic(),
    validRange: field(4, CapacityRequestPolicyRange, 'Range of amounts that may be requested.'),
  },
);
export interface CapacityRequestPolicy extends Infer<typeof CapacityRequestPolicy> {}

export const Counter = message('io.k8s.api.resource.v1.Counter', 'An amount.', {
  value: field(1, quantity, 'The amount.').required(),
});
export interface Counter extends Infer<typeof Counter> {}

export const CounterSet = message('io.k8s.api.resource.v1.CounterSet', 'Amounts that devices of a slice share.', {
  name: field(1, string, 'Name of the set.').required().default(''),
  counters: field(2, map(Counter), 'Amounts by name.').required(),
});
export interface CounterSet extends Infer<typeof CounterSet> {}

export const DeviceAttribute = message(
  'io.k8s.api.resource.v1.DeviceAttribute',
  'A property of a device; exactly one field is set.',
  {
    int: field(2, int64, 'A whole number.').pointer(),
    bool: field(3, bool, 'True or false.').pointer(),
    string: field(4, string, 'A text.').pointer(),
    version: field(5, string, 'A semantic version.').pointer(),
    ints: field(6, list(int64), 'Several whole numbers.').atomic(),
    bools: field(7, list(bool), 'Several truth values.').atomic(),
    strings: field(8, list(string), 'Several texts.').atomic(),
    versions: field(9, list(string), 'Several semantic versions.').atomic(),
  },
);
export interface DeviceAttribute extends Infer<typeof DeviceAttribute> {}

export const DeviceCapacity = message('io.k8s.api.resource.v1.DeviceCapacity', 'How much a device has of something.', {
  value: field(1, quantity, 'How much there is.').required(),
  requestPolicy: field(2, CapacityRequestPolicy, 'How much of it may be requested, where requests share the device.'),
});
export interface DeviceCapacity extends Infer<typeof DeviceCapacity> {}

export const DeviceCounterConsumption = message(
  'io.k8s.api.resource.v1.DeviceCounterConsumption',
  'What a device takes from a shared set of counters.',
  {
    counterSet: field(1, string, 'Name of the set.').required().default(''),
    counters: field(2, map(Counter), 'Amounts by name.').required(),
  },
);
export interface DeviceCounterConsumption extends Infer<typeof DeviceCounterConsumption> {}

export const NodeAllocatableResourceMapping = message(
  'io.k8s.api.resource.v1.NodeAllocatableResourceMapping',
  'How a device counts against a resource of its node.',
  {
    capacityKey: field(1, string, 'Capacity of the device that counts; the device itself without it.').pointer(),
    allocationMultiplier: field(2, quantity, 'What each unit counts for.').pointer(),
  },
);
export interface NodeAllocatableResourceMapping extends Infer<typeof NodeAllocatableResourceMapping> {}

export const DeviceTaint = message('io.k8s.api.resource.v1.DeviceTaint', 'Keeps pods away from a device.', {
  key: field(1, string, 'Name of the taint.').required().default(''),
  value: field(2, string, 'Value of the taint.'),
  effect: field(3, string, 'What happens to pods that do not tolerate it: NoSchedule, NoExecute, or None.')
    .required()
    .default('')
    .oneOf('NoExecute', 'NoSchedule', 'None'),
  timeAdded: field(4, time, 'When the taint was put on.'),
});
export interface DeviceTaint extends Infer<typeof DeviceTaint> {}

export const Device = message('io.k8s.api.resource.v1.Device', 'A device that a driver offers.', {
  name: field(1, string, 'Name of the device, unique in its pool.').required().default(''),
  attributes: field(2, map(DeviceAttribute), 'Properties by name, for selectors.'),
  capacity: field(3, map(DeviceCapacity), 'Capacities by name.'),
  consumesCounters: field(4, list(DeviceCounterConsumption), 'What it takes from shared sets of counters.').atomic(),
  nodeName: field(5, string, 'Node of the device; only with perDeviceNodeSelection.').pointer(),
  nodeSelector: field(6, NodeSelector, 'Nodes from which it can be used; only with perDeviceNodeSelection.'),
  allNodes: field(7, bool, 'Whether all nodes can use it; only with perDeviceNodeSelection.').pointer(),
  taints: field(8, list(DeviceTaint), 'Taints of the device.').atomic(),
  bindsToNode: field(9, bool, 'Whether a claim that gets the device is bound to the node of its pod.').pointer(),
  bindingConditions: field(10, list(string), 'Conditions that have to be true before a pod is bound.').atomic(),
  bindingFailureConditions: field(
    11,
    list(string),
    'Conditions any of which means that the device cannot be used.',
  ).atomic(),
  allowMultipleAllocations: field(12, bool, 'Whether several requests may share the device.').pointer(),
  nodeAllocatableResourceMappings: field(
    13,
    map(NodeAllocatableResourceMapping),
    'How the device counts against resources of its node, by resource.',
  ),
});
export interface Device extends Infer<typeof Device> {}

export const ResourcePool = message('io.k8s.api.resource.v1.ResourcePool', 'Pool of devices that a slice describes.', {
  name: field(1, string, 'Name of the pool.').required().default(''),
  generation: field(2, int64, 'Number of this description of the pool; slices of older ones do not count.')
    .required()
    .default(0),
  resourceSliceCount: field(3, int64, 'Number of slices that describe the pool.').required().default(0),
});
export interface ResourcePool extends Infer<typeof ResourcePool> {}

export const ResourceSliceSpec = message(
  'io.k8s.api.resource.v1.ResourceSliceSpec',
  'Devices of a pool, and where they can be used.',
  {
    driver: field(1, string, 'Driver that offers the devices; cannot change.').required().default(''),
    pool: field(2, ResourcePool, 'Pool that the devices belong to.').required().default({}),
    nodeName: field(3, string, 'Node whose devices these are; cannot change.').pointer(),
    nodeSelector: field(4, NodeSelector, 'Nodes from which the devices can be used.'),
    allNodes: field(5, bool, 'Whether all nodes can use the devices.').pointer(),
    devices: field(6, list(Device), 'The devices, at most 128.').atomic(),
    perDeviceNodeSelection: field(7, bool, 'Whether each device says itself where it can be used.').pointer(),
    sharedCounters: field(8, list(CounterSet), 'Amounts that the devices share.').atomic(),
  },
);
export interface ResourceSliceSpec extends Infer<typeof ResourceSliceSpec> {}

export const ResourceSlice = message('io.k8s.api.resource.v1.ResourceSlice', 'Devices that a driver offers.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, ResourceSliceSpec, 'The devices.').required().default({}),
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
  const now = timestampOf(nowMs);
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
