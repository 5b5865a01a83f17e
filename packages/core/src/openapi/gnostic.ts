import { encodeMessage } from '../codec/protobuf-encode.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { type AnyMessage, bool, double, field, int64, list, message, string } from '../schema/types.ts';

/**
 * The swagger 2.0 document as the protobuf message of the gnostic project (openapi.v2.Document), which kubectl asks for as
 * application/com.github.proto-openapi.spec.v2@v1.0+protobuf. The messages below hold what our documents use of that format.
 */
export function openApiV2Protobuf(document: JsonObject): Uint8Array {
  return encodeMessage(Document, toDocument(document));
}

export const OPENAPI_V2_PROTOBUF_MEDIA_TYPE = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

const named = (name: string, value: AnyMessage): AnyMessage =>
  message(`openapi.v2.Named${name}`, '', { name: field(1, string, ''), value: field(2, value, '') });

const Any = message('openapi.v2.Any', '', { yaml: field(2, string, '') });
const NamedAny = named('Any', Any);
const StringArray = message('openapi.v2.StringArray', '', { value: field(1, list(string), '') });
const JsonReference = message('openapi.v2.JsonReference', '', { $ref: field(1, string, '') });
const Info = message('openapi.v2.Info', '', { title: field(1, string, ''), version: field(2, string, '') });

const AdditionalPropertiesItem = message('openapi.v2.AdditionalPropertiesItem', '', {
  schema: field(1, () => Schema, ''),
  boolean: field(2, bool, ''),
});
const ItemsItem = message('openapi.v2.ItemsItem', '', {
  schema: field(
    1,
    list(() => Schema),
    '',
  ),
});
const Properties: AnyMessage = message('openapi.v2.Properties', '', {
  additionalProperties: field(
    1,
    list(() => NamedSchema),
    '',
  ),
});
const Schema: AnyMessage = message('openapi.v2.Schema', '', {
  $ref: field(1, string, ''),
  format: field(2, string, ''),
  title: field(3, string, ''),
  description: field(4, string, ''),
  default: field(5, Any, ''),
  multipleOf: field(6, double, ''),
  maximum: field(7, double, ''),
  exclusiveMaximum: field(8, bool, ''),
  minimum: field(9, double, ''),
  exclusiveMinimum: field(10, bool, ''),
  maxLength: field(11, int64, ''),
  minLength: field(12, int64, ''),
  pattern: field(13, string, ''),
  maxItems: field(14, int64, ''),
  minItems: field(15, int64, ''),
  uniqueItems: field(16, bool, ''),
  maxProperties: field(17, int64, ''),
  minProperties: field(18, int64, ''),
  required: field(19, list(string), ''),
  enum: field(20, list(Any), ''),
  additionalProperties: field(21, AdditionalPropertiesItem, ''),
  type: field(22, StringArray, ''),
  items: field(23, ItemsItem, ''),
  allOf: field(
    24,
    list(() => Schema),
    '',
  ),
  properties: field(25, Properties, ''),
  vendorExtension: field(31, list(NamedAny), ''),
});
const NamedSchema = named('Schema', Schema);
const Definitions = message('openapi.v2.Definitions', '', { additionalProperties: field(1, list(NamedSchema), '') });

const BodyParameter = message('openapi.v2.BodyParameter', '', {
  description: field(1, string, ''),
  name: field(2, string, ''),
  in: field(3, string, ''),
  required: field(4, bool, ''),
  schema: field(5, Schema, ''),
});
const QueryParameterSubSchema = message('openapi.v2.QueryParameterSubSchema', '', {
  required: field(1, bool, ''),
  in: field(2, string, ''),
  description: field(3, string, ''),
  name: field(4, string, ''),
  type: field(6, string, ''),
  uniqueItems: field(20, bool, ''),
});
const PathParameterSubSchema = message('openapi.v2.PathParameterSubSchema', '', {
  required: field(1, bool, ''),
  in: field(2, string, ''),
  description: field(3, string, ''),
  name: field(4, string, ''),
  type: field(5, string, ''),
  uniqueItems: field(19, bool, ''),
});
const NonBodyParameter = message('openapi.v2.NonBodyParameter', '', {
  query: field(3, QueryParameterSubSchema, ''),
  path: field(4, PathParameterSubSchema, ''),
});
const Parameter = message('openapi.v2.Parameter', '', {
  bodyParameter: field(1, BodyParameter, ''),
  nonBodyParameter: field(2, NonBodyParameter, ''),
});
const ParametersItem = message('openapi.v2.ParametersItem', '', {
  parameter: field(1, Parameter, ''),
  jsonReference: field(2, JsonReference, ''),
});

