import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, jsonEqual, ownValue } from '../patch/json-value.ts';
import { type FieldEntry, type FieldSet, fieldSetOf, isEmptyFieldSet, LEAF } from './field-set.ts';
import {
  DEDUCED,
  DEDUCED_MAP,
  deduce,
  elementOfItem,
  type FieldRule,
  isSameItem,
  type ListType,
  type MergeType,
  type StructType,
} from './merge-type.ts';

/** What one write changed. Undefined stands for no field. */
export interface Comparison {
  /** Fields added or given another value. */
  readonly taken: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

/** The comparison of objects that are the same. */
export const NO_CHANGE: Comparison = { taken: undefined, removed: undefined };

/** Metadata that the system keeps; it never has an owner. */
export const SYSTEM_METADATA: readonly string[] = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];
const SYSTEM_METADATA_NAMES: ReadonlySet<string> = new Set(SYSTEM_METADATA);
const NO_NAMES: ReadonlySet<string> = new Set();
const TYPE_NAMES: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** Compares two objects field by field, leaving out the fields that never have an owner. */
export function compareObjects(before: JsonObject, after: JsonObject, struct: StructType): Comparison {
  const changes = new Changes();
  const metadata = compareMetadata(ownValue(before, 'metadata'), ownValue(after, 'metadata'), struct);
  if (metadata) changes.add('f:metadata', metadata);
  compareFields(before, after, { struct, skipped: TYPE_NAMES, changes });
  return changes.toComparison(false) ?? NO_CHANGE;
}

function compareMetadata(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  struct: StructType,
): Comparison | undefined {
  const type = struct.rule('metadata')?.type;
  if (before === after || type?.form !== 'struct') return undefined;
  const changes = new Changes();
  const [from, to] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  compareFields(from, to, { struct: type, skipped: SYSTEM_METADATA_NAMES, changes });
  return changes.toComparison(false);
}

/** Collects what the parts of a value report. */
class Changes {
  #taken: FieldEntry[] | undefined;
  #removed: FieldEntry[] | undefined;

  add(element: string, change: Comparison): void {
    if (change.taken) this.take(element, change.taken);
    if (change.removed) this.remove(element, change.removed);
  }

  take(element: string, fields: FieldSet): void {
    this.#taken ??= [];
    this.#taken.push([element, fields]);
  }

  remove(element: string, fields: FieldSet): void {
    this.#removed ??= [];
    this.#removed.push([element, fields]);
  }

  /** Undefined when there are no changes. `takesSelf`: the path that leads here is taken as well. */
  toComparison(takesSelf: boolean): Comparison | undefined {
    const taken = this.#taken || takesSelf ? fieldSetOf(this.#taken ?? [], takesSelf) : undefined;
    const removed = this.#removed ? fieldSetOf(this.#removed, false) : undefined;
    return taken || removed ? { taken, removed } : undefined;
  }
}

function compareValues(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  type: MergeType,
): Comparison | undefined {
  if (before === after) return undefined;
  if (before === undefined) return { taken: allFields(after!, type), removed: undefined };
  if (after === undefined) return { taken: undefined, removed: allFields(before, type) };
  switch (type.form) {
    case 'leaf':
      return jsonEqual(before, after) ? undefined : TAKEN_LEAF;
    case 'deduced':
      return compareDeduced(before, after);
    case 'list':
      return compareLists(before, after, type);
    default:
      return compareMaps(before, after, type);
  }
}

const TAKEN_LEAF: Comparison = { taken: LEAF, removed: undefined };

function compareDeduced(before: JsonValue, after: JsonValue): Comparison | undefined {
  // A null is an empty map beside a filled one.
  const [isBeforeNull, isAfterNull] = [before === null && isFilledMap(after), after === null && isFilledMap(before)];
  if (isBeforeNull || isAfterNull) return compareMaps(before, after, DEDUCED_MAP);
  if (isObject(before) === isObject(after)) return compareValues(before, after, deduce(after));
  // One has parts and the other has none: the parts come or go, and the value as a whole has changed.
  if (isObject(after)) return { taken: allFields(after, deduce(after)), removed: undefined };
  return { taken: LEAF, removed: partsOf(allFields(before, deduce(before))) };
}

