import {
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  inline,
  isQualifiedName,
  list,
  message,
  string,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { DeviceConfiguration, DeviceSelector } from './shared.ts';
import { validateList, validateOpaque, validateSelectors } from './validation.ts';

export const DeviceClassConfiguration = message(
  'io.k8s.api.resource.v1.DeviceClassConfiguration',
  'Settings for devices of a class.',
  {
    ...inline(1, DeviceConfiguration),
  },
);
export interface DeviceClassConfiguration extends Infer<typeof DeviceClassConfiguration> {}

export const DeviceClassSpec = message(
  'io.k8s.api.resource.v1.DeviceClassSpec',
  'Which devices are of a class, and how they are set up.',
  {
    selectors: field(1, list(DeviceSelector), 'Conditions that a device must satisfy to be of the class.').atomic(),
    config: field(
      2,
      list(DeviceClassConfiguration),
      'Settings for each device of the class that is allocated.',
    ).atomic(),
    extendedResourceName: field(
      4,
      string,
      'Extended resource that pods may request to get a device of the class.',
    ).pointer(),
  },
);
export interface DeviceClassSpec extends Infer<typeof DeviceClassSpec> {}

export const DeviceClass = message('io.k8s.api.resource.v1.DeviceClass', 'A kind of device that claims may ask for.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, DeviceClassSpec, 'Which devices are of the class.').required().default({}),
});
export interface DeviceClass extends Infer<typeof DeviceClass> {}

const MAX_CONFIGS = 32;

function validateDeviceClass({ spec }: DeviceClass): FieldError[] {
  const path = new FieldPath('spec');
  const { extendedResourceName: resource } = spec;
  return [
    ...validateSelectors(spec.selectors ?? [], path.child('selectors')),
    ...validateList(spec.config ?? [], path.child('config'), MAX_CONFIGS, ({ opaque }, at) =>
      validateOpaque(opaque, at.child('opaque')),
    ),
    ...(resource === undefined ? [] : validateText(resource, path.child('extendedResourceName'), isQualifiedName)),
  ];
}

export const deviceClassKind = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  returnsDeletedObject: true,
  resource: 'deviceclasses',
  namespaced: false,
  schema: DeviceClass,
  strategy: { validate: validateDeviceClass, hasGeneration: true },
  columns: [nameColumn, ageColumn],
  storageVersionHash: 'Yk2PTc1Ybxk=',
});
