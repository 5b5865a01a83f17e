import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { MatchResources, ParamRef } from './shared.ts';

export const MutatingAdmissionPolicyBindingSpec = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec',
  '',
  {
    policyName: field(1, string, ''),
    paramRef: field(2, ParamRef, ''),
    matchResources: field(3, MatchResources, ''),
  },
);
export interface MutatingAdmissionPolicyBindingSpec extends Infer<typeof MutatingAdmissionPolicyBindingSpec> {}

export const MutatingAdmissionPolicyBinding = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  '',
  {
    apiVersion: field(0, string, '').always(),
    kind: field(0, string, '').always(),
    metadata: field(1, ObjectMetaSchema, '').always().default({}),
    spec: field(2, MutatingAdmissionPolicyBindingSpec, '').always().default({}),
  },
);
export interface MutatingAdmissionPolicyBinding extends Infer<typeof MutatingAdmissionPolicyBinding> {}

export const mutatingAdmissionPolicyBindingKind = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  resource: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicyBinding,
  storageVersionHash: '90V5FRZZ3Zg=',
});
