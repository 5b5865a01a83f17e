import {
  type Cidr,
  cidrContains,
  formatCidr,
  formatIp,
  type IpAddress,
  networkOf,
  parseCidr,
  parseIp,
} from '../addresses.ts';
import { hasFormat } from '../custom-resources/formats.ts';
import { dns1035LabelName, dnsLabelName, dnsSubdomainName, isQualifiedName, isValidLabelValue } from '../names.ts';
import { Quantity } from '../quantity.ts';
import { global, member, type Overload } from './functions.ts';
import { compilePattern, type Pattern, PatternError } from './re2.ts';
import { doubleText, timestampText } from './standard-functions.ts';
import * as t from './types.ts';
import {
  CelDuration,
  CelError,
  CelMap,
  CelOpaque,
  CelOptional,
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

/** The functions that Kubernetes adds to the language: texts, lists, regular expressions, URLs, quantities, addresses, versions. */

const { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, UINT } = t;
const STRINGS = t.listType(STRING);
const A = t.paramType('A');
const LIST_A = t.listType(A);

/** Longest list that is made of nothing. */
const MAX_RANGE = 100_000n;
const characters = (text: string) => [...text];

function place(text: readonly string[], at: bigint): number {
  if (at < 0n || at > BigInt(text.length)) throw new CelError(`index out of range: ${at}`);
  return Number(at);
}

function indexOf(text: string, part: string, from = 0n): bigint {
  const all = characters(text);
  const wanted = characters(part);
  for (let at = place(all, from); at + wanted.length <= all.length; at++) {
    if (wanted.every((character, index) => all[at + index] === character)) return BigInt(at);
  }
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const all = characters(text);
  const wanted = characters(part);
  const start = from === undefined ? all.length : place(all, from);
  for (let at = Math.min(start, all.length - wanted.length); at >= 0; at--) {
    if (wanted.every((character, index) => all[at + index] === character)) return BigInt(at);
  }
  return -1n;
}

function substring(text: string, from: bigint, to?: bigint): string {
  const all = characters(text);
  const end = to === undefined ? all.length : place(all, to);
  const start = place(all, from);
  if (start > end) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
  return all.slice(start, end).join('');
}

function replace(text: string, part: string, by: string, count = -1n): string {
  if (count < 0n) return text.replaceAll(part, () => by);
  let result = text;
  let from = 0;
  for (let done = 0n; done < count; done++) {
    const at = result.indexOf(part, from);
    if (at < 0) break;
    result = result.slice(0, at) + by + result.slice(at + part.length);
    from = at + by.length + (part === '' ? 1 : 0);
  }
  return result;
}

function split(text: string, separator: string, limit = -1n): CelValue {
  const parts = separator === '' ? characters(text) : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  if (limit === 0n) return [];
  const head = parts.slice(0, Number(limit) - 1);
  return [...head, parts.slice(Number(limit) - 1).join(separator)];
}

const ascii = (text: string, from: RegExp, change: (character: string) => string) => text.replace(from, change);

function charAt(text: string, at: bigint): string {
  const all = characters(text);
  return all[place(all, at)] ?? '';
}

const join = (items: readonly string[], separator = '') => items.join(separator);

function quoteText(text: string): string {
  const escapes: Record<string, string> = {
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
    '\\': '\\\\',
    '"': '\\"',
  };
  return `"${characters(text)
    .map((character) => escapes[character] ?? character)
    .join('')}"`;
}

/** Fills the verbs of a format text: %s, %d, %f, %e, %b, %o, %x, %X, with a precision where one is given. */
function formatText(format: string, args: readonly CelValue[]): string {
  let next = 0;
  return format.replace(/%(?:%|(?:\.(\d+))?([a-zA-Z]))|%/g, (whole, precision: string | undefined, verb?: string) => {
    if (whole === '%%') return '%';
    if (verb === undefined) throw new CelError('could not parse formatting clause: unexpected end of string');
    if (next >= args.length) throw new CelError(`index ${next} out of range`);
    return formatVerb(verb, args[next++]!, precision === undefined ? 6 : Number(precision));
  });
}

/** What each verb takes, as its refusal of anything else says. */
const VERBS: Readonly<Record<string, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  o: 'octal clause can only be used on integers',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  X: 'only integers, byte buffers, and strings can be formatted as hex',
};

