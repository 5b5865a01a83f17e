import { defineKind, field, type Infer, int64, list, message, string } from '@kubets/core';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { MatchCondition, MatchResources, ParamKind, Variable } from './shared.ts';

export const AuditAnnotation = message('io.k8s.api.admissionregistration.v1.AuditAnnotation', '', {
  key: field(1, string, '').required().default(''),
  valueExpression: field(2, string, '').required().default(''),
});
export interface AuditAnnotation extends Infer<typeof AuditAnnotation> {}

export const ExpressionWarning = message('io.k8s.api.admissionregistration.v1.ExpressionWarning', '', {
  fieldRef: field(2, string, '').required().default(''),
  warning: field(3, string, '').required().default(''),
});
export interface ExpressionWarning extends Infer<typeof ExpressionWarning> {}

export const TypeChecking = message('io.k8s.api.admissionregistration.v1.TypeChecking', '', {
  expressionWarnings: field(1, list(ExpressionWarning), '').atomic(),
});
export interface TypeChecking extends Infer<typeof TypeChecking> {}

export const Validation = message('io.k8s.api.admissionregistration.v1.Validation', '', {
  expression: field(1, string, '').required().default('').proto('Expression'),
  message: field(2, string, ''),
  reason: field(3, string, ''),
  messageExpression: field(4, string, ''),
});
export interface Validation extends Infer<typeof Validation> {}

export const ValidatingAdmissionPolicySpec = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec',
  '',
  {
    paramKind: field(1, ParamKind, ''),
    matchConstraints: field(2, MatchResources, ''),
    validations: field(3, list(Validation), '').atomic(),
    failurePolicy: field(4, string, '').oneOf('Fail', 'Ignore'),
    auditAnnotations: field(5, list(AuditAnnotation), '').atomic(),
    matchConditions: field(6, list(MatchCondition), '').mapOf('name').mergeBy('name'),
    variables: field(7, list(Variable), '').mapOf('name').mergeBy('name'),
  },
);
export interface ValidatingAdmissionPolicySpec extends Infer<typeof ValidatingAdmissionPolicySpec> {}

export const ValidatingAdmissionPolicyStatus = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus',
  '',
  {
    observedGeneration: field(1, int64, ''),
    typeChecking: field(2, TypeChecking, ''),
    conditions: field(3, list(Condition), '').mapOf('type'),
  },
);
export interface ValidatingAdmissionPolicyStatus extends Infer<typeof ValidatingAdmissionPolicyStatus> {}

export const ValidatingAdmissionPolicy = message('io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ValidatingAdmissionPolicySpec, '').always().default({}),
  status: field(3, ValidatingAdmissionPolicyStatus, '').default({}),
});
export interface ValidatingAdmissionPolicy extends Infer<typeof ValidatingAdmissionPolicy> {}

export const validatingAdmissionPolicyKind = defineKind<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  resource: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicy,
  subresources: [
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'ValidatingAdmissionPolicy', form: 'object' },
  ],
  storageVersionHash: '6OxvlMmQ6is=',
});
