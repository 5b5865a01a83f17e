import {
  bool,
  field,
  type Infer,
  inline,
  int64,
  list,
  map,
  message,
  quantity,
  rawExtension,
  string,
} from '@kubets/core';

export const CELDeviceSelector = message(
  'io.k8s.api.resource.v1.CELDeviceSelector',
  'A condition on devices, in CEL.',
  {
    expression: field(1, string, 'CEL expression over device that is true for devices to take.').required().default(''),
  },
);
export interface CELDeviceSelector extends Infer<typeof CELDeviceSelector> {}

export const CapacityRequirements = message(
  'io.k8s.api.resource.v1.CapacityRequirements',
  "How much of a device's capacities is wanted.",
  {
    requests: field(1, map(quantity), 'Amounts by name of the capacity.'),
  },
);
export interface CapacityRequirements extends Infer<typeof CapacityRequirements> {}

export const OpaqueDeviceConfiguration = message(
  'io.k8s.api.resource.v1.OpaqueDeviceConfiguration',
  'Settings that only a driver understands.',
  {
    driver: field(1, string, 'The driver.').required().default(''),
    parameters: field(2, rawExtension, 'The settings, a JSON object.').required(),
  },
);
export interface OpaqueDeviceConfiguration extends Infer<typeof OpaqueDeviceConfiguration> {}

export const DeviceConfiguration = message('io.k8s.api.resource.v1.DeviceConfiguration', 'Settings for devices.', {
  opaque: field(1, OpaqueDeviceConfiguration, 'Settings that only a driver understands.'),
});
export interface DeviceConfiguration extends Infer<typeof DeviceConfiguration> {}

export const DeviceClaimConfiguration = message(
  'io.k8s.api.resource.v1.DeviceClaimConfiguration',
  'Settings for the devices of some requests.',
  {
    requests: field(1, list(string), 'Requests that the settings are for; all without any.').atomic(),
    ...inline(2, DeviceConfiguration),
  },
);
export interface DeviceClaimConfiguration extends Infer<typeof DeviceClaimConfiguration> {}

export const DeviceConstraint = message(
  'io.k8s.api.resource.v1.DeviceConstraint',
  'What the devices of several requests must have in common, or not.',
  {
    requests: field(1, list(string), 'Requests that the constraint is about; all without any.').atomic(),
    matchAttribute: field(2, string, 'Attribute that must be the same for all their devices.').pointer(),
    distinctAttribute: field(3, string, 'Attribute that must differ between their devices.').pointer(),
  },
);
export interface DeviceConstraint extends Infer<typeof DeviceConstraint> {}

export const DeviceSelector = message('io.k8s.api.resource.v1.DeviceSelector', 'A condition on devices.', {
  cel: field(1, CELDeviceSelector, 'The condition, in CEL.'),
});
export interface DeviceSelector extends Infer<typeof DeviceSelector> {}

export const DeviceToleration = message(
  'io.k8s.api.resource.v1.DeviceToleration',
  'A taint of devices that a request tolerates.',
  {
    key: field(1, string, 'Name of the taint; empty for all.'),
    operator: field(2, string, 'Equal compares the value, Exists does not.').default('Equal').oneOf('Equal', 'Exists'),
    value: field(3, string, 'Value of the taint.'),
    effect: field(4, string, 'Effect of the taint; empty for all.').oneOf('NoExecute', 'NoSchedule', 'None'),
    tolerationSeconds: field(
      5,
      int64,
      'Seconds for which a NoExecute taint is tolerated; for ever without it.',
    ).pointer(),
  },
);
export interface DeviceToleration extends Infer<typeof DeviceToleration> {}

export const ExactDeviceRequest = message(
  'io.k8s.api.resource.v1.ExactDeviceRequest',
  'Devices of one class that are wanted.',
  {
    deviceClassName: field(1, string, 'Class of the devices.').required().default(''),
    selectors: field(2, list(DeviceSelector), 'Conditions that each device must satisfy.').atomic(),
    allocationMode: field(3, string, 'ExactCount asks for count devices, All for all that fit.').oneOf(
      'All',
      'ExactCount',
    ),
    count: field(4, int64, 'Number of devices; 1 by default.'),
    adminAccess: field(5, bool, 'Whether the devices are for administration, beside their other users.').pointer(),
    tolerations: field(6, list(DeviceToleration), 'Taints of devices that the request tolerates.').atomic(),
    capacity: field(7, CapacityRequirements, "How much of the devices' capacities is wanted."),
  },
);
export interface ExactDeviceRequest extends Infer<typeof ExactDeviceRequest> {}

export const DeviceSubRequest = message(
  'io.k8s.api.resource.v1.DeviceSubRequest',
  'One of several ways to satisfy a request.',
  {
    name: field(1, string, 'Name, to which the result refers as request/name.').required().default(''),
    deviceClassName: field(2, string, 'Class of the devices.').required().default(''),
    selectors: field(3, list(DeviceSelector), 'Conditions that each device must satisfy.').atomic(),
    allocationMode: field(4, string, 'ExactCount asks for count devices, All for all that fit.').oneOf(
      'All',
      'ExactCount',
    ),
    count: field(5, int64, 'Number of devices; 1 by default.'),
    tolerations: field(6, list(DeviceToleration), 'Taints of devices that the request tolerates.').atomic(),
    capacity: field(7, CapacityRequirements, "How much of the devices' capacities is wanted."),
  },
);
export interface DeviceSubRequest extends Infer<typeof DeviceSubRequest> {}

export const DeviceRequest = message(
  'io.k8s.api.resource.v1.DeviceRequest',
  'Devices that are wanted; exactly or firstAvailable is set.',
  {
    name: field(1, string, 'Name that pods and constraints refer to.').required().default(''),
    exactly: field(2, ExactDeviceRequest, 'The devices.'),
    firstAvailable: field(
      3,
      list(DeviceSubRequest),
      'Several ways to satisfy the request; the first that can be is taken.',
    ).atomic(),
  },
);
export interface DeviceRequest extends Infer<typeof DeviceRequest> {}

export const DeviceClaim = message('io.k8s.api.resource.v1.DeviceClaim', 'Devices that a claim asks for.', {
  requests: field(1, list(DeviceRequest), 'The devices, one request for each kind.').atomic(),
  constraints: field(2, list(DeviceConstraint), 'What they must have in common.').atomic(),
  config: field(3, list(DeviceClaimConfiguration), 'Settings for them.').atomic(),
});
export interface DeviceClaim extends Infer<typeof DeviceClaim> {}

export const ResourceClaimSpec = message('io.k8s.api.resource.v1.ResourceClaimSpec', 'What a claim asks for.', {
  devices: field(1, DeviceClaim, 'Devices wanted.').default({}),
});
export interface ResourceClaimSpec extends Infer<typeof ResourceClaimSpec> {}
