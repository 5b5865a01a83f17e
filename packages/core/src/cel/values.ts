import type { CelType } from './types.ts';

/** A failed evaluation. The message is worded as clients know it. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

/** A value of CEL: int is a bigint, double a number, list an array; the rest as they are, or as the classes below. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly CelValue[]
  | CelUint
  | CelMap
  | CelTimestamp
  | CelDuration
  | CelTypeValue
  | CelOptional
  | CelOpaque;

export class CelUint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A moment, in nanoseconds since 1970. */
export class CelTimestamp {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class CelDuration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class CelTypeValue {
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }
}

export class CelOptional {
  readonly value: CelValue | undefined;

  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

/** A value that only functions can look into, such as a quantity. */
export class CelOpaque {
  readonly type: string;
  readonly inner: unknown;
  /** Whether two of the type are equal; where unset, they are if they are the same. */
  readonly equals: ((other: CelOpaque) => boolean) | undefined;

  constructor(type: string, inner: unknown, equals?: (other: CelOpaque) => boolean) {
    this.type = type;
    this.inner = inner;
    this.equals = equals;
  }
}

/** A value that is made when it is first asked for. */
export function lazily(make: () => CelValue): () => CelValue {
  let known: CelValue | undefined;
  return () => {
    known ??= make();
    return known;
  };
}

type MapKey = string | boolean | bigint;

/** Keys of a map by value: numbers that are equal are one key, whichever their type. */
function mapKeyOf(key: CelValue): MapKey | undefined {
  if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'bigint') return key;
  if (key instanceof CelUint) return key.value;
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : undefined;
}

/** A map, or an object with fields. */
export class CelMap {
  readonly #entries: ReadonlyMap<MapKey, readonly [key: CelValue, value: () => CelValue]>;
  /** Name of the type, for objects with declared fields. */
  readonly objectName: string | undefined;

  constructor(entries: Iterable<readonly [key: CelValue, value: () => CelValue]>, objectName?: string) {
    const map = new Map<MapKey, readonly [CelValue, () => CelValue]>();
    for (const entry of entries) {
      const key = mapKeyOf(entry[0]);
      if (key === undefined) throw new CelError(`unsupported key type: ${typeNameOf(entry[0])}`);
      map.set(key, entry);
    }
    this.#entries = map;
    this.objectName = objectName;
  }

  static of(entries: Iterable<readonly [CelValue, CelValue]>): CelMap {
    return new CelMap([...entries].map(([key, value]) => [key, () => value]));
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: CelValue): CelValue | undefined {
    const known = mapKeyOf(key);
    return known === undefined ? undefined : this.#entries.get(known)?.[1]();
  }

  has(key: CelValue): boolean {
    const known = mapKeyOf(key);
    return known !== undefined && this.#entries.has(known);
  }

  keys(): CelValue[] {
    return [...this.#entries.values()].map(([key]) => key);
  }

  entries(): [CelValue, CelValue][] {
    return [...this.#entries.values()].map(([key, value]) => [key, value()]);
  }
}

/** A list in which the order does not matter: equal, and added to, by what tells its items apart. */
export class CelSet extends Array<CelValue> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** What tells an item from the others. */
  identity: (item: CelValue) => CelValue = (item) => item;

  static withIdentity(items: readonly CelValue[], identity: (item: CelValue) => CelValue): CelSet {
    const set = new CelSet();
    for (const item of items) set.push(item);
    set.identity = identity;
    return set;
  }
}

export const isList = (value: CelValue): value is readonly CelValue[] => Array.isArray(value);

/** The name of a value's type, as `type()` gives it. */
export function typeNameOf(value: CelValue): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
  }
  if (value instanceof Uint8Array) return 'bytes';
  if (isList(value)) return 'list';
  if (value instanceof CelUint) return 'uint';
  if (value instanceof CelMap) return value.objectName ?? 'map';
  if (value instanceof CelTimestamp) return 'google.protobuf.Timestamp';
  if (value instanceof CelDuration) return 'google.protobuf.Duration';
  if (value instanceof CelTypeValue) return 'type';
  return value instanceof CelOptional ? 'optional_type' : value.type;
}

