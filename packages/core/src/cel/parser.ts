import { type Token, tokenize } from './lexer.ts';
import { CelCompileError, type Entry, type Expression, type Literal, type Macro, type StructField } from './syntax.ts';

/** Longest expression, in characters, and deepest nesting that is accepted. */
const MAX_LENGTH = 100_000;
const MAX_DEPTH = 250;

const RELATIONS: Readonly<Record<string, string>> = {
  '==': '_==_',
  '!=': '_!=_',
  '<': '_<_',
  '<=': '_<=_',
  '>': '_>_',
  '>=': '_>=_',
  in: '@in',
};
const SUMS: Readonly<Record<string, string>> = { '+': '_+_', '-': '_-_' };
const PRODUCTS: Readonly<Record<string, string>> = { '*': '_*_', '/': '_/_', '%': '_%_' };
/** Macros on a value, by their name and number of arguments: how many of those are names of variables. */
const MACROS: ReadonlyMap<string, readonly [macro: Macro, variables: number]> = new Map([
  ['all/2', ['all', 1]],
  ['all/3', ['all', 2]],
  ['exists/2', ['exists', 1]],
  ['exists/3', ['exists', 2]],
  ['exists_one/2', ['exists_one', 1]],
  ['existsOne/2', ['exists_one', 1]],
  ['existsOne/3', ['exists_one', 2]],
  ['map/2', ['map', 1]],
  ['map/3', ['map', 1]],
  ['filter/2', ['filter', 1]],
  ['sortBy/2', ['sortBy', 1]],
  ['transformList/3', ['transformList', 2]],
  ['transformList/4', ['transformList', 2]],
  ['transformMap/3', ['transformMap', 2]],
  ['transformMap/4', ['transformMap', 2]],
  ['transformMapEntry/3', ['transformMapEntry', 2]],
  ['transformMapEntry/4', ['transformMapEntry', 2]],
  ['optMap/2', ['optMap', 1]],
  ['optFlatMap/2', ['optFlatMap', 1]],
]);
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** Parses an expression and expands its macros. Throws a `CelCompileError`. */
export function parseCel(source: string): Expression {
  if (source.length > MAX_LENGTH) {
    const text = `expression code point size exceeds limit: size: ${source.length}, limit ${MAX_LENGTH}`;
    throw new CelCompileError(source, [{ at: 0, text }]);
  }
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  parse(): Expression {
    const expression = this.#ternary();
    if (this.#peek().type !== 'end') this.#unexpected();
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return token.type === 'operator' && token.text === text;
  }

  #take(text: string): Token | undefined {
    return this.#is(text) ? this.#tokens[this.#next++] : undefined;
  }

  #expect(text: string): Token {
    return this.#take(text) ?? this.#unexpected(`'${text}'`);
  }

  #unexpected(expected?: string): never {
    const { at, text } = this.#peek();
    const what = expected
      ? `mismatched input '${text}' expecting ${expected}`
      : `extraneous input '${text}' expecting <EOF>`;
    return this.#fail(at, `Syntax error: ${what}`);
  }

  #fail(at: number, text: string): never {
    throw new CelCompileError(this.#source, [{ at, text }]);
  }

  #ternary(): Expression {
    if (++this.#depth > MAX_DEPTH) this.#fail(this.#peek().at, `expression recursion limit exceeded: ${MAX_DEPTH}`);
    const condition = this.#or();
    const operator = this.#take('?');
    let result = condition;
    if (operator) {
      const then = this.#or();
      this.#expect(':');
      result = call('_?_:_', operator.at, [condition, then, this.#ternary()]);
    }
    this.#depth--;
    return result;
  }

  #or(): Expression {
    return this.#leftToRight({ '||': '_||_' }, () => this.#and());
  }

  #and(): Expression {
    return this.#leftToRight({ '&&': '_&&_' }, () => this.#relation());
  }

  #relation(): Expression {
    return this.#leftToRight(RELATIONS, () => this.#sum());
  }

  #sum(): Expression {
    return this.#leftToRight(SUMS, () => this.#product());
  }

  #product(): Expression {
    return this.#leftToRight(PRODUCTS, () => this.#unary());
  }

  #leftToRight(operators: Readonly<Record<string, string>>, operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const token = this.#peek();
      const name =
        token.type === 'operator' && Object.hasOwn(operators, token.text) ? operators[token.text] : undefined;
      if (name === undefined) return left;
      this.#next++;
      left = call(name, token.at, [left, operand()]);
    }
  }

  #unary(): Expression {
    const operator = this.#take('!') ?? this.#take('-');
    if (!operator) return this.#member(this.#primary());
    let count = 1;
    while (this.#take(operator.text)) count++;
    const token = this.#peek();
    const isNumber = token.type === 'literal' && (token.value.kind === 'int' || token.value.kind === 'double');
    if (operator.text === '-' && isNumber && count === 1) {
      this.#next++;
      return this.#member({ type: 'literal', at: operator.at, value: negated(token.value) });
    }
    const operand = this.#member(this.#primary());
    return count % 2 === 0 ? operand : call(operator.text === '!' ? '!_' : '-_', operator.at, [operand]);
  }

  #member(start: Expression): Expression {
    let operand = start;
    for (;;) {
      const dot = this.#take('.');
      const bracket = dot ? undefined : this.#take('[');
      if (dot) operand = this.#afterDot(operand, dot.at);
      else if (bracket) {
        const name = this.#take('?') ? '_[?_]' : '_[_]';
        const index = this.#ternary();
        this.#expect(']');
        operand = call(name, bracket.at, [operand, index]);
      } else return operand;
    }
  }

  #afterDot(operand: Expression, at: number): Expression {
    const isOptional = this.#take('?') !== undefined;
    const token = this.#peek();
    if (token.type !== 'identifier') return this.#unexpected('IDENTIFIER');
    this.#next++;
    const open = isOptional || token.text.startsWith('`') ? undefined : this.#take('(');
    if (!open) return { type: 'select', at, operand, field: token.text.replaceAll('`', ''), isOptional };
    return this.#methodCall(operand, token.text, open.at);
  }

  #methodCall(target: Expression, name: string, at: number): Expression {
    const args = this.#arguments(')');
    const qualified = qualifiedName(target);
    if (qualified !== undefined && NAMESPACED.has(`${qualified}.${name}`))
      return call(`${qualified}.${name}`, at, args);
    if (qualified === 'cel' && name === 'bind' && args.length === 3) return this.#bind(args, at);
    const macro = MACROS.get(`${name}/${args.length}`);
    if (!macro) return { type: 'call', at, name, target, args };
    const [kind, count] = macro;
    const variables = args.slice(0, count).map((arg) => {
      if (arg.type !== 'identifier') return this.#fail(arg.at, 'argument must be a simple name');
      return arg.name;
    });
    if (new Set(variables).size < variables.length) this.#fail(at, 'duplicate iteration variable name');
    return { type: 'macro', at, macro: kind, range: target, variables, args: args.slice(count) };
  }

  /** `cel.bind(name, value, expression)`. */
  #bind([name, range, body]: readonly Expression[], at: number): Expression {
    if (name?.type !== 'identifier')
      return this.#fail(name!.at, 'cel.bind() variable names must be simple identifiers');
    return { type: 'macro', at, macro: 'bind', range: range!, variables: [name.name], args: [body!] };
  }

  #arguments(end: string): Expression[] {
    const args: Expression[] = [];
    while (!this.#take(end)) {
      if (args.length > 0) this.#expect(',');
      args.push(this.#ternary());
    }
    return args;
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token.type === 'literal') return this.#literal(token);
    if (this.#take('(')) {
      const inner = this.#ternary();
      this.#expect(')');
      return inner;
    }
    if (this.#take('[')) return this.#list(token.at);
    if (this.#take('{')) return this.#map(token.at);
    this.#take('.');
    const message = this.#messageName();
    if (message !== undefined) return this.#struct(message);
    const name = this.#peek();
    if (name.type !== 'identifier' || name.text.startsWith('`')) return this.#unexpected(EXPRESSION_START);
    if (RESERVED.has(name.text)) this.#fail(name.at, `reserved identifier: ${name.text}`);
    this.#next++;
    const open = this.#take('(');
    if (!open) return { type: 'identifier', at: name.at, name: name.text };
    const args = this.#arguments(')');
    return name.text === 'has' ? this.#has(args, open.at) : call(name.text, open.at, args);
  }

  /** The qualified name before the brace of a message; undefined, and nothing taken, where there is none. */
  #messageName(): string | undefined {
    const names: string[] = [];
    for (let next = this.#next; ; next += 2) {
      const [name, behind] = [this.#tokens[next]!, this.#tokens[next + 1]];
      if (name.type !== 'identifier' || name.text.startsWith('`') || behind?.type !== 'operator') return undefined;
      names.push(name.text);
      if (behind.text === '{') {
        this.#next = next + 1;
        return names.join('.');
      }
      if (behind.text !== '.') return undefined;
    }
  }

  #struct(name: string): Expression {
    const { at } = this.#expect('{');
    const fields: StructField[] = [];
    while (!this.#take('}')) {
      const isOptional = this.#take('?') !== undefined;
      const field = this.#peek();
      if (field.type !== 'identifier') this.#unexpected('IDENTIFIER');
      this.#next++;
      const colon = this.#expect(':');
      fields.push({ name: field.text.replaceAll('`', ''), at: colon.at, value: this.#ternary(), isOptional });
      if (!this.#take(',') && !this.#is('}')) this.#unexpected("'}'");
    }
    return { type: 'struct', at, name, fields };
  }

  #literal(token: Extract<Token, { type: 'literal' }>): Expression {
    if (token.value.kind === 'int' && token.value.value === 2n ** 63n) this.#fail(token.at, 'invalid int literal');
    this.#next++;
    return { type: 'literal', at: token.at, value: token.value };
  }

  #has(args: readonly Expression[], at: number): Expression {
    const [arg] = args;
    if (args.length !== 1 || arg?.type !== 'select') return this.#fail(at, 'invalid argument to has() macro');
    return { type: 'has', at: arg.at, operand: arg.operand, field: arg.field };
  }

  #list(at: number): Expression {
    const items: Entry[] = [];
    while (!this.#take(']')) {
      const isOptional = this.#take('?') !== undefined;
      items.push({ value: this.#ternary(), isOptional });
      if (!this.#take(',') && !this.#is(']')) this.#unexpected("']'");
    }
    return { type: 'list', at, items };
  }

  #map(at: number): Expression {
    const entries: (Entry & { key: Expression })[] = [];
    while (!this.#take('}')) {
      const isOptional = this.#take('?') !== undefined;
      const key = this.#ternary();
      this.#expect(':');
      entries.push({ key, value: this.#ternary(), isOptional });
      if (!this.#take(',') && !this.#is('}')) this.#unexpected("'}'");
    }
    return { type: 'map', at, entries };
  }
}

const EXPRESSION_START =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Functions whose name has a dot. */
const NAMESPACED = new Set([
  'optional.of',
  'optional.none',
  'optional.ofNonZeroValue',
  'optional.unwrap',
  'sets.contains',
  'sets.equivalent',
  'sets.intersects',
  'format.named',
  'strings.quote',
  'ip.isCanonical',
  'jsonpatch.escapeKey',
  'lists.range',
  ...['dns1123Label', 'dns1123Subdomain', 'dns1035Label', 'qualifiedName', 'dns1123LabelPrefix'].map(
    (n) => `format.${n}`,
  ),
  ...['dns1123SubdomainPrefix', 'dns1035LabelPrefix', 'labelValue', 'uri', 'uuid', 'byte', 'date', 'datetime'].map(
    (n) => `format.${n}`,
  ),
]);

function negated(literal: Literal): Literal {
  if (literal.kind === 'int') return { kind: 'int', value: -literal.value };
  return literal.kind === 'double' ? { kind: 'double', value: -literal.value } : literal;
}

function qualifiedName(expression: Expression): string | undefined {
  return expression.type === 'identifier' ? expression.name : undefined;
}

function call(name: string, at: number, args: readonly Expression[]): Expression {
  return { type: 'call', at, name, target: undefined, args };
}
