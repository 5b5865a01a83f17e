import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  map,
  message,
  sameJson,
  string,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateDriverName } from './csi-driver.ts';
import { validateParameters } from './storage-class.ts';

export const VolumeAttributesClass = message(
  'io.k8s.api.storage.v1.VolumeAttributesClass',
  'Settings of volumes that can be changed while they exist.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    driverName: field(2, string, 'Driver that knows the settings; cannot change.').required().default(''),
    parameters: field(3, map(string), 'The settings; cannot change.'),
  },
);
export interface VolumeAttributesClass extends Infer<typeof VolumeAttributesClass> {}

function validateVolumeAttributesClass({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  return [
    ...validateDriverName(driverName, new FieldPath('driverName')),
    ...validateParameters(parameters, new FieldPath('parameters'), { required: true }),
  ];
}

const volumeAttributesClassColumns: Column<VolumeAttributesClass>[] = [
  nameColumn,
  {
    name: 'DriverName',
    type: 'string',
    description: 'Driver that knows the parameters.',
    cell: ({ driverName }) => driverName,
  },
  ageColumn,
];

export const volumeAttributesClassKind = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  returnsDeletedObject: true,
  resource: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  schema: VolumeAttributesClass,
  strategy: {
    validate: validateVolumeAttributesClass,
    validateUpdate: (object, old) =>
      (['driverName', 'parameters'] as const)
        .filter((name) => !sameJson(object[name], old[name]))
        .map((name) => fieldForbidden(new FieldPath(name), `updates to ${name} are forbidden.`)),
  },
  columns: volumeAttributesClassColumns,
  storageVersionHash: 'tIjydgKBC5w=',
});
