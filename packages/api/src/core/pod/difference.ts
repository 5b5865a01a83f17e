/** Longer lists of differences are cut. */
const MAX_LINES = 40;

/**
 * What differs between two JSON values, one line each: `-` for what was, `+` for what is wanted. Meant for people who sent a
 * change that is refused.
 */
export function differenceText(before: unknown, after: unknown): string {
  const lines = [...differences(before, after, '')];
  const shown = lines.slice(0, MAX_LINES);
  return [...shown, ...(lines.length > MAX_LINES ? ['  ...'] : [])].map((line) => `${line}\n`).join('');
}

function* differences(before: unknown, after: unknown, path: string): Generator<string> {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const at = Array.isArray(before) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
      yield* differences((before as Values)[key], (after as Values)[key], at);
    }
    return;
  }
  if (before === after) return;
  if (before !== undefined) yield `- ${path}: ${JSON.stringify(before)}`;
  if (after !== undefined) yield `+ ${path}: ${JSON.stringify(after)}`;
}

type Values = Readonly<Record<string, unknown>>;

function isContainer(value: unknown): value is Values | unknown[] {
  return typeof value === 'object' && value !== null;
}
