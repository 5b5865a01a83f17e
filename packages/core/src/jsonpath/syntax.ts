/** The parts of a JSONPath template, and the parser that makes them of its text. */

export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

/** One part of a template: literal text, an expression, or a loop. */
export type TemplateNode =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly TemplateNode[] };

/** One step of a path, applied to every value that the steps before it found. */
export type Step =
  | { readonly type: 'root' }
  | { readonly type: 'current' }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'wildcard' }
  | { readonly type: 'descent' }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'slice'; readonly from?: number; readonly to?: number; readonly step?: number }
  | { readonly type: 'union'; readonly members: readonly (readonly Step[])[] }
  | { readonly type: 'filter'; readonly left: Operand; readonly operator: Operator; readonly right?: Operand };

export type Operator = 'exists' | '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Operand =
  | { readonly type: 'literal'; readonly value: string | number | boolean }
  | { readonly type: 'path'; readonly steps: readonly Step[] };

/** Nesting of filters and loops beyond this is refused. */
const MAX_DEPTH = 64;

/** Parses a template such as `Name: {.metadata.name}`; a text without braces is one path. */
export function parseTemplate(text: string): readonly TemplateNode[] {
  const trimmed = text.trim();
  const template = trimmed.includes('{') ? text : `{${trimmed.replace(/^(?![.[$@'"])/, trimmed === '' ? '' : '.')}}`;
  const parser = new TemplateParser(template);
  return parser.parse();
}

class TemplateParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): TemplateNode[] {
    const { nodes, isClosed } = this.#nodes(0);
    if (isClosed) throw new JsonPathError('not in range, nothing to end');
    return nodes;
  }

  #nodes(depth: number): { nodes: TemplateNode[]; isClosed: boolean } {
    if (depth > MAX_DEPTH) throw new JsonPathError('template is nested too deeply');
    const nodes: TemplateNode[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{', this.#at);
      const end = open < 0 ? this.#text.length : open;
      if (end > this.#at) nodes.push({ type: 'text', text: this.#text.slice(this.#at, end) });
      if (open < 0) {
        this.#at = this.#text.length;
        break;
      }
      const action = this.#action(open + 1);
      if (action.trim() === 'end') return { nodes, isClosed: true };
      nodes.push(...this.#nodesOfAction(action, depth));
    }
    return { nodes, isClosed: false };
  }

  /** The text up to the closing brace, which quotes and brackets may hide. */
  #action(start: number): string {
    let quote = '';
    for (let at = start; at < this.#text.length; at++) {
      const character = this.#text[at]!;
      if (character === '\\') at++;
      else if (quote) quote = character === quote ? '' : quote;
      else if (character === '"' || character === "'") quote = character;
      else if (character === '}') {
        this.#at = at + 1;
        return this.#text.slice(start, at);
      }
    }
    throw new JsonPathError(quote ? 'unterminated quoted string' : 'unclosed action');
  }

  #nodesOfAction(action: string, depth: number): TemplateNode[] {
    const text = action.trim();
    const range = /^range(?=\s|$)/.exec(text);
    if (!range) return new ActionParser(text).parse();
    const [path] = new ActionParser(text.slice(range[0].length).trim()).parse();
    if (path?.type !== 'path') throw new JsonPathError('range needs a path');
    const { nodes, isClosed } = this.#nodes(depth + 1);
    if (!isClosed) throw new JsonPathError('unclosed range: end expected');
    return [{ type: 'range', steps: path.steps, body: nodes }];
  }
}

class ActionParser {
  readonly #text: string;
  readonly #depth: number;
  #at = 0;

  constructor(text: string, depth = 0) {
    if (depth > MAX_DEPTH) throw new JsonPathError('filters are nested too deeply');
    this.#text = text;
    this.#depth = depth;
  }

