import { type PolicyScope, policyEnvironment, variableTypes } from '@kubets/api';
import {
  type AuthorizationAnswer,
  type AuthorizationQuestion,
  authorizerValue,
  CEL_CALL_COST_LIMIT,
  CelCompileError,
  CelError,
  CelMap,
  CelOpaque,
  type CelProgram,
  CelTimestamp,
  type CelType,
  type CelValue,
  celTypes,
  celValueOfJson,
  compileCel,
  type JsonValue,
  type KubeObject,
  parseTime,
} from '@kubets/core';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { Decider } from '../authz/decisions.ts';
import type { Resource } from '../registry/resource.ts';
import type { User } from '../request.ts';
import { admissionRequestOf } from '../webhooks/review.ts';

/** What all expressions about one request may spend together. */
const REQUEST_COST_LIMIT = 10_000_000;
/** What all conditions of a policy or webhook may spend together. */
const CONDITIONS_COST_LIMIT = 2_500_000;
/** Programs kept; they are compiled again beyond that. */
const MAX_PROGRAMS = 4_096;

const programs = new Map<string, CelProgram | CelCompileError>();

/** The program of an expression, compiled once. Throws a `CelCompileError`. */
function programOf(expression: string, scope: PolicyScope): CelProgram {
  const { params, makesPatches, variables } = scope;
  const types = variables && [...variables].map(([name, type]) => `${name} ${celTypes.typeText(type)}`);
  const key = JSON.stringify([params ?? false, makesPatches ?? false, types ?? null, expression]);
  let known = programs.get(key);
  if (!known) {
    if (programs.size >= MAX_PROGRAMS) programs.clear();
    known = compiled(expression, scope);
    programs.set(key, known);
  }
  if (known instanceof CelCompileError) throw known;
  return known;
}

function compiled(expression: string, scope: PolicyScope): CelProgram | CelCompileError {
  try {
    return compileCel(expression, policyEnvironment(scope));
  } catch (error) {
    if (error instanceof CelCompileError) return error;
    throw error;
  }
}

type Variables = readonly { readonly name: string; readonly expression: string }[];

const knownTypes = new WeakMap<Variables, ReadonlyMap<string, CelType>>();

/** Policies are not changed in place, so the types of their variables are found out once. */
function typesOf(variables: Variables, scope: PolicyScope): ReadonlyMap<string, CelType> {
  let types = knownTypes.get(variables);
  if (!types) {
    types = variableTypes(variables, scope);
    knownTypes.set(variables, types);
  }
  return types;
}

/** What expressions about one request may look at. */
export interface ExpressionInput {
  readonly admission: AdmissionRequest;
  /** The version in which they see it. */
  readonly as: Resource;
  readonly decider: Decider | undefined;
  /** Further variables of policies. */
  readonly policy?: {
    readonly hasParams: boolean;
    readonly params: KubeObject | undefined;
    readonly namespaceObject: KubeObject | undefined;
    readonly variables: Variables;
    /** Expressions may make `Object{}` and `JSONPatch{}`; variables never do. */
    readonly makesPatches?: boolean;
  };
}

/** What expressions may spend together is spent. */
class BudgetError extends CelError {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

type Bindings = Record<string, CelValue | (() => CelValue)>;

/** Evaluates expressions about one request, within what one request may spend. */
export class Expressions {
  readonly #bindings: Bindings;
  readonly #scope: PolicyScope;
  #leftCost: number;

  constructor(input: ExpressionInput, costLimit = REQUEST_COST_LIMIT) {
    this.#leftCost = costLimit;
    this.#bindings = bindingsOf(input);
    this.#scope = scopeOf(input.policy);
    if (input.policy) this.#bindings.variables = this.#variables(input.policy.variables);
  }

  /** Throws `CelError` and `CelCompileError`. */
  evaluate(expression: string, scope: PolicyScope = this.#scope): CelValue {
    const program = programOf(expression, scope);
    const result = program.evaluate(this.#bindings, {
      costLimit: Math.min(this.#leftCost, CEL_CALL_COST_LIMIT),
    });
    this.#leftCost -= result.cost;
    if (this.#leftCost <= 0) throw new BudgetError();
    if ('error' in result) throw result.error;
    return result.value;
  }

  /** Variables are evaluated when they are first asked for. */
  #variables(variables: Variables): CelMap {
    const lazily = ({ name, expression }: { name: string; expression: string }) => {
      let known: CelValue | undefined;
      return () => {
        known ??= this.#variable(name, expression);
        return known;
      };
    };
    return new CelMap(variables.map((variable) => [variable.name, lazily(variable)]));
  }

