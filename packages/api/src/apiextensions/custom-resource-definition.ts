import type { WriteStrategy } from '@kubets/core';
import {
  bool,
  bytes,
  defineKind,
  double,
  field,
  type Infer,
  int32,
  int64,
  type JsonValue,
  json,
  list,
  type Message,
  map,
  message,
  string,
  type Type,
  time,
  union,
} from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, emptyValue, keepStatus, statusStrategy } from '../status-rules.ts';
import { validateDefinition, validateDefinitionUpdate } from './definition-validation.ts';

export const CustomResourceColumnDefinition = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition',
  '',
  {
    name: field(1, string, '').required().default(''),
    type: field(2, string, '').required().default(''),
    format: field(3, string, ''),
    description: field(4, string, ''),
    priority: field(5, int32, ''),
    jsonPath: field(6, string, '').required().default(''),
  },
);
export interface CustomResourceColumnDefinition extends Infer<typeof CustomResourceColumnDefinition> {}

export const CustomResourceServiceReference = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference',
  '',
  {
    namespace: field(1, string, '').required().default(''),
    name: field(2, string, '').required().default(''),
    path: field(3, string, '').pointer(),
    port: field(4, int32, '').pointer(),
  },
);
export interface CustomResourceServiceReference extends Infer<typeof CustomResourceServiceReference> {}

export const CustomResourceWebhookClientConfig = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig',
  '',
  {
    service: field(1, CustomResourceServiceReference, ''),
    caBundle: field(2, bytes, ''),
    url: field(3, string, '').pointer(),
  },
);
export interface CustomResourceWebhookClientConfig extends Infer<typeof CustomResourceWebhookClientConfig> {}

export const WebhookConversion = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion',
  '',
  {
    clientConfig: field(2, CustomResourceWebhookClientConfig, ''),
    conversionReviewVersions: field(3, list(string), '').required().atomic(),
  },
);
export interface WebhookConversion extends Infer<typeof WebhookConversion> {}

export const CustomResourceConversion = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion',
  '',
  {
    strategy: field(1, string, '').required().default(''),
    webhook: field(2, WebhookConversion, ''),
  },
);
export interface CustomResourceConversion extends Infer<typeof CustomResourceConversion> {}

export const CustomResourceDefinitionCondition = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition',
  '',
  {
    type: field(1, string, '').required().default(''),
    status: field(2, string, '').required().default(''),
    lastTransitionTime: field(3, time, ''),
    reason: field(4, string, ''),
    message: field(5, string, ''),
    observedGeneration: field(6, int64, ''),
  },
);
export interface CustomResourceDefinitionCondition extends Infer<typeof CustomResourceDefinitionCondition> {}

export const CustomResourceDefinitionNames = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames',
  '',
  {
    plural: field(1, string, '').required().default(''),
    singular: field(2, string, ''),
    shortNames: field(3, list(string), '').atomic(),
    kind: field(4, string, '').required().default(''),
    listKind: field(5, string, ''),
    categories: field(6, list(string), '').atomic(),
  },
);
export interface CustomResourceDefinitionNames extends Infer<typeof CustomResourceDefinitionNames> {}

export type JSONSchemaPropsOrBool = JSONSchemaProps | boolean;
export const JSONSchemaPropsOrBool: Type<JSONSchemaPropsOrBool> = union<JSONSchemaPropsOrBool>(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool',
  '',
  [
    { json: 'boolean', number: 1, of: bool },
    { json: 'object', number: 2, of: () => JSONSchemaProps },
  ],
);

export type JSONSchemaPropsOrStringArray = JSONSchemaProps | string[];
export const JSONSchemaPropsOrStringArray: Type<JSONSchemaPropsOrStringArray> = union<JSONSchemaPropsOrStringArray>(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray',
  '',
  [
    { json: 'object', number: 1, of: () => JSONSchemaProps },
    { json: 'array', number: 2, of: list(string) },
  ],
);

export const ExternalDocumentation = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation',
  '',
  {
    description: field(1, string, ''),
    url: field(2, string, ''),
  },
);
export interface ExternalDocumentation extends Infer<typeof ExternalDocumentation> {}

export type JSONSchemaPropsOrArray = JSONSchemaProps | JSONSchemaProps[];
export const JSONSchemaPropsOrArray: Type<JSONSchemaPropsOrArray> = union<JSONSchemaPropsOrArray>(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray',
  '',
  [
    { json: 'object', number: 1, of: () => JSONSchemaProps },
    { json: 'array', number: 2, of: list(() => JSONSchemaProps) },
  ],
);

export const ValidationRule = message('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule', '', {
  rule: field(1, string, '').required().default(''),
  message: field(2, string, ''),
  messageExpression: field(3, string, ''),
  reason: field(4, string, '')
    .pointer()
    .oneOf('FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'),
  fieldPath: field(5, string, ''),
  optionalOldSelf: field(6, bool, '').pointer(),
});
export interface ValidationRule extends Infer<typeof ValidationRule> {}

