import { CEL_COSTS } from './call-costs.ts';
import { type CheckedExpression, qualifiedName } from './checker.ts';
import type { Overload } from './functions.ts';
import type { Expression } from './syntax.ts';
import { type CelType, prune } from './types.ts';

/** From the least to the most that something may be: a size, or a cost. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * How large the value at a path may be: characters, items, entries. A path begins with a variable; what follows are fields, and
 * `@items`, `@keys` and `@values`. Undefined where nothing is known.
 */
export type SizeOfPath = (path: readonly string[]) => number | undefined;

/** More than any budget: what has no bound. */
export const UNBOUNDED = 2 ** 64;

const capped = (value: number) => Math.min(value, UNBOUNDED);
const fixed = (value: number): Range => ({ min: value, max: value });
const add = (...ranges: readonly Range[]): Range =>
  ranges.reduce((a, b) => ({ min: capped(a.min + b.min), max: capped(a.max + b.max) }), fixed(0));
const times = (a: Range, b: Range): Range => ({ min: capped(a.min * b.min), max: capped(a.max * b.max) });
const scaled = (a: Range, factor: number): Range => ({
  min: capped(Math.ceil(a.min * factor)),
  max: capped(Math.ceil(a.max * factor)),
});
const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
const ONE = fixed(1);
const UNKNOWN: Range = { min: 0, max: UNBOUNDED };
const characters = (size: Range) => scaled(size, CEL_COSTS.character);

/** The sizes of what a list or map holds. */
interface EntrySizes {
  readonly isList: boolean;
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[];
  readonly size: Range | undefined;
  readonly entries?: EntrySizes | undefined;
}

/** A part of an expression, as the cost of a call depends on it. */
interface Part {
  readonly path: readonly string[];
  readonly type: CelType;
  /** Undefined for the items of a list, which no expression names. */
  readonly expression?: Expression;
  readonly size: Range | undefined;
}

interface CallEstimate {
  readonly cost: Range;
  readonly size?: Range;
}

/** What evaluating an expression may cost, given how large its variables may be. */
export function estimateCost(expression: Expression, checked: CheckedExpression, sizeOf: SizeOfPath): Range {
  return new Estimator(checked, sizeOf).cost(expression);
}

type Call = Extract<Expression, { type: 'call' }>;
type MacroCall = Extract<Expression, { type: 'macro' }>;

class Estimator {
  readonly #checked: CheckedExpression;
  readonly #sizeOf: SizeOfPath;
  readonly #paths = new Map<Expression, readonly string[]>();
  readonly #sizes = new Map<Expression, Range>();
  readonly #entries = new Map<Expression, EntrySizes>();
  #locals: ReadonlyMap<string, Local> = new Map();

  constructor(checked: CheckedExpression, sizeOf: SizeOfPath) {
    this.#checked = checked;
    this.#sizeOf = sizeOf;
  }

  cost(expression: Expression): Range {
    switch (expression.type) {
      case 'literal':
        return fixed(0);
      case 'identifier':
        return this.#identifier(expression);
      case 'select':
        return this.#select(expression);
      case 'has':
        return this.cost(expression.operand);
      case 'call':
        return this.#call(expression);
      case 'list':
        return this.#list(expression);
      case 'map':
        return this.#map(expression);
      case 'struct':
        return add(fixed(CEL_COSTS.struct), ...expression.fields.map(({ value }) => this.cost(value)));
      case 'macro':
        return this.#macro(expression);
    }
  }

