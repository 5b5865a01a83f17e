import { CEL_COSTS, callCost } from './call-costs.ts';
import { type CheckedExpression, qualifiedName } from './checker.ts';
import { chooseOverload } from './functions.ts';
import type { Expression, Literal, Macro } from './syntax.ts';
import {
  CelError,
  CelMap,
  CelOptional,
  CelTypeValue,
  CelUint,
  type CelValue,
  celCompare,
  isList,
  lazily,
  typeNameOf,
} from './values.ts';

/** What names stand for; a value may be found out only when it is asked for. */
export interface Variables {
  get(name: string): (() => CelValue) | undefined;
}

/** What an evaluation reads and spends. */
export interface Frame {
  readonly variables: Variables;
  readonly meter: CostMeter;
}

/** A frame in which one name more stands for something. */
class Scope implements Frame, Variables {
  readonly meter: CostMeter;
  readonly #outer: Variables;
  readonly #name: string;
  readonly #read: () => CelValue;

  constructor(frame: Frame, name: string, read: () => CelValue) {
    this.meter = frame.meter;
    this.#outer = frame.variables;
    this.#name = name;
    this.#read = read;
  }

  get variables(): Variables {
    return this;
  }

  get(name: string): (() => CelValue) | undefined {
    return name === this.#name ? this.#read : this.#outer.get(name);
  }
}

/** The units that an evaluation may still spend: one for each name, field and call, more where data is gone through. */
export class CostMeter {
  readonly #limit: number;
  spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  spend(units: number): void {
    this.spent += units;
    if (this.spent > this.#limit) throw new CostLimitError();
  }
}

/** The evaluation has become too costly. No operator of the language may hide it. */
export class CostLimitError extends CelError {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

export type Evaluator = (frame: Frame) => CelValue;

/** Makes a function of a checked expression. */
export function compileExpression(expression: Expression, checked: CheckedExpression): Evaluator {
  return new Compiler(checked).compile(expression);
}

class Compiler {
  readonly #checked: CheckedExpression;

  constructor(checked: CheckedExpression) {
    this.#checked = checked;
  }

  compile(expression: Expression): Evaluator {
    switch (expression.type) {
      case 'literal': {
        const value = literalValue(expression.value);
        return () => value;
      }
      case 'identifier':
        return compileName(expression.name, this.#checked.typeNames.get(expression));
      case 'select':
        return this.#select(expression);
      case 'has':
        return this.#has(expression);
      case 'call':
        return this.#call(expression);
      case 'list':
        return this.#list(expression);
      case 'map':
        return this.#map(expression);
      case 'struct':
        return this.#struct(expression);
      case 'macro':
        return this.#macro(expression);
    }
  }

  #select(expression: Extract<Expression, { type: 'select' }>): Evaluator {
    const typeName = this.#checked.typeNames.get(expression);
    if (typeName !== undefined) return compileName(typeName, typeName);
    const operand = this.compile(expression.operand);
    const { field, isOptional } = expression;
    const plain: Evaluator = (frame) => {
      const value = operand(frame);
      frame.meter.spend(1);
      return selectField(value, field, isOptional);
    };
    const qualified = qualifiedName(expression);
    if (qualified === undefined) return plain;
    return (frame) => frame.variables.get(qualified)?.() ?? plain(frame);
  }

  #has(expression: Extract<Expression, { type: 'has' }>): Evaluator {
    const operand = this.compile(expression.operand);
    return (frame) => {
      const value = operand(frame);
      const container = value instanceof CelOptional ? value.value : value;
      if (container === undefined) return false;
      if (container instanceof CelMap) return container.has(expression.field);
      throw new CelError('no such overload');
    };
  }

  #call(expression: Extract<Expression, { type: 'call' }>): Evaluator {
    const { name } = expression;
    const operands = (expression.target ? [expression.target, ...expression.args] : expression.args).map((arg) =>
      this.compile(arg),
    );
    if (name === '_&&_') return logical(operands, false);
    if (name === '_||_') return logical(operands, true);
    if (name === '_?_:_') return conditional(operands);
    const candidates = this.#checked.overloads.get(expression) ?? [];
    const costOf = callCost(name);
    return (frame) => {
      const args: CelValue[] = [];
      for (const operand of operands) args.push(operand(frame));
      const result = chooseOverload(name, candidates, args).run(...args);
      frame.meter.spend(costOf(args, result));
      return result;
    };
  }