function isFilledMap(value: JsonValue): boolean {
  return isObject(value) && !isEmptyMap(value);
}

type Mapping = Exclude<MergeType, { form: 'leaf' | 'deduced' | 'list' }>;

function compareMaps(before: JsonValue, after: JsonValue, type: Mapping): Comparison | undefined {
  const [from, to] = [isObject(before) ? before : undefined, isObject(after) ? after : undefined];
  if (isEmptyMap(from) && isEmptyMap(to) && !hasPresentFields(type)) {
    return jsonEqual(before, after) ? undefined : TAKEN_LEAF;
  }
  const changes = new Changes();
  if (type.form === 'struct') {
    compareFields(from ?? {}, to ?? {}, { struct: type, skipped: NO_NAMES, changes });
  } else {
    compareEntries(from ?? {}, to ?? {}, type.value, changes);
  }
  return changes.toComparison(false);
}

function isEmptyMap(object: JsonObject | undefined): boolean {
  for (const _ in object) return false;
  return true;
}

function hasPresentFields(type: Mapping): boolean {
  return type.form === 'struct' && type.present.length > 0;
}

function compareFields(
  before: JsonObject,
  after: JsonObject,
  { struct, skipped, changes }: { struct: StructType; skipped: ReadonlySet<string>; changes: Changes },
): void {
  const compareField = (name: string) => {
    if (skipped.has(name)) return;
    const rule = struct.rule(name);
    const [from, to] = [fieldValue(before, name, rule), fieldValue(after, name, rule)];
    if (from === to) return;
    const change = compareValues(from, to, rule?.type ?? DEDUCED);
    if (change) changes.add(rule?.element ?? `f:${name}`, change);
  };
  for (const name in after) compareField(name);
  for (const name in before) {
    if (ownValue(after, name) === undefined) compareField(name);
  }
}

function fieldValue(object: JsonObject, name: string, rule: FieldRule | undefined): JsonValue | undefined {
  const value = ownValue(object, name);
  return value === undefined ? rule?.absent : value;
}

function compareEntries(before: JsonObject, after: JsonObject, type: MergeType, changes: Changes): void {
  for (const key in after) {
    const change = compareValues(ownValue(before, key), ownValue(after, key), type);
    if (change) changes.add(`f:${key}`, change);
  }
  for (const key in before) {
    const value = ownValue(before, key);
    if (value !== undefined && ownValue(after, key) === undefined) changes.remove(`f:${key}`, allFields(value, type));
  }
}

function compareLists(before: JsonValue, after: JsonValue, type: ListType): Comparison | undefined {
  const [from, to] = [Array.isArray(before) ? before : [], Array.isArray(after) ? after : []];
  if (from.length === 0 && to.length === 0) return jsonEqual(before, after) ? undefined : TAKEN_LEAF;
  if (areAligned(from, to, type)) {
    const changes = new Changes();
    const isSimple = compareAligned(from, to, { type, changes });
    if (isSimple) return changes.toComparison(false);
  }
  return compareByElement(from, to, type);
}

/** Whether the lists have the same items in the same order, which nearly always holds. */
function areAligned(before: readonly JsonValue[], after: readonly JsonValue[], type: ListType): boolean {
  if (before.length !== after.length) return false;
  for (let index = 0; index < before.length; index++) {
    if (before[index] !== after[index] && !isSameItem(type, before[index]!, after[index]!)) return false;
  }
  return true;
}

/** False when the outcome cannot be had this way, because the lists have several items of one name. */
function compareAligned(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  { type, changes }: { type: ListType; changes: Changes },
): boolean {
  let isChanged = false;
  for (let index = 0; index < after.length; index++) {
    const change = compareValues(before[index], after[index], type.item);
    if (!change) continue;
    const found = elementOfItem(type, after[index]!);
    if ('error' in found) continue;
    changes.add(found.element, change);
    isChanged = true;
  }
  return !isChanged || itemsByElement(after, type).size === after.length;
}

