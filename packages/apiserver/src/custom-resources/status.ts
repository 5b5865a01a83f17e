import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '@kubets/api';
import { sameJson } from '@kubets/core';

export type DefinitionCondition = Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>;

/** Names that other definitions of a group have been granted. */
export interface UsedNames {
  /** Plural, singular and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and list kinds. */
  readonly kinds: ReadonlySet<string>;
}

const NO_NAMES: CustomResourceDefinitionNames = { plural: '', kind: '' };

export function isTrue({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

export function acceptedNamesOf({ status }: CustomResourceDefinition): CustomResourceDefinitionNames {
  return status?.acceptedNames ?? NO_NAMES;
}

export function usedNamesOf(others: Iterable<CustomResourceDefinition>): UsedNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of others) {
    const { plural, singular, shortNames, kind, listKind } = acceptedNamesOf(other);
    for (const name of [plural, singular, ...(shortNames ?? [])]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

/**
 * What follows for a definition's status from its spec and from the names that others have: a name is granted unless somebody else
 * has it, and what has once been established stays so. The same object where nothing changes.
 */
export function plannedDefinition(
  definition: CustomResourceDefinition,
  used: UsedNames,
  nowIso: string,
): CustomResourceDefinition {
  const { names, conflict } = negotiate(definition, used);
  let conditions = definition.status?.conditions ?? [];
  const set = (condition: DefinitionCondition) => {
    conditions = withCondition(conditions, condition, nowIso);
  };
  set(conflict ?? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' });
  if (!isTrue(definition, 'Established')) set(establishment(conflict === undefined));
  const status: CustomResourceDefinitionStatus = { ...definition.status, acceptedNames: names, conditions };
  return sameJson(status, definition.status) ? definition : { ...definition, status };
}

function establishment(isAccepted: boolean): DefinitionCondition {
  const type = 'Established';
  if (!isAccepted) return { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  return { type, status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' };
}

/** Adds or replaces a condition; its time changes only with its status. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: DefinitionCondition,
  nowIso: string,
): CustomResourceDefinitionCondition[] {
  const old = conditions.find(({ type }) => type === condition.type);
  const { type, status, ...rest } = condition;
  const time = old && old.status === status ? old.lastTransitionTime : nowIso;
  const next = { type, status, ...(time ? { lastTransitionTime: time } : {}), ...rest };
  if (!old) return [...conditions, next];
  return conditions.map((each) => (each === old ? next : each));
}

interface Negotiation {
  readonly names: CustomResourceDefinitionNames;
  readonly conflict: DefinitionCondition | undefined;
}

/** Grants what can be granted; of several conflicts the last is told. */
function negotiate(definition: CustomResourceDefinition, used: UsedNames): Negotiation {
  const wanted = definition.spec.names;
  const accepted = acceptedNamesOf(definition);
  const names = { ...accepted };
  let conflict: DefinitionCondition | undefined;
  const refuse = (reason: string, taken: readonly string[]) => {
    const texts = taken.map((name) => `${JSON.stringify(name)} is already in use`);
    const message = texts.length > 1 ? `[${texts.join(', ')}]` : texts[0]!;
    conflict = { type: 'NamesAccepted', status: 'False', reason, message };
  };
  const single = (name: 'plural' | 'singular' | 'kind' | 'listKind', taken: ReadonlySet<string>, reason: string) => {
    const value = wanted[name] ?? '';
    if (value !== accepted[name] && taken.has(value)) refuse(reason, [value]);
    else names[name] = value;
  };
  single('plural', used.resources, 'PluralConflict');
  single('singular', used.resources, 'SingularConflict');
  const own = new Set(accepted.shortNames ?? []);
  const taken = (wanted.shortNames ?? []).filter((name) => !own.has(name) && used.resources.has(name));
  if (taken.length > 0) refuse('ShortNamesConflict', taken);
  else setList(names, 'shortNames', wanted.shortNames);
  single('kind', used.kinds, 'KindConflict');
  single('listKind', used.kinds, 'ListKindConflict');
  setList(names, 'categories', wanted.categories);
  return { names, conflict };
}

function setList(
  names: CustomResourceDefinitionNames,
  name: 'shortNames' | 'categories',
  values: string[] | undefined,
): void {
  if (values === undefined) delete names[name];
  else names[name] = values;
}
