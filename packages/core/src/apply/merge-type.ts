import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, ownValue } from '../patch/json-value.ts';
import { type AnyMessage, type AnyType, type Field, formOf, type ScalarName } from '../schema/types.ts';
import { keyElement, valueElement } from './field-set.ts';

/**
 * How server-side apply sees a type: what is one value that has one owner, and what has parts with owners of their own. Derived
 * from the schema once and kept.
 */
export type MergeType = LeafType | StructType | MapType | ListType | DeducedType;

/** One value: a scalar, or an atomic list or map. */
export interface LeafType {
  readonly form: 'leaf';
  readonly is: 'string' | 'numeric' | 'boolean' | 'untyped' | 'map' | 'list';
}

export interface StructType {
  readonly form: 'struct';
  /** Fields that are not declared are kept, and have parts as the values show. */
  readonly isOpen: boolean;
  /** The rule of a declared field. */
  rule(name: string): FieldRule | undefined;
  /** The fields that are there even when the JSON leaves them out. */
  readonly present: readonly (readonly [name: string, rule: FieldRule])[];
}

export interface FieldRule {
  readonly type: MergeType;
  /** What the field is where JSON leaves it out: an empty message or null list that upstream's types always have. */
  readonly absent: JsonValue | undefined;
  /** Its path element. */
  readonly element: string;
}

export interface MapType {
  readonly form: 'map';
  readonly value: MergeType;
}

export interface ListType {
  readonly form: 'list';
  readonly item: MergeType;
  /** The fields that tell items apart, in alphabetical order; none for a set of scalars. */
  readonly keys: readonly ListKey[];
}

export interface ListKey {
  readonly name: string;
  readonly defaultValue: JsonValue | undefined;
}

/** Unknown: objects have parts, all else is one value. */
export interface DeducedType {
  readonly form: 'deduced';
}

export const DEDUCED: DeducedType = { form: 'deduced' };
const ATOMIC_LIST: LeafType = { form: 'leaf', is: 'list' };
const ATOMIC_MAP: LeafType = { form: 'leaf', is: 'map' };
const EMPTY_OBJECT: JsonObject = Object.freeze({});

type AnyField = Field<unknown, boolean>;

const structs = new WeakMap<AnyMessage, StructType>();

/** The merge type of a message's JSON objects. */
export function structOf(message: AnyMessage): StructType {
  let struct = structs.get(message);
  if (!struct) {
    struct = compileStruct(message);
    structs.set(message, struct);
  }
  return struct;
}

function compileStruct(message: AnyMessage): StructType {
  const rules = new Map<string, FieldRule | undefined>();
  const rule = (name: string): FieldRule | undefined => {
    const known = rules.get(name);
    if (known) return known;
    const field = ownValue(message.fields as Record<string, AnyField>, name);
    if (!field) return undefined;
    const compiled = { type: typeOfField(field), absent: absentValue(field), element: `f:${name}` };
    rules.set(name, compiled);
    return compiled;
  };
  const names = Object.keys(message.fields);
  let present: StructType['present'] | undefined;
  return {
    form: 'struct',
    isOpen: message.keepsUnknownFields ?? false,
    rule,
    get present() {
      present ??= names
        .map((name) => [name, rule(name)!] as const)
        .filter(([, compiled]) => compiled.absent !== undefined);
      return present;
    },
  };
}

function absentValue(field: AnyField): JsonValue | undefined {
  const type = formOf(field.of);
  if (type.type === 'message') return isObject(field.defaultValue) ? EMPTY_OBJECT : undefined;
  const isThere = field.isRequired || field.isNeverOmitted;
  return isThere && (type.type === 'list' || type.type === 'map') ? null : undefined;
}

function typeOfField(field: AnyField): MergeType {
  const type = formOf(field.of);
  if (type.type === 'list') return typeOfList(field, formOf(type.item));
  return field.mapType === 'atomic' ? ATOMIC_MAP : typeOf(type);
}

