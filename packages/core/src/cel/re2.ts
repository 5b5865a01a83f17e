/**
 * Regular expressions in RE2 syntax, which the API speaks (schema patterns, CEL's `matches`), on the host's engine where that is
 * fast, else on one that is never slow. What RE2 does not have (look-around, back references) is refused; what the host writes differently (inline flags, \A, \z, \Q...\E, classes by
 * name) is rewritten.
 */

import { type Finder, linearFinder, type PatternNode, PatternSizeError, parsePattern } from './linear-pattern.ts';

/** A pattern that is not RE2. The message is worded as Go words it. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** A regular expression, anchored nowhere. */
export interface Pattern {
  test(text: string): boolean;
  /** The leftmost match. */
  find(text: string): string | undefined;
  /** All matches that do not overlap; an empty one does not follow another directly. */
  findAll(text: string): Generator<string>;
}

const COMPILED_LIMIT = 1024;
const compiled = new Map<string, Pattern | PatternError>();

/** The expression for `pattern`. Throws a `PatternError` where it is not RE2 syntax. */
export function compilePattern(pattern: string): Pattern {
  let result = compiled.get(pattern);
  if (result === undefined) {
    result = tryCompile(pattern);
    if (compiled.size >= COMPILED_LIMIT) compiled.clear();
    compiled.set(pattern, result);
  }
  if (result instanceof PatternError) throw result;
  return result;
}

function tryCompile(pattern: string): Pattern | PatternError {
  try {
    const source = new Translator(pattern).translate();
    const expression = new RegExp(source, 'gu');
    const node = parsePattern(source);
    if (repetitionsOf(node) > MAX_REPETITIONS) {
      return new PatternError(`error parsing regexp: invalid repeat count: \`${pattern}\``);
    }
    return patternOf(finderOf(node, expression));
  } catch (error) {
    if (error instanceof PatternError) return error;
    if (error instanceof PatternSizeError) {
      return new PatternError(`error parsing regexp: expression too large: \`${pattern}\``);
    }
    return new PatternError(`error parsing regexp: invalid expression: \`${pattern}\``);
  }
}

/** Longest text that the host may search where it might go over it several times. */
const MAX_RETRIED_LENGTH = 256;
const MAX_RETRIES = 2;

/**
 * The host's engine tries one way after the other, which may take beyond all time. It is fast for what it cannot do badly on, and
 * is not asked for anything else.
 */
function finderOf(node: PatternNode, expression: RegExp): Finder {
  const linear = linearFinder(node);
  const retries = retriesOf(node);
  if (retries > MAX_RETRIES) return linear;
  const onHost: Finder = (text, from) => {
    expression.lastIndex = from;
    const match = expression.exec(text);
    return match ? [match.index, match.index + match[0].length] : undefined;
  };
  if (retries === 0) return onHost;
  return (text, from) => (text.length <= MAX_RETRIED_LENGTH ? onHost(text, from) : linear(text, from));
}

/** How many parts may take more or less of the text; no limit where such a part is repeated itself. */
function retriesOf(node: PatternNode): number {
  switch (node.type) {
    case 'sequence':
      return node.parts.reduce((total, part) => total + retriesOf(part), 0);
    case 'choice':
      return node.options.reduce((total, option) => total + retriesOf(option), 1);
    case 'repeat': {
      const inside = retriesOf(node.part);
      if (node.max === 1) return inside + 1;
      if (inside > 0) return Number.POSITIVE_INFINITY;
      return node.min === node.max ? 0 : 1;
    }
    default:
      return 0;
  }
}

/** How often a part of an expression may be repeated by number, in all. */
const MAX_REPETITIONS = 1000;

function repetitionsOf(node: PatternNode): number {
  switch (node.type) {
    case 'sequence':
      return Math.max(1, ...node.parts.map(repetitionsOf));
    case 'choice':
      return Math.max(1, ...node.options.map(repetitionsOf));
    case 'repeat':
      return Math.max(1, Number.isFinite(node.max) ? node.max : node.min) * repetitionsOf(node.part);
    default:
      return 1;
  }
}

