import type { JsonObject, JsonValue } from '../object.ts';
import { type AnyMessage, type AnyType, type Field, formOf } from '../schema/types.ts';
import { badRequest, StatusError } from '../status.ts';
import { goText, isObject, ownValue, setOwnValue } from './json-value.ts';

/**
 * Strategic merge patch: a merge patch that knows the schema, so that lists with a merge key merge item by item, and with
 * directives of its own:
 *
 *     $patch: replace | delete        in a map: take the patch as it is; empty the map. In a list item: replace the whole list
 *                                     by the other items; delete the item with this key.
 *     $retainKeys: [..]               drop every other key of this map
 *     $setElementOrder/LIST: [..]     the order that the items of LIST should have
 *     $deleteFromPrimitiveList/LIST   values to be taken out of a list of scalars
 */

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
const SET_ELEMENT_ORDER = '$setElementOrder';
const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList';

const BAD_RETAIN_KEYS = 'invalid patch format of retainKeys';
const BAD_ELEMENT_ORDER = 'invalid patch format of setElementOrder list';
const BAD_PRIMITIVE_LIST = 'invalid patch format of primitive list';

type AnyField = Field<unknown, boolean>;

/** How to merge a list: its items' type, and what its field says. */
interface ListRules {
  readonly item: AnyType | undefined;
  readonly merges: boolean;
  readonly mergeKey: string | undefined;
}

/**
 * Applies a strategic merge patch to an object of type `schema`. The result shares what did not change with `document`.
 * Fields that the schema does not know are merged like a JSON merge patch.
 *
 * @throws StatusError 400 for a malformed directive or an item without its merge key, 422 for lists of lists.
 */
export function applyStrategicMergePatch(document: JsonObject, patch: JsonObject, schema: AnyMessage): JsonObject {
  return mergeMap(document, patch, schema);
}

function mergeMap(original: JsonObject, patch: JsonObject, type: AnyType | undefined): JsonObject {
  const directive = ownValue(patch, PATCH);
  if (directive !== undefined) return applyMapDirective(directive, patch);
  const result = retainKeys(original, patch);
  const ordered = applyElementOrders(result, patch, type);
  for (const key of Object.keys(patch)) {
    if (key === RETAIN_KEYS || isElementOrder(key) || ordered.has(key)) continue;
    mergeEntry(result, key, patch[key] ?? null, type);
  }
  return result;
}

function applyMapDirective(directive: JsonValue, patch: JsonObject): JsonObject {
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  throw badPatchType(directive, patch);
}

/** A copy of `original` without the keys that `$retainKeys` leaves out. */
function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  const retained = ownValue(patch, RETAIN_KEYS);
  if (retained === undefined) return { ...original };
  if (!Array.isArray(retained)) throw badRequest(BAD_RETAIN_KEYS);
  const keys = new Set<JsonValue>(retained);
  for (const [key, value] of Object.entries(patch)) {
    const isExempt = key === RETAIN_KEYS || value === null || isElementOrder(key) || isPrimitiveDeletion(key);
    if (!isExempt && !keys.has(key)) throw badRequest(BAD_RETAIN_KEYS);
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.has(key)));
}

function mergeEntry(result: JsonObject, key: string, value: JsonValue, type: AnyType | undefined): void {
  if (isPrimitiveDeletion(key)) deleteFromPrimitiveList(result, key, value);
  else if (value === null) delete result[key];
  else setOwnValue(result, key, mergeValue(ownValue(result, key), value, fieldOf(type, key), type));
}

function mergeValue(
  before: JsonValue | undefined,
  value: JsonValue,
  field: AnyField | undefined,
  parent: AnyType | undefined,
): JsonValue {
  if (isObject(before) && isObject(value)) {
    if (field?.patchStrategies.includes('replace')) return value;
    return mergeMap(before, value, mapTypeOf(field, parent));
  }
  if (Array.isArray(before) && Array.isArray(value)) return mergeList(before, value, listRules(field));
  return withoutDirectives(value);
}