  #variable(name: string, expression: string): CelValue {
    try {
      return this.evaluate(expression, { ...this.#scope, makesPatches: false });
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CelCompileError)) throw error;
      throw new CelError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${error.message}`);
    }
  }
}

function scopeOf(policy: ExpressionInput['policy']): PolicyScope {
  if (!policy) return {};
  const { hasParams: params, variables, makesPatches = false } = policy;
  return { params, makesPatches, variables: typesOf(variables, { params }) };
}

const TIMES = new Set(['creationTimestamp', 'deletionTimestamp', 'lastTransitionTime']);

/** A namespace has times where other objects, of which nothing is known, have texts. */
function withTimes(value: CelValue): CelValue {
  if (Array.isArray(value)) return value.map(withTimes);
  if (!(value instanceof CelMap)) return value;
  const entries = value.entries().map(([key, item]): [CelValue, CelValue] => {
    return [
      key,
      typeof key === 'string' && TIMES.has(key) && typeof item === 'string' ? timeOf(item) : withTimes(item),
    ];
  });
  return CelMap.of(entries);
}

function timeOf(text: string): CelTimestamp {
  const { seconds, nanos } = parseTime(text);
  return new CelTimestamp(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
}

function bindingsOf({ admission, as, decider, policy }: ExpressionInput): Bindings {
  const request = admissionRequestOf(admission, as, '');
  const json = (value: unknown) => () => celValueOfJson((value ?? null) as JsonValue);
  const { object, oldObject, ...attributes } = request;
  const ask = asking(decider, admission.request.user);
  const { group, resource } = request.resource;
  const question = {
    group,
    resource,
    subresource: admission.subresource,
    namespace: admission.namespace,
    name: admission.name,
  };
  return {
    object: json(object),
    oldObject: json(oldObject),
    request: json(attributes),
    authorizer: authorizerValue(ask),
    'authorizer.requestResource': new CelOpaque('kubernetes.authorization.ResourceCheck', { ask, question }),
    params: json(policy?.params),
    namespaceObject: () => withTimes(celValueOfJson((policy?.namespaceObject ?? null) as JsonValue)),
  };
}

function asking(decider: Decider | undefined, user: User) {
  return (question: AuthorizationQuestion): AuthorizationAnswer => {
    if (!decider) return { isAllowed: false, reason: '' };
    const {
      serviceAccount,
      verb,
      path,
      group = '',
      resource = '',
      subresource = '',
      namespace = '',
      name = '',
      fieldSelector = '',
      labelSelector = '',
    } = question;
    const asker = serviceAccount ? userOfServiceAccount(serviceAccount) : user;
    const isResource = path === undefined;
    const attributes = {
      user: asker,
      verb,
      isResource,
      group,
      version: '*',
      resource,
      subresource,
      namespace,
      name,
      path: path ?? '',
      fieldSelector,
      labelSelector,
    };
    const { allowed, reason } = decider.authorize(attributes);
    return { isAllowed: allowed === true, reason };
  };
}

function userOfServiceAccount({ namespace, name }: { namespace: string; name: string }): User {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { name: `system:serviceaccount:${namespace}:${name}`, groups };
}

export type MatchOutcome = { readonly matches: boolean } | { readonly error: string };

/**
 * Whether a request meets match conditions: the first that is false decides; an error counts only where none is false.
 */
export function evaluateConditions(
  conditions: readonly { readonly name: string; readonly expression: string }[],
  input: ExpressionInput,
): MatchOutcome {
  if (conditions.length === 0) return { matches: true };
  const expressions = new Expressions(input, CONDITIONS_COST_LIMIT);
  const errors: string[] = [];
  for (const { expression } of conditions) {
    try {
      if (expressions.evaluate(expression.trim()) === false) return { matches: false };
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CelCompileError)) throw error;
      errors.push(describeFailure(expression, error));
    }
  }
  if (errors.length === 0) return { matches: true };
  return { error: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` };
}

/** Why an expression has no result, as clients are told. */
export function describeFailure(expression: string, error: CelError | CelCompileError): string {
  if (error instanceof BudgetError) return error.message;
  if (error instanceof CelCompileError) return `compilation error: compilation failed: ${error.message}`;
  return `expression '${expression}' resulted in error: ${error.message}`;
}
