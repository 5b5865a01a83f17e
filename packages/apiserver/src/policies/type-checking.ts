import { type ExpressionWarning, type ValidatingAdmissionPolicy, validatingAdmissionPolicyKind } from '@kubets/api';
import { createClient } from '@kubets/client';
import {
  apiVersionOf,
  CelCompileError,
  type CelType,
  type Clock,
  celTypes,
  compileCel,
  type Disposable,
  hasReason,
  type Logger,
} from '@kubets/core';
import type { Lookup } from '../admission/lookup.ts';
import { Mirror } from '../pipeline/mirror.ts';
import type { Resource } from '../registry/resource.ts';
import type { ApiServer } from '../server.ts';
import { POLICY_VARIABLES } from './expressions.ts';
import { objectTypeOf } from './object-types.ts';

/** Kinds that the expressions of one policy are checked against. */
const MAX_KINDS = 10;

/** Checks the expressions of policies against the kinds that they are about, and writes what is wrong into their status. */
export function startTypeChecking(options: {
  server: Pick<ApiServer, 'handle' | 'watch' | 'localTransport' | 'admissionExtensions'>;
  clock: Clock;
  logger: Logger;
}): Disposable {
  const { server, clock, logger } = options;
  const policies = createClient(server.localTransport()).resource(validatingAdmissionPolicyKind);
  const check = async (policy: ValidatingAdmissionPolicy) => {
    const observedGeneration = policy.metadata.generation;
    if (policy.status?.observedGeneration === observedGeneration) return;
    const expressionWarnings = await typeCheck(policy, server.admissionExtensions.lookup);
    const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {};
    await policies.updateStatus({
      ...policy,
      status: { ...policy.status, observedGeneration, typeChecking },
    } as typeof policy);
  };
  const onSet = (policy: ValidatingAdmissionPolicy) => {
    check(policy).catch((error) => {
      // A later version of the policy comes by itself.
      if (hasReason(error, 'Conflict') || hasReason(error, 'NotFound')) return;
      logger.log('warn', 'a policy could not be checked', { policy: policy.metadata.name, error });
    });
  };
  return new Mirror<ValidatingAdmissionPolicy>({
    handler: server,
    kind: validatingAdmissionPolicyKind,
    clock,
    logger,
    listener: { onReplace: (all) => all.forEach(onSet), onSet, onDelete: () => {} },
  });
}

/** What is wrong with a policy's expressions, for the kinds that its rules name. */
export async function typeCheck(policy: ValidatingAdmissionPolicy, lookup: Lookup): Promise<ExpressionWarning[]> {
  const kinds: { name: string; type: CelType }[] = [];
  for (const resource of resourcesOf(policy, lookup)) {
    const type = await objectTypeOf(resource, lookup);
    const { group, version, kind } = resource.kind;
    if (type) kinds.push({ name: `${apiVersionOf(group, version)}, Kind=${kind}`, type });
  }
  const environments = kinds.map(({ name, type }) => ({ name, variables: variablesFor(policy, type) }));
  return expressionsOf(policy).flatMap(([fieldRef, expression]) => {
    const problems = environments.flatMap(({ name, variables }) => {
      const problem = problemOf(expression, variables);
      return problem === undefined ? [] : [`${name}: ${problem}\n`];
    });
    return problems.length > 0 ? [{ fieldRef, warning: problems.join('') }] : [];
  });
}

/** Only what rules name outright: a wildcard may be about anything. */
function resourcesOf({ spec }: ValidatingAdmissionPolicy, { server }: Lookup): Resource[] {
  const isNamed = (values: readonly string[] | undefined, value: string) => values?.includes(value) ?? false;
  const rules = spec.matchConstraints?.resourceRules ?? [];
  const all = server.registry.resources();
  const found = all.filter(({ kind }) =>
    rules.some(
      ({ apiGroups, apiVersions, resources }) =>
        isNamed(apiGroups, kind.group) && isNamed(apiVersions, kind.version) && isNamed(resources, kind.resource),
    ),
  );
  return found.slice(0, MAX_KINDS);
}

function expressionsOf({ spec }: ValidatingAdmissionPolicy): [string, string][] {
  const validations = (spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => {
    const path = `spec.validations[${index}]`;
    const own: [string, string][] = [[`${path}.expression`, expression]];
    return messageExpression ? [...own, [`${path}.messageExpression`, messageExpression] as [string, string]] : own;
  });
  const variables = (spec.variables ?? []).map(({ expression }, index): [string, string] => [
    `spec.variables[${index}].expression`,
    expression,
  ]);
  return [...variables, ...validations];
}

type Variables = Readonly<Record<string, CelType>>;

/** The environment of a policy's expressions for objects of one type; its own variables have the types of their expressions. */
function variablesFor({ spec }: ValidatingAdmissionPolicy, type: CelType): Variables {
  const fields = new Map<string, CelType>();
  const variables: Variables = {
    ...POLICY_VARIABLES,
    object: type,
    oldObject: type,
    variables: celTypes.objectType('kubernetes.variables', fields),
  };
  for (const { name, expression } of spec.variables ?? []) fields.set(name, typeOfExpression(expression, variables));
  return variables;
}

function typeOfExpression(expression: string, variables: Variables): CelType {
  try {
    return compileCel(expression, { variables }).type;
  } catch (error) {
    if (error instanceof CelCompileError) return celTypes.DYN;
    throw error;
  }
}

function problemOf(expression: string, variables: Variables): string | undefined {
  try {
    compileCel(expression, { variables });
    return undefined;
  } catch (error) {
    if (error instanceof CelCompileError) return error.message;
    throw error;
  }
}
