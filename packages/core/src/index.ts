export * from './addresses.ts';
export * from './age.ts';
export { mergeConfiguration } from './apply/apply-configuration.ts';
export {
  differenceOfFields,
  type FieldSet,
  fieldSetOfPaths,
  hasPath,
  isEmptyFieldSet,
  leavesOf,
  pathsOf,
  pathText,
  readFieldSet,
  unionFields,
} from './apply/field-set.ts';
export {
  ANCIENT_CHANGES,
  BEFORE_FIRST_APPLY,
  MAX_UPDATE_MANAGERS,
  type ObjectVersion,
  type TrackUpdateOptions,
  trackUpdate,
  type VersionLookup,
} from './apply/managed-fields.ts';
export * from './apply/server-side-apply.ts';
export { shareFieldSet } from './apply/shared-sets.ts';
export * from './cel/authorizer.ts';
export * from './cel/cel.ts';
export { celValueOfJson, jsonOfCelValue } from './cel/json-values.ts';
export { KUBERNETES_TYPES as CEL_KUBERNETES_TYPES } from './cel/kubernetes-functions.ts';
export { CelCompileError, type CelIssue } from './cel/syntax.ts';
export type { CelType } from './cel/types.ts';
export * as celTypes from './cel/types.ts';
export * from './cel/values.ts';
export * from './codec/base64.ts';
export { type Conformed, conform } from './codec/conform.ts';
export { applySchemaDefaults } from './codec/defaults.ts';
export { JSON_MAX_DEPTH, type JsonOptions, type ParsedJson, parseJson } from './codec/json.ts';
export * from './codec/protobuf.ts';
export { decodeMessage } from './codec/protobuf-decode.ts';
export { encodeMessage } from './codec/protobuf-encode.ts';
export * from './codec/time.ts';
export { type ParsedYaml, parseYaml, type YamlOptions } from './codec/yaml.ts';
export { formatYaml } from './codec/yaml-writer.ts';
export { celTypeOf, celValueOf } from './custom-resources/cel-types.ts';
export { applyJsonSchemaDefaults } from './custom-resources/defaulting.ts';
export type * from './custom-resources/json-schema.ts';
export { type CustomConversion, type CustomResourceOptions, customResourceKinds } from './custom-resources/kinds.ts';
export { type MessageOfSchemaOptions, messageOfSchema } from './custom-resources/message.ts';
export { type Pruned, type PruneOptions, pruneValue } from './custom-resources/pruning.ts';
export { celErrors, schemaPathProblem } from './custom-resources/rules.ts';
export { structuralSchemaErrors, unrecognizedFormats } from './custom-resources/structural.ts';
export { type CustomValidationOptions, validateCustomResource } from './custom-resources/validation.ts';
export { compareKubeVersions } from './custom-resources/versions.ts';
export * from './jsonpath/jsonpath.ts';
export * from './names.ts';
export * from './object.ts';
export { type OpenApiOptions, openApiV2, openApiV3, openApiV3Discovery } from './openapi/document.ts';
export { OPENAPI_V2_PROTOBUF_MEDIA_TYPE, openApiV2DocumentMessage, openApiV2Protobuf } from './openapi/gnostic.ts';
export { discoveryRoutes, type OpenApiMachinery, type Route as OpenApiRoute, routesOfKind } from './openapi/routes.ts';
export * from './patch/json-patch.ts';
export { goText } from './patch/json-value.ts';
export * from './patch/merge-patch.ts';
export * from './patch/strategic-merge-patch.ts';
export * from './ports/clock.ts';
export * from './ports/disposable.ts';
export * from './ports/logger.ts';
export * from './ports/random.ts';
export * from './ports/virtual-clock.ts';
export * from './quantity.ts';
export * from './schema/kind.ts';
export * from './schema/object-meta.ts';
export * from './schema/types.ts';
export * from './schema/validation.ts';
export * from './selectors.ts';
export * from './status.ts';
