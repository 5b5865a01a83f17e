import { parseGoDuration } from '../age.ts';
import { parseTime } from '../codec/time.ts';
import { global, member, type Overload } from './functions.ts';
import { compilePattern, PatternError } from './re2.ts';
import * as t from './types.ts';
import {
  CelDuration,
  CelError,
  CelMap,
  CelOptional,
  CelSet,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
  celCompare,
  celEquals,
  checkedInt,
  checkedUint,
  isList,
  typeNameOf,
} from './values.ts';

const { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, UINT } = t;
const A = t.paramType('A');
const B = t.paramType('B');
const LIST_A = t.listType(A);
const MAP_AB = t.mapType(A, B);
const OPTIONAL_A = t.optionalType(A);
const NANOS_PER_SECOND = 1_000_000_000n;

const lengthOf = (text: string) => BigInt([...text].length);

function arithmetic(name: string, ints: (a: bigint, b: bigint) => bigint, doubles?: (a: number, b: number) => number) {
  const unsigned = (a: CelUint, b: CelUint) => checkedUint(ints(a.value, b.value));
  return [
    global(name, [INT, INT], INT, (a, b) => checkedInt(ints(a, b))),
    global(name, [UINT, UINT], UINT, unsigned),
    ...(doubles ? [global(name, [DOUBLE, DOUBLE], DOUBLE, doubles)] : []),
  ];
}

const nonZero = (what: string, operation: (a: bigint, b: bigint) => bigint) => (a: bigint, b: bigint) => {
  if (b === 0n) throw new CelError(what);
  return operation(a, b);
};

const MIN_TIME = -62_135_596_800n * NANOS_PER_SECOND;
const MAX_TIME = 253_402_300_800n * NANOS_PER_SECOND;

function timestampAt(nanos: bigint): CelTimestamp {
  if (nanos < MIN_TIME || nanos >= MAX_TIME) throw new CelError('timestamp overflow');
  return new CelTimestamp(nanos);
}

function durationOf(nanos: bigint): CelDuration {
  return new CelDuration(checkedInt(nanos, 'duration overflow'));
}

function concatenate(a: readonly CelValue[], b: readonly CelValue[]): CelValue {
  if (!(a instanceof CelSet)) return [...a, ...b];
  const { identity } = a;
  const merged = a.map((item) => b.find((other) => celEquals(identity(item), identity(other))) ?? item);
  const added = b.filter((item) => !a.some((other) => celEquals(identity(item), identity(other))));
  return CelSet.withIdentity([...merged, ...added], identity);
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}

