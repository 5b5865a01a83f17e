import { CEL_CALL_COST_LIMIT, type CelProgram, compileCel } from '../cel/cel.ts';
import { UNBOUNDED } from '../cel/cost-estimate.ts';
import { CelCompileError } from '../cel/syntax.ts';
import { type CelType, optionalType, typeText } from '../cel/types.ts';
import { CelOptional, type CelValue } from '../cel/values.ts';
import type { JsonValue } from '../object.ts';
import { isObject } from '../patch/json-value.ts';
import {
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  notSupported,
  required,
} from '../schema/validation.ts';
import { maxCardinality, sizeOfSchema, sizesBelow } from './cel-sizes.ts';
import { celTypeOf, celValueOf } from './cel-types.ts';
import type { Correlation } from './correlation.ts';
import { additionalOf, isEmbedded, itemsOf, type JsonSchema, type JsonSchemaRule, propertyOf } from './json-schema.ts';
import { multiplicityOf, RuleCosts } from './rule-costs.ts';

/** What all the rules of one object may cost together. */
export const CEL_OBJECT_COST_LIMIT = 10_000_000;
const MESSAGE_MAX_LENGTH = 5 * 1024;
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

interface CompiledRule {
  readonly rule: JsonSchemaRule;
  readonly program: CelProgram | undefined;
  readonly problem: string | undefined;
  readonly messageProgram: CelProgram | undefined;
  readonly messageProblem: string | undefined;
  readonly usesOldSelf: boolean;
}

/** Rules by the schema that they stand in; whether it is that of a resource changes what they see. */
const compiled = {
  resource: new WeakMap<JsonSchema, CompiledRule[]>(),
  part: new WeakMap<JsonSchema, CompiledRule[]>(),
};

function rulesOf(schema: JsonSchema, typed: JsonSchema, isResource: boolean): readonly CompiledRule[] {
  const cache = isResource ? compiled.resource : compiled.part;
  let rules = cache.get(schema);
  if (!rules) {
    const type = celTypeOf(typed, 'object', isResource);
    rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => compileRule(rule, type));
    cache.set(schema, rules);
  }
  return rules;
}

function compileRule(rule: JsonSchemaRule, type: CelType | undefined): CompiledRule {
  const main = tryCompile(rule.rule, { type, isOptional: rule.optionalOldSelf ?? false, result: 'bool' });
  const expression = rule.messageExpression?.trim();
  const text = expression
    ? tryCompile(expression, { type, isOptional: rule.optionalOldSelf ?? false, result: 'string' })
    : { program: undefined, problem: undefined };
  return {
    rule,
    ...main,
    messageProgram: text.program,
    messageProblem: text.problem,
    usesOldSelf: main.program?.names.has('oldSelf') ?? false,
  };
}

function tryCompile(
  source: string,
  { type, isOptional, result }: { type: CelType | undefined; isOptional: boolean; result: 'bool' | 'string' },
): Pick<CompiledRule, 'program' | 'problem'> {
  if (!type) return { program: undefined, problem: 'compilation failed: the type of self is not known' };
  try {
    const program = compileCel(source, { variables: { self: type, oldSelf: isOptional ? optionalType(type) : type } });
    const isRight = typeText(program.type) === result;
    if (isRight) return { program, problem: undefined };
    const what = result === 'bool' ? 'cel expression' : 'messageExpression';
    return { program: undefined, problem: `${what} must evaluate to a ${result}` };
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    const what = result === 'bool' ? '' : 'messageExpression ';
    return { program: undefined, problem: `${what}compilation failed: ${error.message}` };
  }
}

/**
 * What is wrong with the rules in a schema, to be told when the definition is written; also that they may cost too much, unless
 * the schema is one that has been accepted before.
 */