function formatVerb(verb: string, value: CelValue, precision: number): string {
  const takes = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (takes === undefined) {
    throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
  const text = formatted(verb, value instanceof CelUint ? value.value : value, precision);
  if (text === undefined) throw new CelError(`error during formatting: ${takes}, was given ${typeNameOf(value)}`);
  return text;
}

/** Undefined for a value that the verb does not take. */
function formatted(verb: string, value: CelValue, precision: number): string | undefined {
  if (verb === 's') return value instanceof CelOpaque || value instanceof CelOptional ? undefined : displayText(value);
  if (verb === 'x') return hexText(value);
  if (verb === 'X') return hexText(value)?.toUpperCase();
  if (verb === 'b' && typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint')
    return verb === 'd' || verb === 'b' || verb === 'o' ? value.toString(BASES[verb]) : undefined;
  if (typeof value !== 'number') return undefined;
  if (verb === 'f' || verb === 'e' || (verb === 'd' && !Number.isFinite(value))) {
    return formatDouble(verb, value, precision);
  }
  return undefined;
}

const BASES: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8 };

function formatDouble(verb: string, value: number, precision: number): string {
  if (!Number.isFinite(value)) return doubleText(value).replace('+', '').replace('Inf', 'Infinity');
  if (verb === 'f') return value.toFixed(precision);
  return value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}

function hexText(value: CelValue): string | undefined {
  if (typeof value === 'bigint') return value.toString(16);
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array)) return undefined;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function displayText(value: CelValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return doubleText(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTypeValue) return value.type;
  if (value instanceof CelTimestamp) return timestampText(value);
  if (value instanceof CelDuration) return `${Number(value.nanos) / 1e9}s`;
  if (isList(value)) return `[${value.map(displayText).join(', ')}]`;
  if (!(value instanceof CelMap)) return typeNameOf(value);
  const entries = value.entries().map(([key, inner]) => `${displayText(key)}: ${displayText(inner)}`);
  return `{${entries.sort().join(', ')}}`;
}

