import type { Logger, LogLevel } from '../ports/logger.ts';
import { hostClock } from './host.ts';

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.stack ?? value.message);
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? 'undefined';
}

/** Writes one line an entry to stderr, `level` and above. */
export function consoleLogger(level: LogLevel = 'info', fields: Record<string, unknown> = {}): Logger {
  return {
    log(entryLevel, message, entryFields) {
      if (RANK[entryLevel] < RANK[level]) return;
      const pairs = Object.entries({ ...fields, ...entryFields }).map(
        ([key, value]) => ` ${key}=${formatValue(value)}`,
      );
      process.stderr.write(
        `${new Date(hostClock.now()).toISOString()} ${entryLevel.padEnd(5)} ${message}${pairs.join('')}\n`,
      );
    },
    with: (more) => consoleLogger(level, { ...fields, ...more }),
  };
}
