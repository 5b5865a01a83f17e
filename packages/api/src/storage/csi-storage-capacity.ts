import {
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  isDns1123Subdomain,
  message,
  Quantity,
  quantity,
  string,
  validateImmutable,
  validateLabelSelector,
} from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { validateRequiredText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';

export const CSIStorageCapacity = message(
  'io.k8s.api.storage.v1.CSIStorageCapacity',
  'How much room a driver has left for volumes, somewhere.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    nodeTopology: field(2, LabelSelector, 'Nodes from which the room can be used; none without it.'),
    storageClassName: field(3, string, 'Storage class whose volumes the room is for; cannot change.')
      .required()
      .default(''),
    capacity: field(4, quantity, 'How much room there is.').pointer(),
    maximumVolumeSize: field(5, quantity, 'The largest volume that can be made.').pointer(),
  },
);
export interface CSIStorageCapacity extends Infer<typeof CSIStorageCapacity> {}

function validateCSIStorageCapacity(capacity: CSIStorageCapacity): FieldError[] {
  const errors = [
    ...validateRequiredText(capacity.storageClassName, new FieldPath('storageClassName'), isDns1123Subdomain),
    ...validateLabelSelector(capacity.nodeTopology, new FieldPath('nodeTopology')),
  ];
  for (const name of ['capacity', 'maximumVolumeSize'] as const) {
    const amount = capacity[name];
    if (amount !== undefined && Quantity.tryParse(amount)?.sign() === -1) {
      errors.push(invalid(new FieldPath(name), amount, 'must be greater than or equal to 0'));
    }
  }
  return errors;
}

export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  resource: 'csistoragecapacities',
  namespaced: true,
  schema: CSIStorageCapacity,
  strategy: {
    allowUnconditionalUpdate: false,
    validate: validateCSIStorageCapacity,
    validateUpdate: (capacity, old) =>
      (['nodeTopology', 'storageClassName'] as const).flatMap((name) =>
        validateImmutable(capacity[name], old[name], new FieldPath(name)),
      ),
  },
  columns: [nameColumn, createdAtColumn],
  storageVersionHash: 'xeVl+2Ly1kE=',
});