const ARITHMETIC: Overload[] = [
  ...arithmetic(
    '_+_',
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  ...arithmetic(
    '_-_',
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  ...arithmetic(
    '_*_',
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  ...arithmetic(
    '_/_',
    nonZero('division by zero', (a, b) => a / b),
    (a, b) => a / b,
  ),
  ...arithmetic(
    '_%_',
    nonZero('modulus by zero', (a, b) => a % b),
  ),
  global('-_', [INT], INT, (a: bigint) => checkedInt(-a)),
  global('-_', [DOUBLE], DOUBLE, (a: number) => -a),
  global('_+_', [STRING, STRING], STRING, (a: string, b: string) => a + b),
  global('_+_', [BYTES, BYTES], BYTES, joinBytes),
  global('_+_', [LIST_A, LIST_A], LIST_A, concatenate),
  global('_+_', [TIMESTAMP, DURATION], TIMESTAMP, (a, b) => timestampAt(a.nanos + b.nanos)),
  global('_+_', [DURATION, TIMESTAMP], TIMESTAMP, (a, b) => timestampAt(a.nanos + b.nanos)),
  global('_+_', [DURATION, DURATION], DURATION, (a, b) => durationOf(a.nanos + b.nanos)),
  global('_-_', [TIMESTAMP, TIMESTAMP], DURATION, (a: CelTimestamp, b: CelTimestamp) => durationOf(a.nanos - b.nanos)),
  global('_-_', [TIMESTAMP, DURATION], TIMESTAMP, (a: CelTimestamp, b: CelDuration) => timestampAt(a.nanos - b.nanos)),
  global('_-_', [DURATION, DURATION], DURATION, (a: CelDuration, b: CelDuration) => durationOf(a.nanos - b.nanos)),
];

const ORDERED = [BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION];
const NUMBERS = [INT, UINT, DOUBLE];

function comparison(name: string, holds: (order: number) => boolean): Overload[] {
  const run = (a: CelValue, b: CelValue) => {
    // Not a number is neither less nor more than anything.
    if (Number.isNaN(a) || Number.isNaN(b)) return false;
    return holds(celCompare(a, b)!);
  };
  const pairs = ORDERED.map((type) => [type, type]);
  const mixed = NUMBERS.flatMap((a) => NUMBERS.filter((b) => a !== b).map((b) => [a, b]));
  return [...pairs, ...mixed].map((params) => global(name, params, BOOL, run));
}

const RELATIONS: Overload[] = [
  global('_==_', [A, A], BOOL, celEquals),
  global('_!=_', [A, A], BOOL, (a, b) => !celEquals(a, b)),
  ...comparison('_<_', (order) => order < 0),
  ...comparison('_<=_', (order) => order <= 0),
  ...comparison('_>_', (order) => order > 0),
  ...comparison('_>=_', (order) => order >= 0),
  global('!_', [BOOL], BOOL, (a: boolean) => !a),
  global('@in', [A, LIST_A], BOOL, (a, list: readonly CelValue[]) => list.some((item) => celEquals(a, item))),
  global('@in', [A, MAP_AB], BOOL, (a, map: CelMap) => map.has(a)),
];

function indexList(list: readonly CelValue[], index: CelValue): CelValue {
  const at = typeof index === 'bigint' ? index : index instanceof CelUint ? index.value : BigInt(index as number);
  const item = at < 0n ? undefined : list[Number(at)];
  if (item === undefined) throw new CelError(`index out of bounds: ${at}`);
  return item;
}

function indexMap(map: CelMap, key: CelValue): CelValue {
  const value = map.get(key);
  if (value === undefined) throw new CelError(`no such key: ${textOf(key)}`);
  return value;
}

const itemWithin = ({ value }: CelOptional, at: bigint) =>
  new CelOptional((value as readonly CelValue[] | undefined)?.[Number(at)]);
const valueWithin = ({ value }: CelOptional, key: CelValue) => new CelOptional((value as CelMap | undefined)?.get(key));

const INDEXING: Overload[] = [
  global('_[_]', [LIST_A, INT], A, indexList),
  global('_[_]', [MAP_AB, A], B, indexMap),
  global(
    '_[?_]',
    [LIST_A, INT],
    OPTIONAL_A,
    (list: readonly CelValue[], at: bigint) => new CelOptional(list[Number(at)]),
  ),
  global('_[?_]', [MAP_AB, A], t.optionalType(B), (map: CelMap, key) => new CelOptional(map.get(key))),
  // What is looked for in an optional value is an optional value again, without another question mark.
  ...['_[_]', '_[?_]'].flatMap((name) => [
    global(name, [t.optionalType(LIST_A), INT], OPTIONAL_A, itemWithin),
    global(name, [t.optionalType(MAP_AB), A], t.optionalType(B), valueWithin),
  ]),
];

/** A value as an error quotes it. */
function textOf(value: CelValue): string {
  if (value instanceof CelUint) return `${value.value}`;
  return typeof value === 'object' ? typeNameOf(value) : String(value);
}

const sizes: readonly [t.CelType, (value: CelValue) => bigint][] = [
  [STRING, (value) => lengthOf(value as string)],
  [BYTES, (value) => BigInt((value as Uint8Array).length)],
  [LIST_A, (value) => BigInt((value as readonly CelValue[]).length)],
  [MAP_AB, (value) => BigInt((value as CelMap).size)],
];
const SIZES: Overload[] = sizes.flatMap(([type, size]) => [
  global('size', [type], INT, size),
  member('size', [type], INT, size),
]);

function matches(text: string, pattern: string): boolean {
  try {
    return compilePattern(pattern).test(text);
  } catch (error) {
    if (error instanceof PatternError) throw new CelError(error.message);
    throw error;
  }
}

const TEXTS: Overload[] = [
  member('contains', [STRING, STRING], BOOL, (a: string, b: string) => a.includes(b)),
  member('startsWith', [STRING, STRING], BOOL, (a: string, b: string) => a.startsWith(b)),
  member('endsWith', [STRING, STRING], BOOL, (a: string, b: string) => a.endsWith(b)),
  member('matches', [STRING, STRING], BOOL, matches),
  global('matches', [STRING, STRING], BOOL, matches),
];

const conversionError = (from: string, to: string): never => {
  throw new CelError(`type conversion error from '${from}' to '${to}'`);
};

function intOfText(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new CelError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return checkedInt(BigInt(text), `strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
}

function intOfDouble(value: number): bigint {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}

function uintOfText(text: string): CelUint {
  if (!/^\d+$/.test(text)) throw new CelError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  return checkedUint(BigInt(text), `strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
}

function uintOfDouble(value: number): CelUint {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) throw new CelError('unsigned integer overflow');
  return new CelUint(BigInt(Math.trunc(value)));
}

function doubleOfText(text: string): number {
  const value = /^[+-]?(?:inf|infinity|nan)$/i.test(text) ? special(text) : Number(text);
  if (text.trim() !== text || text === '' || (Number.isNaN(value) && !/nan/i.test(text))) {
    throw new CelError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return value;
}

function special(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A double as text: exponents from 1e+21 on and below 1e-04, of two digits at least. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  const text = size !== 0 && size < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function boolOfText(text: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  return conversionError('string', 'bool');
}

export function timestampOfText(text: string): CelTimestamp {
  try {
    const { seconds, nanos } = parseTime(text);
    return timestampAt(BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos));
  } catch (error) {
    if (error instanceof CelError) throw error;
    throw new CelError((error as Error).message);
  }
}

export function durationOfText(text: string): CelDuration {
  try {
    return durationOf(parseGoDuration(text));
  } catch (error) {
    if (error instanceof CelError) throw error;
    throw new CelError((error as Error).message);
  }
}

export function timestampText({ nanos }: CelTimestamp): string {
  const part = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const seconds = Number((nanos - part) / NANOS_PER_SECOND);
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = part === 0n ? '' : `.${part.toString().padStart(9, '0').replace(/0+$/, '')}`;
  return `${whole}${fraction}Z`;
}

/** Durations are written in seconds. */
function durationText({ nanos }: CelDuration): string {
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = (size % NANOS_PER_SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${size / NANOS_PER_SECOND}${fraction ? `.${fraction}` : ''}s`;
}

function textOfBytes(value: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

const same = (value: CelValue) => value;
const CONVERSIONS: Overload[] = [
  global('int', [INT], INT, same),
  global('int', [UINT], INT, ({ value }: CelUint) => checkedInt(value)),
  global('int', [DOUBLE], INT, intOfDouble),
  global('int', [STRING], INT, intOfText),
  global('int', [TIMESTAMP], INT, ({ nanos }: CelTimestamp) => floorDivide(nanos, NANOS_PER_SECOND)),
  global('int', [DURATION], INT, ({ nanos }: CelDuration) => nanos),
  global('uint', [UINT], UINT, same),
  global('uint', [INT], UINT, (value: bigint) => checkedUint(value)),
  global('uint', [DOUBLE], UINT, uintOfDouble),
  global('uint', [STRING], UINT, uintOfText),
  global('double', [DOUBLE], DOUBLE, same),
  global('double', [INT], DOUBLE, (value: bigint) => Number(value)),
  global('double', [UINT], DOUBLE, ({ value }: CelUint) => Number(value)),
  global('double', [STRING], DOUBLE, doubleOfText),
  global('string', [STRING], STRING, same),
  global('string', [BOOL], STRING, String),
  global('string', [INT], STRING, String),
  global('string', [UINT], STRING, ({ value }: CelUint) => String(value)),
  global('string', [DOUBLE], STRING, doubleText),
  global('string', [BYTES], STRING, textOfBytes),
  global('string', [TIMESTAMP], STRING, timestampText),
  global('string', [DURATION], STRING, durationText),
  global('bytes', [BYTES], BYTES, same),
  global('bytes', [STRING], BYTES, (value: string) => new TextEncoder().encode(value)),
  global('bool', [BOOL], BOOL, same),
  global('bool', [STRING], BOOL, boolOfText),
  global('timestamp', [TIMESTAMP], TIMESTAMP, same),
  global('timestamp', [STRING], TIMESTAMP, timestampOfText),
  global('timestamp', [INT], TIMESTAMP, (value: bigint) => timestampAt(value * NANOS_PER_SECOND)),
  global('duration', [DURATION], DURATION, same),
  global('duration', [STRING], DURATION, durationOfText),
  global('duration', [INT], DURATION, (value: bigint) => durationOf(value)),
  global('dyn', [A], DYN, same),
  global('type', [A], t.typeType(A), (value: CelValue) => new CelTypeValue(typeNameOf(value))),
];

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

/** A moment in a time zone, given as an offset (`-02:00`) or, where the host knows it, by name. */
function localDate({ nanos }: CelTimestamp, zone: string): Date {
  const ms = Number(floorDivide(nanos, 1_000_000n));
  const offset = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(ms + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  if (zone === '' || zone === 'UTC') return new Date(ms);
  return inNamedZone(ms, zone);
}

function inNamedZone(ms: number, zone: string): Date {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second, ((ms % 1000) + 1000) % 1000));
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}

const DAY_MS = 86_400_000;
const ACCESSORS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};
const DURATION_ACCESSORS: Readonly<Record<string, bigint>> = {
  getHours: 3600n * NANOS_PER_SECOND,
  getMinutes: 60n * NANOS_PER_SECOND,
  getSeconds: NANOS_PER_SECOND,
  getMilliseconds: 1_000_000n,
};

const TIMES: Overload[] = [
  ...Object.entries(ACCESSORS).flatMap(([name, part]) => [
    member(name, [TIMESTAMP], INT, (time: CelTimestamp) => BigInt(part(localDate(time, '')))),
    member(name, [TIMESTAMP, STRING], INT, (time: CelTimestamp, zone: string) => BigInt(part(localDate(time, zone)))),
  ]),
  ...Object.entries(DURATION_ACCESSORS).map(([name, unit]) =>
    member(name, [DURATION], INT, ({ nanos }: CelDuration) => nanos / unit),
  ),
];

function isZeroValue(value: CelValue): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true;
  if (value instanceof Uint8Array || isList(value)) return value.length === 0;
  if (value instanceof CelMap) return value.size === 0;
  return value instanceof CelUint && value.value === 0n;
}

function unwrap({ value }: CelOptional): CelValue {
  if (value === undefined) throw new CelError('optional.none() dereference');
  return value;
}

const presentOf = (list: readonly CelOptional[]) => list.flatMap(({ value }) => (value === undefined ? [] : [value]));

const OPTIONALS: Overload[] = [
  global('optional.of', [A], OPTIONAL_A, (value: CelValue) => new CelOptional(value)),
  global('optional.none', [], OPTIONAL_A, () => new CelOptional(undefined)),
  global(
    'optional.ofNonZeroValue',
    [A],
    OPTIONAL_A,
    (value: CelValue) => new CelOptional(isZeroValue(value) ? undefined : value),
  ),
  global('optional.unwrap', [t.listType(OPTIONAL_A)], LIST_A, presentOf),
  member('unwrapOpt', [t.listType(OPTIONAL_A)], LIST_A, presentOf),
  member('first', [LIST_A], OPTIONAL_A, (list: readonly CelValue[]) => new CelOptional(list[0])),
  member('last', [LIST_A], OPTIONAL_A, (list: readonly CelValue[]) => new CelOptional(list.at(-1))),
  member('hasValue', [OPTIONAL_A], BOOL, ({ value }: CelOptional) => value !== undefined),
  member('value', [OPTIONAL_A], A, unwrap),
  member('or', [OPTIONAL_A, OPTIONAL_A], OPTIONAL_A, (a: CelOptional, b: CelOptional) =>
    a.value === undefined ? b : a,
  ),
  member('orValue', [OPTIONAL_A, A], A, (a: CelOptional, b: CelValue) => a.value ?? b),
];

/** The functions of the language itself. */
export const STANDARD_FUNCTIONS: readonly Overload[] = [
  ...ARITHMETIC,
  ...RELATIONS,
  ...INDEXING,
  ...SIZES,
  ...TEXTS,
  ...CONVERSIONS,
  ...TIMES,
  ...OPTIONALS,
];
