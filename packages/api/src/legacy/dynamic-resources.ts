import {
  type AnyMessage,
  Field,
  field,
  type KindDefinition,
  type KubeObject,
  list,
  message,
  string,
} from '@kubets/core';
import { deviceClassKind } from '../resource/device-class.ts';
import { type ResourceClaim, resourceClaimKind } from '../resource/resource-claim.ts';
import {
  type ResourceClaimTemplate,
  ResourceClaimTemplateSpec,
  resourceClaimTemplateKind,
} from '../resource/resource-claim-template.ts';
import { Device, type ResourceSlice, ResourceSliceSpec, resourceSliceKind } from '../resource/resource-slice.ts';
import { DeviceClaim, DeviceRequest, ExactDeviceRequest, ResourceClaimSpec } from '../resource/shared.ts';
import { olderVersion } from './older-version.ts';
import { lessDemanding } from './optional-fields.ts';

const named = (name: string) => `io.k8s.api.resource.v1beta1.${name}`;

type ClaimSpec = ResourceClaim['spec'];
type Devices = NonNullable<ClaimSpec['devices']>;
type Request = NonNullable<Devices['requests']>[number];
/** What a request says of its devices stood in the request itself. */
type OldRequest = Omit<Request, 'exactly'> & Partial<NonNullable<Request['exactly']>>;
type OldClaimSpec = { devices?: Omit<Devices, 'requests'> & { requests?: OldRequest[] } };
type OldClaim = Omit<ResourceClaim, 'spec'> & { spec: OldClaimSpec };
type OldTemplate = Omit<ResourceClaimTemplate, 'spec'> & {
  spec: Omit<ResourceClaimTemplate['spec'], 'spec'> & { spec: OldClaimSpec };
};
type CurrentDevice = NonNullable<ResourceSlice['spec']['devices']>[number];
/** All but the name of a device stood in a message of its own. */
type OldDevice = { name: string; basic?: Omit<CurrentDevice, 'name'> };
type OldSlice = Omit<ResourceSlice, 'spec'> & {
  spec: Omit<ResourceSlice['spec'], 'devices'> & { devices?: OldDevice[] };
};

/** The same field under another number in protobuf. */
function renumbered<F extends Field<unknown, boolean>>(original: F, number: number): F {
  return Object.assign(Object.create(Field.prototype), original, { number });
}

const {
  deviceClassName,
  selectors,
  allocationMode,
  count,
  adminAccess,
  tolerations,
  capacity: wantedCapacity,
} = ExactDeviceRequest.fields;
const { firstAvailable } = DeviceRequest.fields;
const OldDeviceRequest = message(named('DeviceRequest'), DeviceRequest.description, {
  name: field(1, string, 'Name that pods and constraints refer to.').required().default(''),
  deviceClassName: field(2, string, deviceClassName.description),
  selectors: renumbered(selectors, 3),
  allocationMode: renumbered(allocationMode, 4),
  count: renumbered(count, 5),
  adminAccess: renumbered(adminAccess, 6),
  firstAvailable: renumbered(firstAvailable, 7),
  tolerations: renumbered(tolerations, 8),
  capacity: renumbered(wantedCapacity, 9),
});
const OldDeviceClaim = lessDemanding(DeviceClaim, {
  name: named('DeviceClaim'),
  of: { requests: list(OldDeviceRequest) },
});
const OldSpec = lessDemanding(ResourceClaimSpec, { name: named('ResourceClaimSpec'), of: { devices: OldDeviceClaim } });
const OldTemplateSpec = lessDemanding(ResourceClaimTemplateSpec, {
  name: named('ResourceClaimTemplateSpec'),
  of: { spec: OldSpec },
});

const { name: deviceName, ...deviceFields } = Device.fields;
const BasicDevice = message(
  named('BasicDevice'),
  'What is to be said of a device.',
  Object.fromEntries(Object.entries(deviceFields).map(([name, each]) => [name, renumbered(each, each.number - 1)])),
);
const OldDeviceMessage = message(named('Device'), Device.description, {
  name: deviceName,
  basic: field(2, BasicDevice as AnyMessage, 'What is to be said of the device.'),
});
const OldSliceSpec = lessDemanding(ResourceSliceSpec, {
  name: named('ResourceSliceSpec'),
  of: { devices: list(OldDeviceMessage) },
});

function claimSpecToCurrent({ devices: { requests, ...devices } = {} }: OldClaimSpec): ClaimSpec {
  const converted = requests?.map(({ name, firstAvailable: first, ...exactly }): Request => {
    const says = Object.values(exactly).some((value) => value !== undefined && value !== '');
    return { name, ...(says ? { exactly } : {}), ...(first ? { firstAvailable: first } : {}) } as Request;
  });
  return { devices: { ...devices, ...(converted ? { requests: converted } : {}) } };
}

function claimSpecFromCurrent({ devices: { requests, ...devices } = {} }: ClaimSpec): OldClaimSpec {
  const converted = requests?.map(({ exactly, ...request }): OldRequest => ({ ...request, ...exactly }));
  return { devices: { ...devices, ...(converted ? { requests: converted } : {}) } };
}

function sliceToCurrent(slice: OldSlice): ResourceSlice {
  const { devices, ...spec } = slice.spec;
  const converted = devices?.map(({ name, basic }) => ({ name, ...basic }));
  return { ...slice, spec: { ...spec, ...(converted ? { devices: converted } : {}) } };
}

function sliceFromCurrent(slice: ResourceSlice): OldSlice {
  const { devices, ...spec } = slice.spec;
  const converted = devices?.map(({ name, ...basic }) => ({ name, basic }));
  return { ...slice, spec: { ...spec, ...(converted ? { devices: converted } : {}) } };
}

const kinds = [deviceClassKind, resourceClaimKind, resourceClaimTemplateKind, resourceSliceKind];

export const legacyDynamicResourceKinds = [
  ...kinds.map((kind) => olderVersion(kind as unknown as KindDefinition<KubeObject>, { version: 'v1beta2' })),
  olderVersion(deviceClassKind, { version: 'v1beta1' }),
  olderVersion<OldClaim, ResourceClaim>(resourceClaimKind, {
    version: 'v1beta1',
    schema: lessDemanding(resourceClaimKind.schema, { name: named('ResourceClaim'), of: { spec: OldSpec } }),
    toCurrent: (claim) => ({ ...claim, spec: claimSpecToCurrent(claim.spec) }),
    fromCurrent: (claim) => ({ ...claim, spec: claimSpecFromCurrent(claim.spec) }),
  }),
  olderVersion<OldTemplate, ResourceClaimTemplate>(resourceClaimTemplateKind, {
    version: 'v1beta1',
    schema: lessDemanding(resourceClaimTemplateKind.schema, {
      name: named('ResourceClaimTemplate'),
      of: { spec: OldTemplateSpec },
    }),
    toCurrent: (template) => ({
      ...template,
      spec: { ...template.spec, spec: claimSpecToCurrent(template.spec.spec) },
    }),
    fromCurrent: (template) => ({
      ...template,
      spec: { ...template.spec, spec: claimSpecFromCurrent(template.spec.spec) },
    }),
  }),
  olderVersion<OldSlice, ResourceSlice>(resourceSliceKind, {
    version: 'v1beta1',
    schema: lessDemanding(resourceSliceKind.schema, { name: named('ResourceSlice'), of: { spec: OldSliceSpec } }),
    toCurrent: sliceToCurrent,
    fromCurrent: sliceFromCurrent,
  }),
];
