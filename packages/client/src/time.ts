/** A point in time as the API writes it: RFC 3339 in UTC with whole seconds. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A point in time with microseconds, as leases and event series carry it. */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds of an API time; NaN when absent. */
export function parseTime(text: string | undefined): number {
  return text ? Date.parse(text) : Number.NaN;
}