const TEXTS: Overload[] = [
  member('charAt', [STRING, INT], STRING, charAt),
  member('indexOf', [STRING, STRING], INT, indexOf),
  member('indexOf', [STRING, STRING, INT], INT, indexOf),
  member('lastIndexOf', [STRING, STRING], INT, lastIndexOf),
  member('lastIndexOf', [STRING, STRING, INT], INT, lastIndexOf),
  member('substring', [STRING, INT], STRING, substring),
  member('substring', [STRING, INT, INT], STRING, substring),
  member('replace', [STRING, STRING, STRING], STRING, replace),
  member('replace', [STRING, STRING, STRING, INT], STRING, replace),
  member('split', [STRING, STRING], STRINGS, split),
  member('split', [STRING, STRING, INT], STRINGS, split),
  member('join', [STRINGS], STRING, join),
  member('join', [STRINGS, STRING], STRING, join),
  member('trim', [STRING], STRING, (text: string) => text.trim()),
  member('lowerAscii', [STRING], STRING, (text: string) => ascii(text, /[A-Z]/g, (c) => c.toLowerCase())),
  member('upperAscii', [STRING], STRING, (text: string) => ascii(text, /[a-z]/g, (c) => c.toUpperCase())),
  member('reverse', [STRING], STRING, (text: string) => characters(text).reverse().join('')),
  member('format', [STRING, t.listType(DYN)], STRING, formatText),
  global('strings.quote', [STRING], STRING, quoteText),
  global('jsonpatch.escapeKey', [STRING], STRING, (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')),
];

function ordered(a: CelValue, b: CelValue): number {
  const order = celCompare(a, b);
  if (order === undefined) throw new CelError(`no such overload: ${typeNameOf(a)} and ${typeNameOf(b)} have no order`);
  return order;
}

function extreme(items: readonly CelValue[], sign: 1 | -1, name: string): CelValue {
  if (items.length === 0) throw new CelError(`${name} called on empty list`);
  return items.reduce((best, item) => (ordered(item, best) * sign > 0 ? item : best));
}

/** What lists can be added up to, from what an empty list gives. */
const SUMS: readonly (readonly [type: t.CelType, zero: CelValue])[] = [
  [INT, 0n],
  [DOUBLE, 0],
  [UINT, new CelUint(0n)],
  [DURATION, new CelDuration(0n)],
  [STRING, ''],
  [BYTES, new Uint8Array()],
];

function plus(total: CelValue, item: CelValue): CelValue {
  if (typeof total === 'bigint') return checkedInt(total + (item as bigint));
  if (typeof total === 'number') return total + (item as number);
  if (typeof total === 'string') return total + (item as string);
  if (total instanceof CelUint) return checkedUint(total.value + (item as CelUint).value);
  if (total instanceof CelDuration) return new CelDuration(checkedInt(total.nanos + (item as CelDuration).nanos));
  return Uint8Array.from([...(total as Uint8Array), ...(item as Uint8Array)]);
}

function sum(items: readonly CelValue[], zero: CelValue): CelValue {
  // Where the type of the list is not known, its first item says what is added up.
  const [first, ...others] = items;
  return first === undefined ? zero : others.reduce(plus, first);
}

const placeIn = (items: readonly CelValue[], value: CelValue, isLast: boolean) => {
  const order = isLast
    ? items.findLastIndex((item) => celEquals(item, value))
    : items.findIndex((item) => celEquals(item, value));
  return BigInt(order);
};

function flatten(items: readonly CelValue[], depth = 1n): CelValue {
  if (depth < 0n) throw new CelError('level must be non-negative');
  return items.flatMap((item) =>
    isList(item) && depth > 0n ? (flatten(item, depth - 1n) as readonly CelValue[]) : [item],
  );
}

function range(count: bigint): CelValue {
  if (count > MAX_RANGE) throw new CelError(`lists.range(${count}) is longer than ${MAX_RANGE}`);
  return Array.from({ length: Math.max(Number(count), 0) }, (_, index) => BigInt(index));
}

const distinct = (items: readonly CelValue[]) =>
  items.filter((item, index) => items.findIndex((other) => celEquals(item, other)) === index);

const LISTS: Overload[] = [
  member('isSorted', [LIST_A], BOOL, (items: readonly CelValue[]) =>
    items.every((item, index) => index === 0 || ordered(items[index - 1]!, item) <= 0),
  ),
  ...SUMS.map(([type, zero]) => member('sum', [t.listType(type)], type, (items) => sum(items, zero))),
  member('min', [LIST_A], A, (items: readonly CelValue[]) => extreme(items, -1, 'min')),
  member('max', [LIST_A], A, (items: readonly CelValue[]) => extreme(items, 1, 'max')),
  member('indexOf', [LIST_A, A], INT, (items, value) => placeIn(items, value, false)),
  member('lastIndexOf', [LIST_A, A], INT, (items, value) => placeIn(items, value, true)),
  member('slice', [LIST_A, INT, INT], LIST_A, (items: readonly CelValue[], from: bigint, to: bigint) => {
    if (from < 0n || to < from || to > BigInt(items.length))
      throw new CelError(`cannot slice(${from}, ${to}), list is length ${items.length}`);
    return items.slice(Number(from), Number(to));
  }),
  member('flatten', [t.listType(DYN)], t.listType(DYN), flatten),
  member('flatten', [t.listType(DYN), INT], t.listType(DYN), flatten),
  member('distinct', [LIST_A], LIST_A, distinct),
  member('reverse', [LIST_A], LIST_A, (items: readonly CelValue[]) => [...items].reverse()),
  global('lists.range', [INT], t.listType(INT), range),
  member('sort', [LIST_A], LIST_A, (items: readonly CelValue[]) => [...items].sort(ordered)),
  global('sets.contains', [LIST_A, LIST_A], BOOL, (a: CelValue[], b: CelValue[]) => includesAll(a, b)),
  global('sets.equivalent', [LIST_A, LIST_A], BOOL, (a, b) => includesAll(a, b) && includesAll(b, a)),
  global('sets.intersects', [LIST_A, LIST_A], BOOL, (a: CelValue[], b: CelValue[]) =>
    a.some((item) => b.some((other) => celEquals(item, other))),
  ),
];

function includesAll(items: readonly CelValue[], wanted: readonly CelValue[]): boolean {
  return wanted.every((item) => items.some((other) => celEquals(item, other)));
}

function expressionOf(pattern: string): Pattern {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (error instanceof PatternError) throw new CelError(`Illegal regex: ${error.message}`);
    throw error;
  }
}

function findAll(text: string, pattern: string, limit = -1n): CelValue {
  const found = [...expressionOf(pattern).findAll(text)];
  return limit < 0n ? found : found.slice(0, Number(limit));
}

const REGULAR: Overload[] = [
  member('find', [STRING, STRING], STRING, (text: string, pattern: string) => expressionOf(pattern).find(text) ?? ''),
  member('findAll', [STRING, STRING], STRINGS, findAll),
  member('findAll', [STRING, STRING, INT], STRINGS, findAll),
];

const URL_TYPE = t.opaqueType('kubernetes.URL');

interface ParsedUrl {
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

function parseUrl(text: string): ParsedUrl | undefined {
  if (!hasFormat('uri', text) || text === '*') return undefined;
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/.exec(text);
  if (!match) return undefined;
  const [, scheme = '', authority = '', path = '', query = ''] = match;
  return { text, scheme, host: authority.replace(/^.*@/, ''), path, query };
}

function urlOf(text: string): CelOpaque {
  const url = parseUrl(text);
  if (!url)
    throw new CelError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return new CelOpaque('kubernetes.URL', url, (other) => (other.inner as ParsedUrl).text === text);
}

const urlPart = (name: string, part: (url: ParsedUrl) => CelValue, result: t.CelType = STRING) =>
  member(name, [URL_TYPE], result, ({ inner }: CelOpaque) => part(inner as ParsedUrl));

const decoded = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

function queryOf({ query }: ParsedUrl): CelMap {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...(values.get(key) ?? []), value]);
  return CelMap.of(values);
}

