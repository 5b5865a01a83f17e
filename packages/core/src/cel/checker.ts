import type { FunctionTable, Overload } from './functions.ts';
import { literalIssues } from './literal-rules.ts';
import {
  CelCompileError,
  type CelIssue,
  type Entry,
  type Expression,
  type Literal,
  type StructField,
} from './syntax.ts';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  freshType,
  INT,
  instantiate,
  isAssignable,
  listType,
  mapType,
  NULL,
  optionalType,
  prune,
  STRING,
  TIMESTAMP,
  Trail,
  typeText,
  typeType,
  UINT,
} from './types.ts';

/** Names of types, which are values of the type `type`. */
export const TYPE_NAMES: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['bool', BOOL],
  ['string', STRING],
  ['bytes', BYTES],
  ['list', listType(DYN)],
  ['map', mapType(DYN, DYN)],
  ['null_type', NULL],
  ['type', typeType(DYN)],
  ['google.protobuf.Timestamp', TIMESTAMP],
  ['google.protobuf.Duration', DURATION],
]);

export interface CheckedExpression {
  readonly type: CelType;
  /** The overloads that each call may mean, in the order in which they are tried. */
  readonly overloads: ReadonlyMap<Expression, readonly Overload[]>;
  /** The type of each part. */
  readonly types: ReadonlyMap<Expression, CelType>;
  /** Names that stand for types, rather than for variables or their fields. */
  readonly typeNames: ReadonlyMap<Expression, string>;
}

export interface CheckEnvironment {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: FunctionTable;
  /** Types of messages that an expression may make, by name. */
  readonly messages?: (name: string) => CelType | undefined;
  /** Whether values can be named: `cel.bind(name, value, expression)`. */
  readonly hasBindings?: boolean;
}

/** Checks an expression's types. Throws a `CelCompileError` with every issue. */
export function checkCel(source: string, expression: Expression, environment: CheckEnvironment): CheckedExpression {
  const checker = new Checker(environment);
  const type = checker.check(expression, environment.variables);
  const { overloads, types, typeNames } = checker;
  const issues = checker.issues.length > 0 ? checker.issues : literalIssues(expression, types);
  if (issues.length > 0) throw new CelCompileError(source, issues);
  return { type: resolved(type), overloads, types, typeNames };
}

type Scope = ReadonlyMap<string, CelType>;

const LITERALS: Readonly<Record<Literal['kind'], CelType>> = {
  int: INT,
  uint: UINT,
  double: DOUBLE,
  string: STRING,
  bytes: BYTES,
  bool: BOOL,
  null: NULL,
};

class Checker {
  readonly issues: CelIssue[] = [];
  readonly overloads = new Map<Expression, readonly Overload[]>();
  readonly types = new Map<Expression, CelType>();
  readonly typeNames = new Map<Expression, string>();
  readonly #functions: FunctionTable;
  readonly #messages: (name: string) => CelType | undefined;
  readonly #hasBindings: boolean;

  constructor({ functions, messages, hasBindings }: CheckEnvironment) {
    this.#functions = functions;
    this.#hasBindings = hasBindings ?? false;
    this.#messages = messages ?? (() => undefined);
  }

  check(expression: Expression, scope: Scope): CelType {
    const type = this.#typeOf(expression, scope);
    this.types.set(expression, type);
    return type;
  }

