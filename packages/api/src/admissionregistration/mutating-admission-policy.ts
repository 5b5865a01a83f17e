import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  list,
  message,
  required,
  string,
  type WriteContext,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateChoice } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { EXPRESSION_RESULTS, expressionErrors, type PolicyScope, variableTypes } from './policy-expressions.ts';
import {
  applyMatchResourcesDefaults,
  MUTABLE_OPERATIONS,
  paramKindText,
  validateMatchConstraints,
  validateParamKind,
  validateVariables,
} from './policy-rules.ts';
import { MatchCondition, MatchResources, ParamKind, Variable } from './shared.ts';
import { validateMatchConditions } from './webhook-rules.ts';

export const ApplyConfiguration = message(
  'io.k8s.api.admissionregistration.v1.ApplyConfiguration',
  'A change made like a server-side apply.',
  {
    expression: field(1, string, 'CEL expression that gives the configuration to merge into the object.'),
  },
);
export interface ApplyConfiguration extends Infer<typeof ApplyConfiguration> {}

export const JSONPatch = message('io.k8s.api.admissionregistration.v1.JSONPatch', 'A change made by a JSON patch.', {
  expression: field(1, string, 'CEL expression that gives the list of patch operations.'),
});
export interface JSONPatch extends Infer<typeof JSONPatch> {}

export const Mutation = message(
  'io.k8s.api.admissionregistration.v1.Mutation',
  'One change that a policy makes; the field named by patchType is set.',
  {
    patchType: field(2, string, 'How the change is expressed: ApplyConfiguration or JSONPatch.')
      .required()
      .default('')
      .oneOf('ApplyConfiguration', 'JSONPatch'),
    applyConfiguration: field(3, ApplyConfiguration, 'A change made like a server-side apply.'),
    jsonPatch: field(4, JSONPatch, 'A change made by a JSON patch.'),
  },
);
export interface Mutation extends Infer<typeof Mutation> {}

export const MutatingAdmissionPolicySpec = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec',
  'Which requests a policy changes, and how.',
  {
    paramKind: field(1, ParamKind, 'Kind of the parameters that bindings may give; none without it.'),
    matchConstraints: field(2, MatchResources, 'Requests that the policy applies to.'),
    variables: field(3, list(Variable), 'Named expressions that later ones may use.').atomic(),
    mutations: field(4, list(Mutation), 'Changes made in order.').atomic(),
    failurePolicy: field(5, string, 'What an error in the policy does to the request: Fail or Ignore.')
      .pointer()
      .oneOf('Fail', 'Ignore'),
    matchConditions: field(6, list(MatchCondition), 'Conditions that all have to hold for the policy to apply.')
      .mapOf('name')
      .mergeBy('name'),
    reinvocationPolicy: field(
      7,
      string,
      'Whether the policy runs again (IfNeeded) when a later plugin changes the object, or Never.',
    ).oneOf('IfNeeded', 'Never'),
  },
);
export interface MutatingAdmissionPolicySpec extends Infer<typeof MutatingAdmissionPolicySpec> {}

export const MutatingAdmissionPolicy = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  'Changes objects on admission by CEL expressions.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, MutatingAdmissionPolicySpec, 'Which requests are changed and how.').always().default({}),
  },
);
export interface MutatingAdmissionPolicy extends Infer<typeof MutatingAdmissionPolicy> {}

function validateMutatingAdmissionPolicy({ spec }: MutatingAdmissionPolicy, { old }: WriteContext): FieldError[] {
  const path = new FieldPath('spec');
  const { mutations = [], paramKind, variables, matchConditions = [] } = spec;
  const params = paramKind !== undefined;
  const before = (old as MutatingAdmissionPolicy | undefined)?.spec.matchConditions;
  const scope = { params, variables: variableTypes(variables, { params }), makesPatches: true };
  const mutationsPath = path.child('mutations');
  return [
    ...validateChoice(spec.failurePolicy, path.child('failurePolicy'), ['Fail', 'Ignore']),
    ...validateParamKind(paramKind, path.child('paramKind')),
    ...validateMatchConstraints(spec.matchConstraints, path.child('matchConstraints'), MUTABLE_OPERATIONS),
    ...validateMatchConditions(matchConditions, path.child('matchConditions'), { params, old: before }),
    ...validateVariables(variables, path.child('variables'), { params }),
    ...(mutations.length === 0 ? [required(mutationsPath, 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((mutation, index) => validateMutation(mutation, mutationsPath.index(index), scope)),
    ...validateChoice(spec.reinvocationPolicy, path.child('reinvocationPolicy'), ['Never', 'IfNeeded']),
  ];
}

const PATCH_FIELDS: Readonly<Record<string, 'applyConfiguration' | 'jsonPatch'>> = {
  ApplyConfiguration: 'applyConfiguration',
  JSONPatch: 'jsonPatch',
};

/** The field that the type of patch names is there, and no other. */
function validateMutation(mutation: Mutation, path: FieldPath, scope: PolicyScope): FieldError[] {
  const { patchType } = mutation;
  const errors = validateChoice(patchType, path.child('patchType'), Object.keys(PATCH_FIELDS));
  if (errors.length > 0) return errors;
  const wanted = PATCH_FIELDS[patchType]!;
  const other = wanted === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  if (!mutation[wanted]) {
    errors.push(required(path.child(wanted), `must be specified when patchType is ${patchType}`));
  } else {
    const at = path.child(wanted, 'expression');
    const expression = mutation[wanted].expression?.trim();
    const use = { scope, results: EXPRESSION_RESULTS[wanted] };
    errors.push(...(expression ? expressionErrors(expression, at, use) : [required(at)]));
  }
  if (mutation[other]) {
    const detail = `must not be specified when patchType is ${patchType}`;
    errors.push(invalid(path.child(other), `{${other}}`, detail));
  }
  return errors;
}

const mutatingAdmissionPolicyColumns: Column<MutatingAdmissionPolicy>[] = [
  nameColumn,
  {
    name: 'Mutations',
    type: 'integer',
    description: 'Number of mutations of the policy.',
    cell: ({ spec }) => spec.mutations?.length ?? 0,
  },
  {
    name: 'ParamKind',
    type: 'string',
    description: 'Version and kind of the parameters of the policy.',
    cell: ({ spec }) => paramKindText(spec.paramKind),
  },
  ageColumn,
];

export const mutatingAdmissionPolicyKind = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  resource: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicy,
  strategy: {
    allowUnconditionalUpdate: false,
    applyDefaults({ spec }) {
      spec.failurePolicy ??= 'Fail';
      applyMatchResourcesDefaults(spec.matchConstraints);
    },
    validate: validateMutatingAdmissionPolicy,
    hasGeneration: true,
  },
  columns: mutatingAdmissionPolicyColumns,
  storageVersionHash: 'LYmCf+UMVdg=',
});
