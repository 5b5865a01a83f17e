import type { JsonObject } from '../object.ts';
import {
  type AnyMessage,
  bool,
  double,
  type Field,
  type Fields,
  field,
  int64,
  intOrString,
  json,
  type MessageRules,
  message,
  string,
  type Type,
} from '../schema/types.ts';
import { applyJsonSchemaDefaults } from './defaulting.ts';
import { isEmbedded, isIntOrString, itemsOf, type JsonSchema, keepsUnknown } from './json-schema.ts';
import { openApiOfSchema } from './openapi.ts';
import { pruneValue } from './pruning.ts';

export interface MessageOfSchemaOptions {
  /** Full name in OpenAPI, such as com.example.v1.Widget. */
  readonly name: string;
  /** The schema of object metadata. */
  readonly objectMeta: AnyMessage;
  /** Whether fields that the schema does not declare are kept, at the root. */
  readonly keepsUnknownFields?: boolean;
}

/**
 * The message of a custom resource: its fields serve server-side apply, and reading, defaulting and OpenAPI follow the JSON
 * schema, which says more than fields can (nullable values, zero values that are not absence, validation that comes later).
 */
export function messageOfSchema(schema: JsonSchema, options: MessageOfSchemaOptions): AnyMessage {
  const { name, objectMeta } = options;
  const root = options.keepsUnknownFields ? { ...schema, 'x-kubernetes-preserve-unknown-fields': true } : schema;
  return {
    ...message(name, schema.description ?? '', resourceFields(root, name, objectMeta), {
      keepsUnknownFields: keepsUnknown(root),
    }),
    rules: rulesOfSchema(root, objectMeta),
  };
}

function rulesOfSchema(schema: JsonSchema, objectMeta: AnyMessage): MessageRules {
  return {
    conform(value, options) {
      const pruned = pruneValue(schema, value, { isResource: true, objectMeta, ...options });
      return { value: pruned.value as JsonObject, unknownFields: pruned.unknownFields };
    },
    applyDefaults: (draft) => applyJsonSchemaDefaults(schema, draft),
    metadata: objectMeta,
    openApi: (dialect, metadata) => openApiOfSchema(schema, { dialect, metadata, isRoot: true }),
  };
}

function resourceFields(schema: JsonSchema, name: string, objectMeta: AnyMessage): Fields {
  return {
    ...fieldsOfSchema(schema, name, objectMeta),
    apiVersion: field(0, string, ''),
    kind: field(0, string, ''),
    metadata: field(0, objectMeta, '').default({}),
  };
}

function fieldsOfSchema(schema: JsonSchema, name: string, objectMeta: AnyMessage): Fields {
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([property, inner]) => [
      property,
      fieldOfSchema(inner, `${name}.${property}`, objectMeta),
    ]),
  );
}

function fieldOfSchema(schema: JsonSchema, name: string, objectMeta: AnyMessage): Field<unknown, boolean> {
  const made: Field<unknown, boolean> = field(0, typeOfSchema(schema, name, objectMeta), schema.description ?? '');
  made.pointer();
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') made.set();
  else if (listType === 'map') made.mapOf(...(schema['x-kubernetes-list-map-keys'] ?? []));
  else if (schema.type === 'array') made.atomic();
  if (schema['x-kubernetes-map-type'] === 'atomic') made.atomicMap();
  if (schema.default !== undefined && schema.type !== 'object') made.default(schema.default);
  return made;
}

const SCALARS: Readonly<Record<string, Type<unknown>>> = { string, boolean: bool, integer: int64, number: double };

function typeOfSchema(schema: JsonSchema, name: string, objectMeta: AnyMessage): Type<unknown> {
  if (isIntOrString(schema)) return intOrString;
  const { type = '' } = schema;
  if (type === 'array') return listOfSchema(schema, name, objectMeta);
  if (type === 'object') return objectOfSchema(schema, name, objectMeta);
  return SCALARS[type] ?? json;
}

function listOfSchema(schema: JsonSchema, name: string, objectMeta: AnyMessage): Type<unknown> {
  const items = itemsOf(schema);
  const item = items ? typeOfSchema(items, name, objectMeta) : json;
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') return { type: 'list', item } as Type<unknown>;
  const keys = schema['x-kubernetes-list-map-keys'];
  return { type: 'list', item, listType, ...(keys ? { listMapKeys: keys } : {}) } as Type<unknown>;
}

function objectOfSchema(schema: JsonSchema, name: string, objectMeta: AnyMessage): Type<unknown> {
  const { additionalProperties } = schema;
  if (additionalProperties && Object.keys(schema.properties ?? {}).length === 0) {
    const value = additionalProperties === true ? json : typeOfSchema(additionalProperties, name, objectMeta);
    const isAtomic = schema['x-kubernetes-map-type'] === 'atomic';
    return { type: 'map', value, ...(isAtomic ? { mapType: 'atomic' } : {}) } as Type<unknown>;
  }
  const fields = isEmbedded(schema)
    ? resourceFields(schema, name, objectMeta)
    : fieldsOfSchema(schema, name, objectMeta);
  return message(name, schema.description ?? '', fields, {
    keepsUnknownFields: keepsUnknown(schema),
    ...(schema['x-kubernetes-map-type'] === 'atomic' ? { mapType: 'atomic' } : {}),
  });
}