const SchemaItem = message('openapi.v2.SchemaItem', '', { schema: field(1, Schema, '') });
const Response = message('openapi.v2.Response', '', {
  description: field(1, string, ''),
  schema: field(2, SchemaItem, ''),
});
const ResponseValue = message('openapi.v2.ResponseValue', '', {
  response: field(1, Response, ''),
});
const Responses = message('openapi.v2.Responses', '', {
  responseCode: field(1, list(named('ResponseValue', ResponseValue)), ''),
});
const SecurityRequirement = message('openapi.v2.SecurityRequirement', '', {
  additionalProperties: field(1, list(named('StringArray', StringArray)), ''),
});
const Operation = message('openapi.v2.Operation', '', {
  tags: field(1, list(string), ''),
  description: field(3, string, ''),
  operationId: field(5, string, ''),
  produces: field(6, list(string), ''),
  consumes: field(7, list(string), ''),
  parameters: field(8, list(ParametersItem), ''),
  responses: field(9, Responses, ''),
  schemes: field(10, list(string), ''),
  vendorExtension: field(13, list(NamedAny), ''),
});
const PathItem = message('openapi.v2.PathItem', '', {
  get: field(2, Operation, ''),
  put: field(3, Operation, ''),
  post: field(4, Operation, ''),
  delete: field(5, Operation, ''),
  options: field(6, Operation, ''),
  head: field(7, Operation, ''),
  patch: field(8, Operation, ''),
  parameters: field(9, list(ParametersItem), ''),
  vendorExtension: field(10, list(NamedAny), ''),
});
const Paths = message('openapi.v2.Paths', '', { path: field(2, list(named('PathItem', PathItem)), '') });
const ApiKeySecurity = message('openapi.v2.ApiKeySecurity', '', {
  type: field(1, string, ''),
  name: field(2, string, ''),
  in: field(3, string, ''),
  description: field(4, string, ''),
});
const SecurityDefinitionsItem = message('openapi.v2.SecurityDefinitionsItem', '', {
  apiKeySecurity: field(2, ApiKeySecurity, ''),
});
const SecurityDefinitions = message('openapi.v2.SecurityDefinitions', '', {
  additionalProperties: field(1, list(named('SecurityDefinitionsItem', SecurityDefinitionsItem)), ''),
});
const Document = message('openapi.v2.Document', '', {
  swagger: field(1, string, ''),
  info: field(2, Info, ''),
  paths: field(8, Paths, ''),
  definitions: field(9, Definitions, ''),
  security: field(12, list(SecurityRequirement), ''),
  securityDefinitions: field(13, SecurityDefinitions, ''),
});

/** The message for whoever must read such a document. */
export const openApiV2DocumentMessage: AnyMessage = Document;

const asAny = (value: JsonValue): JsonObject => ({ yaml: `${JSON.stringify(value)}\n` });
const namedList = (object: JsonValue | undefined, convert: (value: JsonObject) => JsonObject): JsonObject[] =>
  Object.entries((object ?? {}) as JsonObject).map(([name, value]) => ({ name, value: convert(value as JsonObject) }));
const mapList = (items: JsonValue | undefined, convert: (value: JsonObject) => JsonObject): JsonObject[] =>
  ((items ?? []) as JsonObject[]).map(convert);

function vendorExtensions(object: JsonObject): JsonObject[] {
  return Object.entries(object)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => ({ name, value: asAny(value) }));
}

/** The members that both forms write the same way. */
function plainPart(object: JsonObject, target: AnyMessage): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([name, value]) => name in target.fields && (typeof value !== 'object' || isTexts(value)),
    ),
  );
}

function isTexts(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function toDocument(document: JsonObject): JsonObject {
  return {
    swagger: document.swagger!,
    info: document.info!,
    paths: { path: namedList(document.paths, toPathItem) },
    definitions: { additionalProperties: namedList(document.definitions, toSchema) },
    security: mapList(document.security, (requirement) => ({
      additionalProperties: Object.entries(requirement).map(([name, value]) => ({ name, value: { value } })),
    })),
    securityDefinitions: {
      additionalProperties: namedList(document.securityDefinitions, (apiKeySecurity) => ({ apiKeySecurity })),
    },
  };
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

function toPathItem(item: JsonObject): JsonObject {
  const operations = METHODS.filter((method) => method in item).map((method) => [
    method,
    toOperation(item[method] as JsonObject),
  ]);
  return { ...Object.fromEntries(operations), parameters: mapList(item.parameters, toParameter) };
}

function toOperation(operation: JsonObject): JsonObject {
  return {
    ...plainPart(operation, Operation),
    parameters: mapList(operation.parameters, toParameter),
    responses: { responseCode: namedList(operation.responses, toResponse) },
    vendorExtension: vendorExtensions(operation),
  };
}

function toResponse(response: JsonObject): JsonObject {
  const schema: JsonObject = response.schema ? { schema: { schema: toSchema(response.schema as JsonObject) } } : {};
  return { response: { description: response.description!, ...schema } };
}

function toParameter(parameter: JsonObject): JsonObject {
  const { schema, ...rest } = parameter;
  if (parameter.in === 'body') {
    return { parameter: { bodyParameter: { ...rest, schema: toSchema(schema as JsonObject) } } };
  }
  return { parameter: { nonBodyParameter: parameter.in === 'path' ? { path: rest } : { query: rest } } };
}

function toSchema(schema: JsonObject): JsonObject {
  const result = plainPart(schema, Schema);
  delete result.enum;
  delete result.type;
  delete result.default;
  const { type, items, properties, additionalProperties, enum: values, allOf, default: fallback } = schema;
  if (type !== undefined) result.type = { value: Array.isArray(type) ? type : [type] };
  if (items !== undefined) result.items = { schema: [toSchema(items as JsonObject)] };
  if (properties !== undefined) result.properties = { additionalProperties: namedList(properties, toSchema) };
  if (typeof additionalProperties === 'boolean') result.additionalProperties = { boolean: additionalProperties };
  else if (additionalProperties !== undefined) {
    result.additionalProperties = { schema: toSchema(additionalProperties as JsonObject) };
  }
  if (values !== undefined) result.enum = (values as JsonValue[]).map(asAny);
  if (allOf !== undefined) result.allOf = mapList(allOf, toSchema);
  if (fallback !== undefined) result.default = asAny(fallback);
  const extensions = vendorExtensions(schema);
  return extensions.length > 0 ? { ...result, vendorExtension: extensions } : result;
}
