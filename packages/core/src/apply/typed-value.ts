import type { JsonObject, JsonValue } from '../object.ts';
import { goText, isObject, ownValue, setOwnValue } from '../patch/json-value.ts';
import {
  type FieldEntry,
  type FieldSet,
  fieldSetOf,
  fieldsBelow,
  hasElement,
  isEmptyFieldSet,
  LEAF,
  pathText,
} from './field-set.ts';
import { deduce, elementOfItem, type LeafType, type ListType, type MergeType } from './merge-type.ts';

/** The fields that somebody who applies this value speaks of. */
export function appliedFields(value: JsonObject, type: MergeType): FieldSet {
  return fieldSetOf(entriesOfObject(value, type), false);
}

/** The fields that a value speaks of; undefined for none (an empty list of items, say). */
function fieldsOf(value: JsonValue, type: MergeType, isMember: boolean): FieldSet | undefined {
  switch (type.form) {
    case 'leaf':
      return LEAF;
    case 'deduced':
      return fieldsOf(value, deduce(value), isMember);
    case 'list':
      return optionalSet(Array.isArray(value) ? entriesOfList(value, type) : [], isMember);
    default:
      return optionalSet(isObject(value) ? entriesOfObject(value, type) : [], isMember);
  }
}

function optionalSet(entries: FieldEntry[], isMember: boolean): FieldSet | undefined {
  return entries.length > 0 || isMember ? fieldSetOf(entries, isMember) : undefined;
}

function entriesOfObject(object: JsonObject, type: MergeType): FieldEntry[] {
  const entries: FieldEntry[] = [];
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const isDeclared = type.form === 'struct' && type.rule(key) !== undefined;
    const isMember = !isDeclared || value === null || (isObject(value) && isEmptyFieldSet(value));
    const fields = fieldsOf(value, typeOfEntry(type, key, value), isMember);
    if (fields) entries.push([`f:${key}`, fields]);
  }
  return entries;
}

function entriesOfList(items: readonly JsonValue[], type: ListType): FieldEntry[] {
  const entries = new Map<string, FieldSet>();
  for (const item of items) {
    const found = elementOfItem(type, item);
    // Of items with the same name the name alone is spoken of, for what is in them is not clear.
    if ('error' in found) continue;
    entries.set(found.element, entries.has(found.element) ? LEAF : fieldsOf(item, type.item, true)!);
  }
  return [...entries];
}

/** The type of an object's entry. */
function typeOfEntry(type: MergeType, key: string, value: JsonValue | undefined): MergeType {
  if (type.form === 'struct') return type.rule(key)?.type ?? deduce(value);
  return type.form === 'map' ? type.value : deduce(value);
}

/** The set with every declared field that has parts in it, which in an applied set are there by their parts only. */
export function withNamedFields(set: FieldSet, type: MergeType): FieldSet {
  const entries: FieldEntry[] = [];
  for (const element in set) {
    if (element === '.') continue;
    const tail = set[element] as FieldSet;
    if (isEmptyFieldSet(tail)) {
      entries.push([element, tail]);
      continue;
    }
    const { type: tailType, isDeclared } = typeOfElement(type, element);
    const named = withNamedFields(tail, tailType);
    entries.push([element, isDeclared && named['.'] === undefined ? { '.': LEAF, ...named } : named]);
  }
  return fieldSetOf(entries, set['.'] !== undefined);
}

function typeOfElement(type: MergeType, element: string): { type: MergeType; isDeclared: boolean } {
  if (type.form === 'list') return { type: type.item, isDeclared: false };
  if (type.form === 'map') return { type: type.value, isDeclared: false };
  const rule = type.form === 'struct' ? type.rule(element.slice(2)) : undefined;
  return { type: rule?.type ?? { form: 'deduced' }, isDeclared: rule !== undefined };
}

/** `value` without the fields in `set`; null when nothing is left of it. */
export function removeFields(value: JsonValue, set: FieldSet, type: MergeType): JsonValue {
  if (type.form === 'deduced') return removeFields(value, set, deduce(value));
  if (type.form === 'list') return Array.isArray(value) ? removeItems(value, set, type) : null;
  if (type.form === 'leaf') return type.is === 'map' || type.is === 'list' ? null : value;
  return isObject(value) ? removeEntries(value, set, type) : null;
}

