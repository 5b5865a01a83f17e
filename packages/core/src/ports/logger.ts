export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured logging; `fields` are printed as key=value pairs in the order given. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void;
  /** A logger that adds `fields` to every line. */
  with(fields: Record<string, unknown>): Logger;
}

/** Drops everything; the default in tests. */
export const silentLogger: Logger = { log() {}, with: () => silentLogger };
