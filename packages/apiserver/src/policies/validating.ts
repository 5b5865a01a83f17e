import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation } from '@kubets/api';
import { CelCompileError, CelError, type KubeObject, StatusError } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from '../admission/admission.ts';
import type { Lookup } from '../admission/lookup.ts';
import type { AdmissionMetrics } from '../admission/metrics.ts';
import { type Authorizer, nobody } from '../authz/authorizer.ts';
import { withDecisions } from '../authz/decisions.ts';
import { namespaceFor } from '../webhooks/matching.ts';
import { describeFailure, type ExpressionInput, Expressions, evaluateConditions } from './expressions.ts';
import { type Invocation, inForce, type Misconfiguration, noneInForce } from './invocations.ts';

const KINDS = { policies: 'validatingadmissionpolicies', bindings: 'validatingadmissionpolicybindings' };
const MAX_MESSAGE_BYTES = 5 * 1024;
const MAX_ANNOTATION_LENGTH = 10 * 1024;
const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';
const DEFAULT_REASON = 'Invalid';
const CODES: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
};

/** A validation that failed, or could not be made. */
interface Failure {
  readonly message: string;
  readonly reason: string;
  /** Which of the policy's expressions failed. */
  readonly expressionIndex: number;
  /** What is to be done with it: what the binding says, but what is wrong with a binding itself always denies. */
  readonly actions: readonly string[];
  /** It could not be made. */
  readonly isError?: boolean;
}

interface Judged {
  readonly policy: ValidatingAdmissionPolicy;
  readonly binding: ValidatingAdmissionPolicyBinding;
  readonly failure: Failure;
}

interface Judging {
  readonly lookup: Lookup;
  readonly authorizer: () => Authorizer | undefined;
}

/** Checks each write by the policies that are in force for it. */
export function validatingPolicies(options: Judging): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: () => true,
    validate(admission) {
      return noneInForce(KINDS, options.lookup) ? undefined : validateByPolicies(admission, options);
    },
  };
}

async function validateByPolicies(admission: AdmissionRequest, { lookup, authorizer }: Judging): Promise<void> {
  const found = await inForce<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>(KINDS, admission, lookup);
  if (!found) return;
  const { kind } = admission.resource;
  const isNeeded = found.invocations.length > 0 && kind.namespaced;
  const namespaceObject = isNeeded ? await namespaceFor(admission, lookup) : undefined;
  const { clock, admission: running } = lookup.server;
  const judging = withDecisions(authorizer() ?? nobody, (decider) =>
    found.invocations.map((invocation) => {
      const startMs = clock.monotonicMs();
      const failures = judge(invocation, { admission, namespaceObject, decider });
      return { invocation, failures, seconds: (clock.monotonicMs() - startMs) / 1000 };
    }),
  );
  const judged = judging instanceof Promise ? await judging : judging;
  for (const each of judged) count(each, running.metrics);
  conclude([...found.misconfigured.map(misjudged), ...judged.flatMap(({ failures }) => failures)], admission);
}

interface Judgement {
  readonly invocation: OwnInvocation;
  readonly failures: readonly Judged[];
  readonly seconds: number;
}

function count({ invocation, failures, seconds }: Judgement, metrics: AdmissionMetrics): void {
  const policy = invocation.policy.metadata.name ?? '';
  const binding = invocation.binding.metadata.name ?? '';
  if (failures.length === 0)
    metrics.policyChecked({ policy, binding, action: 'allow', errorType: 'no_error', seconds });
  for (const { failure } of failures) {
    const { message, isError = false } = failure;
    const kind = message.startsWith('compilation error') ? 'compile_error' : 'invalid_error';
    const errorType = isError ? kind : 'no_error';
    for (const action of failure.actions)
      metrics.policyChecked({ policy, binding, action: action.toLowerCase(), errorType, seconds });
  }
}

type OwnInvocation = Invocation<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>;

const failsOpen = ({ spec }: ValidatingAdmissionPolicy) => spec.failurePolicy === 'Ignore';

function misjudged({
  policy,
  binding,
  message,
}: Misconfiguration<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>): Judged {
  const actions = failsOpen(policy) ? [] : ['Deny'];
  return { policy, binding, failure: { message, reason: DEFAULT_REASON, expressionIndex: 0, actions } };
}