function removeItems(items: JsonValue[], set: FieldSet, type: ListType): JsonValue[] | null {
  const kept: JsonValue[] = [];
  for (const item of items) {
    const found = elementOfItem(type, item);
    const element = 'error' in found ? '' : found.element;
    if (hasElement(set, element)) continue;
    const parts = fieldsBelow(set, element);
    kept.push(parts ? removeFields(item, parts, type.item) : item);
  }
  if (kept.length === 0) return null;
  return kept.length === items.length && kept.every((item, index) => item === items[index]) ? items : kept;
}

function removeEntries(object: JsonObject, set: FieldSet, type: MergeType): JsonObject | null {
  let result: JsonObject | undefined;
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const left = leftOfEntry(value, set, { key, type });
    if (left === value) continue;
    result ??= { ...object };
    if (left === undefined) delete result[key];
    else setOwnValue(result, key, left);
  }
  const left = result ?? object;
  return isEmptyFieldSet(left) ? null : left;
}

/** Undefined where the entry as a whole is in the set; a value that loses all its parts is null. */
function leftOfEntry(
  value: JsonValue,
  set: FieldSet,
  { key, type }: { key: string; type: MergeType },
): JsonValue | undefined {
  if (hasElement(set, `f:${key}`)) return undefined;
  const parts = fieldsBelow(set, `f:${key}`);
  return parts ? removeFields(value, parts, typeOfEntry(type, key, value)) : value;
}

/**
 * `live` with what `applied` says put into it: maps and lists with keys merge, anything else is replaced. A null is a value like
 * any other, but that it stands for an empty map or list where there is a filled one. The result shares what did not change with `live`. `applied` must be valid.
 */
export function mergeApplied(live: JsonValue | undefined, applied: JsonValue, type: MergeType): JsonValue {
  switch (type.form) {
    case 'leaf':
      return applied;
    case 'deduced':
      if (applied === null) return isObject(live) ? withEmpty(live, null) : null;
      return isObject(live) === isObject(applied) ? mergeApplied(live, applied, deduce(applied)) : applied;
    case 'list':
      return Array.isArray(applied) && applied.length > 0
        ? mergeLists(Array.isArray(live) ? live : [], applied, type)
        : withEmpty(live, applied);
    default:
      return isObject(applied) && !isEmptyFieldSet(applied)
        ? mergeObjects(isObject(live) ? live : {}, applied, type)
        : withEmpty(live, applied);
  }
}

/** An empty map or list adds nothing to a filled one. */
function withEmpty(live: JsonValue | undefined, applied: JsonValue): JsonValue {
  const isFilled = Array.isArray(live) ? live.length > 0 : isObject(live) && !isEmptyFieldSet(live);
  // An empty value of the one kind takes the place of a filled one of the other.
  const isOther = applied !== null && Array.isArray(live) !== Array.isArray(applied);
  return isFilled && !isOther ? live! : applied;
}

function mergeObjects(live: JsonObject, applied: JsonObject, type: MergeType): JsonObject {
  let result: JsonObject | undefined;
  for (const [key, value] of Object.entries(applied)) {
    if (value === undefined) continue;
    const before = ownValue(live, key);
    const after = mergeApplied(before, value, typeOfEntry(type, key, value));
    if (after === before || (after === null && before === undefined && isNullAnyway(type, key))) continue;
    result ??= { ...live };
    setOwnValue(result, key, after);
  }
  return result ?? live;
}

/** Whether a field that is not there counts as null. */
function isNullAnyway(type: MergeType, key: string): boolean {
  return type.form === 'struct' && type.rule(key)?.absent === null;
}

/**
 * The applied items come in the order that they are applied in; items that only the live list has keep their place before the
 * shared item that they stood before.
 */
function mergeLists(live: readonly JsonValue[], applied: readonly JsonValue[], type: ListType): JsonValue[] {
  const liveElements = live.map((item) => elementText(type, item));
  const appliedElements = applied.map((item) => elementText(type, item));
  const liveByElement = itemsWithoutNamesakes(live, liveElements);
  const inApplied = new Set(appliedElements);
  const shared = appliedElements.filter((element) => liveByElement.has(element));
  const merged: JsonValue[] = [];
  let next = 0;
  let passed = 0;
  for (const [index, element] of appliedElements.entries()) {
    const awaited = shared[passed];
    while (next < live.length && (!inApplied.has(liveElements[next]!) || liveElements[next] !== awaited)) {
      if (!inApplied.has(liveElements[next]!)) merged.push(live[next]!);
      next++;
    }
    merged.push(mergeApplied(liveByElement.get(element), applied[index]!, type.item));
    if (liveElements[next] === element) next++;
    if (element === awaited) passed++;
  }
  merged.push(...live.slice(next).filter((_, index) => !inApplied.has(liveElements[next + index]!)));
  return merged;
}

