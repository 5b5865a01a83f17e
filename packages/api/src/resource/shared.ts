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

export const CELDeviceSelector = message('io.k8s.api.resource.v1.CELDeviceSelector', '', {
  expression: field(1, string, '').required().default(''),
});
export interface CELDeviceSelector extends Infer<typeof CELDeviceSelector> {}

export const CapacityRequirements = message('io.k8s.api.resource.v1.CapacityRequirements', '', {
  requests: field(1, map(quantity), ''),
});
export interface CapacityRequirements extends Infer<typeof CapacityRequirements> {}

export const OpaqueDeviceConfiguration = message('io.k8s.api.resource.v1.OpaqueDeviceConfiguration', '', {
  driver: field(1, string, '').required().default(''),
  parameters: field(2, rawExtension, '').required(),
});
export interface OpaqueDeviceConfiguration extends Infer<typeof OpaqueDeviceConfiguration> {}

export const DeviceConfiguration = message('io.k8s.api.resource.v1.DeviceConfiguration', '', {
  opaque: field(1, OpaqueDeviceConfiguration, ''),
});
export interface DeviceConfiguration extends Infer<typeof DeviceConfiguration> {}

export const DeviceClaimConfiguration = message('io.k8s.api.resource.v1.DeviceClaimConfiguration', '', {
  requests: field(1, list(string), '').atomic(),
  ...inline(2, DeviceConfiguration),
});
export interface DeviceClaimConfiguration extends Infer<typeof DeviceClaimConfiguration> {}

export const DeviceConstraint = message('io.k8s.api.resource.v1.DeviceConstraint', '', {
  requests: field(1, list(string), '').atomic(),
  matchAttribute: field(2, string, '').pointer(),
  distinctAttribute: field(3, string, '').pointer(),
});
export interface DeviceConstraint extends Infer<typeof DeviceConstraint> {}

export const DeviceSelector = message('io.k8s.api.resource.v1.DeviceSelector', '', {
  cel: field(1, CELDeviceSelector, ''),
});
export interface DeviceSelector extends Infer<typeof DeviceSelector> {}

export const DeviceToleration = message('io.k8s.api.resource.v1.DeviceToleration', '', {
  key: field(1, string, ''),
  operator: field(2, string, '').default('Equal').oneOf('Equal', 'Exists'),
  value: field(3, string, ''),
  effect: field(4, string, '').oneOf('NoExecute', 'NoSchedule', 'None'),
  tolerationSeconds: field(5, int64, '').pointer(),
});
export interface DeviceToleration extends Infer<typeof DeviceToleration> {}

export const ExactDeviceRequest = message('io.k8s.api.resource.v1.ExactDeviceRequest', '', {
  deviceClassName: field(1, string, '').required().default(''),
  selectors: field(2, list(DeviceSelector), '').atomic(),
  allocationMode: field(3, string, '').oneOf('All', 'ExactCount'),
  count: field(4, int64, ''),
  adminAccess: field(5, bool, '').pointer(),
  tolerations: field(6, list(DeviceToleration), '').atomic(),
  capacity: field(7, CapacityRequirements, ''),
});
export interface ExactDeviceRequest extends Infer<typeof ExactDeviceRequest> {}

export const DeviceSubRequest = message('io.k8s.api.resource.v1.DeviceSubRequest', '', {
  name: field(1, string, '').required().default(''),
  deviceClassName: field(2, string, '').required().default(''),
  selectors: field(3, list(DeviceSelector), '').atomic(),
  allocationMode: field(4, string, '').oneOf('All', 'ExactCount'),
  count: field(5, int64, ''),
  tolerations: field(6, list(DeviceToleration), '').atomic(),
  capacity: field(7, CapacityRequirements, ''),
});
export interface DeviceSubRequest extends Infer<typeof DeviceSubRequest> {}

export const DeviceRequest = message('io.k8s.api.resource.v1.DeviceRequest', '', {
  name: field(1, string, '').required().default(''),
  exactly: field(2, ExactDeviceRequest, ''),
  firstAvailable: field(3, list(DeviceSubRequest), '').atomic(),
});
export interface DeviceRequest extends Infer<typeof DeviceRequest> {}

export const DeviceClaim = message('io.k8s.api.resource.v1.DeviceClaim', '', {
  requests: field(1, list(DeviceRequest), '').atomic(),
  constraints: field(2, list(DeviceConstraint), '').atomic(),
  config: field(3, list(DeviceClaimConfiguration), '').atomic(),
});
export interface DeviceClaim extends Infer<typeof DeviceClaim> {}

export const ResourceClaimSpec = message('io.k8s.api.resource.v1.ResourceClaimSpec', '', {
  devices: field(1, DeviceClaim, '').default({}),
});
export interface ResourceClaimSpec extends Infer<typeof ResourceClaimSpec> {}
