import {
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int64,
  invalid,
  isQualifiedName,
  list,
  message,
  required,
  string,
  type WriteContext,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateChoice, validateOptionalChoice, validateText } from '../field-rules.ts';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { EXPRESSION_RESULTS, expressionErrors, type PolicyScope, variableTypes } from './policy-expressions.ts';
import {
  applyMatchResourcesDefaults,
  paramKindText,
  validateMatchConstraints,
  validateParamKind,
  validateVariables,
} from './policy-rules.ts';
import { MatchCondition, MatchResources, ParamKind, Variable } from './shared.ts';
import { validateMatchConditions } from './webhook-rules.ts';

export const AuditAnnotation = message(
  'io.k8s.api.admissionregistration.v1.AuditAnnotation',
  'An annotation that a policy adds to the audit event of a request.',
  {
    key: field(1, string, 'Name of the annotation, unique in the policy.').required().default(''),
    valueExpression: field(2, string, 'CEL expression that gives the text; null adds nothing.').required().default(''),
  },
);
export interface AuditAnnotation extends Infer<typeof AuditAnnotation> {}

export const ExpressionWarning = message(
  'io.k8s.api.admissionregistration.v1.ExpressionWarning',
  'What type checking found wrong in one expression.',
  {
    fieldRef: field(2, string, 'Path of the expression in the policy.').required().default(''),
    warning: field(3, string, 'What is wrong, with each type that was checked.').required().default(''),
  },
);
export interface ExpressionWarning extends Infer<typeof ExpressionWarning> {}

export const TypeChecking = message(
  'io.k8s.api.admissionregistration.v1.TypeChecking',
  'What type checking found wrong in a policy.',
  {
    expressionWarnings: field(1, list(ExpressionWarning), 'Warnings, one for each expression.').atomic(),
  },
);
export interface TypeChecking extends Infer<typeof TypeChecking> {}

export const Validation = message(
  'io.k8s.api.admissionregistration.v1.Validation',
  'A rule that requests must satisfy.',
  {
    expression: field(1, string, 'CEL expression that is true for requests to admit.')
      .required()
      .default('')
      .proto('Expression'),
    message: field(2, string, 'What to say when the expression is false.'),
    reason: field(3, string, 'Reason of the refusal, which gives its HTTP code; Invalid by default.').pointer(),
    messageExpression: field(4, string, 'CEL expression that gives the message; used before message.'),
  },
);
export interface Validation extends Infer<typeof Validation> {}

export const ValidatingAdmissionPolicySpec = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec',
  'Which requests a policy checks, and how.',
  {
    paramKind: field(1, ParamKind, 'Kind of the parameters that bindings may give; none without it.'),
    matchConstraints: field(2, MatchResources, 'Requests that the policy applies to.'),
    validations: field(3, list(Validation), 'Rules that requests must satisfy.').atomic(),
    failurePolicy: field(4, string, 'What an error in the policy does to the request: Fail or Ignore.')
      .pointer()
      .oneOf('Fail', 'Ignore'),
    auditAnnotations: field(5, list(AuditAnnotation), 'Annotations for the audit event of a request.').atomic(),
    matchConditions: field(6, list(MatchCondition), 'Conditions that all have to hold for the policy to apply.')
      .mapOf('name')
      .mergeBy('name'),
    variables: field(7, list(Variable), 'Named expressions that later ones may use.').mapOf('name').mergeBy('name'),
  },
);
export interface ValidatingAdmissionPolicySpec extends Infer<typeof ValidatingAdmissionPolicySpec> {}

export const ValidatingAdmissionPolicyStatus = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus',
  'What was found out about a policy.',
  {
    observedGeneration: field(1, int64, 'Generation of the spec that this status was computed from.'),
    typeChecking: field(2, TypeChecking, 'What type checking found wrong.'),
    conditions: field(3, list(Condition), 'Latest observations about the policy.').mapOf('type'),
  },
);
export interface ValidatingAdmissionPolicyStatus extends Infer<typeof ValidatingAdmissionPolicyStatus> {}

export const ValidatingAdmissionPolicy = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  'Checks objects on admission by CEL expressions.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, ValidatingAdmissionPolicySpec, 'Which requests are checked and how.').always().default({}),
    status: field(3, ValidatingAdmissionPolicyStatus, 'What was found out; written by the controller.').default({}),
  },
);
export interface ValidatingAdmissionPolicy extends Infer<typeof ValidatingAdmissionPolicy> {}

const MAX_AUDIT_ANNOTATIONS = 20;
const MAX_ANNOTATION_EXPRESSION_BYTES = 5 * 1024;

