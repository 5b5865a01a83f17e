/** Crash-loop back-off of one container. */
export interface BackOffEntry {
  readonly delayMs: number;
  /** When the delay was last raised. */
  readonly updatedMs: number;
}

export interface BackOffLimits {
  readonly initialMs: number;
  readonly maxMs: number;
}

export const CRASH_LOOP: BackOffLimits = { initialMs: 10_000, maxMs: 300_000 };
export const IMAGE_PULL: BackOffLimits = { initialMs: 10_000, maxMs: 300_000 };

/** An entry is forgotten when nothing failed for twice the longest delay. */
const isStale = (entry: BackOffEntry, atMs: number, limits: BackOffLimits) => atMs - entry.updatedMs > 2 * limits.maxMs;

/** When something that failed at `failedMs` may be tried again. */
export function heldUntil(entry: BackOffEntry | undefined, failedMs: number, limits: BackOffLimits): number {
  return !entry || isStale(entry, failedMs, limits) ? failedMs : failedMs + entry.delayMs;
}

/** The entry after one more attempt that follows a failure at `failedMs`. */
export function raised(entry: BackOffEntry | undefined, failedMs: number, limits: BackOffLimits): BackOffEntry {
  if (!entry || isStale(entry, failedMs, limits)) return { delayMs: limits.initialMs, updatedMs: failedMs };
  return { delayMs: Math.min(entry.delayMs * 2, limits.maxMs), updatedMs: failedMs };
}

/** A delay as messages print it: 10s, 2m40s, 5m0s. */
export function formatDelay(delayMs: number): string {
  const seconds = Math.round(delayMs / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