function typeOfList(field: AnyField, item: AnyType): MergeType {
  const merges = field.patchStrategies.includes('merge');
  const listType = field.listType ?? (merges ? (field.patchMergeKey === undefined ? 'set' : 'map') : 'atomic');
  if (listType === 'atomic') return ATOMIC_LIST;
  return keyedList(item, listType === 'map' ? (field.listMapKeys ?? [field.patchMergeKey!]) : []);
}

function keyedList(item: AnyType, names: readonly string[]): MergeType {
  const keys = [...names].sort().map((name) => ({ name, defaultValue: keyDefault(item, name) }));
  return { form: 'list', item: typeOf(item), keys };
}

function keyDefault(item: AnyType, name: string): JsonValue | undefined {
  return item.type === 'message' ? ownValue(item.fields as Record<string, AnyField>, name)?.defaultValue : undefined;
}

function typeOf(type: AnyType): MergeType {
  switch (type.type) {
    case 'message':
      return type.mapType === 'atomic' ? ATOMIC_MAP : structOf(type);
    case 'map':
      return type.mapType === 'atomic' ? ATOMIC_MAP : { form: 'map', value: typeOf(formOf(type.value)) };
    case 'list':
      return type.listType ? keyedList(formOf(type.item), type.listMapKeys ?? []) : ATOMIC_LIST;
    case 'union':
      return DEDUCED;
    case 'scalar':
      return SCALARS[type.scalar];
  }
}

const leaf = (is: LeafType['is']): LeafType => ({ form: 'leaf', is });
const STRING = leaf('string');
const NUMERIC = leaf('numeric');
const UNTYPED = leaf('untyped');

const SCALARS: Readonly<Record<ScalarName, MergeType>> = {
  string: STRING,
  bytes: STRING,
  time: STRING,
  microTime: STRING,
  duration: STRING,
  bool: leaf('boolean'),
  int32: NUMERIC,
  int64: NUMERIC,
  double: NUMERIC,
  quantity: UNTYPED,
  intOrString: UNTYPED,
  rawExtension: UNTYPED,
  fieldsV1: UNTYPED,
  json: DEDUCED,
};

/** Rules for a value of unknown type, which depend on the value. */
export function deduce(value: JsonValue | undefined): MergeType {
  return isObject(value) ? DEDUCED_MAP : UNTYPED;
}

/** An object whose type is not known. */
export const DEDUCED_MAP: MapType = { form: 'map', value: DEDUCED };

/** The path element of a list's item, or why it has none. */
export function elementOfItem(list: ListType, item: JsonValue): { element: string } | { error: string } {
  if (list.keys.length === 0) return elementOfScalar(item);
  if (item === null) return { error: 'associative list with keys may not have a null element' };
  if (!isObject(item)) return { error: 'associative list with keys has an element that is not a map' };
  const keys: [string, JsonValue][] = [];
  for (const { name, defaultValue } of list.keys) {
    const own = ownValue(item, name);
    const value = own === undefined ? defaultValue : own;
    if (value !== undefined) keys.push([name, value]);
  }
  if (keys.length > 0) return { element: keyElement(keys) };
  const missing = list.keys.map(({ name }) => JSON.stringify(name)).join(' ');
  const error = `associative list with keys has an element that omits all key fields [${missing}] (and doesn't have default values for any key fields)`;
  return { error };
}

function elementOfScalar(item: JsonValue): { element: string } | { error: string } {
  if (item === null) return { error: "associative list without keys has an element that's an explicit null" };
  if (typeof item !== 'object') return { element: valueElement(item) };
  const kind = Array.isArray(item) ? 'list' : 'map';
  return { error: `associative list without keys has an element that's a ${kind} type` };
}

/** Whether two items of a list are the same item, perhaps changed. */
export function isSameItem(list: ListType, a: JsonValue, b: JsonValue): boolean {
  if (list.keys.length === 0) return a === b;
  if (!isObject(a) || !isObject(b)) return false;
  return list.keys.every(({ name, defaultValue }) => {
    const key = ownValue(a, name) ?? defaultValue;
    return typeof key !== 'object' && key === (ownValue(b, name) ?? defaultValue);
  });
}