function validateValidatingAdmissionPolicy(policy: ValidatingAdmissionPolicy, { old }: WriteContext): FieldError[] {
  const path = new FieldPath('spec');
  const { validations = [], auditAnnotations = [], paramKind, variables, matchConditions = [] } = policy.spec;
  const params = paramKind !== undefined;
  const before = (old as ValidatingAdmissionPolicy | undefined)?.spec.matchConditions;
  const scope: PolicyScope = {
    params,
    ...(variables?.length ? { variables: variableTypes(variables, { params }) } : {}),
  };
  const errors = [
    ...validateChoice(policy.spec.failurePolicy, path.child('failurePolicy'), ['Fail', 'Ignore']),
    ...validateParamKind(paramKind, path.child('paramKind')),
    ...validateMatchConstraints(policy.spec.matchConstraints, path.child('matchConstraints')),
    ...validateMatchConditions(matchConditions, path.child('matchConditions'), { params, old: before }),
    ...validateVariables(variables, path.child('variables'), { params }),
  ];
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    return [...errors, required(path.child('validations'), detail), required(path.child('auditAnnotations'), detail)];
  }
  return [
    ...errors,
    ...validations.flatMap((validation, index) =>
      validateValidation(validation, path.child('validations').index(index), scope),
    ),
    ...validateAuditAnnotations(policy, path.child('auditAnnotations'), scope),
  ];
}

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function validateValidation(validation: Validation, path: FieldPath, scope: PolicyScope): FieldError[] {
  const { expression, reason } = validation;
  const at = path.child('expression');
  const use = { scope, results: EXPRESSION_RESULTS.condition };
  return [
    ...(expression.trim() ? expressionErrors(expression, at, use) : [required(at, 'expression is not specified')]),
    ...validateMessage(validation, path, scope),
    ...validateOptionalChoice(reason, path.child('reason'), REASONS),
  ];
}

/** Messages may not ask what users may do. */
function validateMessage(
  { message: text = '', messageExpression = '' }: Validation,
  path: FieldPath,
  scope: PolicyScope,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = path.child('messageExpression');
  if (messageExpression && !messageExpression.trim()) {
    errors.push(invalid(at, messageExpression, 'must be non-empty if specified'));
  } else if (messageExpression) {
    const use = { scope: { ...scope, hasNoAuthorizer: true }, results: EXPRESSION_RESULTS.message };
    errors.push(...expressionErrors(messageExpression, at, use));
  }
  if (text && !text.trim()) errors.push(invalid(path.child('message'), text, 'must be non-empty if specified'));
  else if (/[\n\r]/.test(text.trim()))
    errors.push(invalid(path.child('message'), text, 'must not contain line breaks'));
  return errors;
}

function validateAuditAnnotations(
  { metadata, spec }: ValidatingAdmissionPolicy,
  path: FieldPath,
  scope: PolicyScope,
): FieldError[] {
  const { auditAnnotations = [] } = spec;
  const keys = new Set<string>();
  const errors =
    auditAnnotations.length > MAX_AUDIT_ANNOTATIONS
      ? [invalid(path, auditAnnotations, `must not have more than ${MAX_AUDIT_ANNOTATIONS} auditAnnotations`)]
      : [];
  auditAnnotations.forEach(({ key, valueExpression }, index) => {
    const at = path.index(index);
    errors.push(...validateText(`${metadata.name}/${key}`, at.child('key'), isQualifiedName));
    errors.push(...validateAnnotationValue(valueExpression, at.child('valueExpression'), scope));
    if (keys.has(key)) errors.push(duplicate(at.child('key'), key));
    keys.add(key);
  });
  return errors;
}

function validateAnnotationValue(expression: string, path: FieldPath, scope: PolicyScope): FieldError[] {
  const text = expression.trim();
  if (!text) return [required(path, 'valueExpression is not specified')];
  if (new TextEncoder().encode(text).length > MAX_ANNOTATION_EXPRESSION_BYTES) {
    return [required(path, `must not exceed ${MAX_ANNOTATION_EXPRESSION_BYTES} bytes in length`)];
  }
  return expressionErrors(text, path, { scope, results: EXPRESSION_RESULTS.annotation });
}

const validatingAdmissionPolicyColumns: Column<ValidatingAdmissionPolicy>[] = [
  nameColumn,
  {
    name: 'Validations',
    type: 'integer',
    description: 'Number of validations of the policy.',
    cell: ({ spec }) => spec.validations?.length ?? 0,
  },
  {
    name: 'ParamKind',
    type: 'string',
    description: 'Version and kind of the parameters of the policy.',
    cell: ({ spec }) => paramKindText(spec.paramKind),
  },
  ageColumn,
];

export const validatingAdmissionPolicyKind = defineKind<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  resource: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicy,
  subresources: [statusSubresource<ValidatingAdmissionPolicy>('ValidatingAdmissionPolicy', { metadata: 'fixed' })],
  strategy: {
    allowUnconditionalUpdate: false,
    applyDefaults({ spec }) {
      spec.failurePolicy ??= 'Fail';
      applyMatchResourcesDefaults(spec.matchConstraints);
    },
    prepareForCreate: (draft) => clearStatus(draft, ValidatingAdmissionPolicyStatus),
    prepareForUpdate: keepStatus,
    validate: validateValidatingAdmissionPolicy,
    hasGeneration: true,
  },
  columns: validatingAdmissionPolicyColumns,
  storageVersionHash: '6OxvlMmQ6is=',
});
