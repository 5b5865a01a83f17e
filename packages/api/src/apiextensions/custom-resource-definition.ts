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
  type WriteStrategy,
} from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, emptyValue, keepStatus, statusSubresource } from '../status-rules.ts';
import { definitionWarnings, validateDefinition, validateDefinitionUpdate } from './definition-validation.ts';

export const CustomResourceColumnDefinition = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition',
  'A column of the table that kubectl get prints.',
  {
    name: field(1, string, 'Heading of the column.').required().default(''),
    type: field(2, string, 'Type of the cells: integer, number, string, boolean or date.').required().default(''),
    format: field(3, string, 'Format of the cells, such as int32, double or byte.'),
    description: field(4, string, 'What the column shows.'),
    priority: field(5, int32, '0 shows always; above it, only in wide tables.'),
    jsonPath: field(6, string, 'Where in the object the cell comes from, as a simple JSON path.')
      .required()
      .default(''),
  },
);
export interface CustomResourceColumnDefinition extends Infer<typeof CustomResourceColumnDefinition> {}

export const CustomResourceServiceReference = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference',
  'A service that a webhook is reached through.',
  {
    namespace: field(1, string, 'Namespace of the service.').required().default(''),
    name: field(2, string, 'Name of the service.').required().default(''),
    path: field(3, string, 'Path of the URL.').pointer(),
    port: field(4, int32, 'Port of the service; 443 by default.').pointer(),
  },
);
export interface CustomResourceServiceReference extends Infer<typeof CustomResourceServiceReference> {}

export const CustomResourceWebhookClientConfig = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig',
  'How to reach a webhook: a URL or a service.',
  {
    service: field(1, CustomResourceServiceReference, 'Service of this cluster.'),
    caBundle: field(
      2,
      bytes,
      "Certificates in PEM that the webhook's own is checked against; the system's roots by default.",
    ),
    url: field(3, string, 'URL, https://host:port/path.').pointer(),
  },
);
export interface CustomResourceWebhookClientConfig extends Infer<typeof CustomResourceWebhookClientConfig> {}

export const WebhookConversion = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion',
  'A webhook that converts objects between versions.',
  {
    clientConfig: field(2, CustomResourceWebhookClientConfig, 'How to reach the webhook.'),
    conversionReviewVersions: field(
      3,
      list(string),
      'Versions of ConversionReview that the webhook understands, best first.',
    )
      .required()
      .atomic(),
  },
);
export interface WebhookConversion extends Infer<typeof WebhookConversion> {}

export const CustomResourceConversion = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion',
  'How objects are converted between versions.',
  {
    strategy: field(1, string, 'None changes the apiVersion alone; Webhook asks a webhook.').required().default(''),
    webhook: field(2, WebhookConversion, 'The webhook; only with strategy Webhook.'),
  },
);
export interface CustomResourceConversion extends Infer<typeof CustomResourceConversion> {}

export const CustomResourceDefinitionCondition = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition',
  'One observation about the state of a definition.',
  {
    type: field(1, string, 'Which observation it is.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
    observedGeneration: field(6, int64, 'Generation of the spec that the condition was computed from.'),
  },
);
export interface CustomResourceDefinitionCondition extends Infer<typeof CustomResourceDefinitionCondition> {}

export const CustomResourceDefinitionNames = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames',
  'Names of a custom resource.',
  {
    plural: field(1, string, 'Name in URLs, plural and lower-case.').required().default(''),
    singular: field(2, string, 'Singular name; the kind in lower case by default.'),
    shortNames: field(3, list(string), 'Short names that kubectl takes.').atomic(),
    kind: field(4, string, 'Kind of the objects.').required().default(''),
    listKind: field(5, string, 'Kind of lists of them; the kind and List by default.'),
    categories: field(6, list(string), 'Groups of resources that kubectl takes together, such as all.').atomic(),
  },
);
export interface CustomResourceDefinitionNames extends Infer<typeof CustomResourceDefinitionNames> {}