const URLS: Overload[] = [
  global('url', [STRING], URL_TYPE, urlOf),
  global('isURL', [STRING], BOOL, (text: string) => parseUrl(text) !== undefined),
  urlPart('getScheme', ({ scheme }) => scheme.toLowerCase()),
  urlPart('getHost', ({ host }) => host),
  urlPart('getHostname', ({ host }) => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')),
  urlPart('getPort', ({ host }) => /:(\d*)$/.exec(host)?.[1] ?? ''),
  urlPart('getEscapedPath', ({ path }) => path),
  urlPart('getPath', ({ path }) => decoded(path)),
  urlPart('getQuery', queryOf, t.mapType(STRING, STRINGS)),
];

const QUANTITY = t.opaqueType('kubernetes.Quantity');

function quantityOf(text: string): CelOpaque {
  const quantity = Quantity.tryParse(text);
  if (!quantity)
    throw new CelError(`quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`);
  return wrapQuantity(quantity);
}

function wrapQuantity(quantity: Quantity): CelOpaque {
  return new CelOpaque('kubernetes.Quantity', quantity, (other) => quantity.equals(other.inner as Quantity));
}

const inner = (value: CelOpaque) => value.inner as Quantity;
const NANOS = 1_000_000_000n;

function wholeUnits(value: CelOpaque): bigint {
  const nanos = inner(value).nanoValue();
  if (nanos % NANOS !== 0n) throw new CelError('cannot convert value to integer');
  return checkedInt(nanos / NANOS, 'cannot convert value to integer');
}

const sumOf = (sign: 1n | -1n) => (a: CelOpaque, b: CelOpaque | bigint) => {
  const other = typeof b === 'bigint' ? Quantity.of(b) : inner(b);
  return wrapQuantity(sign === 1n ? inner(a).add(other) : inner(a).sub(other));
};
const compares = (holds: (order: number) => boolean) => (a: CelOpaque, b: CelOpaque) =>
  holds(inner(a).compare(inner(b)));

const QUANTITIES: Overload[] = [
  global('quantity', [STRING], QUANTITY, quantityOf),
  global('isQuantity', [STRING], BOOL, (text: string) => Quantity.tryParse(text) !== undefined),
  global('sign', [QUANTITY], INT, (value: CelOpaque) => BigInt(inner(value).sign())),
  member('sign', [QUANTITY], INT, (value: CelOpaque) => BigInt(inner(value).sign())),
  member('add', [QUANTITY, QUANTITY], QUANTITY, sumOf(1n)),
  member('add', [QUANTITY, INT], QUANTITY, sumOf(1n)),
  member('sub', [QUANTITY, QUANTITY], QUANTITY, sumOf(-1n)),
  member('sub', [QUANTITY, INT], QUANTITY, sumOf(-1n)),
  member(
    'isLessThan',
    [QUANTITY, QUANTITY],
    BOOL,
    compares((order) => order < 0),
  ),
  member(
    'isGreaterThan',
    [QUANTITY, QUANTITY],
    BOOL,
    compares((order) => order > 0),
  ),
  member('compareTo', [QUANTITY, QUANTITY], INT, (a: CelOpaque, b: CelOpaque) => BigInt(inner(a).compare(inner(b)))),
  member('asApproximateFloat', [QUANTITY], DOUBLE, (value: CelOpaque) => inner(value).toNumber()),
  member('asInteger', [QUANTITY], INT, wholeUnits),
  member('isInteger', [QUANTITY], BOOL, (value: CelOpaque) => inner(value).nanoValue() % NANOS === 0n),
];

const IP = t.opaqueType('net.IP');
const CIDR = t.opaqueType('net.CIDR');

function wrapIp(address: IpAddress): CelOpaque {
  const text = formatIp(address);
  return new CelOpaque('net.IP', address, (other) => formatIp(other.inner as IpAddress) === text);
}

function ipOf(text: string): CelOpaque {
  const address = parseIp(text);
  if (!address)
    throw new CelError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    );
  return wrapIp(address);
}

