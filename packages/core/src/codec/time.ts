/** Times as the API carries them: RFC 3339 text in JSON, seconds and nanoseconds in protobuf. */

const SECONDS_LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICROS_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

/** A moment; `nanos` counts from 0 to 999,999,999 upward. */
export interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

/** The zero time of Go, 0001-01-01T00:00:00Z, which the API treats as no time. */
export const ZERO_TIME_SECONDS = -62_135_596_800;

/** The moment that an RFC 3339 text names. Throws an Error worded as Go words it. */
export function parseTime(text: string): Moment {
  return parseWith(text, SECONDS_LAYOUT, false);
}

/** As `parseTime`, for texts with exactly six fractional digits. */
export function parseMicroTime(text: string): Moment {
  return parseWith(text, MICROS_LAYOUT, true);
}

/** Text with whole seconds, in UTC; fractions are cut off. */
export function formatTime(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString();
  return `${iso.slice(0, iso.length - 5)}Z`;
}

/** Text with microseconds, in UTC. */
export function formatMicroTime({ seconds, nanos }: Moment): string {
  const text = formatTime(seconds);
  return `${text.slice(0, -1)}.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z`;
}

const CANONICAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

/** The canonical form of a time's text (UTC, whole seconds); undefined for the zero time. */
export function canonicalTime(text: string): string | undefined {
  if (text.length === 20 && CANONICAL.test(text) && !text.startsWith('0001')) return text;
  const { seconds } = parseTime(text);
  return seconds === ZERO_TIME_SECONDS ? undefined : formatTime(seconds);
}

/** The canonical form of a time's text (UTC, microseconds); undefined for the zero time. */
export function canonicalMicroTime(text: string): string | undefined {
  const moment = parseMicroTime(text);
  return moment.seconds === ZERO_TIME_SECONDS && moment.nanos === 0 ? undefined : formatMicroTime(moment);
}

interface Part {
  readonly layout: string;
  readonly pattern: RegExp;
  readonly low?: number;
  readonly high?: number;
  readonly name?: string;
}

const literal = (text: string): Part => ({ layout: text, pattern: new RegExp(`^${text}`) });
const PARTS: readonly Part[] = [
  { layout: '2006', pattern: /^\d{4}/ },
  literal('-'),
  { layout: '01', pattern: /^\d{2}/, low: 1, high: 12, name: 'month' },
  literal('-'),
  { layout: '02', pattern: /^\d{2}/ },
  literal('T'),
  { layout: '15', pattern: /^\d{2}/, low: 0, high: 23, name: 'hour' },
  literal(':'),
  { layout: '04', pattern: /^\d{2}/, low: 0, high: 59, name: 'minute' },
  literal(':'),
  { layout: '05', pattern: /^\d{2}/, low: 0, high: 59, name: 'second' },
];

function parseWith(text: string, layout: string, hasMicros: boolean): Moment {
  const quoted = JSON.stringify(text);
  const cannot = (rest: string, part: string) =>
    new Error(`parsing time ${quoted} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${part}"`);
  const outOfRange = (name: string) => new Error(`parsing time ${quoted}: ${name} out of range`);
  const numbers: number[] = [];
  let rest = text;
  for (const part of PARTS) {
    const found = part.pattern.exec(rest)?.[0];
    if (found === undefined) throw cannot(rest, part.layout);
    const value = Number(found);
    if (part.name && (value < part.low! || value > part.high!)) throw outOfRange(part.name);
    if (!Number.isNaN(value) && found !== '-') numbers.push(value);
    rest = rest.slice(found.length);
  }
  const fraction = (hasMicros ? /^[.,]\d{6}/ : /^(?:[.,]\d+)?/).exec(rest)?.[0];
  if (fraction === undefined) throw cannot(rest, '.000000');
  rest = rest.slice(fraction.length);
  const zone = /^(?:Z|([+-])(\d{2}):(\d{2}))/.exec(rest);
  if (!zone) throw cannot(rest, 'Z07:00');
  if (rest.length > zone[0].length) {
    throw new Error(`parsing time ${quoted}: extra text: ${JSON.stringify(rest.slice(zone[0].length))}`);
  }
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers;
  if (day < 1 || day > daysIn(year, month)) throw outOfRange('day');
  const offset = zone[1] ? (zone[1] === '-' ? -60 : 60) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  const seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
  return { seconds, nanos: fraction ? Number(fraction.slice(1, 10).padEnd(9, '0')) : 0 };
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeap ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  // Date.UTC reads years below 100 as 19xx, so the year is set apart.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / 86_400_000);
}