function patternOf(find: Finder): Pattern {
  return {
    test: (text) => find(text, 0) !== undefined,
    find(text) {
      const match = find(text, 0);
      return match && text.slice(...match);
    },
    *findAll(text) {
      let [at, before] = [0, -1];
      while (at <= text.length) {
        const match = find(text, at);
        if (!match) return;
        const [start, end] = match;
        if (end > at || start !== before) yield text.slice(start, end);
        at = end > at ? end : at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
        before = end;
      }
    },
  };
}

const NAMED_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** Perl classes; `\s` of RE2 has no vertical tab, and only ASCII. */
const PERL_CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' };
/** Their complements, as ranges that may stand inside a class. */
const PERL_COMPLEMENTS: Readonly<Record<string, string>> = {
  D: '\\D',
  W: '\\W',
  S: '\\0-\\x08\\x0B\\x0E-\\x1F!-\\u{10FFFF}',
};

interface Flags {
  readonly ignoresCase: boolean;
  readonly isMultiline: boolean;
  readonly dotMatchesAll: boolean;
  readonly isUngreedy: boolean;
}

const SYNTAX_CHARACTERS = new Set('^$\\.*+?()[]{}|/');
const quoteCharacter = (character: string) => (SYNTAX_CHARACTERS.has(character) ? `\\${character}` : character);

