import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, jsonEqual, ownValue } from '../patch/json-value.ts';

/**
 * A set of fields, in the very form that `managedFields[].fieldsV1` has on the wire, so that it is never parsed or printed:
 *
 *     { "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
 *       "f:spec": { "f:containers": { "k:{\"name\":\"web\"}": { ".": {}, "f:image": {} } } } }
 *
 * A path is in the set where its last element has the value `{}` or a `.`. Elements are `f:` a field or map key, `k:` the keys of
 * a list item, `v:` a value in a list that is a set, `i:` an index. The root itself is never in the set: `{}` is the empty set.
 * Field sets are immutable, their keys are sorted, and the functions below return their first argument itself where it would
 * not change.
 */
export type FieldSet = JsonObject;

/** The value of a path that is in the set and has nothing below it. */
export const LEAF: FieldSet = Object.freeze({});
export const EMPTY_FIELD_SET: FieldSet = LEAF;

export type FieldEntry = readonly [element: string, below: FieldSet];

export function isEmptyFieldSet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Makes a set out of elements in any order; `isMember` says whether the path that leads here is in the set too. */
export function fieldSetOf(entries: FieldEntry[], isMember: boolean): FieldSet {
  if (entries.length === 0) return LEAF;
  if (entries.length > 1) entries.sort(byElement);
  const set: FieldSet = isMember ? { '.': LEAF } : {};
  // Elements have a prefix such as f: and are therefore never names of inherited properties.
  for (const entry of entries) set[entry[0]] = entry[1];
  return set;
}

function below(set: FieldSet, element: string): FieldSet | undefined {
  return set[element] as FieldSet | undefined;
}

/** Whether the path that leads to `set`, which is below some root, is itself in the set. */
function isMember(set: FieldSet): boolean {
  return set['.'] !== undefined || isEmptyFieldSet(set);
}

export function unionFields(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptyFieldSet(a) ? b : combine(a, b, false);
}

function combine(a: FieldSet, b: FieldSet, member: boolean): FieldSet {
  if (a === b) return a;
  const entries: FieldEntry[] = [];
  let isSame = true;
  for (const element in a) {
    if (element === '.') continue;
    const mine = below(a, element)!;
    const other = below(b, element);
    const merged = other ? combine(mine, other, isMember(mine) || isMember(other)) : mine;
    if (merged !== mine) isSame = false;
    entries.push([element, merged]);
  }
  for (const element in b) {
    if (element === '.' || below(a, element)) continue;
    isSame = false;
    entries.push([element, below(b, element)!]);
  }
  return isSame && isUnchanged(a, entries, member) ? a : fieldSetOf(entries, member);
}

/** Whether a set whose parts are the same is the same also in whether its own path is in it. */
function isUnchanged(set: FieldSet, entries: readonly FieldEntry[], member: boolean): boolean {
  return entries.length === 0 || member === (set['.'] !== undefined);
}

/** The paths of `a` that are not in `b`. */
export function differenceOfFields(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, { member: false, isDeep: false }) ?? EMPTY_FIELD_SET;
}

/** The paths of `a` that are neither in `b` nor below a path in `b`. */
export function deepDifferenceOfFields(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, { member: false, isDeep: true }) ?? EMPTY_FIELD_SET;
}

/** `member`: what is left of the path that leads here. Undefined when nothing is left. */
function subtract(a: FieldSet, b: FieldSet, how: { member: boolean; isDeep: boolean }): FieldSet | undefined {
  const entries: FieldEntry[] = [];
  let isSame = true;
  for (const element in a) {
    if (element === '.') continue;
    const mine = below(a, element)!;
    const left = subtractElement(mine, below(b, element), how.isDeep);
    if (left !== mine) isSame = false;
    if (left) entries.push([element, left]);
  }
  if (entries.length === 0 && !how.member) return undefined;
  return isSame && isUnchanged(a, entries, how.member) ? a : fieldSetOf(entries, how.member);
}

function subtractElement(mine: FieldSet, other: FieldSet | undefined, isDeep: boolean): FieldSet | undefined {
  if (!other) return mine;
  const isInOther = isMember(other);
  if (isDeep && isInOther) return undefined;
  return subtract(mine, other, { member: isMember(mine) && !isInOther, isDeep });
}

/** The paths that are in both sets. */
export function intersectionOfFields(a: FieldSet, b: FieldSet): FieldSet {
  return intersect(a, b, false) ?? EMPTY_FIELD_SET;
}

function intersect(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  const entries: FieldEntry[] = [];
  for (const element in a) {
    const other = element === '.' ? undefined : below(b, element);
    if (!other) continue;
    const mine = below(a, element)!;
    const common = intersect(mine, other, isMember(mine) && isMember(other));
    if (common) entries.push([element, common]);
  }
  return entries.length > 0 || member ? fieldSetOf(entries, member) : undefined;
}

/** A path, as its elements. */
export type FieldPathElements = readonly string[];

/** The set of the given paths, each as names of fields: `fieldSetOfPaths(['status'], ['metadata', 'labels'])`. */
export function fieldSetOfPaths(...paths: readonly (readonly string[])[]): FieldSet {
  return paths.map(([...names]) => setOfPath(names)).reduce(unionFields, EMPTY_FIELD_SET);
}

function setOfPath(names: readonly string[]): FieldSet {
  return names.reduceRight<FieldSet>((tail, name) => ({ [`f:${name}`]: tail }), LEAF);
}

/** All paths in the set: those that end at one level come before those that lead deeper. */
export function pathsOf(set: FieldSet): FieldPathElements[] {
  const elements = Object.keys(set).filter((element) => element !== '.');
  const here = elements.filter((element) => isMember(below(set, element)!)).map((element) => [element]);
  const deeper = elements.flatMap((element) => pathsOf(below(set, element)!).map((path) => [element, ...path]));
  return [...here, ...deeper];
}

