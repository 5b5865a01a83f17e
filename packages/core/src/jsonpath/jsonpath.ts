/**
 * JSONPath as Kubernetes has it: `{.items[*].metadata.name}`, `{range .items[*]}{.metadata.name}{"\n"}{end}`,
 * `.status.conditions[?(@.type=="Ready")].status`. Table columns and selectable fields of custom resources use the simple form
 * without braces; kubectl uses whole templates.
 */
import type { JsonValue } from '../object.ts';
import { isObject, ownValue } from '../patch/json-value.ts';
import { JsonPathError, type Operand, parseTemplate, type Step, type TemplateNode } from './syntax.ts';

export { JsonPathError } from './syntax.ts';

export interface JsonPathOptions {
  /** What is not there counts as nothing found. Default true; where false, it throws a `JsonPathError`. */
  readonly allowMissingKeys?: boolean;
}

/** A parsed JSONPath template. */
export interface JsonPath {
  /** All values that the paths of the template find, in order. */
  values(object: unknown): JsonValue[];
  /** The template with its paths replaced by what they find; several values of one path are separated by blanks. */
  render(object: unknown): string;
}

/** Parses a template, or a path without braces. Throws a `JsonPathError` that says what is wrong with it. */
export function compileJsonPath(text: string, options: JsonPathOptions = {}): JsonPath {
  const nodes = parseTemplate(text);
  const walk = new Walk(options.allowMissingKeys ?? true);
  return {
    values: (object) => collect(nodes, walk, { root: object as JsonValue, current: object as JsonValue }),
    render: (object) => renderNodes(nodes, walk, { root: object as JsonValue, current: object as JsonValue }),
  };
}

interface Scope {
  readonly root: JsonValue;
  readonly current: JsonValue;
}

function collect(nodes: readonly TemplateNode[], walk: Walk, scope: Scope): JsonValue[] {
  return nodes.flatMap((node) => {
    if (node.type === 'text') return [];
    const found = walk.find(node.steps, scope);
    if (node.type === 'path') return found;
    return found.flatMap((current) => collect(node.body, walk, { root: scope.root, current }));
  });
}

function renderNodes(nodes: readonly TemplateNode[], walk: Walk, scope: Scope): string {
  return nodes.map((node) => renderNode(node, walk, scope)).join('');
}

function renderNode(node: TemplateNode, walk: Walk, scope: Scope): string {
  if (node.type === 'text') return node.text;
  const found = walk.find(node.steps, scope);
  if (node.type === 'path') return found.map(jsonPathText).join(' ');
  return found.map((current) => renderNodes(node.body, walk, { root: scope.root, current })).join('');
}

/** A value as a template shows it: texts as they are, lists and objects as JSON. */
export function jsonPathText(value: JsonValue): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

class Walk {
  readonly #allowsMissing: boolean;

  constructor(allowsMissing: boolean) {
    this.#allowsMissing = allowsMissing;
  }

  find(steps: readonly Step[], scope: Scope): JsonValue[] {
    let values: JsonValue[] = [scope.current];
    for (const step of steps) values = this.#take(step, values, scope);
    return values;
  }

  #take(step: Step, values: readonly JsonValue[], scope: Scope): JsonValue[] {
    switch (step.type) {
      case 'root':
        return [scope.root];
      case 'current':
        return [scope.current];
      case 'descent':
        return values.flatMap((value) => descendants(value));
      case 'wildcard':
        return values.flatMap(childrenOf);
      case 'union':
        return values.flatMap((value) =>
          step.members.flatMap((member) => this.find(member, { root: scope.root, current: value })),
        );
      case 'filter':
        return values.flatMap((value) => this.#filter(step, value, scope));
      case 'field':
        return this.#field(step.name, values);
      default:
        return values.flatMap((value) => this.#fromList(step, value));
    }
  }

  #field(name: string, values: readonly JsonValue[]): JsonValue[] {
    const found = values.flatMap((value) => {
      if (!isObject(value)) return [];
      const child = ownValue(value, name);
      return child === undefined ? [] : [child];
    });
    if (found.length === 0 && !this.#allowsMissing) throw new JsonPathError(`${name} is not found`);
    return found;
  }

  #fromList(step: Extract<Step, { type: 'index' | 'slice' }>, value: JsonValue): JsonValue[] {
    if (!Array.isArray(value)) {
      if (this.#allowsMissing) return [];
      throw new JsonPathError(`${JSON.stringify(value)} is not array or slice`);
    }
    if (step.type === 'slice') return sliceOf(value, step);
    const index = step.index < 0 ? value.length + step.index : step.index;
    const item = value[index];
    if (item !== undefined) return [item];
    if (this.#allowsMissing) return [];
    throw new JsonPathError(`array index out of bounds: index ${step.index}, length ${value.length}`);
  }

  #filter(step: Extract<Step, { type: 'filter' }>, value: JsonValue, scope: Scope): JsonValue[] {
    return childrenOf(value).filter((current) => {
      const inner = { root: scope.root, current };
      const left = this.#operand(step.left, inner);
      if (step.operator === 'exists') return left.length > 0;
      const right = this.#operand(step.right!, inner);
      if (left.length === 0 || right.length === 0) return false;
      return compares(left[0]!, step.operator, right[0]!);
    });
  }

  #operand(operand: Operand, scope: Scope): JsonValue[] {
    if (operand.type === 'literal') return [operand.value];
    // What a filter asks about may be missing, whatever is said of other paths.
    return new Walk(true).find(operand.steps, scope);
  }
}

function childrenOf(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function descendants(value: JsonValue): JsonValue[] {
  return typeof value === 'object' && value !== null ? [value, ...childrenOf(value).flatMap(descendants)] : [];
}

function sliceOf(list: readonly JsonValue[], slice: { from?: number; to?: number; step?: number }): JsonValue[] {
  const { step = 1 } = slice;
  if (step <= 0) throw new JsonPathError('step must be > 0');
  const place = (index: number) => Math.max(0, Math.min(list.length, index < 0 ? list.length + index : index));
  const taken = list.slice(place(slice.from ?? 0), place(slice.to ?? list.length));
  return step === 1 ? taken : taken.filter((_, index) => index % step === 0);
}

function compares(left: JsonValue, operator: string, right: JsonValue): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const [a, b] = [left as number, right as number];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}
