import { writeNumber, writeText } from './yaml-scalars.ts';

const INDENT = 2;
/** Longer keys, in bytes, stand behind a question mark. */
const MAX_SIMPLE_KEY_BYTES = 128;
const encoder = new TextEncoder();

/**
 * Writes YAML as the API does: keys in natural order, lists of a mapping not indented, long lines broken at spaces. Fields that
 * are undefined are left out.
 */
export function formatYaml(value: unknown): string {
  return `${new Writer().root(value)}\n`.replace(/\n\n$/, (end) => (endsWithKeptBreaks(value) ? end : '\n'));
}

/** Whether what is written last is a block that keeps the breaks at its end. */
function endsWithKeptBreaks(value: unknown): boolean {
  if (typeof value === 'string') return value === '\n' || value.endsWith('\n\n');
  if (Array.isArray(value)) return value.length > 0 && endsWithKeptBreaks(value.at(-1));
  if (typeof value !== 'object' || value === null) return false;
  const last = keysOf(value as Record<string, unknown>).at(-1);
  return last !== undefined && endsWithKeptBreaks((value as Record<string, unknown>)[last]);
}

class Writer {
  root(value: unknown): string {
    if (isFilledList(value)) return this.#list(value, 0);
    if (isFilledMap(value)) return this.#map(value, 0);
    return this.#scalar(value, { indent: INDENT, column: 0 });
  }

  /** The items, the first without the columns before it. */
  #list(items: readonly unknown[], indent: number): string {
    return items.map((item) => `- ${this.#item(item, indent)}`).join(`\n${' '.repeat(indent)}`);
  }

  #item(item: unknown, indent: number): string {
    const inner = indent + INDENT;
    if (isFilledList(item)) return this.#list(item, inner);
    if (isFilledMap(item)) return this.#map(item, inner);
    return this.#scalar(item, { indent: inner, column: indent + 2 });
  }

  /** The entries, the first without the columns before it. */
  #map(map: Record<string, unknown>, indent: number): string {
    const entries = keysOf(map).map((key) => this.#entry(key, map[key], indent));
    return entries.join(`\n${' '.repeat(indent)}`);
  }

  #entry(key: string, value: unknown, indent: number): string {
    const margin = ' '.repeat(indent);
    if (!isSimpleKey(key)) {
      const written = writeText(key, { indent: indent + INDENT, column: indent + 2, isKey: false });
      return `? ${written}\n${margin}: ${this.#item(value, indent)}`;
    }
    const name = writeText(key, { indent, column: indent, isKey: true });
    if (isFilledList(value)) return `${name}:\n${margin}${this.#list(value, indent)}`;
    if (isFilledMap(value)) {
      const inner = indent + INDENT;
      return `${name}:\n${' '.repeat(inner)}${this.#map(value, inner)}`;
    }
    const column = indent + name.length + 2;
    return `${name}: ${this.#scalar(value, { indent: indent + INDENT, column })}`;
  }

  #scalar(value: unknown, place: { indent: number; column: number }): string {
    if (typeof value === 'string') return writeText(value, { ...place, isKey: false });
    if (typeof value === 'number') return writeNumber(value);
    if (typeof value === 'boolean') return String(value);
    if (value === null || value === undefined) return 'null';
    return Array.isArray(value) ? '[]' : '{}';
  }
}

function isFilledList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function isFilledMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).some((field) => field !== undefined);
}

function isSimpleKey(key: string): boolean {
  if (/[\n\r\x85\u2028\u2029]/.test(key)) return false;
  return key.length <= MAX_SIMPLE_KEY_BYTES && encoder.encode(key).length <= MAX_SIMPLE_KEY_BYTES;
}

function keysOf(map: Record<string, unknown>): string[] {
  return Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort(compareNaturally);
}

const isLetter = (character: string) => /\p{L}/u.test(character);
const isDigit = (character: string) => /\p{Nd}/u.test(character);

/** The order of keys: numbers within them by their size, and letters after all else but for where a number has begun. */
function compareNaturally(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  let isInNumber = false;
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [mine, other] = [left[at]!, right[at]!];
    if (mine === other) {
      isInNumber = isDigit(mine);
      continue;
    }
    const [isMine, isOther] = [isLetter(mine), isLetter(other)];
    if (isMine && isOther) return order(mine.codePointAt(0)!, other.codePointAt(0)!);
    if (isMine || isOther) return isInNumber === isMine ? -1 : 1;
    return compareNumbers(left, right, at);
  }
  return left.length - right.length;
}

/** Compares where no letters are: numbers that begin here, or have begun before where a zero would be at their start otherwise. */
function compareNumbers(left: readonly string[], right: readonly string[], at: number): number {
  const isContinued = (left[at] === '0' || right[at] === '0') && hasDigitBefore(left, at);
  const [mine, other] = [digitsAt(left, at), digitsAt(right, at)];
  const start = isContinued ? '1' : '0';
  const sizes = [BigInt(start + mine), BigInt(start + other)] as const;
  if (sizes[0] !== sizes[1]) return sizes[0] < sizes[1] ? -1 : 1;
  if (mine.length !== other.length) return mine.length - other.length;
  return order(left[at]!.codePointAt(0)!, right[at]!.codePointAt(0)!);
}

function hasDigitBefore(characters: readonly string[], at: number): boolean {
  for (let before = at - 1; before >= 0 && isDigit(characters[before]!); before--) {
    if (characters[before] !== '0') return true;
  }
  return false;
}

function digitsAt(characters: readonly string[], at: number): string {
  let end = at;
  while (end < characters.length && /\d/.test(characters[end]!)) end++;
  return characters.slice(at, end).join('');
}

function order(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
