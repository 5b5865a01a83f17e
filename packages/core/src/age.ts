/** Durations as people and Go programs write them. */

const SECOND_MS = 1000;
const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/**
 * A duration as `kubectl get` shows ages: two significant units at most (5d3h, 10m, 45s). Slightly negative ones, from clocks
 * that disagree, count as 0s; more negative ones are <invalid>.
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / SECOND_MS);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE_SECONDS) return `${seconds}s`;
  const minutes = Math.trunc(seconds / MINUTE_SECONDS);
  if (minutes < 10) return joined(minutes, 'm', seconds % 60, 's');
  if (minutes < 3 * 60) return `${minutes}m`;
  const hours = Math.trunc(seconds / HOUR_SECONDS);
  if (hours < 8) return joined(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 24 * 8) return joined(Math.trunc(hours / 24), 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24)}d`;
  if (hours < 24 * 365 * 8) return joined(Math.trunc(hours / 24 / 365), 'y', Math.trunc(hours / 24) % 365, 'd');
  return `${Math.trunc(hours / 24 / 365)}y`;
}

function joined(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit}${minor}${minorUnit}`;
}

/** As `humanDuration`, in one unit: 5d, 10m, 45s. */
export function shortHumanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / SECOND_MS);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < MINUTE_SECONDS) return `${seconds}s`;
  if (seconds < HOUR_SECONDS) return `${Math.trunc(seconds / MINUTE_SECONDS)}m`;
  if (seconds < DAY_SECONDS) return `${Math.trunc(seconds / HOUR_SECONDS)}h`;
  if (seconds < 365 * DAY_SECONDS) return `${Math.trunc(seconds / DAY_SECONDS)}d`;
  return `${Math.trunc(seconds / DAY_SECONDS / 365)}y`;
}

/** The age of what happened at the RFC 3339 time `since`; `<unknown>` where there is no time. */
export function ageSince(since: string | undefined | null, nowMs: number): string {
  return since ? humanDuration(nowMs - Date.parse(since)) : '<unknown>';
}

const NANOS_PER_UNIT: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  '\u00b5s': 1000n,
  '\u03bcs': 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_NANOS = 2n ** 63n - 1n;

/** Nanoseconds of a Go duration text such as 1m30s, 1.5h or -2us. Throws an Error worded as Go words it. */
export function parseGoDuration(text: string): bigint {
  const wrong = (what: string) => new Error(`time: ${what} duration ${JSON.stringify(text)}`);
  const isNegative = text.startsWith('-');
  let rest = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') throw wrong('invalid');
  let total = 0n;
  while (rest !== '') {
    const match = /^([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/.exec(rest)!;
    const [whole, integer = '', fraction = '', unit = ''] = match;
    if (integer === '' && fraction === '') throw wrong('invalid');
    if (unit === '') throw wrong('missing unit in');
    const scale = NANOS_PER_UNIT[unit];
    if (scale === undefined) throw wrong(`unknown unit ${JSON.stringify(unit)} in`);
    total += BigInt(integer || '0') * scale + fractionNanos(fraction, scale);
    if (total > MAX_NANOS) throw wrong('invalid');
    rest = rest.slice(whole.length);
  }
  return isNegative ? -total : total;
}

function fractionNanos(fraction: string, scale: bigint): bigint {
  const digits = fraction.slice(0, 18);
  return digits === '' ? 0n : (BigInt(digits) * scale) / 10n ** BigInt(digits.length);
}

/** Milliseconds of a Go duration text, fractions kept. */
export function goDurationMs(text: string): number {
  return Number(parseGoDuration(text)) / 1e6;
}

/** The canonical Go text of a number of nanoseconds: 1m30s, 1h0m0s, 1.5s, 100ms. */
export function formatGoDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${withFraction(size, 1000n)}\u00b5s`;
  if (size < 1_000_000_000n) return `${sign}${withFraction(size, 1_000_000n)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${withFraction(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
}

function withFraction(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return fraction ? `${value / unit}.${fraction}` : `${value / unit}`;
}