/** Items by their path element; items that have none are left out. */
function itemsByElement(items: readonly JsonValue[], type: ListType): Map<string, JsonValue[]> {
  const byElement = new Map<string, JsonValue[]>();
  for (const item of items) {
    const found = elementOfItem(type, item);
    if ('error' in found) continue;
    const same = byElement.get(found.element);
    if (same) same.push(item);
    else byElement.set(found.element, [item]);
  }
  return byElement;
}

function compareByElement(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  type: ListType,
): Comparison | undefined {
  const [from, to] = [itemsByElement(before, type), itemsByElement(after, type)];
  const changes = new Changes();
  for (const [element, items] of to) compareItems(element, from.get(element) ?? [], items, { type, changes });
  for (const [element, items] of from) {
    if (!to.has(element)) compareItems(element, items, [], { type, changes });
  }
  return changes.toComparison(false);
}

/** Compares the items of one name. Where there are several, the name stands for all of them together. */
function compareItems(
  element: string,
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  { type, changes }: { type: ListType; changes: Changes },
): void {
  if (before.length > 1 && after.length > 1) {
    if (!jsonEqual([...before], [...after])) changes.take(element, LEAF);
  } else if (before.length > 1) {
    if (after.length === 1) changes.take(element, allFields(after[0]!, type.item));
    else changes.remove(element, LEAF);
  } else if (after.length > 1) {
    const parts = before.length === 1 ? partsOf(allFields(before[0]!, type.item)) : undefined;
    if (parts) changes.remove(element, parts);
    changes.take(element, LEAF);
  } else {
    const change = compareValues(before[0], after[0], type.item);
    if (change) changes.add(element, change);
  }
}

/** The set without the path that leads to it; undefined when that leaves nothing. */
function partsOf(fields: FieldSet): FieldSet | undefined {
  const { '.': _, ...parts } = fields;
  return isEmptyFieldSet(parts) ? undefined : parts;
}

/** The set of a value that comes or goes as a whole: the value and all its parts. */
export function allFields(value: JsonValue, type: MergeType): FieldSet {
  switch (type.form) {
    case 'leaf':
      return LEAF;
    case 'deduced':
      return isObject(value) ? allFields(value, deduce(value)) : LEAF;
    case 'list':
      return Array.isArray(value) ? fieldSetOf(entriesOfItems(value, type), true) : LEAF;
    case 'map':
      return isObject(value) ? fieldSetOf(entriesOfMap(value, type.value), true) : LEAF;
    case 'struct':
      return isObject(value) ? fieldSetOf(entriesOfStruct(value, type), true) : LEAF;
  }
}

function entriesOfItems(items: readonly JsonValue[], type: ListType): FieldEntry[] {
  const entries: FieldEntry[] = [];
  for (const [element, same] of itemsByElement(items, type)) {
    entries.push([element, same.length > 1 ? LEAF : allFields(same[0]!, type.item)]);
  }
  return entries;
}

function entriesOfMap(object: JsonObject, type: MergeType): FieldEntry[] {
  const entries: FieldEntry[] = [];
  for (const key in object) {
    const value = ownValue(object, key);
    if (value !== undefined) entries.push([`f:${key}`, allFields(value, type)]);
  }
  return entries;
}

function entriesOfStruct(object: JsonObject, struct: StructType): FieldEntry[] {
  const entries: FieldEntry[] = [];
  for (const name in object) {
    const value = ownValue(object, name);
    if (value === undefined) continue;
    const rule = struct.rule(name);
    entries.push([rule?.element ?? `f:${name}`, allFields(value, rule?.type ?? deduce(value))]);
  }
  for (const [name, rule] of struct.present) {
    if (ownValue(object, name) === undefined) entries.push([rule.element, allFields(rule.absent!, rule.type)]);
  }
  return entries;
}