  /** The expressions between two braces: paths and quoted texts, one after the other. */
  parse(): TemplateNode[] {
    const nodes: TemplateNode[] = [];
    let steps: Step[] = [];
    const flush = () => {
      if (steps.length > 0) nodes.push({ type: 'path', steps });
      steps = [];
    };
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!;
      if (/\s/.test(character)) {
        flush();
        this.#at++;
      } else if (character === '"' || character === "'") {
        flush();
        nodes.push({ type: 'text', text: this.#quoted(character) });
      } else steps.push(...this.#step(character));
    }
    flush();
    return nodes;
  }

  #step(character: string): Step[] {
    switch (character) {
      case '$':
        this.#at++;
        return [{ type: 'root' }];
      case '@':
        this.#at++;
        return [{ type: 'current' }];
      case '.':
        return this.#dotted();
      case '[':
        return [bracketStep(this.#bracketed(), this.#depth)];
      default:
        if (/[A-Za-z0-9_*-]/.test(character))
          throw new JsonPathError(`unrecognized identifier ${this.#text.slice(this.#at)}`);
        throw new JsonPathError(`unrecognized character in action: ${unicodeName(character)}`);
    }
  }

  #dotted(): Step[] {
    this.#at++;
    if (this.#text[this.#at] === '.') {
      this.#at++;
      const name = this.#fieldName();
      return name === '' ? [{ type: 'descent' }] : [{ type: 'descent' }, fieldStep(name)];
    }
    const name = this.#fieldName();
    // A dot alone is the object itself.
    return name === '' ? [] : [fieldStep(name)];
  }

  #fieldName(): string {
    let name = '';
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!;
      if (character === '\\' && this.#at + 1 < this.#text.length) {
        name += this.#text[this.#at + 1]!;
        this.#at += 2;
      } else if (/[\s.[\]@$'"{}()=!<>,|]/.test(character)) break;
      else {
        name += character;
        this.#at++;
      }
    }
    return name;
  }

  #quoted(quote: string): string {
    const end = endOfQuoted(this.#text, this.#at, quote);
    const text = this.#text.slice(this.#at, end);
    this.#at = end;
    return unquote(text);
  }

  /** What stands between brackets; quotes and inner brackets are passed over. */
  #bracketed(): string {
    const start = this.#at + 1;
    let depth = 0;
    for (let at = start; at < this.#text.length; at++) {
      const character = this.#text[at]!;
      if (character === "'" || character === '"') at = endOfQuoted(this.#text, at, character) - 1;
      else if (character === '[') depth++;
      else if (character === ']' && depth-- === 0) {
        this.#at = at + 1;
        return this.#text.slice(start, at);
      }
    }
    throw new JsonPathError(this.#text.startsWith('?(', start) ? 'unterminated filter' : 'unterminated array');
  }
}

function fieldStep(name: string): Step {
  return name === '*' ? { type: 'wildcard' } : { type: 'field', name };
}

const INDEX = /^-?\d+$/;
const SLICE = /^(-?\d+)?\s*:\s*(-?\d+)?(?:\s*:\s*(-?\d+)?)?$/;

function bracketStep(content: string, depth: number): Step {
  const text = content.trim();
  if (text === '*' || text === '') return { type: 'wildcard' };
  if (text.startsWith('?(')) return filterStep(text, depth);
  const parts = splitOutsideQuotes(text, ',');
  if (parts.length > 1) return { type: 'union', members: parts.map((part) => [bracketStep(part, depth)]) };
  if (/^(['"]).*\1$/s.test(text)) return { type: 'field', name: unquote(text) };
  if (INDEX.test(text)) return { type: 'index', index: Number(text) };
  const slice = SLICE.exec(text);
  if (!slice) throw new JsonPathError(`invalid array index ${text}`);
  const [, from, to, step] = slice;
  return {
    type: 'slice',
    ...(from === undefined ? {} : { from: Number(from) }),
    ...(to === undefined ? {} : { to: Number(to) }),
    ...(step === undefined ? {} : { step: Number(step) }),
  };
}

function filterStep(text: string, depth: number): Step {
  if (!text.endsWith(')')) throw new JsonPathError('unterminated filter');
  const { left, operator, right } = splitComparison(text.slice(2, -1));
  if (operator === 'exists') return { type: 'filter', left: operand(left, depth), operator };
  return { type: 'filter', left: operand(left, depth), operator, right: operand(right, depth) };
}

function splitComparison(text: string): { left: string; operator: Operator; right: string } {
  for (let at = 0, depth = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "'" || character === '"') at = endOfQuoted(text, at, character) - 1;
    else if (character === '[') depth++;
    else if (character === ']') depth--;
    else if (depth === 0) {
      const operator = /^(?:==|!=|<=|>=|<|>)/.exec(text.slice(at))?.[0];
      if (operator) {
        const right = text.slice(at + operator.length);
        return { left: text.slice(0, at), operator: operator as Operator, right };
      }
    }
  }
  return { left: text, operator: 'exists', right: '' };
}

function operand(source: string, depth: number): Operand {
  const text = source.trim();
  if (/^(['"]).*\1$/s.test(text)) return { type: 'literal', value: unquote(text) };
  if (/^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text)) return { type: 'literal', value: Number(text) };
  if (text === 'true' || text === 'false') return { type: 'literal', value: text === 'true' };
  const [node, ...rest] = new ActionParser(text, depth + 1).parse();
  if (rest.length > 0 || node === undefined) throw new JsonPathError(`invalid filter operand ${JSON.stringify(text)}`);
  return node.type === 'path' ? node : { type: 'literal', value: node.type === 'text' ? node.text : '' };
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at + 1;
  }
  throw new JsonPathError('unterminated quoted string');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "'" || character === '"') at = endOfQuoted(text, at, character) - 1;
    else if (character === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function unicodeName(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} '${character}'`;
}
