/**
 * The Common Expression Language as Kubernetes uses it: in the rules of custom resources, in admission policies, in device
 * selection. A source is parsed, checked against an environment of declared variables, and made a program that can be evaluated
 * over and over at a limited cost. Values are described in `values.ts`, types in `types.ts`.
 *
 *     const program = compileCel('self.replicas <= self.max', { variables: { self: objectType('spec', fields) } });
 *     program.evaluate({ self: value }, { costLimit: 1_000_000 });
 */
import { AUTHORIZER_FUNCTIONS } from './authorizer.ts';
import { checkCel } from './checker.ts';
import { estimateCost, type SizeOfPath, UNBOUNDED } from './cost-estimate.ts';
import { FunctionTable, type Overload } from './functions.ts';
import { CostMeter, compileExpression } from './interpreter.ts';
import { KUBERNETES_FUNCTIONS } from './kubernetes-functions.ts';
import { partsOf } from './literal-rules.ts';
import { parseCel } from './parser.ts';
import { STANDARD_FUNCTIONS } from './standard-functions.ts';
import { CelCompileError, type Expression } from './syntax.ts';
import type { CelType } from './types.ts';
import { CelError, type CelValue, lazily } from './values.ts';

export interface CelEnvironment {
  readonly variables: Readonly<Record<string, CelType>>;
  /** Functions beyond those of the language and of Kubernetes. */
  readonly functions?: readonly Overload[];
  /** Types of the messages that an expression may make (`Name{field: value}`), by name. */
  readonly messages?: (name: string) => CelType | undefined;
  /** Whether an expression may name a value: `cel.bind(name, value, expression)`. */
  readonly hasBindings?: boolean;
}

export interface CelEvaluation {
  /** Units of cost that the evaluation may spend; one call of a rule may spend 1,000,000. */
  readonly costLimit?: number;
}

export type CelResult =
  | { readonly value: CelValue; readonly cost: number }
  | { readonly error: CelError; readonly cost: number };

export interface CelProgram {
  readonly type: CelType;
  /** Names that the expression reads. */
  readonly names: ReadonlySet<string>;
  /** The most that an evaluation may cost, where variables are no larger than said; `UNBOUNDED` where that has no bound. */
  maxCost(sizeOf: SizeOfPath): number;
  /** Evaluates with values, or functions that make them when they are needed. */
  evaluate(bindings: Readonly<Record<string, CelValue | (() => CelValue)>>, options?: CelEvaluation): CelResult;
}

/** What one evaluation may spend where nothing else is said. */
export const CEL_CALL_COST_LIMIT = 1_000_000;

const FUNCTIONS = [...STANDARD_FUNCTIONS, ...KUBERNETES_FUNCTIONS, ...AUTHORIZER_FUNCTIONS];
const KNOWN_FUNCTIONS = new FunctionTable(FUNCTIONS);

/** Throws a `CelCompileError` where the source is not CEL, or does not fit the environment. */
export function compileCel(source: string, environment: CelEnvironment): CelProgram {
  try {
    return compileWithin(source, environment);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CelCompileError(source.slice(0, 100), [{ at: 0, text: 'expression is too deep' }]);
  }
}

function compileWithin(source: string, environment: CelEnvironment): CelProgram {
  const expression = parseCel(source);
  const functions = environment.functions
    ? new FunctionTable([...FUNCTIONS, ...environment.functions])
    : KNOWN_FUNCTIONS;
  const variables = new Map(Object.entries(environment.variables));
  const { messages, hasBindings = false } = environment;
  const checked = checkCel(source, expression, {
    variables,
    functions,
    hasBindings,
    ...(messages ? { messages } : {}),
  });
  const evaluator = compileExpression(expression, checked);
  return {
    type: checked.type,
    names: namesIn(expression),
    maxCost(sizeOf) {
      try {
        return estimateCost(expression, checked, sizeOf).max;
      } catch (error) {
        if (error instanceof RangeError) return UNBOUNDED;
        throw error;
      }
    },
    evaluate(bindings, options = {}) {
      const meter = new CostMeter(options.costLimit ?? CEL_CALL_COST_LIMIT);
      const entries = Object.entries(bindings).map(([name, value]) => [name, thunk(value)] as const);
      try {
        return { value: evaluator({ variables: new Map(entries), meter }), cost: meter.spent };
      } catch (error) {
        if (error instanceof CelError) return { error, cost: meter.spent };
        if (error instanceof RangeError) return { error: new CelError('evaluation is too deep'), cost: meter.spent };
        throw error;
      }
    },
  };
}

function thunk(value: CelValue | (() => CelValue)): () => CelValue {
  return typeof value === 'function' ? lazily(value) : () => value;
}

function namesIn(expression: Expression, names = new Set<string>()): Set<string> {
  if (expression.type === 'identifier') names.add(expression.name);
  for (const part of partsOf(expression)) namesIn(part, names);
  return names;
}
