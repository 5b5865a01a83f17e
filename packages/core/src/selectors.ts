import { isQualifiedName, isValidLabelValue } from './names.ts';
import { badRequest } from './status.ts';

/** How a label is compared. `=` and `==` mean the same and are kept apart only to be written as they were read. */
export type SelectorOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, without repetition. */
  readonly values: readonly string[];
}

/** A label selector ready to match: all requirements must hold. */
export interface Selector {
  readonly requirements: readonly Requirement[];
  /** Matches nothing at all, whatever the requirements. */
  readonly isNothing: boolean;
}

export type Labels = Readonly<Record<string, string>>;

/** A label selector as objects hold it (`spec.selector`). */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export const EVERYTHING: Selector = { requirements: [], isNothing: false };
export const NOTHING: Selector = { requirements: [], isNothing: true };

/** Whether labels fulfil every requirement. */
export function matches(selector: Selector, labels: Labels | undefined): boolean {
  if (selector.isNothing) return false;
  const { requirements } = selector;
  for (let index = 0; index < requirements.length; index++) {
    if (!holds(requirements[index]!, labels)) return false;
  }
  return true;
}

function holds({ key, operator, values }: Requirement, labels: Labels | undefined): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default:
      return value !== undefined && comparesAs(operator, value, values[0] ?? '');
  }
}

function comparesAs(operator: 'gt' | 'lt', value: string, limit: string): boolean {
  if (!INTEGER.test(value)) return false;
  return operator === 'gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit);
}

const INTEGER = /^-?[0-9]+$/;
const OPERATORS_OF_OBJECTS: Readonly<Record<string, SelectorOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** The selector that an object's `selector` field means: none matches nothing, an empty one everything. */
export function labelSelectorOf(object: LabelSelectorObject | undefined | null): Selector {
  if (!object) return NOTHING;
  const equalities = Object.entries(object.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]));
  const expressions = (object.matchExpressions ?? []).map(({ key, operator, values }) => {
    const symbol = OPERATORS_OF_OBJECTS[operator];
    if (!symbol) throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
    return requirement(key, symbol, values ?? []);
  });
  return selectorOf([...equalities, ...expressions]);
}

/** A selector that asks for exactly these labels; an empty set matches everything. */
export function selectorOfLabels(labels: Labels | undefined): Selector {
  return selectorOf(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));
}

function selectorOf(requirements: readonly Requirement[]): Selector {
  const sorted = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { requirements: sorted, isNothing: false };
}

/** The selector's text, as `-l` would take it; '' for one that matches everything. */
export function formatSelector({ requirements }: Selector): string {
  return requirements.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

/** A selector object's text for people: `<none>` where it is empty. */
export function formatLabelSelector(object: LabelSelectorObject | undefined): string {
  return (object && formatSelector(labelSelectorOf(object))) || '<none>';
}

const invalidValue = (path: string, value: string, detail: string) =>
  `${path}: Invalid value: ${JSON.stringify(value)}: ${detail}`;

/** A requirement whose key and values have been checked. */
function requirement(key: string, operator: SelectorOperator, values: readonly string[]): Requirement {
  const errors: string[] = [];
  const keyErrors = isQualifiedName(key);
  if (keyErrors.length > 0) errors.push(invalidValue('key', key, keyErrors.join('; ')));
  const countError = valuesError(operator, values);
  if (countError) errors.push(countError);
  for (const [index, value] of values.entries()) {
    const details = isValidLabelValue(value);
    if (details.length > 0) errors.push(invalidValue(`values[${index}][${key}]`, value, details.join('; ')));
  }
  if (errors.length > 0) throw badRequest(errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
  return { key, operator, values: [...new Set(values)].sort() };
}

function valuesError(operator: SelectorOperator, values: readonly string[]): string | undefined {
  const wrong = (detail: string) => `values: Invalid value: ${JSON.stringify(values)}: ${detail}`;
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length === 0 ? wrong("for 'in', 'notin' operators, values set can't be empty") : undefined;
    case 'exists':
    case '!':
      return values.length > 0 ? wrong('values set must be empty for exists and does not exist') : undefined;
    case 'gt':
    case 'lt':
      return comparisonError(values, wrong);
    default:
      return values.length === 1 ? undefined : wrong('exact-match compatibility requires one single value');
  }
}

function comparisonError(values: readonly string[], wrong: (detail: string) => string): string | undefined {
  if (values.length !== 1) return wrong("for 'Gt', 'Lt' operators, exactly one value is required");
  if (INTEGER.test(values[0]!)) return undefined;
  return invalidValue('values[0]', values[0]!, "for 'Gt', 'Lt' operators, the value must be an integer");
}

/** Reads a selector such as `app=web,tier in (a,b),!old`. Throws a 400 `StatusError` that says what was found and expected. */
export function parseLabelSelector(text: string): Selector {
  if (text === '') return EVERYTHING;
  return selectorOf(new SelectorParser(text).parse());
}

type TokenKind =
  | 'identifier'
  | 'end'
  | 'error'
  | '('
  | ')'
  | ','
  | '!'
  | '='
  | '=='
  | '!='
  | '>'
  | '<'
  | 'in'
  | 'notin';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SYMBOLS: readonly string[] = ['(', ')', ',', '!', '=', '==', '!=', '>', '<'];
const SPECIAL = /[=!(),<>]/;
const SPACE = /[ \t\r\n]/;
const END: Token = { kind: 'end', text: '' };

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (SPACE.test(text[at]!)) {
      at++;
      continue;
    }
    const token = SPECIAL.test(text[at]!) ? symbolAt(text, at) : wordAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, END];
}

