import {
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  isDns1123Subdomain,
  list,
  message,
  notSupported,
  required,
  string,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateRequiredText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { applyMatchResourcesDefaults, paramRefText, validateMatchResources, validateParamRef } from './policy-rules.ts';
import { MatchResources, ParamRef } from './shared.ts';

export const ValidatingAdmissionPolicyBindingSpec = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec',
  'Which policy is put in force, where and with which effect.',
  {
    policyName: field(1, string, 'Name of the policy.').required(),
    paramRef: field(2, ParamRef, 'Parameters for the policy.'),
    matchResources: field(
      3,
      MatchResources,
      'Requests that the policy applies to, among those that it matches itself.',
    ),
    validationActions: field(4, list(string), 'What a failed validation does: Deny, Warn or Audit.')
      .required()
      .oneOf('Audit', 'Deny', 'Warn')
      .set(),
  },
);
export interface ValidatingAdmissionPolicyBindingSpec extends Infer<typeof ValidatingAdmissionPolicyBindingSpec> {}

export const ValidatingAdmissionPolicyBinding = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  'Puts a validating admission policy in force.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, ValidatingAdmissionPolicyBindingSpec, 'The policy, where it applies and its effect.')
      .required()
      .default({}),
  },
);
export interface ValidatingAdmissionPolicyBinding extends Infer<typeof ValidatingAdmissionPolicyBinding> {}

const ACTIONS = ['Deny', 'Warn', 'Audit'];

function validateValidatingAdmissionPolicyBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  const path = new FieldPath('spec');
  return [
    ...validateRequiredText(spec.policyName, path.child('policyName'), isDns1123Subdomain),
    ...validateParamRef(spec.paramRef, path.child('paramRef')),
    ...(spec.matchResources ? validateMatchResources(spec.matchResources, path.child('matchResources')) : []),
    ...validateActions(spec.validationActions ?? [], path.child('validationActions')),
  ];
}

function validateActions(actions: readonly string[], path: FieldPath): FieldError[] {
  if (actions.length === 0) return [required(path, 'at least one validation action is required')];
  const errors = actions.flatMap((action, index) => [
    ...(ACTIONS.includes(action) ? [] : [notSupported(path.index(index), action, ACTIONS)]),
    ...(actions.indexOf(action) < index ? [duplicate(path.index(index), action)] : []),
  ]);
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(path, actions, detail));
  }
  return errors;
}

const validatingAdmissionPolicyBindingColumns: Column<ValidatingAdmissionPolicyBinding>[] = [
  nameColumn,
  {
    name: 'PolicyName',
    type: 'string',
    description: 'Policy that the binding puts in force.',
    cell: ({ spec }) => spec.policyName,
  },
  {
    name: 'ParamRef',
    type: 'string',
    description: 'Parameters that the policy gets.',
    cell: ({ spec }) => paramRefText(spec.paramRef),
  },
  ageColumn,
];

export const validatingAdmissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  resource: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicyBinding,
  strategy: {
    allowUnconditionalUpdate: false,
    applyDefaults: ({ spec }) => applyMatchResourcesDefaults(spec.matchResources),
    validate: validateValidatingAdmissionPolicyBinding,
    hasGeneration: true,
  },
  columns: validatingAdmissionPolicyBindingColumns,
  storageVersionHash: 'v9715VZqakg=',
});