class Translator {
  readonly #pattern: string;
  readonly #characters: readonly string[];
  #at = 0;
  #flags: Flags = { ignoresCase: false, isMultiline: false, dotMatchesAll: false, isUngreedy: false };
  readonly #groupFlags: Flags[] = [];
  /** Something stands before the next character that may be repeated. */
  #isRepeatable = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = [...pattern];
  }

  translate(): string {
    let result = '';
    while (this.#at < this.#characters.length) result += this.#next();
    if (this.#groupFlags.length > 0) throw this.#error('missing closing )', this.#pattern);
    return result;
  }

  #error(what: string, part: string): PatternError {
    return new PatternError(`error parsing regexp: ${what}: \`${part}\``);
  }

  #next(): string {
    const character = this.#characters[this.#at++]!;
    const wasRepeatable = this.#isRepeatable;
    this.#isRepeatable = true;
    switch (character) {
      case '\\':
        return this.#escape();
      case '[':
        return this.#class();
      case '(':
        this.#isRepeatable = false;
        return this.#open();
      case ')':
        return this.#close();
      case '|':
        this.#isRepeatable = false;
        return '|';
      case '^':
        return this.#flags.isMultiline ? '(?:^|(?<=\\n))' : '^';
      case '$':
        return this.#flags.isMultiline ? '(?:$|(?=\\n))' : '$';
      case '.':
        return this.#flags.dotMatchesAll ? '[^]' : '[^\\n]';
      case '*':
      case '+':
      case '?':
        return this.#repeat(character, wasRepeatable);
      case '{':
        return this.#counted(wasRepeatable);
      default:
        return this.#literal(character);
    }
  }

  #literal(character: string): string {
    if (this.#flags.ignoresCase) {
      const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
      if (lower !== upper && [...lower].length === 1 && [...upper].length === 1) return `[${lower}${upper}]`;
    }
    return quoteCharacter(character);
  }

  #repeat(operator: string, isAllowed: boolean): string {
    if (!isAllowed) throw this.#error('missing argument to repetition operator', operator);
    const isLazy = this.#characters[this.#at] === '?';
    if (isLazy) this.#at++;
    this.#isRepeatable = false;
    const after = this.#characters[this.#at];
    if (after !== undefined && '*+?'.includes(after)) {
      throw this.#error('invalid nested repetition operator', `${operator}${isLazy ? '?' : ''}${after}`);
    }
    return isLazy === this.#flags.isUngreedy ? operator : `${operator}?`;
  }

  #counted(isAllowed: boolean): string {
    const rest = this.#characters.slice(this.#at, this.#at + 24).join('');
    const match = /^(\d+)(?:(,)(\d*))?\}/.exec(rest);
    if (!match) return '\\{';
    if (!isAllowed) throw this.#error('missing argument to repetition operator', `{${match[0]}`);
    const [low, high] = [Number(match[1]), match[3] ? Number(match[3]) : undefined];
    if (low > 1000 || (high !== undefined && (high > 1000 || high < low))) {
      throw this.#error('invalid repeat count', `{${match[0]}`);
    }
    this.#at += match[0].length;
    return this.#repeat(`{${match[0]}`, true);
  }

  #open(): string {
    this.#groupFlags.push(this.#flags);
    if (this.#characters[this.#at] !== '?') return '(';
    const rest = this.#characters.slice(this.#at, this.#at + 128).join('');
    const name = /^\?P?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest);
    if (name) {
      this.#at += name[0].length;
      return `(?<${name[1]}>`;
    }
    const flags = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
    if (!flags)
      throw this.#error('invalid or unsupported Perl syntax', `(${rest.slice(0, rest.startsWith('?<') ? 3 : 2)}`);
    this.#at += flags[0].length;
    this.#setFlags(flags[1]!, true);
    this.#setFlags(flags[2] ?? '', false);
    if (flags[3] === ':') return '(?:';
    // Flags without a group hold until the group around them ends.
    this.#groupFlags.pop();
    return '';
  }

  #setFlags(letters: string, value: boolean): void {
    for (const letter of letters) {
      if (letter === 'i') this.#flags = { ...this.#flags, ignoresCase: value };
      else if (letter === 'm') this.#flags = { ...this.#flags, isMultiline: value };
      else if (letter === 's') this.#flags = { ...this.#flags, dotMatchesAll: value };
      else this.#flags = { ...this.#flags, isUngreedy: value };
    }
  }

  #close(): string {
    const flags = this.#groupFlags.pop();
    if (!flags) throw this.#error('unexpected )', this.#pattern);
    this.#flags = flags;
    return ')';
  }

  #escape(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw this.#error('trailing backslash at end of expression', '');
    if (character === 'A') return '^';
    if (character === 'z') return '$';
    if (character === 'b' || character === 'B') return `\\${character}`;
    if (character === 'Q') return this.#verbatim();
    if (character === 'C') return '[^]';
    const inClass = PERL_CLASSES[character];
    if (inClass) return `[${inClass}]`;
    const complement = PERL_CLASSES[character.toLowerCase()];
    if (complement) return `[^${complement}]`;
    if (character === 'p' || character === 'P') return this.#property(character);
    const code = this.#codePoint(character);
    return code === undefined ? this.#literal(character) : this.#literal(String.fromCodePoint(code));
  }

  #verbatim(): string {
    let result = '';
    while (this.#at < this.#characters.length) {
      if (this.#characters[this.#at] === '\\' && this.#characters[this.#at + 1] === 'E') {
        this.#at += 2;
        break;
      }
      result += this.#literal(this.#characters[this.#at++]!);
    }
    return result;
  }

  #property(letter: string): string {
    const rest = this.#characters.slice(this.#at, this.#at + 64).join('');
    const match = /^(?:([A-Z])|\{(\^?)([A-Za-z_]+)\})/.exec(rest);
    if (!match) throw this.#error('invalid character class range', `\\${letter}${rest.slice(0, 1)}`);
    this.#at += match[0].length;
    const name = match[1] ?? match[3]!;
    const isNegated = (letter === 'P') !== (match[2] === '^');
    const isCategory = name.length <= 2;
    return `\\${isNegated ? 'P' : 'p'}{${isCategory ? name : `Script=${name}`}}`;
  }

  /** The character that an escape stands for; undefined where it is the character itself. */
  #codePoint(character: string): number | undefined {
    const simple = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }[character];
    if (simple !== undefined) return simple;
    const rest = this.#characters.slice(this.#at, this.#at + 12).join('');
    if (character === 'x') {
      const match = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(rest);
      const code = match ? Number.parseInt(match[1] ?? match[2]!, 16) : 0x110000;
      if (!match || code > 0x10ffff) throw this.#error('invalid escape sequence', `\\x${rest.slice(0, 2)}`);
      this.#at += match[0].length;
      return code;
    }
    if (character === '0') {
      const match = /^[0-7]{0,2}/.exec(rest)![0];
      this.#at += match.length;
      return Number.parseInt(`0${match}`, 8);
    }
    if (/[1-9A-Za-z]/.test(character)) throw this.#error('invalid escape sequence', `\\${character}`);
    return undefined;
  }

  #class(): string {
    const start = this.#at - 1;
    const missing = () => this.#error('missing closing ]', this.#characters.slice(start).join(''));
    let result = '[';
    if (this.#characters[this.#at] === '^') {
      result += '^';
      this.#at++;
    }
    for (let isFirst = true; ; isFirst = false) {
      const character = this.#characters[this.#at];
      if (character === undefined) throw missing();
      if (character === ']' && !isFirst) {
        this.#at++;
        return `${result}]`;
      }
      result += this.#classMember(missing);
    }
  }

  #classMember(missing: () => PatternError): string {
    const rest = this.#characters.slice(this.#at, this.#at + 16).join('');
    const named = /^\[:(\^?)([a-z]+):\]/.exec(rest);
    if (named) {
      const ranges = NAMED_CLASSES[named[2]!];
      if (!ranges) throw this.#error('invalid character class range', named[0]);
      this.#at += named[0].length;
      return named[1] ? complementOf(ranges) : ranges;
    }
    const set = this.#classSet();
    if (set !== undefined) return set;
    const low = this.#classCharacter(missing);
    if (this.#characters[this.#at] !== '-' || this.#characters[this.#at + 1] === ']') return this.#range(low, low);
    if (this.#characters[this.#at + 1] === undefined) throw missing();
    this.#at++;
    const high = this.#classCharacter(missing);
    if (high < low) {
      throw this.#error('invalid character class range', `${String.fromCodePoint(low)}-${String.fromCodePoint(high)}`);
    }
    return this.#range(low, high);
  }

  /** A class within the class, such as \d or \pL. */
  #classSet(): string | undefined {
    if (this.#characters[this.#at] !== '\\') return undefined;
    const letter = this.#characters[this.#at + 1];
    if (letter === undefined) return undefined;
    const set = PERL_CLASSES[letter] ?? PERL_COMPLEMENTS[letter];
    if (set !== undefined) {
      this.#at += 2;
      return set;
    }
    if (letter !== 'p' && letter !== 'P') return undefined;
    this.#at += 2;
    return this.#property(letter);
  }

  #classCharacter(missing: () => PatternError): number {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw missing();
    if (character !== '\\') return character.codePointAt(0)!;
    const escaped = this.#characters[this.#at++];
    if (escaped === undefined) throw missing();
    return this.#codePoint(escaped) ?? escaped.codePointAt(0)!;
  }

  #range(low: number, high: number): string {
    const plain = `${hex(low)}${low === high ? '' : `-${hex(high)}`}`;
    if (!this.#flags.ignoresCase) return plain;
    return `${plain}${otherCase(low, high, 0x41, 0x5a, 32)}${otherCase(low, high, 0x61, 0x7a, -32)}`;
  }
}

/** The part of a range that lies in one case of the alphabet, in the other case. */
function otherCase(low: number, high: number, first: number, last: number, shift: number): string {
  const [from, to] = [Math.max(low, first), Math.min(high, last)];
  return from > to ? '' : `${hex(from + shift)}-${hex(to + shift)}`;
}

function hex(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

function complementOf(ranges: string): string {
  const matcher = new RegExp(`[${ranges}]`, 'u');
  let result = '';
  for (let code = 0; code < 0x80; code++) if (!matcher.test(String.fromCharCode(code))) result += hex(code);
  return `${result}\\u{80}-\\u{10FFFF}`;
}
