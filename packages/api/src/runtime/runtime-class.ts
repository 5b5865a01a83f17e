import {
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  isDns1123Label,
  isQualifiedName,
  list,
  map,
  message,
  Quantity,
  quantity,
  sameJson,
  string,
  validateImmutable,
  validateLabels,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { Toleration } from '../core/placement.ts';
import { validateTolerations } from '../core/placement-validation.ts';
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const Overhead = message('io.k8s.api.node.v1.Overhead', 'What running a pod costs beside its containers.', {
  podFixed: field(1, map(quantity), 'Amounts by resource.'),
});
export interface Overhead extends Infer<typeof Overhead> {}

export const Scheduling = message('io.k8s.api.node.v1.Scheduling', 'Which nodes can run pods of a runtime class.', {
  nodeSelector: field(1, map(string), 'Labels of such nodes; added to the selector of the pod.').atomicMap(),
  tolerations: field(2, list(Toleration), 'Taints of such nodes; added to the tolerations of the pod.').atomic(),
});
export interface Scheduling extends Infer<typeof Scheduling> {}

export const RuntimeClass = message(
  'io.k8s.api.node.v1.RuntimeClass',
  'A way to run containers that pods may choose.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    handler: field(2, string, "Name of the runtime's configuration on the node; cannot change.").required().default(''),
    overhead: field(3, Overhead, 'What running a pod costs beside its containers.'),
    scheduling: field(4, Scheduling, 'Which nodes can run such pods; all without it.'),
  },
);
export interface RuntimeClass extends Infer<typeof RuntimeClass> {}

function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  const errors = validateText(handler, new FieldPath('handler'), isDns1123Label);
  const fixedPath = new FieldPath('overhead').child('podFixed');
  for (const [name, amount] of Object.entries(overhead?.podFixed ?? {})) {
    errors.push(...validateText(name, fixedPath, isQualifiedName));
    if (Quantity.tryParse(amount)?.sign() === -1) {
      errors.push(invalid(fixedPath.key(name), amount, 'must be greater than or equal to 0'));
    }
  }
  const path = new FieldPath('scheduling');
  errors.push(...validateLabels(scheduling?.nodeSelector, path.child('nodeSelector')));
  const tolerations = scheduling?.tolerations ?? [];
  errors.push(...validateTolerations(tolerations, path.child('tolerations', 'tolerations')));
  tolerations.forEach((toleration, index) => {
    if (tolerations.slice(0, index).some((earlier) => sameJson(earlier, toleration))) {
      errors.push(duplicate(path.child('tolerations').index(index), toleration));
    }
  });
  return errors;
}

const runtimeClassColumns: Column<RuntimeClass>[] = [
  nameColumn,
  {
    name: 'Handler',
    type: 'string',
    description: 'Configuration of the container runtime that runs the pods.',
    cell: ({ handler }) => handler,
  },
  ageColumn,
];

export const runtimeClassKind = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  resource: 'runtimeclasses',
  namespaced: false,
  schema: RuntimeClass,
  strategy: {
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
    validate: validateRuntimeClass,
    validateUpdate: ({ handler }, old) => validateImmutable(handler, old.handler, new FieldPath('handler')),
  },
  columns: runtimeClassColumns,
  storageVersionHash: 'WQTu1GL3T2Q=',
});
