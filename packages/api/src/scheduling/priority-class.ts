import {
  bool,
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  int32,
  invalid,
  message,
  string,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateChoice } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const PriorityClass = message(
  'io.k8s.api.scheduling.v1.PriorityClass',
  'A name for a priority that pods may have.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    value: field(2, int32, 'The priority; higher goes first. Cannot change.').always().default(0),
    globalDefault: field(3, bool, 'Whether pods that name no class get this one.'),
    description: field(4, string, 'When to use the class.'),
    preemptionPolicy: field(
      5,
      string,
      'PreemptLowerPriority evicts less important pods to make room; Never waits for room.',
    )
      .pointer()
      .oneOf('Never', 'PreemptLowerPriority'),
  },
);
export interface PriorityClass extends Infer<typeof PriorityClass> {}

const SYSTEM_PREFIX = 'system-';
/** The highest value that users may give; what is above belongs to the system's own classes. */
const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

/** What stays as it was made is not looked at again. */
function validatePriorityClass({ metadata, value, globalDefault, preemptionPolicy }: PriorityClass): FieldError[] {
  if (metadata.resourceVersion) return [];
  const errors: FieldError[] = [];
  const name = metadata.name ?? '';
  if (name.startsWith(SYSTEM_PREFIX)) {
    if (SYSTEM_CLASSES[name] !== value || globalDefault) {
      const detail = "priority class names with 'system-' prefix are reserved for system use only. error: ";
      const reason =
        name in SYSTEM_CLASSES
          ? `value of ${name} PriorityClass must be ${SYSTEM_CLASSES[name]}`
          : `${name} is not a known system priority class`;
      errors.push(fieldForbidden(new FieldPath('metadata').child('name'), `${detail}${reason}`));
    }
  } else if (value > HIGHEST_USER_PRIORITY) {
    const detail = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`;
    errors.push(fieldForbidden(new FieldPath('value'), detail));
  }
  const path = new FieldPath('preemptionPolicy');
  return [...errors, ...validateChoice(preemptionPolicy, path, ['PreemptLowerPriority', 'Never'])];
}

function validatePriorityClassUpdate(object: PriorityClass, old: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if (object.value !== old.value) {
    errors.push(fieldForbidden(new FieldPath('value'), 'may not be changed in an update.'));
  }
  if (object.preemptionPolicy !== old.preemptionPolicy) {
    errors.push(invalid(new FieldPath('preemptionPolicy'), object.preemptionPolicy, 'field is immutable'));
  }
  return errors;
}

const priorityClassColumns: Column<PriorityClass>[] = [
  nameColumn,
  {
    name: 'Value',
    type: 'integer',
    description: 'Priority that pods of the class get.',
    cell: ({ value }) => value,
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
    validate: validatePriorityClass,
    validateUpdate: validatePriorityClassUpdate,
    hasGeneration: 'fixed',
  },
  columns: priorityClassColumns,
  storageVersionHash: '1QwjyaZjj3Y=',
});