function wrapCidr(cidr: Cidr): CelOpaque {
  const text = formatCidr(cidr);
  return new CelOpaque('net.CIDR', cidr, (other) => formatCidr(other.inner as Cidr) === text);
}

function cidrOf(text: string): CelOpaque {
  const cidr = parseCidr(text);
  if (!cidr)
    throw new CelError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): unable to parse`,
    );
  return wrapCidr(cidr);
}

const ipPart = (name: string, holds: (bytes: Uint8Array, family: number) => boolean) =>
  member(name, [IP], BOOL, ({ inner: value }: CelOpaque) => {
    const { bytes, family } = value as IpAddress;
    return holds(Uint8Array.from(bytes), family);
  });

function containsCidr(outer: CelOpaque, part: Cidr | undefined): boolean {
  const cidr = outer.inner as Cidr;
  return part !== undefined && part.prefixLength >= cidr.prefixLength && cidrContains(cidr, networkOf(part).address);
}

const containsIp = (cidr: CelOpaque, address: IpAddress) =>
  (cidr.inner as Cidr).address.family === address.family && cidrContains(cidr.inner as Cidr, address);

const ADDRESSES: Overload[] = [
  global('ip', [STRING], IP, ipOf),
  global('isIP', [STRING], BOOL, (text: string) => parseIp(text) !== undefined),
  global('ip.isCanonical', [STRING], BOOL, (text: string) => formatIp(ipOf(text).inner as IpAddress) === text),
  global('string', [IP], STRING, ({ inner: value }: CelOpaque) => formatIp(value as IpAddress)),
  member('family', [IP], INT, ({ inner: value }: CelOpaque) => BigInt((value as IpAddress).family)),
  ipPart('isUnspecified', (bytes) => bytes.every((byte) => byte === 0)),
  ipPart('isLoopback', (bytes, family) =>
    family === 4 ? bytes[0] === 127 : bytes.every((byte, at) => byte === (at === 15 ? 1 : 0)),
  ),
  ipPart('isLinkLocalMulticast', (bytes, family) =>
    family === 4 ? bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0 : bytes[0] === 0xff && (bytes[1]! & 15) === 2,
  ),
  ipPart('isLinkLocalUnicast', (bytes, family) =>
    family === 4 ? bytes[0] === 169 && bytes[1] === 254 : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80,
  ),
  ipPart('isGlobalUnicast', (bytes, family) => {
    if (bytes.every((byte) => byte === 0)) return false;
    if (family === 4) {
      const isBroadcast = bytes.every((byte) => byte === 255);
      return (
        bytes[0] !== 127 &&
        bytes[0]! < 224 + 16 * Number(bytes[0]! >= 240) &&
        !isBroadcast &&
        !(bytes[0] === 169 && bytes[1] === 254)
      );
    }
    const isLoopback = bytes.every((byte, at) => byte === (at === 15 ? 1 : 0));
    return !isLoopback && bytes[0] !== 0xff && !(bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80);
  }),
  global('cidr', [STRING], CIDR, cidrOf),
  global('isCIDR', [STRING], BOOL, (text: string) => parseCidr(text) !== undefined),
  global('string', [CIDR], STRING, ({ inner: value }: CelOpaque) => formatCidr(value as Cidr)),
  member('ip', [CIDR], IP, ({ inner: value }: CelOpaque) => wrapIp((value as Cidr).address)),
  member('prefixLength', [CIDR], INT, ({ inner: value }: CelOpaque) => BigInt((value as Cidr).prefixLength)),
  member('masked', [CIDR], CIDR, ({ inner: value }: CelOpaque) => wrapCidr(networkOf(value as Cidr))),
  member('containsIP', [CIDR, STRING], BOOL, (cidr, text: string) => containsIp(cidr, ipOf(text).inner as IpAddress)),
  member('containsIP', [CIDR, IP], BOOL, (cidr, ip: CelOpaque) => containsIp(cidr, ip.inner as IpAddress)),
  member('containsCIDR', [CIDR, STRING], BOOL, (cidr, text: string) => containsCidr(cidr, cidrOf(text).inner as Cidr)),
  member('containsCIDR', [CIDR, CIDR], BOOL, (cidr, other: CelOpaque) => containsCidr(cidr, other.inner as Cidr)),
];

const FORMAT = t.opaqueType('kubernetes.NamedFormat');

const asUri = (text: string) => (parseUrl(text) ? [] : ['must be a valid URI']);
const hasForm = (format: string, complaint: string) => (text: string) => (hasFormat(format, text) ? [] : [complaint]);

const FORMATS: Readonly<Record<string, (text: string) => string[]>> = {
  dns1123Label: (text) => dnsLabelName(text, false),
  dns1123Subdomain: (text) => dnsSubdomainName(text, false),
  dns1035Label: (text) => dns1035LabelName(text, false),
  dns1123LabelPrefix: (text) => dnsLabelName(text, true),
  dns1123SubdomainPrefix: (text) => dnsSubdomainName(text, true),
  dns1035LabelPrefix: (text) => dns1035LabelName(text, true),
  qualifiedName: isQualifiedName,
  labelValue: isValidLabelValue,
  uri: asUri,
  uuid: hasForm('uuid', 'does not match the UUID format'),
  byte: hasForm('byte', 'invalid base64'),
  date: hasForm('date', 'invalid date'),
  datetime: hasForm('date-time', 'invalid datetime'),
};

const formatNamed = (name: string) => new CelOpaque('kubernetes.NamedFormat', name, (other) => other.inner === name);

function validateFormat({ inner: name }: CelOpaque, text: string): CelOptional {
  const complaints = FORMATS[name as string]!(text);
  return new CelOptional(complaints.length === 0 ? undefined : complaints);
}

const NAMED_FORMATS: Overload[] = [
  global(
    'format.named',
    [STRING],
    t.optionalType(FORMAT),
    (name: string) => new CelOptional(Object.hasOwn(FORMATS, name) ? formatNamed(name) : undefined),
  ),
  ...Object.keys(FORMATS).map((name) => global(`format.${name}`, [], FORMAT, () => formatNamed(name))),
  member('validate', [FORMAT, STRING], t.optionalType(STRINGS), validateFormat),
];

const SEMVER = t.opaqueType('kubernetes.Semver');

interface Semver {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];
}

const SEMVER_TEXT =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** Lenient texts may begin with v, leave parts out and have leading zeroes. */
function parseSemver(text: string, isLenient = false): Semver | undefined {
  const match = SEMVER_TEXT.exec(isLenient ? normalizedSemver(text) : text);
  if (!match) return undefined;
  const [, major, minor, patch, pre] = match;
  return { numbers: [BigInt(major!), BigInt(minor!), BigInt(patch!)], pre: pre?.split('.') ?? [] };
}

function normalizedSemver(text: string): string {
  const [, core = '', rest = ''] = /^\s*v?([\d.]*)(.*?)\s*$/.exec(text) ?? [];
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3 && rest === '') parts.push('0');
  return parts.join('.') + rest;
}

function compareSemver(a: Semver, b: Semver): number {
  for (const [index, number] of a.numbers.entries()) {
    if (number !== b.numbers[index]) return number < b.numbers[index]! ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (const [index, part] of a.pre.entries()) {
    const other = b.pre[index];
    if (other === undefined) return 1;
    if (part !== other) return comparePart(part, other);
  }
  return a.pre.length < b.pre.length ? -1 : 0;
}

function comparePart(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return BigInt(a) < BigInt(b) ? -1 : 1;
  if (x !== y) return x ? -1 : 1;
  return a < b ? -1 : 1;
}

function semverOf(text: string, isLenient = false): CelOpaque {
  const version = parseSemver(text, isLenient);
  if (!version)
    throw new CelError(`Semver parse error during conversion from string: Invalid version ${JSON.stringify(text)}`);
  return new CelOpaque('kubernetes.Semver', version, (other) => compareSemver(version, other.inner as Semver) === 0);
}

const semverOrder = (a: CelOpaque, b: CelOpaque) => compareSemver(a.inner as Semver, b.inner as Semver);
const semverNumber = (index: 0 | 1 | 2) => (version: CelOpaque) => (version.inner as Semver).numbers[index];

const VERSIONS: Overload[] = [
  global('semver', [STRING], SEMVER, semverOf),
  global('semver', [STRING, BOOL], SEMVER, semverOf),
  global('isSemver', [STRING], BOOL, (text: string) => parseSemver(text) !== undefined),
  global(
    'isSemver',
    [STRING, BOOL],
    BOOL,
    (text: string, lenient: boolean) => parseSemver(text, lenient) !== undefined,
  ),
  member('major', [SEMVER], INT, semverNumber(0)),
  member('minor', [SEMVER], INT, semverNumber(1)),
  member('patch', [SEMVER], INT, semverNumber(2)),
  member('isLessThan', [SEMVER, SEMVER], BOOL, (a, b) => semverOrder(a, b) < 0),
  member('isGreaterThan', [SEMVER, SEMVER], BOOL, (a, b) => semverOrder(a, b) > 0),
  member('compareTo', [SEMVER, SEMVER], INT, (a, b) => BigInt(semverOrder(a, b))),
];

export const KUBERNETES_FUNCTIONS: readonly Overload[] = [
  ...TEXTS,
  ...LISTS,
  ...REGULAR,
  ...URLS,
  ...QUANTITIES,
  ...ADDRESSES,
  ...NAMED_FORMATS,
  ...VERSIONS,
];

/** Types of the values that these functions make, for declarations of variables. */
export const KUBERNETES_TYPES = {
  url: URL_TYPE,
  quantity: QUANTITY,
  ip: IP,
  cidr: CIDR,
  format: FORMAT,
  semver: SEMVER,
};
