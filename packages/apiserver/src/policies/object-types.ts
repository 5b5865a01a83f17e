import type { CustomResourceDefinition } from '@kubets/api';
import {
  type AnyMessage,
  type AnyType,
  type CelType,
  celTypeOf,
  celTypes,
  formOf,
  type ScalarName,
} from '@kubets/core';
import type { Lookup } from '../admission/lookup.ts';
import type { Resource } from '../registry/resource.ts';

const { BOOL, BYTES, DOUBLE, DYN, INT, STRING, TIMESTAMP } = celTypes;
const SCALARS: Readonly<Partial<Record<ScalarName, CelType>>> = {
  string: STRING,
  duration: STRING,
  bool: BOOL,
  int32: INT,
  int64: INT,
  double: DOUBLE,
  bytes: BYTES,
  time: TIMESTAMP,
  microTime: TIMESTAMP,
};

/** The type that a resource's objects have in CEL; undefined where nothing is known of it. */
export async function objectTypeOf({ kind }: Resource, lookup: Lookup): Promise<CelType | undefined> {
  if (!kind.isCustom) return typeOfMessage(kind.schema, new Map());
  const target = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };
  const definition = await lookup.get<CustomResourceDefinition>(target, `${kind.resource}.${kind.group}`);
  const schema = definition?.spec.versions.find(({ name }) => name === kind.version)?.schema?.openAPIV3Schema;
  const type = schema && celTypeOf(schema as Parameters<typeof celTypeOf>[0], 'object', true);
  return type?.kind === 'object' ? withMetadata(type, kind.schema) : type;
}

/** Policies see all metadata of a custom resource, where its own rules see names alone. */
function withMetadata(type: Extract<CelType, { kind: 'object' }>, schema: AnyMessage): CelType {
  const { metadata } = schema.fields as Record<string, { of: Parameters<typeof formOf>[0] }>;
  if (!metadata) return type;
  const known = typeOf(formOf(metadata.of), new Map());
  return celTypes.objectType(type.name, new Map([...type.fields, ['metadata', known]]));
}

function typeOf(type: AnyType, known: Map<AnyMessage, CelType>): CelType {
  switch (type.type) {
    case 'scalar':
      return SCALARS[type.scalar] ?? DYN;
    case 'list':
      return celTypes.listType(typeOf(formOf(type.item), known));
    case 'map':
      return celTypes.mapType(STRING, typeOf(formOf(type.value), known));
    case 'message':
      return typeOfMessage(type, known);
    default:
      return DYN;
  }
}

/** Messages may contain themselves, so a type is known before its fields are. */
function typeOfMessage(message: AnyMessage, known: Map<AnyMessage, CelType>): CelType {
  const found = known.get(message);
  if (found) return found;
  const fields = new Map<string, CelType>();
  const type = celTypes.objectType(message.name, fields);
  known.set(message, type);
  for (const [name, field] of Object.entries(message.fields as Record<string, { of: Parameters<typeof formOf>[0] }>))
    fields.set(name, typeOf(formOf(field.of), known));
  return type;
}