export type JSONSchemaPropsOrBool = JSONSchemaProps | boolean;
export const JSONSchemaPropsOrBool: Type<JSONSchemaPropsOrBool> = union<JSONSchemaPropsOrBool>(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool',
  'A schema, or true or false for anything or nothing.',
  [
    { json: 'boolean', number: 1, of: bool },
    { json: 'object', number: 2, of: () => JSONSchemaProps },
  ],
);

export type JSONSchemaPropsOrStringArray = JSONSchemaProps | string[];
export const JSONSchemaPropsOrStringArray: Type<JSONSchemaPropsOrStringArray> = union<JSONSchemaPropsOrStringArray>(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray',
  'A schema, or a list of property names.',
  [
    { json: 'object', number: 1, of: () => JSONSchemaProps },
    { json: 'array', number: 2, of: list(string) },
  ],
);

export const ExternalDocumentation = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation',
  'Where to read more.',
  {
    description: field(1, string, 'What is found there.'),
    url: field(2, string, 'Address of the documentation.'),
  },
);
export interface ExternalDocumentation extends Infer<typeof ExternalDocumentation> {}

export type JSONSchemaPropsOrArray = JSONSchemaProps | JSONSchemaProps[];
export const JSONSchemaPropsOrArray: Type<JSONSchemaPropsOrArray> = union<JSONSchemaPropsOrArray>(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray',
  'A schema, or a list of schemas.',
  [
    { json: 'object', number: 1, of: () => JSONSchemaProps },
    { json: 'array', number: 2, of: list(() => JSONSchemaProps) },
  ],
);