  #list(expression: Extract<Expression, { type: 'list' }>): Evaluator {
    const items = expression.items.map(({ value, isOptional }) => ({ evaluate: this.compile(value), isOptional }));
    return (frame) => {
      frame.meter.spend(CEL_COSTS.list);
      return items.flatMap(({ evaluate, isOptional }) => {
        const value = present(evaluate(frame), isOptional);
        return value === undefined ? [] : [value];
      });
    };
  }

  #map(expression: Extract<Expression, { type: 'map' }>): Evaluator {
    const entries = expression.entries.map(({ key, value, isOptional }) => ({
      key: this.compile(key),
      value: this.compile(value),
      isOptional,
    }));
    return (frame) => {
      frame.meter.spend(CEL_COSTS.map);
      const made: [CelValue, CelValue][] = [];
      for (const { key, value, isOptional } of entries) {
        const name = key(frame);
        const given = present(value(frame), isOptional);
        if (given !== undefined) made.push([name, given]);
      }
      if (CelMap.of(made).size < made.length) throw new CelError('Failed with repeated key');
      return CelMap.of(made);
    };
  }

  #struct({ name, fields }: Extract<Expression, { type: 'struct' }>): Evaluator {
    const compiled = fields.map((field) => ({ ...field, evaluate: this.compile(field.value) }));
    return (frame) => {
      frame.meter.spend(CEL_COSTS.struct);
      const made: [string, () => CelValue][] = [];
      for (const { name: field, evaluate, isOptional } of compiled) {
        const given = present(evaluate(frame), isOptional);
        if (given !== undefined) made.push([field, () => given]);
      }
      return new CelMap(made, name);
    };
  }

  #macro(expression: Extract<Expression, { type: 'macro' }>): Evaluator {
    const range = this.compile(expression.range);
    const args = expression.args.map((arg) => this.compile(arg));
    const { macro, variables } = expression;
    if (macro === 'optMap' || macro === 'optFlatMap') return optionalMacro(range, expression, args[0]!);
    if (macro === 'bind') return bound(range, variables[0]!, args[0]!);
    const result = args.at(-1)!;
    const condition = args.length > 1 ? args[0] : undefined;
    const unitsPerItem = STEP_COSTS[macro] ?? CEL_COSTS.list + 2;
    const steps = (frame: Frame) => iterate(range(frame), { variables, frame, unitsPerItem });
    const chosen = (frame: Frame, predicate: Evaluator | undefined) =>
      [...steps(frame)].filter((step) => !predicate || asBool(predicate(step.frame)));
    switch (macro) {
      case 'all':
        return (frame) => quantify(steps(frame), result, false);
      case 'exists':
        return (frame) => quantify(steps(frame), result, true);
      case 'exists_one':
        return (frame) => chosen(frame, result).length === 1;
      case 'filter':
        return (frame) => chosen(frame, result).map(({ value }) => value);
      case 'sortBy':
        return (frame) => sortedBy([...steps(frame)], result);
      case 'map':
      case 'transformList':
        return (frame) => chosen(frame, condition).map((step) => result(step.frame));
      default:
        return (frame) => transformed(macro, chosen(frame, condition), result);
    }
  }
}

function literalValue(literal: Literal): CelValue {
  if (literal.kind === 'null') return null;
  return literal.kind === 'uint' ? new CelUint(literal.value) : literal.value;
}

function compileName(name: string, typeName: string | undefined): Evaluator {
  const type = typeName === undefined ? undefined : new CelTypeValue(typeName);
  return (frame) => {
    frame.meter.spend(CEL_COSTS.name);
    if (type) return type;
    const variable = frame.variables.get(name);
    if (variable) return variable();
    throw new CelError(`no such attribute(s): ${name}`);
  };
}

function selectField(operand: CelValue, field: string, isOptional: boolean): CelValue {
  if (operand instanceof CelOptional) {
    const inner = operand.value;
    if (inner === undefined) return operand;
    return new CelOptional(inner instanceof CelMap ? inner.get(field) : undefined);
  }
  if (!(operand instanceof CelMap)) {
    if (isOptional && operand === null) return new CelOptional(undefined);
    throw new CelError(`no such overload: ${typeNameOf(operand)}.${field}`);
  }
  const value = operand.get(field);
  if (isOptional) return new CelOptional(value);
  if (value === undefined) throw new CelError(`no such key: ${field}`);
  return value;
}

/** The value of an entry; undefined where it is an optional one that is empty. */
function present(value: CelValue, isOptional: boolean): CelValue | undefined {
  if (!isOptional) return value;
  if (value instanceof CelOptional) return value.value;
  throw new CelError(`cannot initialize optional entry from non-optional value ${typeNameOf(value)}`);
}

