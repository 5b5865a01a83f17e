import {
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int32,
  invalid,
  isQualifiedName,
  list,
  message,
  required,
  string,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateNonNegative } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateDriverName } from './csi-driver.ts';

export const VolumeNodeResources = message(
  'io.k8s.api.storage.v1.VolumeNodeResources',
  'How many volumes a node can take.',
  {
    count: field(1, int32, 'Number of volumes; no limit without it.').pointer(),
  },
);
export interface VolumeNodeResources extends Infer<typeof VolumeNodeResources> {}

export const CSINodeDriver = message('io.k8s.api.storage.v1.CSINodeDriver', 'A driver that runs on a node.', {
  name: field(1, string, 'Name of the driver.').required().default(''),
  nodeID: field(2, string, 'Name of the node as the driver knows it.').required().default(''),
  topologyKeys: field(
    3,
    list(string),
    'Labels of the node by which the driver tells where volumes can be used.',
  ).atomic(),
  allocatable: field(4, VolumeNodeResources, 'How many volumes the node can take.'),
});
export interface CSINodeDriver extends Infer<typeof CSINodeDriver> {}

export const CSINodeSpec = message('io.k8s.api.storage.v1.CSINodeSpec', 'Drivers that run on a node.', {
  drivers: field(1, list(CSINodeDriver), 'The drivers.').required().mapOf('name').mergeBy('name'),
});
export interface CSINodeSpec extends Infer<typeof CSINodeSpec> {}

export const CSINode = message('io.k8s.api.storage.v1.CSINode', 'Drivers that run on a node; named by the node.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, CSINodeSpec, 'The drivers.').required().default({}),
});
export interface CSINode extends Infer<typeof CSINode> {}

const NODE_ID_MAX_BYTES = 192;

function validateCSINode({ spec }: CSINode): FieldError[] {
  const path = new FieldPath('spec').child('drivers');
  const names = new Set<string>();
  return (spec.drivers ?? []).flatMap((driver, index) => {
    const at = path.index(index);
    const errors = validateCSINodeDriver(driver, at);
    if (names.has(driver.name)) errors.push(duplicate(at.child('name'), driver.name));
    names.add(driver.name);
    return errors;
  });
}

function validateCSINodeDriver(
  { name, nodeID, allocatable, topologyKeys }: CSINodeDriver,
  path: FieldPath,
): FieldError[] {
  const errors = validateDriverName(name, path.child('name'));
  if (!nodeID) errors.push(required(path.child('nodeID')));
  if (nodeID.length > NODE_ID_MAX_BYTES) {
    errors.push(invalid(path.child('nodeID'), nodeID, `must be ${NODE_ID_MAX_BYTES} characters or less`));
  }
  errors.push(...validateNonNegative(allocatable?.count, path.child('allocatable', 'count')));
  topologyKeys?.forEach((key, index) => {
    if (!key) errors.push(required(path));
    if (topologyKeys.indexOf(key) < index) errors.push(duplicate(path, key));
    errors.push(...isQualifiedName(key).map((detail) => invalid(path, topologyKeys, detail)));
  });
  return errors;
}

/** What a driver said about a node stays, but for how many volumes it can take; drivers come and go whole. */
function validateCSINodeUpdate({ spec }: CSINode, old: CSINode): FieldError[] {
  const path = new FieldPath('spec').child('drivers');
  return (spec.drivers ?? []).flatMap((driver, index) => {
    const before = old.spec.drivers?.find(({ name }) => name === driver.name);
    const at = path.index(index);
    if (!before) return [];
    return (['nodeID', 'topologyKeys'] as const).flatMap((name) =>
      validateImmutable(driver[name], before[name], at.child(name)),
    );
  });
}

const csiNodeColumns: Column<CSINode>[] = [
  nameColumn,
  {
    name: 'Drivers',
    type: 'integer',
    description: 'Number of drivers that run on the node.',
    cell: ({ spec }) => spec.drivers?.length ?? 0,
  },
  ageColumn,
];

export const csiNodeKind = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  returnsDeletedObject: true,
  resource: 'csinodes',
  namespaced: false,
  schema: CSINode,
  strategy: { validate: validateCSINode, validateUpdate: validateCSINodeUpdate, allowUnconditionalUpdate: false },
  columns: csiNodeColumns,
  storageVersionHash: 'Pe62DkZtjuo=',
});