const ANYTHING: ReadonlySet<string> = new Set(['dyn', 'param', 'variable']);

/** Whether a value is of a type, as far as choosing an overload goes. */
export function isOfType(value: CelValue, type: CelType): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
    case 'variable':
      return true;
    case 'list':
      return isList(value) && (ANYTHING.has(type.item.kind) || value.every((item) => isOfType(item, type.item)));
    case 'map':
      return value instanceof CelMap;
    case 'object':
      return value instanceof CelMap;
    case 'null':
      return value === null;
    case 'optional':
      return value instanceof CelOptional;
    case 'type':
      return value instanceof CelTypeValue;
    case 'timestamp':
      return value instanceof CelTimestamp;
    case 'duration':
      return value instanceof CelDuration;
    case 'opaque':
      return value instanceof CelOpaque && value.type === type.name;
    default:
      return typeNameOf(value) === type.kind;
  }
}

function numeric(value: CelValue): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof CelUint ? value.value : undefined;
}

/** Equality of CEL: numbers by value whatever their type, lists and maps by their parts; other types differ. */
export function celEquals(a: CelValue, b: CelValue): boolean {
  const [x, y] = [numeric(a), numeric(b)];
  // biome-ignore lint/suspicious/noDoubleEquals: compares integers and floating-point numbers by value
  if (x !== undefined || y !== undefined) return x !== undefined && y !== undefined && x == y;
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (isList(a)) return isList(b) && listsEqual(a, b);
  if (a instanceof CelMap) return b instanceof CelMap && mapsEqual(a, b);
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.nanos === b.nanos;
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos;
  if (a instanceof CelTypeValue) return b instanceof CelTypeValue && a.type === b.type;
  if (a instanceof CelOptional) return b instanceof CelOptional && optionalsEqual(a, b);
  return a instanceof CelOpaque && b instanceof CelOpaque && a.type === b.type && (a.equals?.(b) ?? false);
}

function optionalsEqual(a: CelOptional, b: CelOptional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return celEquals(a.value, b.value);
}

function listsEqual(a: readonly CelValue[], b: readonly CelValue[]): boolean {
  if (a.length !== b.length) return false;
  const set = a instanceof CelSet ? a : b instanceof CelSet ? b : undefined;
  if (!set) return a.every((item, index) => celEquals(item, b[index]!));
  return a.every((item) => b.some((other) => celEquals(item, other)));
}

function mapsEqual(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  return a.entries().every(([key, value]) => {
    const other = b.get(key);
    return other !== undefined && celEquals(value, other);
  });
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length && at < b.length; at++) if (a[at] !== b[at]) return a[at]! < b[at]! ? -1 : 1;
  return a.length - b.length;
}

/** Order of two values; undefined where they have none. */
export function celCompare(a: CelValue, b: CelValue): number | undefined {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return compareBig(a.nanos, b.nanos);
  if (a instanceof CelDuration && b instanceof CelDuration) return compareBig(a.nanos, b.nanos);
  return undefined;
}

const compareBig = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

/** Texts are ordered by code points, which is not the order of JavaScript's code units. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const [x, y] = [[...a], [...b]];
  for (let at = 0; at < x.length && at < y.length; at++) {
    if (x[at] !== y[at]) return x[at]!.codePointAt(0)! - y[at]!.codePointAt(0)!;
  }
  return x.length - y.length;
}

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

export function checkedInt(value: bigint, what = 'integer overflow'): bigint {
  if (value < INT_MIN || value > INT_MAX) throw new CelError(what);
  return value;
}

export function checkedUint(value: bigint, what = 'unsigned integer overflow'): CelUint {
  if (value < 0n || value > UINT_MAX) throw new CelError(what);
  return new CelUint(value);
}
