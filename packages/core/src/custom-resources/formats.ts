import { parseCidr, parseIp } from '../addresses.ts';
import { parseGoDuration } from '../age.ts';
import { parseTime } from '../codec/time.ts';
import { dnsLabelName, dnsSubdomainName } from '../names.ts';

/**
 * The formats of texts that schemas of custom resources may ask for. Other formats are ignored, as are those of numbers, which say
 * how a number is kept and nothing about its value.
 */

type Check = (text: string) => boolean;

const matches =
  (expression: RegExp): Check =>
  (text) =>
    expression.test(text);

const succeeds =
  (parse: (text: string) => unknown): Check =>
  (text) => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  };

const uuid = (version: string, variant = '[0-9a-f]') =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i'));

const isDate: Check = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && succeeds(parseTime)(`${text}T00:00:00Z`);

const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.,]\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})$/;
const isDateTime: Check = (text) => {
  const match = DATE_TIME.exec(text);
  return match !== null && isDate(match[1]!);
};

/** Go durations, and texts such as `3 days` or `2 weeks`. */
const WORDY_DURATION =
  /^\s*(?:\d+(?:\.\d+)?\s*(?:ns|nanos?|nanoseconds?|us|\u00b5s|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)\s*)+$/i;
const isDuration: Check = (text) => succeeds(parseGoDuration)(text) || WORDY_DURATION.test(text);

/** A URI as it stands in the first line of an HTTP request: with a scheme, or an absolute path. */
const isRequestUri: Check = (text) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in there
  if (text === '' || /[\x00-\x1f\x7f]/.test(text) || /%(?![0-9A-Fa-f]{2})/.test(text)) return false;
  if (text === '*' || text.startsWith('/')) return true;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text);
  if (!scheme) return false;
  const rest = text.slice(scheme[0].length);
  if (!rest.startsWith('//')) return true;
  const authority = /^\/\/([^/?#]*)/.exec(rest)![1]!;
  return !/[\s<>"]/.test(authority) && /^(?:.*@)?(?:\[[^\]]*\]|[^:]*)(?::\d*)?$/.test(authority);
};

/** One label with at most one hyphen, or labels before a top-level domain of two letters or more. */
const HOST = '[a-zA-Z0-9\\p{S}\\p{L}]';
const HOSTNAME = new RegExp(
  `^(?:${HOST}-?${HOST}{0,62}|(?:${HOST}(?:(?:${HOST}|-){0,61}${HOST})?\\.)+[a-zA-Z\\p{L}]{2,63})$`,
  'u',
);
const isHostname: Check = (text) => text.length <= 255 && HOSTNAME.test(text);

const EMAIL = /^(?:[^<>()@,;:\\"[\]\s]+|"[^"]*")@[^<>()@,;:\\"[\]\s]+$/;
const isEmail: Check = (text) => EMAIL.test(text.replace(/^.*<(.*)>$/, '$1'));

function digitsOf(text: string): string {
  return text.replace(/[\s-]/g, '');
}

const isIsbn10: Check = (text) => {
  const digits = digitsOf(text);
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce((total, digit, at) => total + (10 - at) * (digit === 'X' ? 10 : Number(digit)), 0);
  return sum % 11 === 0;
};

const isIsbn13: Check = (text) => {
  const digits = digitsOf(text);
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0) % 10 === 0;
};

const isCreditCard: Check = (text) => {
  const digits = digitsOf(text);
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = at % 2 === 0 ? Number(digit) : Number(digit) * 2;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
};

const MAC =
  /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}(?:[0-9a-f]{2}\1){0,2}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2,3}[0-9a-f]{4})$/i;

/** Leading zeros pass, and so does an IPv4 address within an IPv6 one. */
const isIpv4: Check = (text) => {
  const inner = text.replace(/^::ffff:(?=[^:]*$)/i, '');
  return parseIp(inner.replace(/(^|\.)0+(?=\d)/g, '$1'))?.family === 4;
};

const FORMATS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['bsonobjectid', matches(/^[0-9a-fA-F]{24}$/)],
  ['uri', isRequestUri],
  ['email', isEmail],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', (text) => text.includes(':') && parseIp(text) !== undefined],
  ['cidr', (text) => parseCidr(text) !== undefined],
  ['mac', matches(MAC)],
  ['uuid', uuid('[0-9a-f]')],
  ['uuid3', uuid('3')],
  ['uuid4', uuid('4', '[89ab]')],
  ['uuid5', uuid('5', '[89ab]')],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)],
  ['isbn10', isIsbn10],
  ['isbn13', isIsbn13],
  ['creditcard', isCreditCard],
  ['ssn', matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/)],
  ['hexcolor', matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
  ['rgbcolor', matches(/^rgb\(\s*(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\s*,\s*){2}(?:25[0-5]|2[0-4]\d|1?\d?\d)\s*\)$/)],
  ['byte', matches(/^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)],
  ['password', () => true],
  ['date', isDate],
  ['duration', isDuration],
  ['date-time', isDateTime],
  ['datetime', isDateTime],
  ['k8s-short-name', (text) => dnsLabelName(text, false).length === 0],
  ['k8s-long-name', (text) => dnsSubdomainName(text, false).length === 0],
]);

/** Whether `text` is of the format; true for formats that are not known. */
export function hasFormat(format: string, text: string): boolean {
  return FORMATS.get(format)?.(text) ?? true;
}

/** Whether texts of this format are checked at all. */
export function isKnownFormat(format: string): boolean {
  return FORMATS.has(format);
}