function asBool(value: CelValue): boolean {
  if (typeof value === 'boolean') return value;
  throw new CelError(`no such overload: ${typeNameOf(value)} is not bool`);
}

/** `decisive` decides whatever the other side is, even an error. */
function logical([left, right]: readonly Evaluator[], decisive: boolean): Evaluator {
  return (frame) => {
    let failure: CelError | undefined;
    for (const side of [left!, right!]) {
      try {
        if (asBool(side(frame)) === decisive) return decisive;
      } catch (error) {
        if (!(error instanceof CelError) || error instanceof CostLimitError) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return !decisive;
  };
}

function conditional([condition, then, otherwise]: readonly Evaluator[]): Evaluator {
  return (frame) => (asBool(condition!(frame)) ? then!(frame) : otherwise!(frame));
}

/** What going over an item costs beside its expressions: going on or not, and adding to the result. */
const STEP_COSTS: Readonly<Partial<Record<Macro, number>>> = {
  all: 3,
  exists: 4,
  exists_one: 1,
  transformMap: 3,
  transformMapEntry: 2,
};

interface Step {
  readonly frame: Frame;
  readonly key: CelValue;
  readonly value: CelValue;
}

/** The frames for each item of a list, or entry of a map (its key, for one variable), paid for one by one. */
function* iterate(
  range: CelValue,
  { variables, frame, unitsPerItem }: { variables: readonly string[]; frame: Frame; unitsPerItem: number },
): Generator<Step> {
  const isTwoFold = variables.length > 1;
  const pairs: [CelValue, CelValue][] = isList(range)
    ? range.map((item, index) => [BigInt(index), item])
    : range instanceof CelMap
      ? isTwoFold
        ? range.entries()
        : range.keys().map((key) => [key, key])
      : noRange(range);
  for (const [key, value] of pairs) {
    frame.meter.spend(unitsPerItem);
    const outer = isTwoFold ? new Scope(frame, variables[0]!, () => key) : frame;
    yield { frame: new Scope(outer, variables.at(-1)!, () => value), key, value };
  }
}

function noRange(range: CelValue): never {
  throw new CelError(`no such overload: ${typeNameOf(range)} cannot be gone through`);
}

/** As `||` over all items where `decisive` is true, as `&&` where it is false. */
function quantify(steps: Iterable<Step>, predicate: Evaluator, decisive: boolean): boolean {
  let failure: CelError | undefined;
  for (const { frame } of steps) {
    try {
      if (asBool(predicate(frame)) === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof CelError) || error instanceof CostLimitError) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  return !decisive;
}

function sortedBy(steps: readonly Step[], key: Evaluator): CelValue {
  const keyed = steps.map(({ frame, value }) => ({ key: key(frame), value }));
  for (const { key: each } of keyed) {
    if (celCompare(each, keyed[0]!.key) === undefined) throw new CelError('list elements must have the same type');
  }
  return keyed.sort((a, b) => celCompare(a.key, b.key)!).map(({ value }) => value);
}

function transformed(macro: string, steps: readonly Step[], result: Evaluator): CelValue {
  const entries = steps.flatMap(({ frame, key }): [CelValue, CelValue][] => {
    const value = result(frame);
    if (macro === 'transformMap') return [[key, value]];
    if (value instanceof CelMap) return value.entries();
    throw new CelError(`no such overload: ${typeNameOf(value)} is not map`);
  });
  const map = CelMap.of(entries);
  if (map.size < entries.length) throw new CelError('insert failed: key already exists');
  return map;
}

/** The value is found out when it is first asked for. */
function bound(value: Evaluator, name: string, body: Evaluator): Evaluator {
  return (frame) => {
    frame.meter.spend(CEL_COSTS.list);
    const read = lazily(() => value(frame));
    return body(new Scope(frame, name, read));
  };
}

function optionalMacro(
  range: Evaluator,
  { macro, variables }: Extract<Expression, { type: 'macro' }>,
  body: Evaluator,
): Evaluator {
  return (frame) => {
    const optional = range(frame);
    if (!(optional instanceof CelOptional)) throw new CelError(`no such overload: ${macro}(${typeNameOf(optional)})`);
    const { value } = optional;
    if (value === undefined) return optional;
    const result = body(new Scope(frame, variables[0]!, () => value));
    return macro === 'optMap' ? new CelOptional(result) : result;
  };
}
