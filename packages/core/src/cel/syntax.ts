/** The parts of a CEL expression. `at` is where one stands in the source, as errors report it. */
export type Expression =
  | { readonly type: 'literal'; readonly at: number; readonly value: Literal }
  | { readonly type: 'identifier'; readonly at: number; readonly name: string }
  | {
      readonly type: 'select';
      readonly at: number;
      readonly operand: Expression;
      readonly field: string;
      readonly isOptional: boolean;
    }
  | { readonly type: 'has'; readonly at: number; readonly operand: Expression; readonly field: string }
  | {
      readonly type: 'call';
      readonly at: number;
      readonly name: string;
      /** Undefined for functions that are not called on a value. */
      readonly target: Expression | undefined;
      readonly args: readonly Expression[];
    }
  | { readonly type: 'list'; readonly at: number; readonly items: readonly Entry[] }
  | { readonly type: 'map'; readonly at: number; readonly entries: readonly (Entry & { readonly key: Expression })[] }
  | {
      /** A message with fields: `Object.spec{replicas: 3}`. */
      readonly type: 'struct';
      readonly at: number;
      readonly name: string;
      readonly fields: readonly StructField[];
    }
  | {
      /** A macro that goes over a list or map, or into an optional value. */
      readonly type: 'macro';
      readonly at: number;
      readonly macro: Macro;
      readonly range: Expression;
      readonly variables: readonly string[];
      /** Condition and result, as the macro has them. */
      readonly args: readonly Expression[];
    };

export type Macro =
  | 'all'
  | 'exists'
  | 'exists_one'
  | 'map'
  | 'filter'
  | 'sortBy'
  | 'bind'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'optMap'
  | 'optFlatMap';

export interface Entry {
  readonly value: Expression;
  /** Left out where the value is an empty optional. */
  readonly isOptional: boolean;
}

export interface StructField extends Entry {
  readonly name: string;
  readonly at: number;
}

export type Literal =
  | { readonly kind: 'int' | 'uint'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' };

/** A complaint about an expression, before it is ever evaluated. */
export interface CelIssue {
  readonly at: number;
  readonly text: string;
}

/** An expression that is not CEL, or does not fit its environment. The message names all issues, with the lines they are in. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';
  readonly issues: readonly CelIssue[];

  constructor(source: string, issues: readonly CelIssue[]) {
    super(issues.map((issue) => describeIssue(source, issue)).join('\n'));
    this.issues = issues;
  }
}

function describeIssue(source: string, { at, text }: CelIssue): string {
  const before = source.slice(0, at).split('\n');
  const column = [...(before.at(-1) ?? '')].length;
  const line = source.split('\n')[before.length - 1] ?? '';
  return `ERROR: <input>:${before.length}:${column + 1}: ${text}\n | ${line}\n | ${'.'.repeat(column)}^`;
}
