/** Fields of a schedule line: how far each reaches, and the names it knows. */
const FIELDS = [
  { min: 0, max: 59, names: [] as string[] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;
const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MINUTE_MS = 60_000;
/** A schedule that never comes true (the 30th of February) is given up after so many years. */
const SEARCH_YEARS = 5;

export interface Schedule {
  /** The first time after `afterMs`; undefined when there is none. */
  next(afterMs: number): number | undefined;
}

function parseNumber(text: string, field: (typeof FIELDS)[number]): number {
  const named = (field.names as readonly string[]).indexOf(text.toLowerCase());
  if (named >= 0) return named + field.min;
  if (!/^[0-9]+$/.test(text)) throw new Error(`failed to parse int from ${text}`);
  return Number(text);
}

function parseField(text: string, field: (typeof FIELDS)[number]): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step] = part.split('/');
    const [low = '', high] = range.split('-');
    const any = low === '*' || low === '?';
    const start = any ? field.min : parseNumber(low, field);
    let end = any ? field.max : high === undefined ? start : parseNumber(high, field);
    if (step !== undefined && !any && high === undefined) end = field.max;
    const stride = step === undefined ? 1 : Number(step);
    if (!(stride > 0) || start > end || start < field.min || end > field.max) throw new Error(`invalid field: ${text}`);
    for (let value = start; value <= end; value += stride) values.add(value);
  }
  return values;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** What a wall clock in a time zone shows at an instant, as if it were UTC. */
function localOf(ms: number, timeZone: string): number {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') return ms;
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    const numeric = 'numeric' as const;
    const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    formatter = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
    formatters.set(timeZone, formatter);
  }
  const at: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(ms)) at[type] = Number(value);
  return Date.UTC(at.year!, at.month! - 1, at.day, at.hour, at.minute, at.second) + (ms % 1000);
}

/** Reads a line of five fields, a name such as @daily, or `@every 90s`. Throws for anything else. */
export function parseSchedule(line: string, timeZone = 'UTC'): Schedule {
  let zone = timeZone;
  let text = line.trim();
  const prefix = /^(?:TZ|CRON_TZ)=(\S+)\s+(.*)$/.exec(text);
  if (prefix) [, zone = zone, text = text] = prefix;
  const every = /^@every\s+(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$/.exec(text);
  if (every) return everySchedule(every.slice(1).map((part) => Number(part ?? 0)));
  const fields = (MACROS[text] ?? text).split(/\s+/);
  if (fields.length !== 5) throw new Error(`expected exactly 5 fields, found ${fields.length}: ${line}`);
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) => parseField(field, FIELDS[index]!));
  const anyDay = /^[*?]/.test(fields[2]!);
  const anyWeekday = /^[*?]/.test(fields[4]!);
  const dayMatches = (date: Date) => {
    const byDay = days!.has(date.getUTCDate());
    const byWeekday = weekdays!.has(date.getUTCDay());
    return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
  };
  return {
    next: (afterMs) => search(afterMs, zone, { minutes: minutes!, hours: hours!, months: months!, dayMatches }),
  };
}

function everySchedule([hours = 0, minutes = 0, seconds = 0]: number[]): Schedule {
  const periodMs = Math.max(1, hours * 3600 + minutes * 60 + seconds) * 1000;
  return { next: (afterMs) => Math.floor(afterMs / 1000) * 1000 + periodMs };
}

function search(
  afterMs: number,
  zone: string,
  rules: { minutes: Set<number>; hours: Set<number>; months: Set<number>; dayMatches(date: Date): boolean },
): number | undefined {
  let ms = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const limitMs = afterMs + SEARCH_YEARS * 366 * 24 * 60 * MINUTE_MS;
  while (ms < limitMs) {
    const local = new Date(localOf(ms, zone));
    if (!rules.months.has(local.getUTCMonth() + 1) || !rules.dayMatches(local)) {
      // To the next local midnight; an hour of summer time more or less is made up for by looking again.
      const left = 24 * 60 - (local.getUTCHours() * 60 + local.getUTCMinutes());
      ms += Math.max(1, Math.min(left, 23 * 60)) * MINUTE_MS;
      if (left > 23 * 60) continue;
    } else if (!rules.hours.has(local.getUTCHours())) ms += (60 - local.getUTCMinutes()) * MINUTE_MS;
    else if (!rules.minutes.has(local.getUTCMinutes())) ms += MINUTE_MS;
    else return ms;
  }
  return undefined;
}