  #identifier(expression: Extract<Expression, { type: 'identifier' }>): Range {
    this.#paths.set(expression, this.#locals.get(expression.name)?.path ?? [expression.name]);
    return ONE;
  }

  #select(expression: Extract<Expression, { type: 'select' }>): Range {
    if (this.#checked.typeNames.has(expression)) return ONE;
    const { operand, field, isOptional } = expression;
    const cost = this.cost(operand);
    if (isOptional) return add(cost, ONE);
    this.#paths.set(expression, [...this.#pathOf(operand), field]);
    const { kind } = this.#typeOf(operand);
    return kind === 'map' || kind === 'object' ? add(cost, ONE) : cost;
  }

  #list(expression: Extract<Expression, { type: 'list' }>): Range {
    const costs = expression.items.map(({ value }) => this.cost(value));
    const sizes = expression.items.map(({ value }) => this.#sizeOrUnknown(value));
    this.#entries.set(expression, { isList: true, key: ONE, value: sizes.length ? sizes.reduce(union) : fixed(0) });
    return add(fixed(CEL_COSTS.list), ...costs);
  }

  #map(expression: Extract<Expression, { type: 'map' }>): Range {
    const { entries } = expression;
    const costs = entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]);
    const sizes = (of: 'key' | 'value') => entries.map((entry) => this.#sizeOrUnknown(entry[of]));
    const joined = (ranges: Range[]) => (ranges.length ? ranges.reduce(union) : fixed(0));
    this.#entries.set(expression, { isList: false, key: joined(sizes('key')), value: joined(sizes('value')) });
    return add(fixed(CEL_COSTS.map), ...costs);
  }

  #call(expression: Call): Range {
    const { name, target, args } = expression;
    if (name === 'dyn') return this.#dyn(expression);
    const costs = args.map((arg) => this.cost(arg));
    const targetCost = target ? this.cost(target) : fixed(0);
    if (name === '_&&_' || name === '_||_') return { min: costs[0]!.min, max: add(...costs).max };
    if (name === '_?_:_') return this.#conditional(expression, costs);
    const parts = args.map((arg) => this.#partOf(arg));
    const subject = target && this.#partOf(target);
    const estimates = (this.#checked.overloads.get(expression) ?? []).map((overload) =>
      this.#function(expression, { overload, target: subject, args: parts }),
    );
    if (estimates.length === 0) return add(...costs, targetCost);
    const sizes = estimates.flatMap(({ size }) => (size ? [size] : []));
    if (sizes.length > 0) this.#sizes.set(expression, sizes.reduce(union));
    return add(estimates.map(({ cost }) => cost).reduce(union), ...costs, targetCost);
  }

  /** Makes the type unknown and changes nothing else. */
  #dyn(expression: Call): Range {
    const arg = expression.args[0]!;
    const cost = this.cost(arg);
    const [size, entries] = [this.#computedSize(arg), this.#entrySizes(arg)];
    if (size) this.#sizes.set(expression, size);
    if (entries) this.#entries.set(expression, entries);
    return add(ONE, cost);
  }

  #conditional(expression: Call, [condition, then, otherwise]: readonly Range[]): Range {
    const [, a, b] = expression.args as [Expression, Expression, Expression];
    this.#sizes.set(expression, union(this.#sizeOrUnknown(a), this.#sizeOrUnknown(b)));
    this.#joinEntries(expression, a, b);
    return add(condition!, union(then!, otherwise!));
  }

  #joinEntries(expression: Expression, a: Expression, b: Expression): void {
    const [left, right] = [this.#entrySizes(a), this.#entrySizes(b)];
    if (!left || !right) return;
    const joined = { isList: left.isList, key: union(left.key, right.key), value: union(left.value, right.value) };
    this.#entries.set(expression, joined);
  }

  /** One overload of a call, without what its arguments cost. */
  #function(
    expression: Call,
    call: { overload: Overload; target: Part | undefined; args: readonly Part[] },
  ): CallEstimate {
    const { overload, target, args } = call;
    if (overload.name === '_[_]') return this.#index(expression, overload, args[0]!);
    const isText = TEXTUAL.has(prune(overload.params[0] ?? overload.result).kind);
    if (overload.name === '_+_' && (isText || overload.params[0]?.kind === 'list')) {
      const size = add(this.#partSize(args[0]!), this.#partSize(args[1]!));
      this.#joinEntries(expression, expression.args[0]!, expression.args[1]!);
      return { cost: isText ? characters(size) : ONE, size };
    }
    const estimate = Object.hasOwn(CALLS, overload.name) ? CALLS[overload.name] : undefined;
    const found = estimate?.({
      overload,
      target,
      args,
      sizeOf: (part) => this.#partSize(part),
      itemsOf: this.#itemsOf,
    });
    const known = found ?? { cost: ONE };
    if (known.size) return known;
    const size = this.#computedSize(expression);
    return size ? { ...known, size } : known;
  }

  #index(expression: Call, { params }: Overload, container: Part): CallEstimate {
    const [type] = params;
    const held = type?.kind === 'optional' ? type.of : type;
    const inside = held?.kind === 'list' ? '@items' : '@values';
    this.#paths.set(expression, [...container.path, inside]);
    const size = this.#entrySizes(container.expression!)?.value ?? this.#computedSize(expression);
    return size ? { cost: ONE, size } : { cost: ONE };
  }

  #itemsOf = (list: Part): Part | undefined => {
    const type = prune(list.type);
    if (type.kind !== 'list') return undefined;
    return { path: list.path.length > 0 ? [...list.path, '@items'] : [], type: type.item, size: undefined };
  };

  #macro(expression: MacroCall): Range {
    const { macro, range } = expression;
    if (macro === 'optMap' || macro === 'optFlatMap') return this.#optionalMacro(expression);
    if (macro === 'sortBy') return this.#sortBy(expression);
    if (macro === 'bind') return this.#bind(expression);
    const cost = this.cost(range);
    const { start, step, result } = this.#within(this.#iterated(expression), () => this.#steps(expression));
    const size = this.#sizeOrUnknown(range);
    this.#sizes.set(expression, start > 0 ? size : ONE);
    return add(cost, fixed(start), fixed(result), times(size, step));
  }

  /** What a macro costs to begin, for each item, and to end. */
  #steps(expression: MacroCall): { start: number; step: Range; result: number } {
    const { macro, args } = expression;
    const costs = args.map((arg) => this.cost(arg));
    const last = costs.at(-1)!;
    const filtered = (build: Range) => (costs.length > 1 ? add(costs[0]!, union(build, ONE)) : build);
    switch (macro) {
      case 'all':
        return { start: 0, step: { min: 3, max: capped(last.max + 3) }, result: 1 };
      case 'exists':
        return { start: 0, step: { min: 4, max: capped(last.max + 4) }, result: 1 };
      case 'exists_one':
        return { start: 0, step: add(last, { min: 1, max: 2 }), result: 2 };
      case 'filter':
        this.#keepEntries(expression, undefined);
        return { start: CEL_COSTS.list, step: add(last, { min: 1, max: CEL_COSTS.list + 3 }), result: 1 };
      case 'transformMap':
        return { start: CEL_COSTS.map, step: filtered(add(last, fixed(3))), result: 1 };
      case 'transformMapEntry':
        return { start: CEL_COSTS.map, step: filtered(add(last, fixed(2))), result: 1 };
      default:
        this.#keepEntries(expression, args.at(-1));
        return { start: CEL_COSTS.list, step: filtered(add(last, fixed(CEL_COSTS.list + 2))), result: 1 };
    }
  }

  /** How large the items of the list are that a macro makes: those of the range, or those of an expression. */
  #keepEntries(expression: MacroCall, item: Expression | undefined): void {
    const variable = this.#locals.get(expression.variables[0]!);
    const bound = variable ? this.#localSize(variable) : undefined;
    const size = item ? this.#sizeOrUnknown(item) : (bound ?? UNKNOWN);
    this.#entries.set(expression, { isList: true, key: ONE, value: union(fixed(0), size) });
  }

  #localSize({ path, size }: Local): Range | undefined {
    const max = path.length > 0 ? this.#sizeOf(path) : undefined;
    return max === undefined ? size : { min: 0, max };
  }

  #iterated({ range, variables }: MacroCall): Map<string, Local> {
    const entries = this.#entrySizes(range);
    const isList = entries?.isList ?? this.#typeOf(range).kind === 'list';
    const path = this.#pathOf(range);
    const key = { path: [...path, isList ? '@indices' : '@keys'], size: entries?.key };
    const value = { path: [...path, isList ? '@items' : '@values'], size: entries?.value };
    const [first, second] = variables;
    if (second !== undefined) return new Map([[first!, key] as const, [second, value] as const]);
    return new Map([[first!, isList ? value : key]]);
  }

  #within<T>(locals: ReadonlyMap<string, Local>, body: () => T): T {
    const before = this.#locals;
    this.#locals = new Map([...before, ...locals]);
    try {
      return body();
    } finally {
      this.#locals = before;
    }
  }

  /** As `target.hasValue() ? optional.of(body) : optional.none()`, where the variable is `target.value()`. */
  #optionalMacro({ macro, range, variables, args }: MacroCall): Range {
    const target = this.cost(range);
    const type = this.#typeOf(range);
    const size = type.kind === 'optional' ? sizeOfType(type.of) : undefined;
    const body = this.#within(new Map([[variables[0]!, { path: [], size }]]), () => this.cost(args[0]!));
    const bound = add(fixed(CEL_COSTS.list), ONE, target, body);
    return add(ONE, target, union(macro === 'optMap' ? add(ONE, bound) : bound, ONE));
  }

  #bind(expression: MacroCall): Range {
    const { range, variables, args } = expression;
    const value = this.cost(range);
    const local = { path: this.#pathOf(range), size: this.#computedSize(range), entries: this.#entrySizes(range) };
    const body = args[0]!;
    const cost = this.#within(new Map([[variables[0]!, local]]), () => {
      const inner = this.cost(body);
      const [size, entries] = [this.#computedSize(body), this.#entrySizes(body)];
      if (size) this.#sizes.set(expression, size);
      if (entries) this.#entries.set(expression, entries);
      return inner;
    });
    return add(fixed(CEL_COSTS.list), value, cost);
  }

  #sortBy(expression: MacroCall): Range {
    const cost = this.cost(expression.range);
    const key = this.#within(this.#iterated(expression), () => this.cost(expression.args[0]!));
    const size = this.#sizeOrUnknown(expression.range);
    this.#sizes.set(expression, size);
    const keys = times(size, add(key, fixed(CEL_COSTS.list + 2)));
    return add(cost, fixed(2 * CEL_COSTS.list + 4), keys, times(size, size));
  }

  #typeOf(expression: Expression): CelType {
    return prune(this.#checked.types.get(expression)!);
  }

  #pathOf(expression: Expression): readonly string[] {
    return this.#paths.get(expression) ?? [];
  }

  #partOf(expression: Expression): Part {
    const size = this.#computedSize(expression);
    return { path: this.#pathOf(expression), type: this.#typeOf(expression), expression, size };
  }

  #partSize(part: Part): Range {
    if (part.size) return part.size;
    const max = part.path.length > 0 ? this.#sizeOf(part.path) : undefined;
    return max === undefined ? UNKNOWN : { min: 0, max };
  }

  #sizeOrUnknown(expression: Expression): Range {
    return this.#computedSize(expression) ?? UNKNOWN;
  }

  #computedSize(expression: Expression): Range | undefined {
    const known = this.#sizes.get(expression) ?? writtenSize(expression);
    if (known) return known;
    const path = this.#pathOf(expression);
    const max = path.length > 0 ? this.#sizeOf(path) : undefined;
    if (max !== undefined) return { min: 0, max };
    const ofType = sizeOfType(this.#typeOf(expression));
    if (ofType || expression.type !== 'identifier') return ofType;
    return this.#locals.get(expression.name)?.size;
  }

  #entrySizes(expression: Expression): EntrySizes | undefined {
    const name = qualifiedName(expression);
    return this.#entries.get(expression) ?? (name === undefined ? undefined : this.#locals.get(name)?.entries);
  }
}