export const ValidationRule = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule',
  'A rule in CEL that values must satisfy.',
  {
    rule: field(1, string, 'CEL expression; self is the value, oldSelf the one before.').required().default(''),
    message: field(2, string, 'What to say when the rule is broken.'),
    messageExpression: field(3, string, 'CEL expression that gives the message; used before message.'),
    reason: field(4, string, 'Reason of the refusal; FieldValueInvalid by default.')
      .pointer()
      .oneOf('FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'),
    fieldPath: field(5, string, 'Path below the value that the error names.'),
    optionalOldSelf: field(6, bool, 'Whether the rule also runs on new values, with oldSelf as an optional.').pointer(),
  },
);
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
  'A JSON schema for values of a custom resource.',
  {
    $ref: field(3, string, 'Reference to another schema; not allowed in definitions.').pointer().proto('ref'),
    $schema: field(2, string, 'Dialect of the schema.').proto('schema'),
    'x-kubernetes-embedded-resource': field(
      39,
      bool,
      'Whether the value is itself an object with apiVersion, kind and metadata.',
    ).proto('xKubernetesEmbeddedResource'),
    'x-kubernetes-int-or-string': field(40, bool, 'Whether the value may be an integer or a string.').proto(
      'xKubernetesIntOrString',
    ),
    'x-kubernetes-list-map-keys': field(41, list(string), 'Properties that tell the items of a list of type map apart.')
      .atomic()
      .proto('xKubernetesListMapKeys'),
    'x-kubernetes-list-type': field(42, string, 'How lists are merged: atomic as a whole, set by value or map by key.')
      .pointer()
      .proto('xKubernetesListType'),
    'x-kubernetes-map-type': field(43, string, 'How objects are merged: granular by property or atomic as a whole.')
      .pointer()
      .proto('xKubernetesMapType'),
    'x-kubernetes-preserve-unknown-fields': field(
      38,
      bool,
      'Whether properties that the schema does not know are kept.',
    )
      .pointer()
      .proto('xKubernetesPreserveUnknownFields'),
    'x-kubernetes-validations': field(44, list(ValidationRule), 'Rules in CEL that the value must satisfy.')
      .mapOf('rule')
      .mergeBy('rule')
      .proto('xKubernetesValidations'),
    id: field(1, string, 'Identifier of the schema.'),
    description: field(4, string, 'What the value means.'),
    type: field(5, string, 'Type of the value: object, array, string, integer, number or boolean.'),
    format: field(6, string, 'Format of the value, such as date-time or int64.'),
    title: field(7, string, 'Short name of the schema.'),
    default: field(8, json, 'Value that is filled in where there is none.'),
    maximum: field(9, double, 'The greatest number allowed.').pointer(),
    exclusiveMaximum: field(10, bool, 'Whether maximum itself is excluded.'),
    minimum: field(11, double, 'The least number allowed.').pointer(),
    exclusiveMinimum: field(12, bool, 'Whether minimum itself is excluded.'),
    maxLength: field(13, int64, 'Most characters of a string.').pointer(),
    minLength: field(14, int64, 'Fewest characters of a string.').pointer(),
    pattern: field(15, string, 'Regular expression that a string has to match.'),
    maxItems: field(16, int64, 'Most items of a list.').pointer(),
    minItems: field(17, int64, 'Fewest items of a list.').pointer(),
    uniqueItems: field(18, bool, 'Whether items of a list have to differ; true is not allowed in definitions.'),
    multipleOf: field(19, double, 'Number that the value has to be a multiple of.').pointer(),
    enum: field(20, list(json), 'Values that are allowed.').atomic(),
    maxProperties: field(21, int64, 'Most properties of an object.').pointer(),
    minProperties: field(22, int64, 'Fewest properties of an object.').pointer(),
    required: field(23, list(string), 'Properties that an object must have.').atomic(),
    items: field(24, JSONSchemaPropsOrArray, 'Schema of the items of a list.'),
    allOf: field(
      25,
      list(() => JSONSchemaProps),
      'Schemas that all have to hold.',
    ).atomic(),
    oneOf: field(
      26,
      list(() => JSONSchemaProps),
      'Schemas of which exactly one has to hold.',
    ).atomic(),
    anyOf: field(
      27,
      list(() => JSONSchemaProps),
      'Schemas of which at least one has to hold.',
    ).atomic(),
    not: field(28, () => JSONSchemaProps, 'Schema that may not hold.'),
    properties: field(
      29,
      map(() => JSONSchemaProps),
      'Schemas of the properties of an object.',
    ),
    additionalProperties: field(30, JSONSchemaPropsOrBool, 'Schema of the properties that are not listed.'),
    patternProperties: field(
      31,
      map(() => JSONSchemaProps),
      'Schemas of properties by regular expression; not allowed in definitions.',
    ),
    dependencies: field(
      32,
      map(JSONSchemaPropsOrStringArray),
      'What the presence of a property asks for; not allowed in definitions.',
    ),
    additionalItems: field(
      33,
      JSONSchemaPropsOrBool,
      'Schema of items beyond those listed; not allowed in definitions.',
    ),
    definitions: field(
      34,
      map(() => JSONSchemaProps),
      'Schemas to refer to; not allowed in definitions of resources.',
    ),
    externalDocs: field(35, ExternalDocumentation, 'Where to read more.'),
    example: field(36, json, 'An example of a value.'),
    nullable: field(37, bool, 'Whether null is allowed.'),
  },
);

export const CustomResourceValidation = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation',
  'Schema of a version of a custom resource.',
  {
    openAPIV3Schema: field(1, JSONSchemaProps, 'The schema; it has to be structural.'),
  },
);
export interface CustomResourceValidation extends Infer<typeof CustomResourceValidation> {}

export const SelectableField = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField',
  'A field that field selectors may use.',
  {
    jsonPath: field(1, string, 'Where in the object the field is, as a simple JSON path.').required().default(''),
  },
);
export interface SelectableField extends Infer<typeof SelectableField> {}

export const CustomResourceSubresourceScale = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale',
  'Where the scale subresource finds its parts.',
  {
    specReplicasPath: field(1, string, 'Path of the number of replicas wanted, under .spec.').required().default(''),
    statusReplicasPath: field(2, string, 'Path of the number of replicas observed, under .status.')
      .required()
      .default(''),
    labelSelectorPath: field(3, string, 'Path of the selector of the pods, as text, under .status or .spec.').pointer(),
  },
);
export interface CustomResourceSubresourceScale extends Infer<typeof CustomResourceSubresourceScale> {}

export const CustomResourceSubresourceStatus = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus',
  'Gives a custom resource a status subresource.',
  {},
);
export type CustomResourceSubresourceStatus = Record<string, never>;