function deleteFromPrimitiveList(result: JsonObject, key: string, value: JsonValue): void {
  const name = listNameOf(key, DELETE_FROM_PRIMITIVE_LIST, BAD_PRIMITIVE_LIST);
  const before = ownValue(result, name);
  if (before === undefined || value === null) return;
  if (!Array.isArray(value) || !Array.isArray(before)) throw badRequest(BAD_PRIMITIVE_LIST);
  const deleted = new Set(value);
  setOwnValue(
    result,
    name,
    before.filter((item) => !deleted.has(item)),
  );
}

/** Merges the lists that a `$setElementOrder` speaks of and puts them in order; returns the names of the lists merged. */
function applyElementOrders(result: JsonObject, patch: JsonObject, type: AnyType | undefined): Set<string> {
  const done = new Set<string>();
  for (const key of Object.keys(patch)) {
    if (!isElementOrder(key)) continue;
    const order = listOrThrow(patch[key] ?? null, BAD_ELEMENT_ORDER) ?? [];
    const name = listNameOf(key, SET_ELEMENT_ORDER, BAD_ELEMENT_ORDER);
    const before = listOrThrow(ownValue(result, name), wrongType(ownValue(result, name)));
    // A null beside the order deletes the list, which the ordinary merge does.
    if (ownValue(patch, name) === null) continue;
    const change = listOrThrow(ownValue(patch, name), wrongType(ownValue(patch, name)));
    done.add(name);
    if (!before && !change) continue;
    const rules = listRules(fieldOf(type, name));
    checkPatchFollowsOrder(change ?? [], order, rules.mergeKey);
    const merged = mergeInto(before, change, rules);
    setOwnValue(result, name, inOrder(merged, { wanted: order, live: before ?? [], mergeKey: rules.mergeKey }));
  }
  return done;
}

function mergeInto(
  before: readonly JsonValue[] | undefined,
  change: readonly JsonValue[] | undefined,
  rules: ListRules,
): readonly JsonValue[] {
  if (!change) return before ?? [];
  return before ? mergeList(before, change, rules) : cleanList(change);
}

function listOrThrow(value: JsonValue | undefined, complaint: string): JsonValue[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw badRequest(complaint);
}

function mergeList(original: readonly JsonValue[], patch: readonly JsonValue[], rules: ListRules): JsonValue[] {
  if (!rules.merges) return [...patch];
  if (original.length === 0 && patch.length === 0) return [];
  if (elementKind(original, patch) !== 'object') return mergeScalars(original, patch);
  const { mergeKey, item } = rules;
  if (mergeKey === undefined) throw badRequest('cannot merge lists without merge key for type map');
  return mergeObjects(original as JsonObject[], patch as JsonObject[], { mergeKey, item });
}

function mergeScalars(original: readonly JsonValue[], patch: readonly JsonValue[]): JsonValue[] {
  const merged = [...new Set([...original, ...patch])];
  return inOrder(merged, { wanted: patch, live: original, mergeKey: undefined });
}

function mergeObjects(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  { mergeKey, item }: { mergeKey: string; item: AnyType | undefined },
): JsonValue[] {
  const { kept, changes, replaces } = applyItemDirectives(original, patch, mergeKey);
  if (replaces) return cleanList(changes);
  const merged: JsonObject[] = [...kept];
  const indexes = indexByKey(kept, mergeKey);
  for (const change of changes) {
    const key = keyOf(change, mergeKey);
    const index = indexes.get(key);
    if (index === undefined) {
      indexes.set(key, merged.length);
      merged.push(withoutDirectives(change));
    } else {
      merged[index] = mergeMap(merged[index] as JsonObject, change, item);
    }
  }
  return inOrder(merged, { wanted: changes, live: kept, mergeKey });
}