function judge(
  { policy, binding, as, param }: OwnInvocation,
  context: Pick<ExpressionInput, 'admission' | 'decider'> & { namespaceObject: KubeObject | undefined },
): Judged[] {
  const { admission, decider, namespaceObject } = context;
  const { variables = [], paramKind } = policy.spec;
  const scope = { hasParams: paramKind !== undefined, params: param, namespaceObject, variables };
  const actions = binding.spec.validationActions;
  return validate(policy, { admission, as, decider, policy: scope }).map((found): Judged => {
    if (!('error' in found)) return { policy, binding, failure: { ...found, actions } };
    const { error: message, expressionIndex } = found;
    const taken = failsOpen(policy) ? [] : (found.actions ?? actions);
    return {
      policy,
      binding,
      failure: { message, reason: DEFAULT_REASON, expressionIndex, actions: taken, isError: true },
    };
  });
}

type Found =
  | { readonly message: string; readonly reason: string; readonly expressionIndex: number }
  /** Could not be evaluated. `actions` are taken instead of the binding's. */
  | { readonly error: string; readonly expressionIndex: number; readonly actions?: readonly string[] };

function validate(policy: ValidatingAdmissionPolicy, input: ExpressionInput): Found[] {
  const { spec } = policy;
  const outcome = evaluateConditions(spec.matchConditions ?? [], input);
  if ('error' in outcome) return [{ error: outcome.error, expressionIndex: 0 }];
  if (!outcome.matches) return [];
  const expressions = new Expressions(input);
  const found = (spec.validations ?? []).flatMap((validation, expressionIndex): Found[] => {
    try {
      if (expressions.evaluate(validation.expression) === true) return [];
      const reason = validation.reason || DEFAULT_REASON;
      return [{ message: messageOf(validation, expressions), reason, expressionIndex }];
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CelCompileError)) throw error;
      return [{ error: describeFailure(validation.expression, error), expressionIndex }];
    }
  });
  return [...found, ...annotate(policy, expressions, input.admission)];
}

/** Notes in the record of the request what the policy wants noted. An expression that cannot be evaluated denies. */
function annotate(
  { metadata, spec }: ValidatingAdmissionPolicy,
  expressions: Expressions,
  { request: { audit } }: AdmissionRequest,
): Found[] {
  return (spec.auditAnnotations ?? []).flatMap(({ key, valueExpression }, expressionIndex): Found[] => {
    try {
      const value = expressions.evaluate(valueExpression);
      const text = typeof value === 'string' ? value.trim().slice(0, MAX_ANNOTATION_LENGTH) : '';
      if (text) audit?.annotate(`${metadata.name}/${key}`, text);
      return [];
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CelCompileError)) throw error;
      return [{ error: describeFailure(valueExpression, error), expressionIndex, actions: ['Deny'] }];
    }
  });
}

function messageOf({ expression, message, messageExpression }: Validation, expressions: Expressions): string {
  const computed = messageExpression ? computedMessage(messageExpression, expressions) : undefined;
  return computed ?? (message?.trim() || `failed expression: ${expression.trim()}`);
}

/** Undefined where the expression gives nothing that can be shown. */
function computedMessage(expression: string, expressions: Expressions): string | undefined {
  try {
    const value = expressions.evaluate(expression);
    const text = typeof value === 'string' ? value.trim() : '';
    const fits = text !== '' && !text.includes('\n') && new TextEncoder().encode(text).length <= MAX_MESSAGE_BYTES;
    return fits ? text : undefined;
  } catch (error) {
    if (error instanceof CelError || error instanceof CelCompileError) return undefined;
    throw error;
  }
}

/** Notes, in the record of the request, the failures that are to be noted. */
function record(judged: readonly Judged[], { request: { audit } }: AdmissionRequest): void {
  const noted = judged.filter(({ failure }) => failure.actions.includes('Audit'));
  if (!audit || noted.length === 0) return;
  const values = noted.map(({ policy, binding, failure: { message, expressionIndex, actions } }) => ({
    message,
    policy: policy.metadata.name,
    binding: binding.metadata.name,
    expressionIndex,
    validationActions: actions,
  }));
  audit.annotate(FAILURE_ANNOTATION, JSON.stringify(values));
}

/** Warns of what is to be warned of, then refuses for the first failure that denies. */
function conclude(judged: readonly Judged[], admission: AdmissionRequest): void {
  for (const { policy, binding, failure } of judged) {
    if (!failure.actions.includes('Warn')) continue;
    const where = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    admission.warn(`Validation failed for ${where}: ${failure.message}`);
  }
  record(judged, admission);
  const denied = judged.find(({ failure }) => failure.actions.includes('Deny'));
  if (!denied) return;
  const { policy, binding, failure } = denied;
  const where = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  const message = `${where} denied request: ${failure.message}`;
  const plain = refused(admission, message);
  throw new StatusError({
    code: CODES[failure.reason] ?? 422,
    reason: failure.reason,
    message: plain.message,
    details: { ...plain.details, causes: [{ message }] },
  });
}