function elementText(type: ListType, item: JsonValue): string {
  const found = elementOfItem(type, item);
  return 'error' in found ? '' : found.element;
}

/** Live items by element; of several with one name none is merged with, as they cannot be told apart. */
function itemsWithoutNamesakes(
  items: readonly JsonValue[],
  elements: readonly string[],
): Map<string, JsonValue | undefined> {
  const byElement = new Map<string, JsonValue | undefined>();
  for (const [index, element] of elements.entries()) {
    byElement.set(element, byElement.has(element) ? undefined : items[index]);
  }
  return byElement;
}

/** What is wrong with an object that is applied, each as `path: complaint`. */
export function complaintsAbout(applied: JsonObject, type: MergeType): string[] {
  const complaints: string[] = [];
  checkValue(applied, type, {
    at: undefined,
    report: (at, complaint) => complaints.push(`${pathText(elementsOf(at))}: ${complaint}`),
  });
  return [...new Set(complaints)].sort();
}

/** A place in an object; its path is only put together for a complaint. */
interface Place {
  readonly parent: Place | undefined;
  readonly element: string;
}

interface Check {
  /** Undefined at the root. */
  readonly at: Place | undefined;
  report(at: Place | undefined, complaint: string): void;
}

function elementsOf(place: Place | undefined): string[] {
  const elements: string[] = [];
  for (let current = place; current; current = current.parent) elements.unshift(current.element);
  return elements;
}

function checkValue(value: JsonValue, type: MergeType, check: Check): void {
  if (value === null) return;
  if (type.form === 'deduced') checkValue(value, deduce(value), check);
  else if (type.form === 'leaf') checkLeaf(value, type, check);
  else if (type.form === 'list') checkList(value, type, check);
  else checkObject(value, type, check);
}

function checkLeaf(value: JsonValue, { is }: LeafType, check: Check): void {
  if (is === 'untyped') return;
  if (is === 'map' || is === 'list') {
    const actual = Array.isArray(value) ? 'list' : isObject(value) ? 'map' : 'scalar';
    if (actual !== is) check.report(check.at, `expected ${is}, got &{${goText(value)}}`);
    return;
  }
  const expected = is === 'numeric' ? 'number' : is;
  if (typeof value === expected) return;
  check.report(check.at, `expected ${misfit(value, is)}`);
}

/** What was wanted and what was there, each told in its own way. */
function misfit(value: JsonValue, wanted: 'string' | 'numeric' | 'boolean'): string {
  if (wanted === 'numeric') return `numeric (int or float), got ${goTypeOf(value)}`;
  if (wanted === 'boolean') return `boolean, got &{${goText(value)}}`;
  return `string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
}

function goTypeOf(value: JsonValue): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goSyntax(value: JsonValue): string {
  return typeof value === 'string' ? JSON.stringify(value) : goText(value);
}

function checkList(value: JsonValue, type: ListType, check: Check): void {
  if (!Array.isArray(value)) {
    check.report(check.at, `expected list, got &{${goText(value)}}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const found = elementOfItem(type, item);
    if ('error' in found) {
      check.report(check.at, `element ${index}: ${found.error}`);
      continue;
    }
    if (seen.has(found.element)) check.report(check.at, `duplicate entries for key ${pathText([found.element])}`);
    seen.add(found.element);
    checkValue(item, type.item, { at: { parent: check.at, element: found.element }, report: check.report });
  }
}

function checkObject(value: JsonValue, type: Exclude<MergeType, { form: 'list' }>, check: Check): void {
  if (!isObject(value)) {
    check.report(check.at, `expected map, got &{${goText(value)}}`);
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const at = { parent: check.at, element: `f:${key}` };
    if (type.form === 'struct' && !type.isOpen && !type.rule(key)) check.report(at, 'field not declared in schema');
    else checkValue(child, typeOfEntry(type, key, child), { at, report: check.report });
  }
}