/** Carries out the `$patch` items: what is left of the original, the ordinary items, and whether those replace the list. */
function applyItemDirectives(original: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string) {
  const changes: JsonObject[] = [];
  const deleted = new Set<JsonValue>();
  let replaces = false;
  for (const item of patch) {
    const directive = ownValue(item, PATCH);
    if (directive === undefined) changes.push(item);
    else if (directive === 'delete') deleted.add(keyOf(item, mergeKey));
    else if (directive === 'replace') replaces = true;
    else if (directive === 'merge') throw badRequest('merging lists cannot yet be specified in the patch');
    else throw badPatchType(directive, item);
  }
  const kept = deleted.size ? original.filter((item) => !deleted.has(ownValue(item, mergeKey) ?? null)) : original;
  return { kept, changes, replaces };
}

function keyOf(item: JsonObject, mergeKey: string): JsonValue {
  const key = ownValue(item, mergeKey);
  if (key === undefined) throw noMergeKey(item, mergeKey);
  return key;
}

/** Merge key (or the value itself, without one) to the first index that has it. */
function indexByKey(items: readonly JsonValue[], mergeKey: string | undefined): Map<JsonValue, number> {
  const indexes = new Map<JsonValue, number>();
  for (const [index, item] of items.entries()) {
    const key = identityOf(item, mergeKey);
    if (!indexes.has(key)) indexes.set(key, index);
  }
  return indexes;
}

function identityOf(item: JsonValue, mergeKey: string | undefined): JsonValue {
  if (mergeKey === undefined) return item;
  if (!isObject(item)) throw badRequest(`value for key ${mergeKey} is not a map.`);
  return keyOf(item, mergeKey);
}

/**
 * Orders a merged list. Items that `wanted` names come in its order, the others keep the order that they have in `live`; where
 * one of the first and one of the others are both in `live`, their order there decides, and else the wanted item goes first.
 */
function inOrder(
  merged: readonly JsonValue[],
  order: { wanted: readonly JsonValue[]; live: readonly JsonValue[]; mergeKey: string | undefined },
): JsonValue[] {
  const { mergeKey } = order;
  const wanted = indexByKey(order.wanted, mergeKey);
  const live = indexByKey(order.live, mergeKey);
  const placed = merged.map((item) => {
    const key = identityOf(item, mergeKey);
    return { item, wanted: wanted.get(key), live: live.get(key) };
  });
  const named = placed.filter((place) => place.wanted !== undefined).sort((a, b) => a.wanted! - b.wanted!);
  const others = placed.filter((place) => place.wanted === undefined);
  others.sort((a, b) => (a.live ?? Number.MAX_SAFE_INTEGER) - (b.live ?? Number.MAX_SAFE_INTEGER));
  return interleave(others, named).map((place) => place.item);
}

interface Place {
  readonly item: JsonValue;
  readonly live: number | undefined;
}

function interleave(others: readonly Place[], named: readonly Place[]): Place[] {
  const result: Place[] = [];
  let next = 0;
  for (const place of named) {
    while (next < others.length && isBefore(others[next]!, place)) result.push(others[next++]!);
    result.push(place);
  }
  return result.concat(others.slice(next));
}

function isBefore(other: Place, named: Place): boolean {
  return other.live !== undefined && named.live !== undefined && other.live < named.live;
}

/** The items of a patch must stand in the order that the patch itself asks for. */
function checkPatchFollowsOrder(
  patch: readonly JsonValue[],
  order: readonly JsonValue[],
  mergeKey: string | undefined,
): void {
  const wanted = order.map((item) => identityOf(item, mergeKey));
  let position = 0;
  for (const item of patch) {
    if (isObject(item) && ownValue(item, PATCH) !== undefined) continue;
    const key = identityOf(item, mergeKey);
    while (position < wanted.length && wanted[position] !== key) position++;
    if (position === wanted.length) throw orderMismatch(patch, order);
    position++;
  }
}