  #typeOf(expression: Expression, scope: Scope): CelType {
    switch (expression.type) {
      case 'literal':
        return LITERALS[expression.value.kind];
      case 'identifier':
        return this.#identifier(expression, scope);
      case 'select':
        return this.#select(expression, scope);
      case 'has':
        this.#fieldOf(this.check(expression.operand, scope), expression);
        return BOOL;
      case 'call':
        return this.#call(expression, scope);
      case 'list':
        return listType(this.#joined(expression.items, scope));
      case 'map':
        return mapType(
          this.#joined(
            expression.entries.map(({ key }) => ({ value: key, isOptional: false })),
            scope,
          ),
          this.#joined(expression.entries, scope),
        );
      case 'struct':
        return this.#struct(expression, scope);
      case 'macro':
        return this.#macro(expression, scope);
    }
  }

  #issue(at: number, text: string): CelType {
    this.issues.push({ at, text });
    return DYN;
  }

  #identifier(expression: Extract<Expression, { type: 'identifier' }>, scope: Scope): CelType {
    const { name, at } = expression;
    const variable = scope.get(name);
    if (variable) return variable;
    const type = TYPE_NAMES.get(name) ?? this.#messages(name);
    if (!type) return this.#issue(at, undeclared(name));
    this.typeNames.set(expression, name);
    return typeType(type);
  }

  #struct({ name, at, fields }: Extract<Expression, { type: 'struct' }>, scope: Scope): CelType {
    const message = this.#messages(name);
    if (!message) this.#issue(at, undeclared(name));
    for (const field of fields) {
      const given = this.#entry(field, scope);
      if (message) this.#field(message, field, given);
    }
    return message ?? DYN;
  }

  #field(message: CelType, { name, at }: StructField, given: CelType): void {
    const declared = fieldType(message, name);
    if (!declared) {
      this.#issue(at, `undefined field '${name}'`);
    } else if (!this.#unifies(declared, given)) {
      const types = `is '${typeText(declared)}' but provided type is '${typeText(given)}'`;
      this.#issue(at, `expected type of field '${name}' ${types}`);
    }
  }

  /** The type of an entry's value: that within, where the entry is optional. */
  #entry({ value, isOptional }: Entry, scope: Scope): CelType {
    const type = prune(this.check(value, scope));
    if (!isOptional || type.kind === 'dyn' || type.kind === 'variable') return type;
    if (type.kind === 'optional') return type.of;
    return this.#issue(value.at, `expected type '${typeText(optionalType(type))}' but found '${typeText(type)}'`);
  }

  #select(expression: Extract<Expression, { type: 'select' }>, scope: Scope): CelType {
    const qualified = qualifiedName(expression);
    const variable = qualified === undefined ? undefined : scope.get(qualified);
    if (variable) return variable;
    const named = qualified === undefined ? undefined : this.#namedType(qualified, scope);
    if (named) {
      this.typeNames.set(expression, qualified!);
      return typeType(named);
    }
    const operand = prune(this.check(expression.operand, scope));
    if (operand.kind === 'optional') return optionalType(this.#fieldOf(operand.of, expression));
    const type = this.#fieldOf(operand, expression);
    return expression.isOptional ? optionalType(type) : type;
  }

  /** The type that a name with dots stands for, unless its beginning is a variable's. */
  #namedType(name: string, scope: Scope): CelType | undefined {
    if (scope.has(name.slice(0, name.indexOf('.')))) return undefined;
    return TYPE_NAMES.get(name) ?? this.#messages(name);
  }

  #fieldOf(type: CelType, { at, field }: { at: number; field: string }): CelType {
    const operand = prune(type);
    switch (operand.kind) {
      case 'object':
        return fieldType(operand, field) ?? this.#issue(at, `undefined field '${field}'`);
      case 'map':
        return operand.value;
      case 'optional':
        return this.#fieldOf(operand.of, { at, field });
      case 'dyn':
      case 'variable':
        return DYN;
      default:
        return this.#issue(at, `type '${typeText(operand)}' does not support field selection`);
    }
  }

  #joined(entries: readonly Entry[], scope: Scope): CelType {
    let joined: CelType = freshType();
    for (const entry of entries) {
      const type = this.#entry(entry, scope);
      joined = this.#unifies(joined, type) ? joined : DYN;
    }
    return joined;
  }

  #unifies(expected: CelType, actual: CelType): boolean {
    const trail = new Trail();
    if (isAssignable(expected, actual, trail)) return true;
    trail.undo();
    return false;
  }

  #expect(expression: Expression, expected: CelType, scope: Scope): CelType {
    const type = this.check(expression, scope);
    if (!this.#unifies(expected, type)) {
      this.#issue(expression.at, `expected type '${typeText(expected)}' but found '${typeText(type)}'`);
    }
    return type;
  }

  #call(expression: Extract<Expression, { type: 'call' }>, scope: Scope): CelType {
    const { name, at } = expression;
    if (name === '_?_:_') return this.#conditional(expression, scope);
    const operands = expression.target ? [expression.target, ...expression.args] : expression.args;
    const types = operands.map((operand) => this.check(operand, scope));
    if (name === '_&&_' || name === '_||_') return this.#logical(name, at, types);
    if (!this.#functions.has(name)) return this.#issue(at, undeclared(name));
    const candidates = this.#functions.find(name, expression.target !== undefined);
    const { results, fitting } = this.#resolve(candidates, types);
    if (fitting.length === 0) {
      const shown = types.map(typeText);
      const list = expression.target ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`;
      return this.#issue(at, `found no matching overload for '${name}' applied to '${list}'`);
    }
    this.overloads.set(expression, fitting);
    const [first, ...others] = results;
    return others.every((other) => typeText(other) === typeText(first!)) ? first! : DYN;
  }

  #logical(name: string, at: number, types: readonly CelType[]): CelType {
    if (types.every((type) => this.#unifies(BOOL, type))) return BOOL;
    const shown = `(${types.map(typeText).join(', ')})`;
    return this.#issue(at, `found no matching overload for '${name}' applied to '${shown}'`);
  }

  #conditional(expression: Extract<Expression, { type: 'call' }>, scope: Scope): CelType {
    const types = expression.args.map((arg) => this.check(arg, scope));
    const [condition, then, otherwise] = types as [CelType, CelType, CelType];
    if (this.#unifies(BOOL, condition) && this.#unifies(then, otherwise)) {
      return prune(then).kind === 'null' ? otherwise : then;
    }
    const shown = `(${types.map(typeText).join(', ')})`;
    return this.#issue(expression.at, `found no matching overload for '_?_:_' applied to '${shown}'`);
  }

  /** All overloads that fit; variables stay bound only where there is one. */
  #resolve(candidates: readonly Overload[], types: readonly CelType[]): { fitting: Overload[]; results: CelType[] } {
    const fitting: Overload[] = [];
    const results: CelType[] = [];
    for (const overload of candidates) {
      const trail = new Trail();
      const result = fit(overload, types, trail);
      trail.undo();
      if (!result) continue;
      fitting.push(overload);
      results.push(result);
    }
    if (fitting.length === 1) results[0] = fit(fitting[0]!, types, new Trail())!;
    return { fitting, results };
  }

  #macro(expression: Extract<Expression, { type: 'macro' }>, scope: Scope): CelType {
    const { macro, variables, args } = expression;
    const range = prune(this.check(expression.range, scope));
    if (macro === 'bind') {
      if (!this.#hasBindings) this.#issue(expression.at, undeclared('cel'));
      return this.check(args[0]!, new Map([...scope, [variables[0]!, range]]));
    }
    if (macro === 'optMap' || macro === 'optFlatMap') return this.#optionalMacro(expression, range, scope);
    const types = this.#iterationTypes(range, variables.length, expression.range.at);
    const inner = new Map([...scope, ...variables.map((name, index) => [name, types[index]!] as const)]);
    if (PREDICATES.has(macro)) {
      this.#expect(args[0]!, BOOL, inner);
      return macro === 'filter' ? listType(types[0]!) : BOOL;
    }
    if (macro === 'sortBy') return this.#sorted(expression, range, inner);
    if (args.length > 1) this.#expect(args[0]!, BOOL, inner);
    const result = this.check(args.at(-1)!, inner);
    if (macro === 'map' || macro === 'transformList') return listType(result);
    return macro === 'transformMap' ? mapType(types[0]!, result) : result;
  }

  #sorted({ args, at }: Extract<Expression, { type: 'macro' }>, range: CelType, inner: Scope): CelType {
    const key = prune(this.check(args[0]!, inner));
    if (range.kind === 'list' && (key.kind === 'dyn' || SORTABLE.has(key.kind))) return range;
    if (range.kind === 'dyn' || range.kind === 'variable') return listType(DYN);
    return this.#issue(at, `found no matching overload for 'sortBy' applied to '${typeText(range)}'`);
  }

  #optionalMacro(expression: Extract<Expression, { type: 'macro' }>, range: CelType, scope: Scope): CelType {
    const of = range.kind === 'optional' ? range.of : DYN;
    if (range.kind !== 'optional' && range.kind !== 'dyn' && range.kind !== 'variable') {
      const text = `found no matching overload for '${expression.macro}' applied to '${typeText(range)}'`;
      return this.#issue(expression.at, text);
    }
    const result = this.check(expression.args[0]!, new Map([...scope, [expression.variables[0]!, of]]));
    return expression.macro === 'optMap' ? optionalType(result) : result;
  }

  #iterationTypes(range: CelType, count: number, at: number): CelType[] {
    switch (range.kind) {
      case 'list':
        return count === 1 ? [range.item] : [INT, range.item];
      case 'map':
        return [range.key, range.value];
      case 'dyn':
      case 'variable':
        return [DYN, DYN];
      default: {
        const text = `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.#issue(at, text);
        return [DYN, DYN];
      }
    }
  }
}