export const CustomResourceSubresources = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources',
  'Subresources of a custom resource.',
  {
    status: field(1, CustomResourceSubresourceStatus, 'Has /status, which alone writes the status.'),
    scale: field(2, CustomResourceSubresourceScale, 'Has /scale, by which autoscalers and kubectl scale work.'),
  },
);
export interface CustomResourceSubresources extends Infer<typeof CustomResourceSubresources> {}

export const CustomResourceDefinitionVersion = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion',
  'One version of a custom resource.',
  {
    name: field(1, string, 'Name of the version, such as v1.').required().default(''),
    served: field(2, bool, 'Whether the version is served.').required().default(false),
    storage: field(3, bool, 'Whether objects are stored in this version; exactly one version has it.')
      .required()
      .default(false),
    schema: field(4, CustomResourceValidation, 'Schema of the version.'),
    subresources: field(5, CustomResourceSubresources, 'Subresources of the version.'),
    additionalPrinterColumns: field(
      6,
      list(CustomResourceColumnDefinition),
      'Columns of the table that kubectl get prints; the age by default.',
    ).atomic(),
    deprecated: field(7, bool, 'Whether requests for the version get a warning.'),
    deprecationWarning: field(8, string, 'Text of that warning, where the usual one will not do.').pointer(),
    selectableFields: field(9, list(SelectableField), 'Fields that field selectors may use.').atomic(),
  },
);
export interface CustomResourceDefinitionVersion extends Infer<typeof CustomResourceDefinitionVersion> {}

export const CustomResourceDefinitionSpec = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec',
  'A resource to be served.',
  {
    group: field(1, string, 'API group of the resource; the definition is named plural.group.').required().default(''),
    names: field(3, CustomResourceDefinitionNames, 'Names of the resource.').required().default({}),
    scope: field(4, string, 'Whether objects are Cluster or Namespaced.').required().default(''),
    versions: field(7, list(CustomResourceDefinitionVersion), 'Versions of the resource.').required().atomic(),
    conversion: field(9, CustomResourceConversion, 'How objects are converted between versions.'),
    preserveUnknownFields: field(10, bool, 'Old way to keep fields that no schema knows; must be false.'),
  },
);
export interface CustomResourceDefinitionSpec extends Infer<typeof CustomResourceDefinitionSpec> {}

export const CustomResourceDefinitionStatus = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus',
  'What was last observed of a definition.',
  {
    conditions: field(
      1,
      list(CustomResourceDefinitionCondition),
      'Latest observations, such as NamesAccepted and Established.',
    )
      .mapOf('type')
      .neverOmitted(),
    acceptedNames: field(2, CustomResourceDefinitionNames, 'Names that the resource is served under.').default({}),
    storedVersions: field(3, list(string), 'Versions in which objects have ever been stored.').atomic().neverOmitted(),
    observedGeneration: field(4, int64, 'Generation of the spec that this status was computed from.'),
  },
);
export interface CustomResourceDefinitionStatus extends Infer<typeof CustomResourceDefinitionStatus> {}

export const CustomResourceDefinition = message(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  'Adds a resource to the API.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, CustomResourceDefinitionSpec, 'The resource to be served.').required().default({}),
    status: field(3, CustomResourceDefinitionStatus, 'What was last observed; written by the server.').default({}),
  },
);
export interface CustomResourceDefinition extends Infer<typeof CustomResourceDefinition> {}

const HTTPS_PORT = 443;

function applyDefinitionDefaults(draft: CustomResourceDefinition): void {
  const { spec } = draft;
  spec.names.singular ||= spec.names.kind.toLowerCase();
  if (spec.names.kind) spec.names.listKind ||= `${spec.names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= HTTPS_PORT;
  if (draft.status && !draft.status.storedVersions?.length) recordStorageVersion(draft);
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
  warnings: definitionWarnings,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
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
  subresources: [statusSubresource<CustomResourceDefinition>('CustomResourceDefinition', { metadata: 'fixed' })],
  strategy: customResourceDefinitionStrategy,
  columns: [nameColumn, createdAtColumn],
  storageVersionHash: 'jfWCUB31mvA=',
});
