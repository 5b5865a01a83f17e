import {
  type ExpressionWarning,
  type ParamKind,
  type PolicyScope,
  policyEnvironment,
  type ValidatingAdmissionPolicy,
  validatingAdmissionPolicyKind,
  variableTypes,
} from '@kubets/api';
import { createClient } from '@kubets/client';
import {
  CelCompileError,
  type CelEnvironment,
  type CelType,
  type Clock,
  compileCel,
  type Disposable,
  hasReason,
  type Logger,
  parseApiVersion,
} from '@kubets/core';
import type { Lookup } from '../admission/lookup.ts';
import { Mirror } from '../pipeline/mirror.ts';
import type { Resource } from '../registry/resource.ts';
import type { ApiServer } from '../server.ts';
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
  const { paramKind, variables = [] } = policy.spec;
  const params = paramKind && (await paramsType(paramKind, lookup));
  const scopes: { name: string; scope: PolicyScope }[] = [];
  for (const resource of resourcesOf(policy, lookup)) {
    const object = await objectTypeOf(resource, lookup);
    const { group, version, kind } = resource.kind;
    const scope = { ...(object ? { object } : {}), ...(params ? { params } : {}) };
    if (object) scopes.push({ name: `${group}/${version}, Kind=${kind}`, scope });
  }
  const environments = scopes.map(({ name, scope }) => ({
    name,
    environment: policyEnvironment({ ...scope, variables: variableTypes(variables, scope) }),
  }));
  return expressionsOf(policy).flatMap(([fieldRef, expression]) => {
    const problems = environments.flatMap(({ name, environment }) => {
      const problem = problemOf(expression, environment);
      return problem === undefined ? [] : [`${name}: ${problem}\n`];
    });
    return problems.length > 0 ? [{ fieldRef, warning: problems.join('\n') }] : [];
  });
}

/** The type of a policy's parameters; undefined where nothing is known of their kind. */
async function paramsType({ apiVersion = '', kind }: ParamKind, lookup: Lookup): Promise<CelType | undefined> {
  const { group, version } = parseApiVersion(apiVersion);
  const resource = lookup.server.registry
    .resources()
    .find(({ kind: each }) => each.group === group && each.version === version && each.kind === kind);
  return resource && objectTypeOf(resource, lookup);
}

const hasWildcard = (values: readonly string[] | undefined) => values?.some((value) => value.includes('*')) ?? false;

/** Only what rules name outright, by group, version and kind: a wildcard may be about anything. */
function resourcesOf({ spec }: ValidatingAdmissionPolicy, { server }: Lookup): Resource[] {
  const rules = (spec.matchConstraints?.resourceRules ?? []).filter(
    ({ apiGroups, apiVersions }) => !hasWildcard(apiGroups) && !hasWildcard(apiVersions),
  );
  const found = server.registry
    .resources()
    .filter(({ kind }) =>
      rules.some(
        ({ apiGroups, apiVersions, resources }) =>
          apiGroups?.includes(kind.group) && apiVersions?.includes(kind.version) && resources?.includes(kind.resource),
      ),
    );
  const keyOf = ({ kind }: Resource) => [kind.group, kind.version, kind.kind];
  return found.sort((a, b) => compareKeys(keyOf(a), keyOf(b))).slice(0, MAX_KINDS);
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  if (at < 0) return 0;
  return a[at]! < b[at]! ? -1 : 1;
}

function expressionsOf({ spec }: ValidatingAdmissionPolicy): [string, string][] {
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => {
    const path = `spec.validations[${index}]`;
    const own: [string, string][] = [[`${path}.expression`, expression]];
    return messageExpression ? [...own, [`${path}.messageExpression`, messageExpression] as [string, string]] : own;
  });
}

function problemOf(expression: string, environment: CelEnvironment): string | undefined {
  try {
    compileCel(expression, environment);
    return undefined;
  } catch (error) {
    if (error instanceof CelCompileError) return error.message;
    throw error;
  }
}
