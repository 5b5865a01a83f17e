import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { MatchResources, ParamRef } from './shared.ts';

export const ValidatingAdmissionPolicyBindingSpec = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec',
  '',
  {
    policyName: field(1, string, '').required(),
    paramRef: field(2, ParamRef, ''),
    matchResources: field(3, MatchResources, ''),
    validationActions: field(4, list(string), '').required().oneOf('Audit', 'Deny', 'Warn').set(),
  },
);
export interface ValidatingAdmissionPolicyBindingSpec extends Infer<typeof ValidatingAdmissionPolicyBindingSpec> {}

export const ValidatingAdmissionPolicyBinding = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  '',
  {
    apiVersion: field(0, string, '').always(),
    kind: field(0, string, '').always(),
    metadata: field(1, ObjectMetaSchema, '').always().default({}),
    spec: field(2, ValidatingAdmissionPolicyBindingSpec, '').required().default({}),
  },
);
export interface ValidatingAdmissionPolicyBinding extends Infer<typeof ValidatingAdmissionPolicyBinding> {}

export const validatingAdmissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  resource: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicyBinding,
  storageVersionHash: 'v9715VZqakg=',
});
