import type { Column, FieldError } from '@kubets/core';
import {
  defineKind,
  duplicate,
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
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const Overhead = message('io.k8s.api.node.v1.Overhead', '', {
  podFixed: field(1, map(quantity), ''),
});
export interface Overhead extends Infer<typeof Overhead> {}

export const Scheduling = message('io.k8s.api.node.v1.Scheduling', '', {
  nodeSelector: field(1, map(string), '').atomicMap(),
  tolerations: field(2, list(Toleration), '').atomic(),
});
export interface Scheduling extends Infer<typeof Scheduling> {}

export const RuntimeClass = message('io.k8s.api.node.v1.RuntimeClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  handler: field(2, string, '').required().default(''),
  overhead: field(3, Overhead, ''),
  scheduling: field(4, Scheduling, ''),
});
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
    validate: validateRuntimeClass,
    validateUpdate: ({ handler }, old) => validateImmutable(handler, old.handler, new FieldPath('handler')),
  },
  columns: runtimeClassColumns,
  storageVersionHash: 'WQTu1GL3T2Q=',
});
