/** When a cron schedule fires: either at times that match all its fields, or every so often. */
export type CronSchedule = CronFields | { readonly everyMs: number };

/** The values that each field of a schedule allows. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /**
   * Whether the day fields were written as `*`. Where neither was, a day that either allows will do; otherwise it has to be
   * allowed by both.
   */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
}

interface FieldRange {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const MONTH_NAMES = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTES: FieldRange = { low: 0, high: 59 };
const HOURS: FieldRange = { low: 0, high: 23 };
const DAYS_OF_MONTH: FieldRange = { low: 1, high: 31 };
const MONTHS: FieldRange = { low: 1, high: 12, names: MONTH_NAMES };
const DAYS_OF_WEEK: FieldRange = { low: 0, high: 6, names: DAY_NAMES };

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** What is wrong with a schedule; its message goes to the user. */
export class CronScheduleError extends Error {
  override readonly name = 'CronScheduleError';
}

/**
 * Reads a schedule of five fields (minute, hour, day of month, month, day of week), or a descriptor such as `@daily` or
 * `@every 1h30m`. Throws a `CronScheduleError` on anything else.
 */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === '') throw new CronScheduleError('empty spec string');
  if (text.startsWith('@every ')) return { everyMs: parseInterval(text) };
  if (text.startsWith('@') && !DESCRIPTORS[text]) throw new CronScheduleError(`unrecognized descriptor: ${text}`);
  const fields = (DESCRIPTORS[text] ?? text).split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) {
    throw new CronScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  const [minutes = '', hours = '', daysOfMonth = '', months = '', daysOfWeek = ''] = fields;
  return {
    minutes: parseField(minutes, MINUTES),
    hours: parseField(hours, HOURS),
    daysOfMonth: parseField(daysOfMonth, DAYS_OF_MONTH),
    months: parseField(months, MONTHS),
    daysOfWeek: parseField(daysOfWeek, DAYS_OF_WEEK),
    anyDayOfMonth: isWildcard(daysOfMonth),
    anyDayOfWeek: isWildcard(daysOfWeek),
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

function parseInterval(text: string): number {
  const duration = text.slice('@every '.length);
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+$/.test(duration)) {
    const reason = `time: invalid duration ${JSON.stringify(duration)}`;
    throw new CronScheduleError(`failed to parse duration ${text}: ${reason}`);
  }
  let ms = 0;
  for (const [, amount, unit] of duration.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g))
    ms += Number(amount) * UNIT_MS[unit!]!;
  return Math.max(1000, Math.floor(ms / 1000) * 1000);
}

function isWildcard(field: string): boolean {
  return field.split(',').some((part) => /^[*?](?:\/1)?$/.test(part) || part === '*' || part === '?');
}

function parseField(field: string, range: FieldRange): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(',').filter((text) => text !== '')) {
    for (const value of parsePart(part, range)) values.add(value);
  }
  return values;
}

/** One `N`, `N-M` or `*`, with an optional `/step`. */
function parsePart(part: string, range: FieldRange): number[] {
  const [bounds = '', stepText, ...moreSteps] = part.split('/');
  const [lowText = '', highText, ...moreBounds] = bounds.split('-');
  if (moreBounds.length > 0) throw new CronScheduleError(`too many hyphens: ${part}`);
  if (moreSteps.length > 0) throw new CronScheduleError(`too many slashes: ${part}`);
  const isAny = lowText === '*' || lowText === '?';
  const low = isAny ? range.low : parseValue(lowText, range);
  const open = isAny || (highText === undefined && stepText !== undefined);
  const high = highText !== undefined ? parseValue(highText, range) : open ? range.high : low;
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  checkBounds({ low, high, step }, range, part);
  const values: number[] = [];
  for (let value = low; value <= high; value += step) values.push(value);
  return values;
}

function checkBounds(
  { low, high, step }: { low: number; high: number; step: number },
  range: FieldRange,
  part: string,
): void {
  if (low < range.low) throw new CronScheduleError(`beginning of range (${low}) below minimum (${range.low}): ${part}`);
  if (high > range.high) throw new CronScheduleError(`end of range (${high}) above maximum (${range.high}): ${part}`);
  if (low > high) throw new CronScheduleError(`beginning of range (${low}) beyond end of range (${high}): ${part}`);
  if (step === 0) throw new CronScheduleError(`step of range should be a positive number: ${part}`);
}

function parseValue(text: string, { low, names }: FieldRange): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  return named >= 0 ? named + low : parseNumber(text);
}

function parseNumber(text: string): number {
  if (/^\+?[0-9]+$/.test(text)) return Number(text);
  if (/^-[0-9]+$/.test(text)) throw new CronScheduleError(`negative number (${Number(text)}) not allowed: ${text}`);
  const reason = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new CronScheduleError(`failed to parse int from ${text}: ${reason}`);
}
