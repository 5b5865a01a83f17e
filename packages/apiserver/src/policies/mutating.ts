import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutation } from '@kubets/api';
import { CelCompileError, CelError, type KubeObject, StatusError, sameJson } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from '../admission/admission.ts';
import type { Lookup } from '../admission/lookup.ts';
import { type Authorizer, nobody } from '../authz/authorizer.ts';
import { withDecisions } from '../authz/decisions.ts';
import { namespaceFor } from '../webhooks/matching.ts';
import { describeFailure, Expressions, evaluateConditions } from './expressions.ts';
import { type Invocation, inForce, noneInForce } from './invocations.ts';
import { mutate } from './mutations.ts';

const KINDS = { policies: 'mutatingadmissionpolicies', bindings: 'mutatingadmissionpolicybindings' };

type Policy = MutatingAdmissionPolicy;
type Binding = MutatingAdmissionPolicyBinding;

interface Failure {
  readonly policy: Policy;
  readonly binding: Binding;
  readonly message: string;
  readonly reason?: string;
}

/** What the first round of changes left for a second one. */
interface Round {
  /** Policies that have run and are to run again when the object is changed behind them. */
  readonly reinvocable: Set<string>;
  /** Those of them that have to. */
  readonly pending: Set<string>;
  /** The object as the round left it; undefined where no policy would run again. */
  readonly output: KubeObject | undefined;
}

interface Mutating {
  readonly lookup: Lookup;
  readonly authorizer: () => Authorizer | undefined;
}

/**
 * Changes each write by the policies that are in force for it, in the order of their names. When one of them has changed the
 * object, all mutating plugins run a second time; policies then do so only if they want to and something changed behind them.
 */
export function mutatingPolicies(options: Mutating): AdmissionPlugin {
  const rounds = new WeakMap<AdmissionRequest, Round>();
  return {
    name: 'MutatingAdmissionPolicy',
    handles: () => true,
    mutate: (admission) => {
      if (noneInForce(KINDS, options.lookup)) return;
      return mutateByPolicies(admission, options, rounds);
    },
  };
}

async function mutateByPolicies(
  admission: AdmissionRequest,
  options: Mutating,
  rounds: WeakMap<AdmissionRequest, Round>,
): Promise<'again' | undefined> {
  const found = await inForce<Policy, Binding>(KINDS, admission, options.lookup);
  if (!found || found.invocations.length + found.misconfigured.length === 0) return undefined;
  const first = rounds.get(admission);
  const round = await runRound(found.invocations, admission, { ...options, first });
  conclude([...found.misconfigured, ...round.failures], admission);
  if (first) return undefined;
  const { object } = admission;
  const output = round.reinvocable.size > 0 && object ? structuredClone(object) : undefined;
  rounds.set(admission, { ...round, output });
  return round.changed ? 'again' : undefined;
}

async function runRound(
  invocations: readonly Invocation<Policy, Binding>[],
  admission: AdmissionRequest,
  { lookup, authorizer, first }: Mutating & { first: Round | undefined },
) {
  const reinvocable = new Set(first?.reinvocable);
  const pending = new Set(first?.pending);
  const reinvoke = () => {
    for (const key of reinvocable) pending.add(key);
  };
  // Other plugins have changed the object since the policies saw it.
  if (first?.output && !sameJson(first.output, admission.object)) reinvoke();
  const namespaceObject = admission.resource.kind.namespaced ? await namespaceFor(admission, lookup) : undefined;
  const failures: Failure[] = [];
  let changed = false;
  for (const invocation of invocations) {
    const key = keyOf(invocation);
    if (first && !pending.has(key)) continue;
    const outcome = await invoke(invocation, { admission, namespaceObject, authorizer: authorizer() ?? nobody });
    failures.push(...outcome.failures);
    if (!outcome.isInvoked) continue;
    if (outcome.changed) {
      changed = true;
      reinvoke();
    }
    if (invocation.policy.spec.reinvocationPolicy === 'IfNeeded') reinvocable.add(key);
  }
  return { reinvocable, pending, failures, changed };
}

function keyOf({ policy, binding, param }: Invocation<Policy, Binding>): string {
  const { name = '', namespace = '' } = param?.metadata ?? {};
  return [policy.metadata.name, binding.metadata.name, namespace, name].join('/');
}

interface Outcome {
  /** Whether the policy's conditions were met. */
  readonly isInvoked: boolean;
  readonly changed: boolean;
  readonly failures: readonly Failure[];
}

async function invoke(
  { policy, binding, as, param }: Invocation<Policy, Binding>,
  {
    admission,
    namespaceObject,
    authorizer,
  }: {
    admission: AdmissionRequest;
    namespaceObject: KubeObject | undefined;
    authorizer: Authorizer;
  },
): Promise<Outcome> {
  const { matchConditions = [], mutations = [], variables = [], paramKind } = policy.spec;
  const context = { hasParams: paramKind !== undefined, params: param, namespaceObject, variables };
  // Each mutation sees what those before it have done, and has its own budget.
  const input = { admission, as, policy: context };
  const patching = { ...input, policy: { ...context, makesPatches: true } };
  const failed = (message: string): Failure => ({ policy, binding, message, reason: 'Invalid' });
  const conditions = await withDecisions(authorizer, (decider) =>
    evaluateConditions(matchConditions, { ...input, decider }),
  );
  if ('error' in conditions) return { isInvoked: false, changed: false, failures: [failed(conditions.error)] };
  if (!conditions.matches) return { isInvoked: false, changed: false, failures: [] };
  const failures: Failure[] = [];
  const form = as.bodyOf(admission.subresource);
  let changed = false;
  for (const mutation of admission.object ? mutations : []) {
    try {
      const hasChanged = await withDecisions(authorizer, (decider) =>
        mutate(mutation, admission.object!, { expressions: new Expressions({ ...patching, decider }), as: form }),
      );
      if (hasChanged) changed = true;
    } catch (error) {
      if (error instanceof StatusError) throw error;
      failures.push(failed(messageOf(error as Error, mutation)));
    }
  }
  return { isInvoked: true, changed, failures };
}

function messageOf(error: Error, { applyConfiguration, jsonPatch }: Mutation): string {
  if (!(error instanceof CelError) && !(error instanceof CelCompileError)) return error.message;
  return describeFailure(applyConfiguration?.expression ?? jsonPatch?.expression ?? '', error);
}

/** Refuses for the failures of policies that do not ignore them. */
function conclude(failures: readonly Failure[], admission: AdmissionRequest): void {
  const denying = failures.filter(({ policy }) => policy.spec.failurePolicy !== 'Ignore');
  const [first] = denying;
  if (!first) return;
  const messages = denying.map(
    ({ policy, binding, message }) =>
      `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`,
  );
  throw new StatusError({
    code: 403,
    reason: first.reason ?? 'Forbidden',
    message: messages[0]!,
    details: { ...refused(admission, '').details, causes: messages.map((message) => ({ message })) },
  });
}
