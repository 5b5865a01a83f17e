import { CelCompileError, type Literal } from './syntax.ts';

export type Token =
  | { readonly type: 'literal'; readonly at: number; readonly text: string; readonly value: Literal }
  | { readonly type: 'identifier' | 'operator' | 'end'; readonly at: number; readonly text: string };

const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)+/y;
const NUMBER = /0x[0-9a-fA-F]+u?|(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[uU]?/y;
const STRING = /[rRbB]{0,2}(?:"""|'''|"|')/y;
const IDENTIFIER = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const QUOTED_IDENTIFIER = /`[a-zA-Z0-9_.\-/ ]+`/y;
const OPERATOR = /==|!=|<=|>=|&&|\|\||[-+*/%!?:.,<>()[\]{}]/y;

/** Splits an expression into tokens; the last one is the end. Throws a `CelCompileError`. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= source.length) break;
    const token = tokenAt(source, at, match);
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { type: 'end', at: source.length, text: '<EOF>' }];
}

function tokenAt(source: string, at: number, match: (pattern: RegExp) => string | undefined): Token {
  const opening = match(STRING);
  if (opening !== undefined) return stringToken(source, at, opening);
  const number = match(NUMBER);
  if (number !== undefined && !(number.startsWith('.') && /[\w)\]]/.test(source[at - 1] ?? ''))) {
    return { type: 'literal', at, text: number, value: numberOf(source, number, at) };
  }
  const name = match(IDENTIFIER);
  if (name !== undefined) return wordToken(name, at);
  const quoted = match(QUOTED_IDENTIFIER);
  if (quoted !== undefined) return { type: 'identifier', at, text: quoted };
  const operator = match(OPERATOR);
  if (operator !== undefined) return { type: 'operator', at, text: operator };
  const text = `Syntax error: token recognition error at: '${source[at]}'`;
  throw new CelCompileError(source, [{ at, text }]);
}

function wordToken(text: string, at: number): Token {
  if (text === 'true' || text === 'false') {
    return { type: 'literal', at, text, value: { kind: 'bool', value: text === 'true' } };
  }
  if (text === 'null') return { type: 'literal', at, text, value: { kind: 'null' } };
  return { type: text === 'in' ? 'operator' : 'identifier', at, text };
}

const INT_LIMIT = 2n ** 63n;
const UINT_LIMIT = 2n ** 64n;

function numberOf(source: string, text: string, at: number): Literal {
  if (/^\d*\.|^\d+[eE]/.test(text)) return { kind: 'double', value: Number(text) };
  const isUnsigned = /u$/i.test(text);
  const value = BigInt(isUnsigned ? text.slice(0, -1) : text);
  // The limit itself is an int behind a minus sign, which the parser looks at.
  if (isUnsigned ? value >= UINT_LIMIT : value > INT_LIMIT) {
    throw new CelCompileError(source, [{ at, text: `invalid ${isUnsigned ? 'uint' : 'int'} literal` }]);
  }
  return { kind: isUnsigned ? 'uint' : 'int', value };
}

function stringToken(source: string, at: number, opening: string): Token {
  const quote = opening.replace(/^[rRbB]+/, '');
  const prefix = opening.slice(0, opening.length - quote.length).toLowerCase();
  const isRaw = prefix.includes('r');
  let end = at + opening.length;
  while (!source.startsWith(quote, end)) {
    if (end >= source.length || (quote.length === 1 && source[end] === '\n')) {
      const text = `Syntax error: token recognition error at: '${source.slice(at, end)}'`;
      throw new CelCompileError(source, [{ at, text }]);
    }
    end += !isRaw && source[end] === '\\' ? 2 : 1;
  }
  const content = source.slice(at + opening.length, end);
  const text = source.slice(at, end + quote.length);
  const fail = (what: string): never => {
    throw new CelCompileError(source, [{ at, text: what }]);
  };
  if (prefix.includes('b')) {
    return { type: 'literal', at, text, value: { kind: 'bytes', value: bytesOf(content, isRaw, fail) } };
  }
  const value = isRaw ? content : unescapeText(content, fail);
  return { type: 'literal', at, text, value: { kind: 'string', value } };
}

const ESCAPE =
  /\\(?:([abfnrtv\\?"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]?))/g;
const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

type Fail = (what: string) => never;

function unescapeText(content: string, fail: Fail): string {
  return content.replace(ESCAPE, (_, simple, hex, short, long, octal) => {
    if (simple !== undefined) return SIMPLE[simple] ?? simple;
    const digits = hex ?? short ?? long;
    if (digits === undefined && octal === undefined) return fail('unable to unescape string');
    const code = digits === undefined ? Number.parseInt(octal, 8) : Number.parseInt(digits, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return fail('invalid unicode code point');
    return String.fromCodePoint(code);
  });
}

/** In bytes, \x and octal escapes are bytes, and everything else is UTF-8. */
function bytesOf(content: string, isRaw: boolean, fail: Fail): Uint8Array {
  const encoder = new TextEncoder();
  if (isRaw) return encoder.encode(content);
  const bytes: number[] = [];
  let last = 0;
  for (const match of content.matchAll(ESCAPE)) {
    bytes.push(...encoder.encode(content.slice(last, match.index)));
    const [whole, , hex, , , octal] = match;
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(...encoder.encode(unescapeText(whole, fail)));
    last = match.index + whole.length;
  }
  return new Uint8Array([...bytes, ...encoder.encode(content.slice(last))]);
}
