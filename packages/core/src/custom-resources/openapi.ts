import type { JsonObject, JsonValue } from '../object.ts';
import { additionalOf, isEmbedded, itemsOf, type JsonSchema, keepsUnknown } from './json-schema.ts';

export interface SchemaOpenApiOptions {
  /** Swagger 2.0 has no junctors, nullable values or defaults that clients of it could understand. */
  readonly dialect: 'v2' | 'v3';
  /** The reference to the schema of object metadata. */
  readonly metadata: JsonObject;
  readonly isRoot: boolean;
}

/** Conformance tests look for how these texts, and that of metadata.creationTimestamp, begin. */
const API_VERSION = 'APIVersion defines the version of the schema that this object is written in.';
const KIND = 'The kind of resource that this object is.';
const METADATA = "Standard object's metadata.";

/** The schema of a custom resource as OpenAPI publishes it. */
export function openApiOfSchema(schema: JsonSchema, options: SchemaOpenApiOptions): JsonObject {
  const { properties, items: _, additionalProperties, allOf, anyOf, oneOf, not, ...rest } = schema;
  // Where a whole object is open, a single property would make clients take every other field for a mistake.
  if (options.dialect === 'v2' && options.isRoot && keepsUnknown(schema)) return { type: 'object' };
  const inner = { ...options, isRoot: false };
  const isResource = options.isRoot || isEmbedded(schema);
  const result: Record<string, unknown> = options.dialect === 'v2' ? forV2(schema, rest) : { ...rest };
  if (options.dialect === 'v2' && isUntypedInV2(schema)) return result as JsonObject;
  if (properties || isResource) {
    result.properties = {
      ...mapValues(properties ?? {}, (property) => openApiOfSchema(property, inner)),
      ...(isResource ? resourceProperties(options.metadata) : {}),
    };
  }
  if (options.isRoot) result.type = 'object';
  const items = itemsOf(schema);
  if (items) result.items = openApiOfSchema(items, inner);
  const additional = additionalOf(schema);
  if (additional) result.additionalProperties = openApiOfSchema(additional, inner);
  else if (additionalProperties !== undefined) result.additionalProperties = additionalProperties;
  if (options.dialect === 'v3') Object.assign(result, definedOnly({ allOf, anyOf, oneOf, not }));
  return structuredClone(result) as JsonObject;
}

function resourceProperties(metadata: JsonObject): JsonObject {
  return {
    apiVersion: { description: API_VERSION, type: 'string' },
    kind: { description: KIND, type: 'string' },
    metadata: { description: METADATA, ...metadata },
  };
}

/** Clients of swagger 2.0 take a null, or a field that they do not know, for a mistake where there is a type. */
function isUntypedInV2(schema: JsonSchema): boolean {
  return schema.nullable === true || keepsUnknown(schema) || (schema.type === 'array' && !itemsOf(schema));
}

function forV2(schema: JsonSchema, own: JsonSchema): Record<string, unknown> {
  const { nullable: _, default: __, type, required, ...rest } = own;
  const demanded = requiredInV2(schema, required);
  return {
    ...rest,
    ...(type && !isUntypedInV2(schema) ? { type } : {}),
    ...(demanded?.length ? { required: demanded } : {}),
  };
}

/** What may be null may as well be absent, as far as clients of swagger 2.0 can tell. */
function requiredInV2(schema: JsonSchema, required: readonly string[] | undefined): readonly string[] | undefined {
  if (additionalOf(schema)?.nullable) return undefined;
  return required?.filter((name) => isUntypedInV2(schema) || !schema.properties?.[name]?.nullable);
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function definedOnly(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