export function celErrors(
  schema: JsonSchema,
  path: FieldPath = new FieldPath(),
  { isKnown = false }: { readonly isKnown?: boolean } = {},
): FieldError[] {
  const written = writtenErrors(schema, path);
  if (written.length > 0) return written;
  const costs = new RuleCosts();
  const place = { isResource: true, uncorrelatable: undefined, cardinality: 1, costs: isKnown ? undefined : costs };
  const errors = schemaRuleErrors(schema, path, place);
  return [...errors, ...costs.totalErrors(path)];
}

/** What is wrong with the rules as they are written, before any of them is compiled. */
export function writtenErrors(schema: JsonSchema, path: FieldPath): FieldError[] {
  if (!hasRules(schema)) return [];
  const own = (part: JsonSchema, at: FieldPath) =>
    (part['x-kubernetes-validations'] ?? []).flatMap((rule, index) =>
      writtenRuleErrors(rule, schema, at.child('x-kubernetes-validations').index(index)),
    );
  const [items, additional] = [itemsOf(schema), additionalOf(schema)];
  return [
    ...own(schema, path),
    ...(schema.allOf ?? []).flatMap((part, index) => own(part, path.child('allOf').index(index))),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      writtenErrors(property, path.child('properties').key(name)),
    ),
    ...(additional ? writtenErrors(additional, path.child('additionalProperties')) : []),
    ...(items ? writtenErrors(items, path.child('items')) : []),
  ];
}

interface RulePlace {
  /** How many values the schema may have in one object; undefined where there is no limit. */
  readonly cardinality: number | undefined;
  /** Undefined where costs do not matter. */
  readonly costs: RuleCosts | undefined;
  readonly isResource: boolean;
  /** Where the part of the schema begins whose values cannot be followed from one version of an object to the next. */
  readonly uncorrelatable: FieldPath | undefined;
}

function schemaRuleErrors(schema: JsonSchema, path: FieldPath, place: RulePlace): FieldError[] {
  if (!hasRules(schema)) return [];
  const errors = ownRuleErrors({ schema, typed: schema, path, place });
  const inner = { ...place, cardinality: product(place.cardinality, multiplicityOf(schema)) };
  schema.allOf?.forEach((part, index) => {
    errors.push(...ownRuleErrors({ schema: part, typed: schema, path: path.child('allOf').index(index), place }));
  });
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = path.child('properties').key(name);
    errors.push(...schemaRuleErrors(property, at, { ...inner, isResource: isEmbedded(property) }));
  }
  const additional = additionalOf(schema);
  if (additional) {
    const at = path.child('additionalProperties');
    errors.push(...schemaRuleErrors(additional, at, { ...inner, isResource: isEmbedded(additional) }));
  }
  const items = itemsOf(schema);
  if (items) {
    const isFollowed = schema['x-kubernetes-list-type'] === 'map';
    const uncorrelatable = place.uncorrelatable ?? (isFollowed ? undefined : path);
    errors.push(
      ...schemaRuleErrors(items, path.child('items'), { ...inner, isResource: isEmbedded(items), uncorrelatable }),
    );
  }
  return errors;
}

const product = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? undefined : Math.min(a * b, UNBOUNDED);

interface RuleSite {
  readonly schema: JsonSchema;
  /** The schema that says the type, where the rules stand in a part of it. */
  readonly typed: JsonSchema;
  readonly path: FieldPath;
  readonly place: RulePlace;
}

function ownRuleErrors({ schema, typed, path, place }: RuleSite): FieldError[] {
  if (!schema['x-kubernetes-validations']?.length) return [];
  return rulesOf(schema, typed, place.isResource).flatMap((each, index) => {
    const at = path.child('x-kubernetes-validations').index(index);
    return [...costErrors(each, { schema, typed, path: at, place }), ...compiledRuleErrors(each, at, place)];
  });
}

