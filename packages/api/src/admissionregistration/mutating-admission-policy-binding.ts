import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  isDns1123Subdomain,
  message,
  string,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateRequiredText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import {
  applyMatchResourcesDefaults,
  MUTABLE_OPERATIONS,
  paramRefText,
  validateMatchResources,
  validateOperations,
  validateParamRef,
} from './policy-rules.ts';
import { MatchResources, ParamRef } from './shared.ts';

export const MutatingAdmissionPolicyBindingSpec = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec',
  'Which policy is put in force, where and with which parameters.',
  {
    policyName: field(1, string, 'Name of the policy.'),
    paramRef: field(2, ParamRef, 'Parameters for the policy.'),
    matchResources: field(
      3,
      MatchResources,
      'Requests that the policy applies to, among those that it matches itself.',
    ),
  },
);
export interface MutatingAdmissionPolicyBindingSpec extends Infer<typeof MutatingAdmissionPolicyBindingSpec> {}

export const MutatingAdmissionPolicyBinding = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  'Puts a mutating admission policy in force.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, MutatingAdmissionPolicyBindingSpec, 'The policy, where it applies and its parameters.')
      .always()
      .default({}),
  },
);
export interface MutatingAdmissionPolicyBinding extends Infer<typeof MutatingAdmissionPolicyBinding> {}

function validateMutatingAdmissionPolicyBinding({ spec }: MutatingAdmissionPolicyBinding): FieldError[] {
  const path = new FieldPath('spec');
  return [
    ...validateRequiredText(spec.policyName, path.child('policyName'), isDns1123Subdomain),
    ...validateParamRef(spec.paramRef, path.child('paramRef')),
    ...(spec.matchResources ? validateMatch(spec.matchResources, path.child('matchResources')) : []),
  ];
}

function validateMatch(match: MatchResources, path: FieldPath): FieldError[] {
  return [...validateMatchResources(match, path), ...validateOperations(match, path, MUTABLE_OPERATIONS)];
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
    allowUnconditionalUpdate: false,
    applyDefaults: ({ spec }) => applyMatchResourcesDefaults(spec.matchResources),
    validate: validateMutatingAdmissionPolicyBinding,
    hasGeneration: true,
  },
  columns: mutatingAdmissionPolicyBindingColumns,
  storageVersionHash: '90V5FRZZ3Zg=',
});