const TEXTUAL: ReadonlySet<string> = new Set(['string', 'bytes']);
const SCALARS: ReadonlySet<string> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);

function sizeOfType(type: CelType): Range | undefined {
  const known = prune(type);
  if (known.kind === 'optional') return sizeOfType(known.of);
  return SCALARS.has(known.kind) ? ONE : undefined;
}

/** The size of what is written out. */
function writtenSize(expression: Expression): Range | undefined {
  if (expression.type === 'list') return fixed(expression.items.length);
  if (expression.type === 'map') return fixed(expression.entries.length);
  if (expression.type !== 'literal') return undefined;
  const { value } = expression;
  if (value.kind === 'string') return fixed([...value.value].length);
  return value.kind === 'bytes' ? fixed(value.value.length) : ONE;
}

interface CallContext {
  readonly overload: Overload;
  readonly target: Part | undefined;
  readonly args: readonly Part[];
  sizeOf(part: Part): Range;
  itemsOf(list: Part): Part | undefined;
}

type EstimateCall = (call: CallContext) => CallEstimate | undefined;

const searched = (text: Range, pattern: Range) =>
  times(characters(add(text, ONE)), scaled(pattern, CEL_COSTS.patternCharacter));

/** Reads the text that the function is called on, and gives one that is no longer. */
const shortened: EstimateCall = ({ target, sizeOf }) => {
  if (!target) return undefined;
  const size = sizeOf(target);
  return { cost: characters(size), size };
};

