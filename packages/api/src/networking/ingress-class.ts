import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  isDns1123Label,
  isDomainPrefixedPath,
  message,
  required,
  string,
  tooLong,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateChoice, validateRequiredText, validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateBackendResource } from './ingress.ts';

export const IngressClassParametersReference = message(
  'io.k8s.api.networking.v1.IngressClassParametersReference',
  'Object with settings for a class of ingresses.',
  {
    apiGroup: field(1, string, 'API group of the object; empty for the core group.').pointer().proto('aPIGroup'),
    kind: field(2, string, 'Kind of the object.').required().default(''),
    name: field(3, string, 'Name of the object.').required().default(''),
    scope: field(4, string, 'Whether the object is Cluster or Namespace scoped; Cluster by default.').pointer(),
    namespace: field(5, string, 'Namespace of the object; only with scope Namespace.').pointer(),
  },
);
export interface IngressClassParametersReference extends Infer<typeof IngressClassParametersReference> {}

export const IngressClassSpec = message(
  'io.k8s.api.networking.v1.IngressClassSpec',
  'Who serves ingresses of a class.',
  {
    controller: field(1, string, 'Controller that serves them, such as example.com/ingress; cannot change.'),
    parameters: field(2, IngressClassParametersReference, 'Object with settings for the controller.'),
  },
);
export interface IngressClassSpec extends Infer<typeof IngressClassSpec> {}

export const IngressClass = message(
  'io.k8s.api.networking.v1.IngressClass',
  'A class of ingresses and the controller that serves it.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, IngressClassSpec, 'The controller and its settings.').always().default({}),
  },
);
export interface IngressClass extends Infer<typeof IngressClass> {}

const CONTROLLER_MAX_BYTES = 250;

function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const path = new FieldPath('spec');
  const controllerPath = path.child('controller');
  const { controller = '', parameters } = spec;
  const errors = controller.length > CONTROLLER_MAX_BYTES ? [tooLong(controllerPath, CONTROLLER_MAX_BYTES)] : [];
  errors.push(...validateRequiredText(controller, controllerPath, isDomainPrefixedPath));
  return parameters ? [...errors, ...validateParametersReference(parameters, path.child('parameters'))] : errors;
}

function validateParametersReference(reference: IngressClassParametersReference, path: FieldPath): FieldError[] {
  const { scope, namespace } = reference;
  const errors = [
    ...validateBackendResource(reference, path),
    ...validateChoice(scope, path.child('scope'), ['Cluster', 'Namespace']),
  ];
  const namespacePath = path.child('namespace');
  if (scope === 'Cluster' && namespace !== undefined) {
    errors.push(fieldForbidden(namespacePath, "`parameters.scope` is set to 'Cluster'"));
  }
  if (scope === 'Namespace' && namespace === undefined) {
    errors.push(required(namespacePath, "`parameters.scope` is set to 'Namespace'"));
  }
  if (scope === 'Namespace' && namespace !== undefined) {
    errors.push(...validateText(namespace, namespacePath, isDns1123Label));
  }
  return errors;
}

function parametersText(parameters: IngressClassParametersReference | undefined): string {
  if (!parameters) return '<none>';
  const { apiGroup, kind, name } = parameters;
  return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`;
}

const ingressClassColumns: Column<IngressClass>[] = [
  nameColumn,
  {
    name: 'Controller',
    type: 'string',
    description: 'Controller that serves ingresses of the class.',
    cell: ({ spec }) => spec.controller ?? '',
  },
  {
    name: 'Parameters',
    type: 'string',
    description: 'Object that configures the controller for the class.',
    cell: ({ spec }) => parametersText(spec.parameters),
  },
  ageColumn,
];

export const ingressClassKind = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  resource: 'ingressclasses',
  namespaced: false,
  schema: IngressClass,
  strategy: {
    applyDefaults({ spec }) {
      if (spec.parameters) spec.parameters.scope ??= 'Cluster';
    },
    validate: validateIngressClass,
    validateUpdate: ({ spec }, old) =>
      validateImmutable(spec.controller, old.spec.controller, new FieldPath('spec').child('controller')),
    hasGeneration: true,
  },
  columns: ingressClassColumns,
  storageVersionHash: 'l/iqIbDgFyQ=',
});
