import type { FunctionTable, Overload } from './functions.ts';
import { CelCompileError, type CelIssue, type Entry, type Expression, type Literal } from './syntax.ts';
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
}

/** Checks an expression's types. Throws a `CelCompileError` with every issue. */
export function checkCel(
  source: string,
  expression: Expression,
  environment: { readonly variables: ReadonlyMap<string, CelType>; readonly functions: FunctionTable },
): CheckedExpression {
  const checker = new Checker(environment.functions);
  const type = checker.check(expression, environment.variables);
  if (checker.issues.length > 0) throw new CelCompileError(source, checker.issues);
  return { type: prune(type), overloads: checker.overloads };
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
  readonly #functions: FunctionTable;

  constructor(functions: FunctionTable) {
    this.#functions = functions;
  }

  check(expression: Expression, scope: Scope): CelType {
    switch (expression.type) {
      case 'literal':
        return LITERALS[expression.value.kind];
      case 'identifier':
        return this.#identifier(expression.name, expression.at, scope);
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
      case 'macro':
        return this.#macro(expression, scope);
    }
  }

  #issue(at: number, text: string): CelType {
    this.issues.push({ at, text });
    return DYN;
  }

  #identifier(name: string, at: number, scope: Scope): CelType {
    const variable = scope.get(name);
    if (variable) return variable;
    const type = TYPE_NAMES.get(name);
    return type ? typeType(type) : this.#issue(at, `undeclared reference to '${name}' (in container '')`);
  }

  #select(expression: Extract<Expression, { type: 'select' }>, scope: Scope): CelType {
    const qualified = qualifiedName(expression);
    const known = qualified === undefined ? undefined : (scope.get(qualified) ?? namedType(qualified));
    if (known) return known;
    const operand = prune(this.check(expression.operand, scope));
    if (operand.kind === 'optional') return optionalType(this.#fieldOf(operand.of, expression));
    const type = this.#fieldOf(operand, expression);
    return expression.isOptional ? optionalType(type) : type;
  }

  #fieldOf(type: CelType, { at, field }: { at: number; field: string }): CelType {
    const operand = prune(type);
    switch (operand.kind) {
      case 'object':
        return operand.fields.get(field) ?? this.#issue(at, `undefined field '${field}'`);
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
    for (const { value, isOptional } of entries) {
      const checked = prune(this.check(value, scope));
      const type = isOptional && checked.kind === 'optional' ? checked.of : checked;
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
    if (!this.#functions.has(name)) return this.#issue(at, `undeclared reference to '${name}' (in container '')`);
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
    const trails: Trail[] = [];
    for (const overload of candidates) {
      if (overload.params.length !== types.length) continue;
      const variables = new Map();
      const trail = new Trail();
      const params = overload.params.map((param) => instantiate(param, variables));
      if (params.every((param, index) => isAssignable(param, types[index]!, trail))) {
        fitting.push(overload);
        results.push(resolved(instantiate(overload.result, variables)));
        trails.push(trail);
      }
      if (fitting[0] !== overload) trail.undo();
    }
    if (fitting.length > 1) trails[0]?.undo();
    return { fitting, results };
  }

  #macro(expression: Extract<Expression, { type: 'macro' }>, scope: Scope): CelType {
    const { macro, variables, args } = expression;
    const range = prune(this.check(expression.range, scope));
    if (macro === 'optMap' || macro === 'optFlatMap') return this.#optionalMacro(expression, range, scope);
    const types = this.#iterationTypes(range, variables.length, expression.range.at);
    const inner = new Map([...scope, ...variables.map((name, index) => [name, types[index]!] as const)]);
    if (PREDICATES.has(macro)) {
      this.#expect(args[0]!, BOOL, inner);
      return macro === 'filter' ? listType(types[0]!) : BOOL;
    }
    if (args.length > 1) this.#expect(args[0]!, BOOL, inner);
    const result = this.check(args.at(-1)!, inner);
    if (macro === 'map' || macro === 'transformList') return listType(result);
    return macro === 'transformMap' ? mapType(types[0]!, result) : result;
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

/** `a.b.c` of identifiers and selections. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.type === 'identifier') return expression.name;
  if (expression.type !== 'select' || expression.isOptional) return undefined;
  const operand = qualifiedName(expression.operand);
  return operand === undefined ? undefined : `${operand}.${expression.field}`;
}

function namedType(name: string): CelType | undefined {
  const type = name.includes('.') ? TYPE_NAMES.get(name) : undefined;
  return type && typeType(type);
}
