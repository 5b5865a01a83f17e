import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { MatchCondition, MatchResources, ParamKind, Variable } from './shared.ts';

export const ApplyConfiguration = message('io.k8s.api.admissionregistration.v1.ApplyConfiguration', '', {
  expression: field(1, string, ''),
});
export interface ApplyConfiguration extends Infer<typeof ApplyConfiguration> {}

export const JSONPatch = message('io.k8s.api.admissionregistration.v1.JSONPatch', '', {
  expression: field(1, string, ''),
});
export interface JSONPatch extends Infer<typeof JSONPatch> {}

export const Mutation = message('io.k8s.api.admissionregistration.v1.Mutation', '', {
  patchType: field(2, string, '').required().default('').oneOf('ApplyConfiguration', 'JSONPatch'),
  applyConfiguration: field(3, ApplyConfiguration, ''),
  jsonPatch: field(4, JSONPatch, ''),
});
export interface Mutation extends Infer<typeof Mutation> {}

export const MutatingAdmissionPolicySpec = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec',
  '',
  {
    paramKind: field(1, ParamKind, ''),
    matchConstraints: field(2, MatchResources, ''),
    variables: field(3, list(Variable), '').atomic(),
    mutations: field(4, list(Mutation), '').atomic(),
    failurePolicy: field(5, string, '').oneOf('Fail', 'Ignore'),
    matchConditions: field(6, list(MatchCondition), '').mapOf('name').mergeBy('name'),
    reinvocationPolicy: field(7, string, '').oneOf('IfNeeded', 'Never'),
  },
);
export interface MutatingAdmissionPolicySpec extends Infer<typeof MutatingAdmissionPolicySpec> {}

export const MutatingAdmissionPolicy = message('io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, MutatingAdmissionPolicySpec, '').always().default({}),
});
export interface MutatingAdmissionPolicy extends Infer<typeof MutatingAdmissionPolicy> {}

export const mutatingAdmissionPolicyKind = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  resource: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicy,
  storageVersionHash: 'LYmCf+UMVdg=',
});