export interface JSONSchemaProps {
  $ref?: string;
  $schema?: string;
  additionalItems?: JSONSchemaPropsOrBool;
  additionalProperties?: JSONSchemaPropsOrBool;
  allOf?: JSONSchemaProps[];
  anyOf?: JSONSchemaProps[];
  default?: JsonValue;
  definitions?: Record<string, JSONSchemaProps>;
  dependencies?: Record<string, JSONSchemaPropsOrStringArray>;
  description?: string;
  enum?: JsonValue[];
  example?: JsonValue;
  exclusiveMaximum?: boolean;
  exclusiveMinimum?: boolean;
  externalDocs?: ExternalDocumentation;
  format?: string;
  id?: string;
  items?: JSONSchemaPropsOrArray;
  maxItems?: number;
  maxLength?: number;
  maxProperties?: number;
  maximum?: number;
  minItems?: number;
  minLength?: number;
  minProperties?: number;
  minimum?: number;
  multipleOf?: number;
  not?: JSONSchemaProps;
  nullable?: boolean;
  oneOf?: JSONSchemaProps[];
  pattern?: string;
  patternProperties?: Record<string, JSONSchemaProps>;
  properties?: Record<string, JSONSchemaProps>;
  required?: string[];
  title?: string;
  type?: string;
  uniqueItems?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-validations'?: ValidationRule[];
}
export const JSONSchemaProps: Message = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
  '',
  {
    $ref: field(3, string, '').pointer().proto('ref'),
    $schema: field(2, string, '').proto('schema'),
    'x-kubernetes-embedded-resource': field(39, bool, '').proto('xKubernetesEmbeddedResource'),
    'x-kubernetes-int-or-string': field(40, bool, '').proto('xKubernetesIntOrString'),
    'x-kubernetes-list-map-keys': field(41, list(string), '').atomic().proto('xKubernetesListMapKeys'),
    'x-kubernetes-list-type': field(42, string, '').pointer().proto('xKubernetesListType'),
    'x-kubernetes-map-type': field(43, string, '').pointer().proto('xKubernetesMapType'),
    'x-kubernetes-preserve-unknown-fields': field(38, bool, '').pointer().proto('xKubernetesPreserveUnknownFields'),
    'x-kubernetes-validations': field(44, list(ValidationRule), '')
      .mapOf('rule')
      .mergeBy('rule')
      .proto('xKubernetesValidations'),
    id: field(1, string, ''),
    description: field(4, string, ''),
    type: field(5, string, ''),
    format: field(6, string, ''),
    title: field(7, string, ''),
    default: field(8, json, ''),
    maximum: field(9, double, '').pointer(),
    exclusiveMaximum: field(10, bool, ''),
    minimum: field(11, double, '').pointer(),
    exclusiveMinimum: field(12, bool, ''),
    maxLength: field(13, int64, '').pointer(),
    minLength: field(14, int64, '').pointer(),
    pattern: field(15, string, ''),
    maxItems: field(16, int64, '').pointer(),
    minItems: field(17, int64, '').pointer(),
    uniqueItems: field(18, bool, ''),
    multipleOf: field(19, double, '').pointer(),
    enum: field(20, list(json), '').atomic(),
    maxProperties: field(21, int64, '').pointer(),
    minProperties: field(22, int64, '').pointer(),
    required: field(23, list(string), '').atomic(),
    items: field(24, JSONSchemaPropsOrArray, ''),
    allOf: field(
      25,
      list(() => JSONSchemaProps),
      '',
    ).atomic(),
    oneOf: field(
      26,
      list(() => JSONSchemaProps),
      '',
    ).atomic(),
    anyOf: field(
      27,
      list(() => JSONSchemaProps),
      '',
    ).atomic(),
    not: field(28, () => JSONSchemaProps, ''),
    properties: field(
      29,
      map(() => JSONSchemaProps),
      '',
    ),
    additionalProperties: field(30, JSONSchemaPropsOrBool, ''),
    patternProperties: field(
      31,
      map(() => JSONSchemaProps),
      '',
    ),
    dependencies: field(32, map(JSONSchemaPropsOrStringArray), ''),
    additionalItems: field(33, JSONSchemaPropsOrBool, ''),
    definitions: field(
      34,
      map(() => JSONSchemaProps),
      '',
    ),
    externalDocs: field(35, ExternalDocumentation, ''),
    example: field(36, json, ''),
    nullable: field(37, bool, ''),
  },
);

export const CustomResourceValidation = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation',
  '',
  {
    openAPIV3Schema: field(1, JSONSchemaProps, ''),
  },
);
export interface CustomResourceValidation extends Infer<typeof CustomResourceValidation> {}

