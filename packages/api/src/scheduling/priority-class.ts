import type { Column } from '@kubets/core';
import { bool, defineKind, field, type Infer, int32, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const PriorityClass = message('io.k8s.api.scheduling.v1.PriorityClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  value: field(2, int32, '').default(0),
  globalDefault: field(3, bool, ''),
  description: field(4, string, ''),
  preemptionPolicy: field(5, string, '').oneOf('Never', 'PreemptLowerPriority'),
});
export interface PriorityClass extends Infer<typeof PriorityClass> {}

const priorityClassColumns: Column<PriorityClass>[] = [
  nameColumn,
  {
    name: 'Value',
    type: 'integer',
    description: 'Priority that pods of the class get.',
    cell: ({ value }) => value ?? 0,
  },
  {
    name: 'Global-Default',
    type: 'boolean',
    description: 'Whether pods that name no class get this one.',
    cell: ({ globalDefault }) => globalDefault ?? false,
  },
  ageColumn,
  {
    name: 'PreemptionPolicy',
    type: 'string',
    description: 'Whether pods of the class may evict pods of lower priority.',
    cell: ({ preemptionPolicy }) => preemptionPolicy ?? '',
  },
];

export const priorityClassKind = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  resource: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: PriorityClass,
  strategy: {
    applyDefaults(draft) {
      draft.preemptionPolicy ??= 'PreemptLowerPriority';
    },
    hasGeneration: true,
  },
  columns: priorityClassColumns,
  storageVersionHash: '1QwjyaZjj3Y=',
});