/** Goes through a list, or through a text. */
const goneThrough: EstimateCall = ({ overload, target, sizeOf, itemsOf }) => {
  if (!target) return undefined;
  const size = sizeOf(target);
  const items = overload.params[0]?.kind === 'list' ? itemsOf(target) : undefined;
  if (!items) return overload.params[0]?.kind === 'list' ? { cost: times(size, ONE) } : { cost: characters(size) };
  const isText = TEXTUAL.has(prune(items.type).kind);
  return { cost: times(size, isText ? add(ONE, characters(sizeOf(items))) : ONE) };
};

const compared: EstimateCall = ({ args, sizeOf }) => {
  const max = Math.min(...args.map((arg) => sizeOf(arg).max));
  return { cost: characters({ min: max > 0 ? 1 : 0, max }) };
};

const orderedTexts: EstimateCall = (call) =>
  TEXTUAL.has(prune(call.overload.params[0]!).kind) ? compared(call) : undefined;

const argumentRead: EstimateCall = ({ args, sizeOf }) => ({ cost: characters(sizeOf(args[0]!)) });

const found: EstimateCall = ({ target, args, sizeOf }) => {
  if (!target) return undefined;
  const size = sizeOf(target);
  return { cost: searched(size, sizeOf(args[0]!)), size: { min: 0, max: size.max } };
};