function orderMismatch(patch: readonly JsonValue[], order: readonly JsonValue[]): StatusError {
  const lists = [goText([...patch]), goText([...order])];
  return badRequest(`The order in patch list:\n${lists[0]}\n doesn't match ${SET_ELEMENT_ORDER} list:\n${lists[1]}\n`);
}

/** What all elements are, which must be the same for all. */
function elementKind(...lists: readonly (readonly JsonValue[])[]): string {
  let kind: string | undefined;
  for (const item of lists.flat()) {
    if (Array.isArray(item)) throw unprocessable('lists of lists are not supported');
    const current = item === null ? 'null' : typeof item;
    kind ??= current;
    if (current !== kind) {
      throw badRequest(`list element types are not identical: ${goText(lists.map((each) => [...each]))}`);
    }
  }
  return kind ?? 'null';
}

/** A patch's value as it goes into the object: without nulls and directives, which mean nothing where there was nothing. */
function withoutDirectives<T extends JsonValue>(value: T): T {
  if (Array.isArray(value)) return cleanList(value) as T;
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    if (child !== null && !isDirective(key)) setOwnValue(result, key, cleanChild(child));
  }
  return result as T;
}

function cleanChild(child: JsonValue): JsonValue {
  return isObject(child) && ownValue(child, PATCH) === 'delete' ? {} : withoutDirectives(child);
}

function cleanList(items: readonly JsonValue[]): JsonValue[] {
  return items
    .filter((item) => {
      const directive = isObject(item) ? ownValue(item, PATCH) : undefined;
      return directive === undefined;
    })
    .map((item) => withoutDirectives(item));
}

function isDirective(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || isElementOrder(key) || isPrimitiveDeletion(key);
}

function isElementOrder(key: string): boolean {
  return key.startsWith(SET_ELEMENT_ORDER);
}

function isPrimitiveDeletion(key: string): boolean {
  return key.startsWith(DELETE_FROM_PRIMITIVE_LIST);
}

function listNameOf(key: string, directive: string, complaint: string): string {
  if (!key.startsWith(`${directive}/`)) throw badRequest(complaint);
  return key.slice(directive.length + 1);
}

function fieldOf(type: AnyType | undefined, key: string): AnyField | undefined {
  return type?.type === 'message' ? ownValue(type.fields as Record<string, AnyField>, key) : undefined;
}

function mapTypeOf(field: AnyField | undefined, parent: AnyType | undefined): AnyType | undefined {
  if (field) return objectForm(formOf(field.of));
  return parent?.type === 'map' ? objectForm(formOf(parent.value)) : undefined;
}

/** The form of a type that JSON objects have. */
function objectForm(type: AnyType): AnyType {
  if (type.type !== 'union') return type;
  const variant = type.variants.find((each) => each.json === 'object');
  return variant ? formOf(variant.of) : type;
}

function listRules(field: AnyField | undefined): ListRules {
  const type = field ? formOf(field.of) : undefined;
  return {
    item: type?.type === 'list' ? formOf(type.item) : undefined,
    merges: field?.patchStrategies.includes('merge') ?? false,
    mergeKey: field?.patchMergeKey,
  };
}

function badPatchType(directive: JsonValue, map: JsonObject): StatusError {
  return badRequest(`unknown patch type: ${goText(directive)} in map: ${goText(map)}`);
}

function noMergeKey(map: JsonObject, mergeKey: string): StatusError {
  return badRequest(`map: ${goText(map)} does not contain declared merge key: ${mergeKey}`);
}

function wrongType(value: JsonValue | undefined): string {
  const received = isObject(value) ? 'map[string]interface {}' : typeof value;
  return `expected a []interface {}, but received a ${received}`;
}

function unprocessable(why: string): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError({ code: 422, reason: 'Invalid', message, details: {}, cause: new Error(why) });
}