function costErrors({ program, messageProgram }: CompiledRule, { typed, path, place }: RuleSite): FieldError[] {
  const { costs, cardinality, isResource } = place;
  const size = costs && sizeOfSchema(typed, isResource);
  if (!costs || !size) return [];
  const sizes = sizesBelow(size);
  const errors: FieldError[] = [];
  if (program) {
    const cost = product(program.maxCost(sizes), cardinality ?? maxCardinality(size))!;
    errors.push(...costs.add(path.child('rule'), cost, 'estimated rule cost'));
  }
  if (messageProgram) {
    const cost = messageProgram.maxCost(sizes);
    errors.push(...costs.add(path.child('messageExpression'), cost, 'estimated messageExpression cost'));
  }
  return errors;
}

function writtenRuleErrors(written: JsonSchemaRule, schema: JsonSchema, at: FieldPath): FieldError[] {
  const { rule, message, messageExpression, reason, fieldPath } = written;
  const errors: FieldError[] = [];
  if (rule.trim() === '') errors.push(required(at.child('rule'), 'rule is not specified'));
  const messagePath = at.child('message');
  if (message && message.trim() === '') {
    errors.push(invalid(messagePath, message, 'must be non-empty if specified'));
  } else if (message?.trim().includes('\n')) {
    errors.push(invalid(messagePath, message, 'must not contain line breaks'));
  } else if (rule.trim().includes('\n') && !message) {
    errors.push(required(messagePath, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression && messageExpression.trim() === '') {
    errors.push(required(at.child('messageExpression'), 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(at.child('reason'), reason, REASONS));
  }
  if (!fieldPath) return errors;
  const fieldPathPath = at.child('fieldPath');
  if (fieldPath.includes('\n')) errors.push(invalid(fieldPathPath, fieldPath, 'must not contain line breaks'));
  if (schemaPathProblem(fieldPath, schema)) errors.push(invalid(fieldPathPath, fieldPath, 'must be a valid path'));
  return errors;
}

/** Why a path by `.name` and `['name']` along what the schema declares leads nowhere, if so. */
export function schemaPathProblem(fieldPath: string, schema: JsonSchema): string | undefined {
  let current: JsonSchema | undefined = schema;
  let rest = fieldPath;
  while (rest !== '') {
    const step = /^(?:\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\])/.exec(rest);
    if (!step)
      return rest.startsWith('.') || rest.startsWith('[')
        ? 'unexpected end of JSON path'
        : `expected [ or . but got: ${/^[^.[]+/.exec(rest)![0]}`;
    const name: string = step[1] ?? step[2]!.replace(/\\(.)/g, '$1');
    current = current && (propertyOf(current, name) ?? additionalOf(current));
    if (!current) return 'does not refer to a valid field';
    rest = rest.slice(step[0].length);
  }
  return undefined;
}

function compiledRuleErrors(each: CompiledRule, at: FieldPath, { uncorrelatable }: RulePlace): FieldError[] {
  const { rule } = each;
  const errors: FieldError[] = [];
  if (each.problem && rule.rule.trim() !== '') {
    errors.push(wrongRule(at.child('rule'), rule, each.problem));
  }
  if (each.messageProblem) {
    errors.push(wrongRule(at.child('messageExpression'), rule, each.messageProblem));
  }
  if (each.usesOldSelf && uncorrelatable) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    errors.push(invalid(at.child('rule'), rule.rule, detail));
  }
  if (rule.optionalOldSelf && !each.usesOldSelf) {
    errors.push(invalid(at.child('optionalOldSelf'), true, 'may not be set if oldSelf is not used in rule'));
  }
  return errors;
}

/** A complaint that shows the whole rule, whatever of it is wrong, in JSON as it would stand in a web page. */
function wrongRule(path: FieldPath, written: JsonSchemaRule, problem: string): FieldError {
  const { rule, message = '', messageExpression = '', reason = null, fieldPath = '', optionalOldSelf = null } = written;
  const shown = JSON.stringify({
    Rule: rule,
    Message: message,
    MessageExpression: messageExpression,
    Reason: reason,
    FieldPath: fieldPath,
    OptionalOldSelf: optionalOldSelf,
  }).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
  return { type: 'FieldValueInvalid', field: `${path}`, message: `Invalid value: ${shown}: ${problem}` };
}

const known = new WeakMap<JsonSchema, boolean>();

/** Whether a rule stands anywhere in the schema. */
export function hasRules(schema: JsonSchema): boolean {
  let answer = known.get(schema);
  if (answer === undefined) {
    const parts = [
      itemsOf(schema),
      additionalOf(schema),
      ...Object.values(schema.properties ?? {}),
      ...(schema.allOf ?? []),
    ];
    answer = Boolean(schema['x-kubernetes-validations']?.length) || parts.some((part) => part && hasRules(part));
    known.set(schema, answer);
  }
  return answer;
}

/** The complaints of a schema's rules about a valid object; `correlation` leads to what it was before. */
export function ruleErrors(schema: JsonSchema, value: JsonValue, correlation?: Correlation): FieldError[] {
  const walk = new RuleWalk();
  walk.check({ schema, value, path: new FieldPath(), isResource: true, correlation, parent: undefined });
  return walk.errors;
}

interface Node {
  readonly schema: JsonSchema;
  readonly value: JsonValue;
  readonly path: FieldPath;
  readonly isResource: boolean;
  readonly correlation: Correlation | undefined;
  /** The nearest value around this one that can be followed to its past. */
  readonly parent: Correlation | undefined;
}

class RuleWalk {
  readonly errors: FieldError[] = [];
  #budget = CEL_OBJECT_COST_LIMIT;

  check(node: Node): void {
    const { schema, value } = node;
    if (value === null || this.#budget < 0 || !hasRules(schema)) return;
    this.#rules(node, schema);
    for (const part of schema.allOf ?? []) this.#rules(node, part);
    const parent = node.correlation ?? node.parent;
    if (Array.isArray(value)) this.#items(node, value, parent);
    else if (isObject(value)) this.#fields(node, parent);
  }

  #items({ schema, path, correlation }: Node, value: readonly JsonValue[], parent: Correlation | undefined): void {
    const items = itemsOf(schema);
    if (!items) return;
    for (const [index, item] of value.entries()) {
      this.check({
        schema: items,
        value: item,
        path: path.index(index),
        isResource: isEmbedded(items),
        correlation: correlation?.index(items, index),
        parent,
      });
    }
  }

  #fields({ schema, value, path, correlation }: Node, parent: Correlation | undefined): void {
    const additional = additionalOf(schema);
    for (const [name, child] of Object.entries(value as Record<string, JsonValue>)) {
      const property = propertyOf(schema, name);
      const declared = property ?? additional;
      if (!declared || child === undefined) continue;
      this.check({
        schema: declared,
        value: child,
        path: property ? path.child(name) : path.key(name),
        isResource: isEmbedded(declared),
        correlation: correlation?.key(declared, name),
        parent,
      });
    }
  }

  #rules(node: Node, holder: JsonSchema): void {
    if (!holder['x-kubernetes-validations']?.length) return;
    for (const each of rulesOf(holder, node.schema, node.isResource)) {
      if (this.#budget < 0) return;
      this.#rule(node, each);
    }
  }

  #rule(node: Node, each: CompiledRule): void {
    const { schema, path } = node;
    const type = schema.type ?? '';
    if (each.problem) this.errors.push(invalid(path, type, `rule compile error: ${each.problem}`));
    const { program, rule } = each;
    if (!program || (each.usesOldSelf && !node.correlation && !rule.optionalOldSelf)) return;
    const bindings = bindingsOf(node, rule);
    const result = program.evaluate(bindings, { costLimit: Math.min(this.#budget, CEL_CALL_COST_LIMIT) });
    this.#budget -= result.cost;
    if ('error' in result) this.#failure(node, rule, result.error.message);
    else if (result.value !== true) this.#complain(node, each, bindings);
  }

  #failure({ schema, path }: Node, rule: JsonSchemaRule, text: string): void {
    const type = schema.type ?? '';
    const name = ruleName(rule);
    if (text.startsWith('no such overload')) {
      const detail = `'${text}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`;
      this.errors.push(invalid(path, type, detail));
    } else if (text.startsWith('operation cancelled: actual cost limit exceeded')) {
      const isBudget = this.#budget <= 0;
      const detail = isBudget
        ? 'validation failed due to running out of cost budget, no further validation rules will be run'
        : `'${text}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
      this.errors.push(invalid(path, type, detail));
      this.#budget = -1;
    } else this.errors.push(invalid(path, type, `${text} evaluating rule: ${name}`));
  }

  #complain(node: Node, each: CompiledRule, bindings: Record<string, () => CelValue>): void {
    const { correlation, parent } = node;
    // What has not changed may go on breaking the rule, unless the rule is about the change.
    if (!each.usesOldSelf && (correlation ?? parent)?.isUnchanged()) return;
    const { rule } = each;
    const path = rule.fieldPath
      ? new FieldPath(`${node.path}${normalizedPath(rule.fieldPath, `${node.path}` === '')}`)
      : node.path;
    const detail =
      this.#message(each, bindings) ?? (rule.message?.trim() ? ruleName(rule) : `failed rule: ${ruleName(rule)}`);
    this.errors.push(errorForReason({ path, node, detail, reason: rule.reason }));
  }

  /** What the rule's own expression says; undefined where it has none, or none that can be shown. */
  #message(each: CompiledRule, bindings: Record<string, () => CelValue>): string | undefined {
    if (!each.messageProgram) return undefined;
    const result = each.messageProgram.evaluate(bindings, { costLimit: Math.min(this.#budget, CEL_CALL_COST_LIMIT) });
    this.#budget -= result.cost;
    if ('error' in result || typeof result.value !== 'string') return undefined;
    const text = result.value.trim();
    return text === '' || text.includes('\n') || text.length > MESSAGE_MAX_LENGTH ? undefined : text;
  }
}

function bindingsOf(
  { schema, value, isResource, correlation }: Node,
  rule: JsonSchemaRule,
): Record<string, () => CelValue> {
  const see = (each: JsonValue) => celValueOf(schema, each, isResource);
  const old = correlation?.old ?? undefined;
  return {
    self: () => see(value),
    oldSelf: rule.optionalOldSelf
      ? () => new CelOptional(old === undefined ? undefined : see(old))
      : () => (old === undefined ? null : see(old)),
  };
}

function normalizedPath(fieldPath: string, isRoot: boolean): string {
  const text = fieldPath.replace(/\['((?:[^'\\]|\\.)*)'\]/g, (_, name: string) => `.${name}`);
  return isRoot ? text.replace(/^\./, '') : text;
}

function ruleName({ rule, message }: JsonSchemaRule): string {
  return message?.trim() ? message.trim() : rule.trim();
}

function errorForReason(complaint: {
  path: FieldPath;
  node: Node;
  detail: string;
  reason: string | undefined;
}): FieldError {
  const { node, detail, reason } = complaint;
  const path = `${complaint.path}` === '' ? new FieldPath('<nil>') : complaint.path;
  const isWhole = node.schema.type === 'object' || node.schema.type === 'array';
  if (reason === 'FieldValueRequired') return required(path, detail);
  if (reason === 'FieldValueForbidden') return fieldForbidden(path, detail);
  if (reason === 'FieldValueDuplicate') {
    return isWhole
      ? { type: 'FieldValueDuplicate', field: `${path}`, message: 'Duplicate value' }
      : duplicate(path, node.value);
  }
  // Objects and lists are not quoted: they would hide the message.
  if (isWhole) return { type: 'FieldValueInvalid', field: `${path}`, message: `Invalid value: ${detail}` };
  return invalid(path, node.value, detail);
}