const replaced: EstimateCall = ({ target, args, sizeOf }) => {
  if (!target) return undefined;
  const [text, from, to] = [sizeOf(target), sizeOf(args[0]!), sizeOf(args[1]!)];
  const longest = replacements({ text: text.max, least: from.min, isLonger: to.max > from.min });
  const shortest = replacements({ text: text.min, least: from.max, isLonger: to.min < from.max });
  const counts = { min: shortest.count, max: longest.count };
  const size = add(times(counts, to), { min: shortest.kept, max: longest.kept });
  return { cost: scaled(text, 2 * CEL_COSTS.character), size };
};

/** How often a text can be replaced by one of another length, and how much of the original is left beside that. */
function replacements({ text, least, isLonger }: { text: number; least: number; isLonger: boolean }) {
  if (least === 0) return { count: capped(text + 1), kept: text };
  return isLonger ? { count: Math.ceil(text / least), kept: 0 } : { count: 0, kept: text };
}

const split: EstimateCall = ({ target, args, sizeOf }) => {
  if (!target) return undefined;
  const size = sizeOf(target);
  const limit = args[1]?.expression;
  const parts = limit?.type === 'literal' && limit.value.kind === 'int' ? Number(limit.value.value) : size.max;
  const max = parts < 0 ? UNBOUNDED : parts;
  return { cost: scaled(size, 2 * CEL_COSTS.character), size: { min: 0, max } };
};

