import {
  type Column,
  defineKind,
  FieldPath,
  field,
  type Infer,
  int64,
  message,
  parseApiVersion,
  rawExtension,
  required,
  string,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateNonNegativeFields } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ControllerRevision = message(
  'io.k8s.api.apps.v1.ControllerRevision',
  'An immutable snapshot of the state of a StatefulSet or DaemonSet, to roll back to.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    data: field(2, rawExtension, 'The saved state, in a form that its owner understands.'),
    revision: field(3, int64, "Number of the revision; the owner's newest state has the highest.")
      .required()
      .default(0),
  },
);
export interface ControllerRevision extends Infer<typeof ControllerRevision> {}

/** The owner that controls an object, as `kind.group/name`. */
function controllerText(revision: ControllerRevision): string {
  const owner = revision.metadata.ownerReferences?.find((reference) => reference.controller);
  if (!owner) return '<none>';
  const { group } = parseApiVersion(owner.apiVersion);
  return `${(group ? `${owner.kind}.${group}` : owner.kind).toLowerCase()}/${owner.name}`;
}

const controllerRevisionColumns: Column<ControllerRevision>[] = [
  nameColumn,
  {
    name: 'Controller',
    type: 'string',
    description: 'Object whose revision this is.',
    cell: controllerText,
  },
  {
    name: 'Revision',
    type: 'string',
    description: 'Number of the revision; the highest is the newest.',
    cell: ({ revision }) => revision,
  },
  ageColumn,
];

export const controllerRevisionKind = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  resource: 'controllerrevisions',
  namespaced: true,
  schema: ControllerRevision,
  strategy: {
    validate: (revision) => [
      ...(revision.data === undefined ? [required(new FieldPath('data'), 'data is mandatory')] : []),
      ...validateNonNegativeFields(revision, new FieldPath(), ['revision']),
    ],
    validateUpdate: (revision, old) => validateImmutable(revision.data, old.data, new FieldPath('data')),
  },
  columns: controllerRevisionColumns,
  storageVersionHash: '85nkx63pcBU=',
});
