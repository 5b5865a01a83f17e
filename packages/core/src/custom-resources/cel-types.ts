import { durationOfText, timestampOfText } from '../cel/standard-functions.ts';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  mapType,
  objectType,
  STRING,
  TIMESTAMP,
} from '../cel/types.ts';
import { CelMap, CelSet, type CelValue, lazily } from '../cel/values.ts';
import { decodeBase64 } from '../codec/base64.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, ownValue } from '../patch/json-value.ts';
import { additionalOf, isEmbedded, isIntOrString, itemsOf, type JsonSchema, keepsUnknown } from './json-schema.ts';

/** How custom resources look in CEL: the types of their schemas, and their values. */

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** The name by which CEL reads a property; undefined for those that it cannot. */
export function celNameOf(property: string): string | undefined {
  if (RESERVED.has(property)) return `__${property}__`;
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(property)) return undefined;
  return property
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

const META_TYPE = objectType(
  'object.metadata',
  new Map([
    ['name', STRING],
    ['generateName', STRING],
  ]),
);

/** The type of a schema's values; undefined where CEL cannot see them. `name` names the types of objects. */
export function celTypeOf(schema: JsonSchema, name = 'object', isResource = isEmbedded(schema)): CelType | undefined {
  if (isIntOrString(schema)) return DYN;
  switch (schema.type) {
    case 'array': {
      const items = itemsOf(schema);
      const item = items && celTypeOf(items, `${name}.@idx`);
      return item && listType(item);
    }
    case 'object':
      return objectTypeOf(schema, name, isResource);
    case 'string':
      return stringTypeOf(schema);
    case 'boolean':
      return BOOL;
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    default:
      return undefined;
  }
}

const FORMAT_TYPES: Readonly<Record<string, CelType>> = {
  byte: BYTES,
  duration: DURATION,
  date: TIMESTAMP,
  'date-time': TIMESTAMP,
};

function stringTypeOf({ format }: JsonSchema): CelType {
  return (format === undefined ? undefined : FORMAT_TYPES[format]) ?? STRING;
}

function objectTypeOf(schema: JsonSchema, name: string, isResource: boolean): CelType | undefined {
  const additional = additionalOf(schema);
  if (additional) {
    const value = celTypeOf(additional, `${name}.@elem`);
    return value && mapType(STRING, value);
  }
  const fields = new Map<string, CelType>();
  for (const [property, inner] of Object.entries(schema.properties ?? {})) {
    const field = celNameOf(property);
    const type = field === undefined ? undefined : celTypeOf(inner, `${name}.${property}`);
    if (field !== undefined && type) fields.set(field, type);
  }
  if (isResource) {
    fields.set('apiVersion', STRING).set('kind', STRING).set('metadata', META_TYPE);
  }
  if (fields.size === 0 && keepsUnknown(schema)) return objectType(name, fields);
  return objectType(name, fields);
}

/** A value as CEL sees it by its schema; parts are made when they are asked for. */
export function celValueOf(schema: JsonSchema, value: JsonValue, isResource = isEmbedded(schema)): CelValue {
  if (value === null) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return schema.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (typeof value === 'string') return textValue(schema, value);
  return Array.isArray(value) ? listValue(schema, value) : objectValue(schema, value, isResource);
}

function textValue(schema: JsonSchema, value: string): CelValue {
  if (isIntOrString(schema)) return value;
  switch (schema.format) {
    case 'byte':
      return decodeBase64(value);
    case 'duration':
      return durationOfText(value);
    case 'date':
      return timestampOfText(`${value}T00:00:00Z`);
    case 'date-time':
      return timestampOfText(value);
    default:
      return value;
  }
}

function listValue(schema: JsonSchema, value: readonly JsonValue[]): CelValue {
  const items = itemsOf(schema);
  const list = items ? value.map((item) => celValueOf(items, item)) : [];
  const listKind = schema['x-kubernetes-list-type'];
  if (listKind === 'set') return CelSet.withIdentity(list, (item) => item);
  if (listKind !== 'map') return list;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return CelSet.withIdentity(list, (item) =>
    item instanceof CelMap ? keys.map((key) => item.get(celNameOf(key) ?? key) ?? null) : item,
  );
}

function objectValue(schema: JsonSchema, value: JsonObject, isResource: boolean): CelValue {
  const additional = additionalOf(schema);
  if (additional) {
    return new CelMap(Object.entries(value).map(([key, item]) => [key, lazily(() => celValueOf(additional, item))]));
  }
  const fields: [string, () => CelValue][] = [];
  for (const [property, inner] of Object.entries(schema.properties ?? {})) {
    const field = celNameOf(property);
    const item = ownValue(value, property);
    // A null is as good as no value at all.
    if (field === undefined || item === undefined || item === null) continue;
    fields.push([field, lazily(() => celValueOf(inner, item))]);
  }
  if (isResource) fields.push(...resourceFields(value));
  return new CelMap(fields, 'object');
}

function resourceFields(value: JsonObject): [string, () => CelValue][] {
  const fields: [string, () => CelValue][] = [];
  for (const name of ['apiVersion', 'kind']) {
    const text = ownValue(value, name);
    if (typeof text === 'string') fields.push([name, () => text]);
  }
  const metadata = ownValue(value, 'metadata');
  if (!isObject(metadata)) return fields;
  const names = ['name', 'generateName'].filter((name) => typeof metadata[name] === 'string');
  const shown = new CelMap(
    names.map((name) => [name, () => metadata[name] as string]),
    'object.metadata',
  );
  return [...fields, ['metadata', () => shown]];
}