const joined: EstimateCall = ({ target, args, sizeOf, itemsOf }) => {
  if (!target) return undefined;
  const count = sizeOf(target);
  const items = itemsOf(target);
  let size = items ? times(count, sizeOf(items)) : fixed(0);
  if (args[0]) {
    const separators = { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) };
    size = add(size, times(sizeOf(args[0]), separators));
  }
  return { cost: characters(size), size };
};

/** Addresses are compared as bytes, of which there are 4 or 16; texts are parsed before. */
const ADDRESS_BYTES: Range = { min: 4, max: 16 };
const addressWithin: EstimateCall = ({ overload, args, sizeOf }) => {
  const cost = characters(add(ADDRESS_BYTES, ADDRESS_BYTES));
  return { cost: overload.params[1]?.kind === 'string' ? add(cost, characters(sizeOf(args[0]!))) : cost };
};
const networkWithin: EstimateCall = (call) => {
  const { cost } = addressWithin(call)!;
  return { cost: add(cost, characters(ADDRESS_BYTES), ONE) };
};

const sets: EstimateCall = ({ args, sizeOf }) => ({ cost: add(ONE, times(sizeOf(args[0]!), sizeOf(args[1]!))) });
const eachItem: EstimateCall = ({ target, sizeOf }) =>
  target && { cost: add(ONE, sizeOf(target)), size: sizeOf(target) };
const everyPair: EstimateCall = ({ target, sizeOf }) =>
  target && { cost: add(ONE, times(sizeOf(target), sizeOf(target))), size: sizeOf(target) };

const CALLS: Readonly<Record<string, EstimateCall>> = {
  check: () => ({ cost: fixed(CEL_COSTS.authorization) }),
  ...each('isSorted sum max min indexOf lastIndexOf', goneThrough),
  ...each('lowerAscii upperAscii substring trim', shortened),
  ...each('find findAll', found),
  ...each('_==_ _!=_', compared),
  ...each('_<_ _<=_ _>_ _>=_', orderedTexts),
  ...each('startsWith endsWith url', argumentRead),
  ...each('sets.contains sets.equivalent sets.intersects', sets),
  ...each('flatten reverse slice', eachItem),
  ...each('distinct sort', everyPair),
  replace: replaced,
  split,
  join: joined,
  containsIP: addressWithin,
  containsCIDR: networkWithin,
  validate: ({ args, sizeOf }) => ({ cost: searched(sizeOf(args[0]!), fixed(CEL_COSTS.formatPattern)) }),
  matches: ({ target, args, sizeOf }) => {
    const [text, pattern] = target ? [target, args[0]!] : [args[0]!, args[1]!];
    return { cost: searched(sizeOf(text), sizeOf(pattern)) };
  },
  contains: ({ target, args, sizeOf }) =>
    target && { cost: times(characters(sizeOf(target)), characters(sizeOf(args[0]!))) },
  '@in': ({ overload, args, sizeOf }) => (overload.params[1]?.kind === 'list' ? { cost: sizeOf(args[1]!) } : undefined),
  format: ({ target, sizeOf }) => target && { cost: characters(sizeOf(target)) },
  string: ({ overload, args, sizeOf }) => {
    if (overload.params[0]?.kind !== 'bytes') return undefined;
    const size = sizeOf(args[0]!);
    return { cost: characters(size), size: { min: Math.floor(size.min / 4), max: size.max } };
  },
  bytes: ({ overload, args, sizeOf }) => {
    if (overload.params[0]?.kind !== 'string') return undefined;
    const size = sizeOf(args[0]!);
    return { cost: characters(size), size: { min: size.min, max: capped(size.max * 4) } };
  },
  'strings.quote': ({ args, sizeOf }) => {
    const size = sizeOf(args[0]!);
    return { cost: characters(size), size: { min: size.min + 2, max: capped(size.max * 2 + 2) } };
  },
};

function each(names: string, estimate: EstimateCall): Record<string, EstimateCall> {
  return Object.fromEntries(names.split(' ').map((name) => [name, estimate]));
}