/** What an overload gives for arguments of these types; undefined where it does not take them. */
function fit({ params, result }: Overload, types: readonly CelType[], trail: Trail): CelType | undefined {
  if (params.length !== types.length) return undefined;
  const variables = new Map();
  const fits = params.every((param, index) => isAssignable(instantiate(param, variables), types[index]!, trail));
  return fits ? resolved(instantiate(result, variables)) : undefined;
}

const SORTABLE: ReadonlySet<string> = new Set(
  'int uint double bool duration timestamp string bytes variable'.split(' '),
);
const undeclared = (name: string) => `undeclared reference to '${name}' (in container '')`;

function fieldType(type: CelType, name: string): CelType | undefined {
  if (type.kind !== 'object') return undefined;
  return type.fields.get(name) ?? (type.isOpen ? DYN : undefined);
}

const PREDICATES: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter']);

/** The type with all variables replaced by what they are known to be. */
function resolved(type: CelType): CelType {
  const known = prune(type);
  switch (known.kind) {
    case 'list':
      return listType(resolved(known.item));
    case 'map':
      return mapType(resolved(known.key), resolved(known.value));
    case 'optional':
      return optionalType(resolved(known.of));
    default:
      return known;
  }
}

/** Parts of the longest name that may stand for a type or a variable. */
const MAX_NAME_PARTS = 64;

/** `a.b.c` of identifiers and selections. */
export function qualifiedName(expression: Expression): string | undefined {
  const parts: string[] = [];
  let current = expression;
  while (current.type === 'select' && !current.isOptional && parts.length < MAX_NAME_PARTS) {
    parts.push(current.field);
    current = current.operand;
  }
  return current.type === 'identifier' ? [current.name, ...parts.reverse()].join('.') : undefined;
}