/** The paths that have nothing below them. */
export function leavesOf(set: FieldSet): FieldSet {
  const entries: FieldEntry[] = [];
  for (const element in set) {
    if (element === '.') continue;
    const tail = below(set, element)!;
    entries.push([element, isEmptyFieldSet(tail) ? tail : leavesOf(tail)]);
  }
  return fieldSetOf(entries, false);
}

export function hasPath(set: FieldSet, path: FieldPathElements): boolean {
  let current: FieldSet | undefined = set;
  for (const element of path) {
    current = below(current, element);
    if (!current) return false;
  }
  return path.length > 0 && isMember(current);
}

/** The sub-set below `element`, seen as a root; undefined when there is none. */
export function fieldsBelow(set: FieldSet, element: string): FieldSet | undefined {
  const tail = below(set, element);
  return tail && !isEmptyFieldSet(tail) ? tail : undefined;
}

/** Whether the path of this one element is in the set. */
export function hasElement(set: FieldSet, element: string): boolean {
  const tail = below(set, element);
  return tail !== undefined && isMember(tail);
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export function pathText(path: FieldPathElements): string {
  return path.map(elementText).join('');
}

function elementText(element: string): string {
  const tail = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${tail}`;
    case 'k':
      return `[${keyTexts(JSON.parse(tail) as JsonObject).join(',')}]`;
    case 'v':
      return `[=${tail}]`;
    default:
      return `[${tail}]`;
  }
}

function keyTexts(keys: JsonObject): string[] {
  return Object.keys(keys).map((key) => `${key}=${JSON.stringify(keys[key])}`);
}

/** The element of a list item with these keys, which must be given in alphabetical order. */
export function keyElement(keys: readonly (readonly [name: string, value: JsonValue])[]): string {
  return `k:{${keys.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

export function valueElement(value: JsonValue): string {
  return `v:${JSON.stringify(value)}`;
}

const KIND_ORDER = 'fkvi';

function byElement(a: FieldEntry, b: FieldEntry): number {
  return compareElements(a[0], b[0]);
}

function compareElements(a: string, b: string): number {
  if (a === b) return 0;
  const kind = a[0]!;
  if (kind !== b[0]) return KIND_ORDER.indexOf(kind) - KIND_ORDER.indexOf(b[0]!);
  if (kind === 'f') return a < b ? -1 : 1;
  if (kind === 'i') return Number(a.slice(2)) - Number(b.slice(2));
  return differsInNumber(a, b) ? compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2))) : a < b ? -1 : 1;
}

/** Numbers sort by value and not by their digits. */
function differsInNumber(a: string, b: string): boolean {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return /[-\d.]/.test((a[index] ?? '') + (b[index] ?? ''));
}

function compareValues(a: JsonValue, b: JsonValue): number {
  if (isObject(a) && isObject(b)) return compareKeys(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return jsonEqual(a, b) ? 0 : JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const others = Object.keys(b);
  for (const [index, name] of Object.keys(a).entries()) {
    const other = others[index];
    if (other === undefined) return 1;
    if (name !== other) return name < other ? -1 : 1;
    const order = compareValues(a[name]!, b[name]!);
    if (order !== 0) return order;
  }
  return -1;
}

const canonicalForms = new WeakMap<JsonObject, FieldSet | 'invalid'>();

/**
 * The field set that `fieldsV1` of a client stands for, sorted and spelled as ours are: the object itself where it already is.
 * Undefined when it is malformed. Elements of an unknown kind are left out.
 */
export function readFieldSet(fieldsV1: JsonObject): FieldSet | undefined {
  let known = canonicalForms.get(fieldsV1);
  if (known === undefined) {
    known = canonicalSet(fieldsV1) ?? 'invalid';
    canonicalForms.set(fieldsV1, known);
    if (known !== 'invalid') canonicalForms.set(known, known);
  }
  return known === 'invalid' ? undefined : known;
}

function canonicalSet(node: JsonObject): FieldSet | undefined {
  const entries: FieldEntry[] = [];
  let isSame = true;
  let previous = '';
  for (const [element, tail] of Object.entries(node)) {
    if (element === '.') continue;
    const spelled = canonicalElement(element);
    if (spelled === 'invalid' || !isObject(tail)) return undefined;
    const canonicalTail = canonicalSet(tail);
    if (!canonicalTail) return undefined;
    if (spelled) entries.push([spelled, canonicalTail]);
    isSame &&= spelled === element && canonicalTail === tail && (!previous || compareElements(previous, element) < 0);
    previous = element;
  }
  return isSame ? node : fieldSetOf(withoutRepeats(entries), ownValue(node, '.') !== undefined);
}

function withoutRepeats(entries: FieldEntry[]): FieldEntry[] {
  return [...new Map(entries)];
}

/** Undefined for a kind of element that we do not know. */
function canonicalElement(element: string): string | undefined {
  const tail = element.slice(2);
  if (element[1] !== ':') return 'invalid';
  switch (element[0]) {
    case 'f':
      return element;
    case 'i':
      return /^-?\d+$/.test(tail) ? element : 'invalid';
    case 'v':
      return withJson(tail, valueElement);
    case 'k':
      return withJson(tail, (keys) => (isObject(keys) ? keyElement(sortedEntries(keys)) : 'invalid'));
    default:
      return undefined;
  }
}

function sortedEntries(keys: JsonObject): [string, JsonValue][] {
  return Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1));
}

function withJson(text: string, use: (value: JsonValue) => string): string {
  try {
    return use(JSON.parse(text) as JsonValue);
  } catch {
    return 'invalid';
  }
}
