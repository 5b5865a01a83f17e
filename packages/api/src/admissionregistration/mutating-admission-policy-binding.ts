import type { Column, FieldError } from '@kubets/core';
import { defineKind, FieldPath, field, type Infer, isPathSegmentName, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateRequiredText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { applyMatchResourcesDefaults, paramRefText, validateMatchResources, validateParamRef } from './policy-rules.ts';
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

function validateMutatingAdmissionPolicyBinding({ spec }: MutatingAdmissionPolicyBinding): FieldError[] {
  const path = new FieldPath('spec');
  return [
    ...validateRequiredText(spec.policyName, path.child('policyName'), isPathSegmentName),
    ...validateParamRef(spec.paramRef, path.child('paramRef')),
    ...(spec.matchResources ? validateMatchResources(spec.matchResources, path.child('matchResources')) : []),
  ];
}

const mutatingAdmissionPolicyBindingColumns: Column<MutatingAdmissionPolicyBinding>[] = [
  nameColumn,
  {
    name: 'PolicyName',
    type: 'string',
    description: 'Policy that the binding puts in force.',
    cell: ({ spec }) => spec.policyName ?? '',
  },
  {
    name: 'ParamRef',
    type: 'string',
    description: 'Parameters that the policy gets.',
    cell: ({ spec }) => paramRefText(spec.paramRef),
  },
  ageColumn,
];

export const mutatingAdmissionPolicyBindingKind = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  resource: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicyBinding,
  strategy: {
    applyDefaults: ({ spec }) => applyMatchResourcesDefaults(spec.matchResources),
    validate: validateMutatingAdmissionPolicyBinding,
    hasGeneration: true,
  },
  columns: mutatingAdmissionPolicyBindingColumns,
  storageVersionHash: '90V5FRZZ3Zg=',
});