function symbolAt(text: string, at: number): Token {
  const pair = text.slice(at, at + 2);
  const symbol = SYMBOLS.includes(pair) && pair.length === 2 ? pair : text[at]!;
  return { kind: symbol as TokenKind, text: symbol };
}

function wordAt(text: string, at: number): Token {
  let end = at;
  while (end < text.length && !SPECIAL.test(text[end]!) && !SPACE.test(text[end]!)) end++;
  const word = text.slice(at, end);
  return { kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word };
}

class SelectorParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { kind, text } = this.#peek();
      if (kind === 'end') return requirements;
      if (kind !== 'identifier' && kind !== '!') {
        throw badRequest(`found '${text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#prefixedRequirement());
      const separator = this.#next();
      if (separator.kind === 'end') return requirements;
      if (separator.kind !== ',') throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind !== 'identifier' && following.kind !== '!') {
        throw badRequest(`found '${following.text}', expected: identifier after ','`);
      }
    }
  }

  #prefixedRequirement(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      throw badRequest(`unable to parse requirement: ${(error as Error).message}`);
    }
  }

  #requirement(): Requirement {
    const isNegated = this.#peek().kind === '!';
    if (isNegated) this.#next();
    const key = this.#next();
    if (key.kind !== 'identifier') throw new Error(`found '${key.text}', expected: identifier`);
    const keyErrors = isQualifiedName(key.text);
    // The API's own parser has no path at this point and says so.
    if (keyErrors.length > 0) throw new Error(invalidValue('<nil>', key.text, keyErrors.join('; ')));
    if (isNegated) return requirement(key.text, '!', []);
    const { kind } = this.#peek();
    if (kind === 'end' || kind === ',') return requirement(key.text, 'exists', []);
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#valueList() : [this.#exactValue()];
    return requirement(key.text, operator, values);
  }

  #operator(): SelectorOperator {
    const token = this.#tokens[this.#at++] ?? END;
    switch (token.kind) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
        return token.kind;
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        throw new Error(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #exactValue(): string {
    const { kind } = this.#peek();
    if (kind === 'end' || kind === ',') return '';
    const token = this.#next();
    if (token.kind !== 'identifier') throw new Error(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #valueList(): string[] {
    const opening = this.#next();
    if (opening.kind !== '(') throw new Error(`found '${opening.text}' expected: '('`);
    const first = this.#peek();
    // Nothing between parentheses is one value, which is empty.
    if (first.kind === ')') {
      this.#next();
      return [''];
    }
    if (first.kind !== 'identifier' && first.kind !== ',') {
      throw new Error(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = new Set<string>();
    while (!this.#listItem(values));
    this.#next();
    return [...values];
  }

  /** Reads one item or comma; true when the closing parenthesis comes next. */
  #listItem(values: Set<string>): boolean {
    const token = this.#next();
    if (token.kind === 'identifier') {
      values.add(token.text);
      const { kind, text } = this.#peek();
      if (kind !== ',' && kind !== ')') throw new Error(`found '${text}', expected: ',' or ')'`);
      return kind === ')';
    }
    if (token.kind !== ',') throw new Error(`found '${token.text}', expected: ',', or identifier`);
    // Nothing before a comma, between two, or after the last one is the empty value.
    const { kind } = this.#peek();
    if (values.size === 0 || kind === ')' || kind === ',') values.add('');
    if (kind === ',') this.#next();
    return kind === ')' || this.#peek().kind === ')';
  }

  /** The next token, in a place where `in` and `notin` are ordinary words. */
  #peek(): Token {
    const token = this.#tokens[this.#at] ?? END;
    return token.kind === 'in' || token.kind === 'notin' ? { kind: 'identifier', text: token.text } : token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

/** One term of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export type FieldSelector = readonly FieldRequirement[];

/** Reads a field selector such as `metadata.name=web,status.phase!=Running`. Throws a 400 `StatusError`. */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .sort()
    .filter((term) => term !== '')
    .map((term) => fieldRequirement(term, text));
}

/** Parts at commas that no backslash precedes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function fieldRequirement(term: string, whole: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = '', operator, value = ''] = match;
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeFieldValue(value) };
}

function unescapeFieldValue(text: string): string {
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === ',' || character === '=') {
      throw badRequest(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    }
    if (character !== '\\') {
      value += character;
      continue;
    }
    const escaped = text[++at] ?? '';
    if (escaped === '' || !'\\,='.includes(escaped)) {
      throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    value += escaped;
  }
  return value;
}

/** Writes a value so that `parseFieldSelector` reads it back. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

export function formatFieldSelector(selector: FieldSelector): string {
  return selector.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(',');
}

/** Whether an object, whose fields `valueOfField` reads as text, fulfils every term. */
export function matchesFields(selector: FieldSelector, valueOfField: (field: string) => string): boolean {
  return selector.every(({ field, operator, value }) => (valueOfField(field) === value) === (operator === '='));
}