export const SelectableField = message('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField', '', {
  jsonPath: field(1, string, '').required().default(''),
});
export interface SelectableField extends Infer<typeof SelectableField> {}

export const CustomResourceSubresourceScale = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale',
  '',
  {
    specReplicasPath: field(1, string, '').required().default(''),
    statusReplicasPath: field(2, string, '').required().default(''),
    labelSelectorPath: field(3, string, '').pointer(),
  },
);
export interface CustomResourceSubresourceScale extends Infer<typeof CustomResourceSubresourceScale> {}

export const CustomResourceSubresourceStatus = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus',
  '',
  {},
);
export type CustomResourceSubresourceStatus = Record<string, never>;

export const CustomResourceSubresources = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources',
  '',
  {
    status: field(1, CustomResourceSubresourceStatus, ''),
    scale: field(2, CustomResourceSubresourceScale, ''),
  },
);
export interface CustomResourceSubresources extends Infer<typeof CustomResourceSubresources> {}

export const CustomResourceDefinitionVersion = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion',
  '',
  {
    name: field(1, string, '').required().default(''),
    served: field(2, bool, '').required().default(false),
    storage: field(3, bool, '').required().default(false),
    schema: field(4, CustomResourceValidation, ''),
    subresources: field(5, CustomResourceSubresources, ''),
    additionalPrinterColumns: field(6, list(CustomResourceColumnDefinition), '').atomic(),
    deprecated: field(7, bool, ''),
    deprecationWarning: field(8, string, '').pointer(),
    selectableFields: field(9, list(SelectableField), '').atomic(),
  },
);
export interface CustomResourceDefinitionVersion extends Infer<typeof CustomResourceDefinitionVersion> {}

export const CustomResourceDefinitionSpec = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec',
  '',
  {
    group: field(1, string, '').required().default(''),
    names: field(3, CustomResourceDefinitionNames, '').required().default({}),
    scope: field(4, string, '').required().default(''),
    versions: field(7, list(CustomResourceDefinitionVersion), '').required().atomic(),
    conversion: field(9, CustomResourceConversion, ''),
    preserveUnknownFields: field(10, bool, ''),
  },
);
export interface CustomResourceDefinitionSpec extends Infer<typeof CustomResourceDefinitionSpec> {}

export const CustomResourceDefinitionStatus = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus',
  '',
  {
    conditions: field(1, list(CustomResourceDefinitionCondition), '').mapOf('type'),
    acceptedNames: field(2, CustomResourceDefinitionNames, '').default({}),
    storedVersions: field(3, list(string), '').atomic(),
    observedGeneration: field(4, int64, ''),
  },
);
export interface CustomResourceDefinitionStatus extends Infer<typeof CustomResourceDefinitionStatus> {}

export const CustomResourceDefinition = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  '',
  {
    apiVersion: field(0, string, '').always(),
    kind: field(0, string, '').always(),
    metadata: field(1, ObjectMetaSchema, '').always().default({}),
    spec: field(2, CustomResourceDefinitionSpec, '').required().default({}),
    status: field(3, CustomResourceDefinitionStatus, '').default({}),
  },
);
export interface CustomResourceDefinition extends Infer<typeof CustomResourceDefinition> {}

const HTTPS_PORT = 443;

function applyDefinitionDefaults({ spec }: CustomResourceDefinition): void {
  spec.names.singular ||= spec.names.kind.toLowerCase();
  if (spec.names.kind) spec.names.listKind ||= `${spec.names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= HTTPS_PORT;
}

/** Remembers that objects may be stored in the version that is the storage version now. */
function recordStorageVersion(draft: CustomResourceDefinition): void {
  const storage = draft.spec.versions?.find((version) => version.storage)?.name;
  const stored = draft.status?.storedVersions ?? [];
  if (storage === undefined || stored.includes(storage)) return;
  draft.status = {
    ...emptyValue(CustomResourceDefinitionStatus),
    ...draft.status,
    storedVersions: [...stored, storage],
  };
}

const customResourceDefinitionStrategy: WriteStrategy<CustomResourceDefinition> = {
  applyDefaults: applyDefinitionDefaults,
  prepareForCreate(draft) {
    clearStatus(draft, CustomResourceDefinitionStatus);
    recordStorageVersion(draft);
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    recordStorageVersion(draft);
  },
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  hasGeneration: true,
};

export const customResourceDefinitionKind = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  resource: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: CustomResourceDefinition,
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'CustomResourceDefinition',
      form: 'object',
      strategy: statusStrategy<CustomResourceDefinition>({ metadata: 'fixed' }),
    },
  ],
  strategy: customResourceDefinitionStrategy,
  columns: [nameColumn, createdAtColumn],
  storageVersionHash: 'jfWCUB31mvA=',
});
