/**
 * How texts and numbers are written in the API's YAML: plain where a reader would take them for text again, in quotes otherwise,
 * and as a block where they have several lines.
 */

type Style = 'plain' | 'single' | 'double' | 'literal';

/** Where a scalar stands. */
export interface ScalarPlace {
  /** Columns before its further lines. */
  readonly indent: number;
  /** The column that it begins in. */
  readonly column: number;
  /** Keys before a colon stay on one line. */
  readonly isKey: boolean;
}

/** The column after which a line is broken at the next space. */
const BEST_WIDTH = 80;
const INDENT = 2;

const WORDS: ReadonlySet<string> = new Set(
  ['y', 'yes', 'true', 'on', 'n', 'no', 'false', 'off', 'null']
    .flatMap((word) => [word, word.toUpperCase(), `${word[0]!.toUpperCase()}${word.slice(1)}`])
    .concat('', '~')
    .concat(['.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF']),
);
const DECIMAL = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const WITH_BASE = /^[-+]?0([xX][\da-fA-F]+|[oO]?[0-7]+|[bB][01]+)$/;
const SEXAGESIMAL = /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/;
const TIME = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]| )(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(Z|[-+]\d\d:\d\d)?)?$/;
const MAX_UNSIGNED = 2n ** 64n - 1n;
const MAX_SIGNED = 2n ** 63n;

/** Whether a reader would take plain text for something else. */
function isResolved(text: string): boolean {
  if (WORDS.has(text) || SEXAGESIMAL.test(text)) return true;
  const first = text[0]!;
  if (first === '.') return DECIMAL.test(text);
  if (!/[-+\d]/.test(first)) return false;
  const plain = text.replaceAll('_', '');
  return isTime(text) || DECIMAL.test(plain) || isInteger(plain);
}

function isInteger(text: string): boolean {
  if (!WITH_BASE.test(text)) return false;
  const isNegative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '').replace(/^0(?=[0-7]+$)/, '0o');
  const size = BigInt(digits.toLowerCase());
  return size <= (text[0] === '+' || isNegative ? MAX_SIGNED : MAX_UNSIGNED);
}

function isTime(text: string): boolean {
  const match = TIME.exec(text);
  if (!match) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as number[];
  const hasZone = match[7] !== undefined;
  if (match[4] !== undefined && /[Tt]/.test(text) !== hasZone) return false;
  const lastDay = new Date(Date.UTC(year!, month!, 0)).getUTCDate();
  const isDate = month! >= 1 && month! <= 12 && day! >= 1 && day! <= lastDay;
  return isDate && (match[4] === undefined || (hour! < 24 && minute! < 60 && second! < 60));
}

/** What characters a text has, and so which styles can carry it. */
interface Analysis {
  readonly isPlain: boolean;
  readonly isSingle: boolean;
  readonly isBlock: boolean;
}

const FIRST_INDICATORS = new Set('#,[]{}&*!|>\'"%@`');
/** Beyond these a character is written by its number. */
const UNPRINTABLE = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;

function analyze(text: string): Analysis {
  if (text === '') return { isPlain: true, isSingle: true, isBlock: false };
  const isSpecial = UNPRINTABLE.test(text);
  const breaks = /[\n\u2028\u2029]/;
  const hasBreaks = breaks.test(text);
  const isPadded = /^[ \n\u2028\u2029]|[ \n\u2028\u2029]$/.test(text);
  const isLoose = / [\n\u2028\u2029]/.test(text) || isSpecial;
  return {
    isPlain: !isPadded && !hasBreaks && !isLoose && !hasIndicators(text),
    isSingle: !/[\n\u2028\u2029] /.test(text) && !isLoose,
    isBlock: !text.endsWith(' ') && !isLoose,
  };
}

/** Whether something in the text means something in YAML where it stands. */
function hasIndicators(text: string): boolean {
  if (/^(---|\.\.\.)/.test(text) || FIRST_INDICATORS.has(text[0]!)) return true;
  return /^[-?:](\s|$)|:(\s|$)|\s#/.test(text);
}

function styleOf(text: string, { isKey }: ScalarPlace): Style {
  const analysis = analyze(text);
  if (text.includes('\n')) return !isKey && analysis.isBlock ? 'literal' : 'double';
  if (isResolved(text)) return 'double';
  if (analysis.isPlain) return 'plain';
  return analysis.isSingle ? 'single' : 'double';
}

/** A text as YAML. */
export function writeText(text: string, place: ScalarPlace): string {
  switch (styleOf(text, place)) {
    case 'plain':
      return new Line(place).fold([...text], (character) => character);
    case 'single':
      return `'${new Line({ ...place, column: place.column + 1 }).fold([...text], quoteSingle)}'`;
    case 'double':
      return `"${new Line({ ...place, column: place.column + 1 }, true).fold([...text], quoterOf(text))}"`;
    case 'literal':
      return literal(text, place.indent);
  }
}

const quoteSingle = (character: string) => (character === "'" ? "''" : character);

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** Behind a byte order mark no character is trusted. */
function quoterOf(text: string): (character: string) => string {
  return text.startsWith('\ufeff') ? escapedForm : quoteDouble;
}

function quoteDouble(character: string): string {
  return character in ESCAPES || UNPRINTABLE.test(character) ? escapedForm(character) : character;
}

function escapedForm(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return `\\${known}`;
  const code = character.codePointAt(0)!;
  const [letter, digits] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code
    .toString(16)
    .toUpperCase()
    .padStart(digits as number, '0')}`;
}

/** A line being written, which goes on in the next one at a space once it is long. */
class Line {
  readonly #place: ScalarPlace;
  readonly #isQuotedTwice: boolean;
  #column: number;

  constructor(place: ScalarPlace, isQuotedTwice = false) {
    this.#place = place;
    this.#isQuotedTwice = isQuotedTwice;
    this.#column = place.column;
  }

  fold(characters: readonly string[], quote: (character: string) => string): string {
    let result = '';
    let isAfterSpace = false;
    for (const [index, character] of characters.entries()) {
      const isSpace = character === ' ';
      const written =
        isSpace && !isAfterSpace && this.#breaksAt(characters, index)
          ? this.#newLine(characters, index)
          : quote(character);
      if (!written.startsWith('\n')) this.#column += written.length;
      result += written;
      isAfterSpace = isSpace;
    }
    return result;
  }

  #breaksAt(characters: readonly string[], index: number): boolean {
    if (this.#place.isKey || this.#column <= BEST_WIDTH) return false;
    if (this.#isQuotedTwice) return index > 0 && index < characters.length - 1;
    return index < characters.length - 1 && characters[index + 1] !== ' ';
  }

  #newLine(characters: readonly string[], index: number): string {
    const mark = this.#isQuotedTwice && characters[index + 1] === ' ' ? '\\' : '';
    this.#column = this.#place.indent + mark.length;
    return `\n${' '.repeat(this.#place.indent)}${mark}`;
  }
}

/** The text line by line below a mark that says how it begins and ends. */
function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? String(INDENT) : '';
  const end = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
  return `|${hint}${end}\n${lines.join('\n')}`;
}

/** A number as YAML: whole ones by their digits for as long as 64 bits hold them. */
export function writeNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= Number(MAX_UNSIGNED)) {
    const whole = BigInt(value);
    if (whole <= MAX_UNSIGNED && whole >= -MAX_SIGNED) return whole.toString();
  }
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
