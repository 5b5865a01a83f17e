import { compilePattern } from '../cel/re2.ts';
import type { JsonValue } from '../object.ts';
import { jsonEqual } from '../patch/json-value.ts';
import type { AnyMessage } from '../schema/types.ts';
import { type FieldError, FieldPath, fieldForbidden, invalid, notSupported, required } from '../schema/validation.ts';
import { isKnownFormat } from './formats.ts';
import {
  additionalOf,
  isEmbedded,
  isIntOrString,
  itemsOf,
  type JsonSchema,
  keepsUnknown,
  propertyOf,
} from './json-schema.ts';
import { pruneValue } from './pruning.ts';
import { embeddedResourceErrors } from './resource-rules.ts';
import { ruleErrors, writtenErrors } from './rules.ts';
import { validateValue } from './value-validation.ts';

/** Schemas nested deeper than this are refused, so that no walk over one runs out of stack. */
const MAX_DEPTH = 128;
const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'];
const META_FIELDS = new Set(['metadata', 'kind', 'apiVersion']);

/**
 * What keeps a schema from being structural: each value needs one type that is given outside of allOf, anyOf, oneOf and not, so
 * that fields can be pruned, defaulted and merged without running any validation. An empty list means that the schema is good for
 * a custom resource.
 */
export function structuralSchemaErrors(
  schema: JsonSchema,
  path: FieldPath,
  { objectMeta }: { readonly objectMeta?: AnyMessage } = {},
): FieldError[] {
  const errors = new OpenApiRules().check(schema, path, { isRoot: true, depth: 0 });
  const unsupported = unstructurable(schema, 0);
  if (unsupported !== undefined) return errors.length > 0 ? errors : [invalid(path, '', unsupported)];
  const structure = [...invariantErrors(schema, 'root', path), ...completenessErrors(schema, path)].sort(byText);
  if (structure.length > 0) return [...structure, ...errors];
  return [...defaultErrors(schema, path, { isRoot: true, isInsideMetadata: false, objectMeta }), ...errors];
}

const byText = (a: FieldError, b: FieldError) => (textOf(a) < textOf(b) ? -1 : 1);
const textOf = ({ field, message }: FieldError) => `${field}: ${message}`;

/** Why a schema cannot be taken apart at all into structure and rules, if so. */
function unstructurable(schema: JsonSchema, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `schemas may not be nested deeper than ${MAX_DEPTH}`;
  const said = UNSTRUCTURED.find((name) => isSaid(schema[name]));
  if (said) return `OpenAPIV3Schema '${said.replace(/^\$/, '')}' is not supported`;
  if (Array.isArray(schema.items)) return "OpenAPIV3Schema 'items' must be a structure, but is an array";
  for (const part of partsOf(schema)) {
    const problem = unstructurable(part, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

const UNSTRUCTURED = [
  'id',
  '$schema',
  '$ref',
  'patternProperties',
  'dependencies',
  'additionalItems',
  'definitions',
] as const;

function isSaid(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? hasKeys(value) : value !== undefined && value !== '';
}

function partsOf(schema: JsonSchema): JsonSchema[] {
  const nested = [schema.not, itemsOf(schema), additionalOf(schema)];
  const junctors = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [...nested, ...junctors, ...Object.values(schema.properties ?? {})].filter((part) => part !== undefined);
}

interface Place {
  readonly isRoot?: boolean;
  readonly isInsideMetadata?: boolean;
  /** Why defaults may not stand here. */
  readonly noDefaults?: string;
  readonly depth: number;
}

/** The rules that hold for every schema, wherever it stands. */
class OpenApiRules {
  check(schema: JsonSchema, path: FieldPath, place: Place): FieldError[] {
    if (place.depth > MAX_DEPTH) return [fieldForbidden(path, `schemas may not be nested deeper than ${MAX_DEPTH}`)];
    return [
      ...keywordErrors(schema, path, place),
      ...this.#children(schema, path, place),
      ...extensionErrors(schema, path),
      ...listErrors(schema, path),
    ];
  }

  #children(schema: JsonSchema, path: FieldPath, place: Place): FieldError[] {
    const inner: Place = { ...place, isRoot: false, depth: place.depth + 1 };
    const errors: FieldError[] = [];
    const additional = additionalOf(schema);
    if (additional) {
      const meta = 'inside additionalProperties applying to object metadata';
      const at = place.isInsideMetadata ? { ...inner, noDefaults: meta } : inner;
      errors.push(...this.check(additional, path.child('additionalProperties'), at));
    }
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const at = path.child('properties').key(name);
      errors.push(...this.check(property, at, placeOfProperty(schema, name, { outer: place, inner })));
    }
    for (const [child, at] of junctorParts(schema, path)) errors.push(...this.check(child, at, inner));
    const items = itemsOf(schema);
    if (items) errors.push(...this.check(items, path.child('items'), inner));
    return errors;
  }
}

function placeOfProperty(schema: JsonSchema, name: string, { outer, inner }: { outer: Place; inner: Place }): Place {
  if (!(outer.isRoot || isEmbedded(schema)) || !META_FIELDS.has(name)) return inner;
  const meta = { ...inner, isInsideMetadata: true };
  return outer.isRoot ? { ...meta, noDefaults: `in top-level ${name}` } : meta;
}

/** The schemas inside a schema's logical junctors, with their paths. */
function junctorParts(schema: JsonSchema, path: FieldPath): (readonly [JsonSchema, FieldPath])[] {
  const parts: (readonly [JsonSchema, FieldPath])[] = schema.not ? [[schema.not, path.child('not')]] : [];
  for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const) {
    schema[junctor]?.forEach((part, index) => {
      parts.push([part, path.child(junctor).index(index)]);
    });
  }
  return parts;
}

function keywordErrors(schema: JsonSchema, path: FieldPath, place: Place): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (name: string, detail = `${name} is not supported`) => {
    errors.push(fieldForbidden(path.child(name), detail));
  };
  if (schema.default !== undefined && place.noDefaults) forbid('default', `must not be set ${place.noDefaults}`);
  if (schema.id) forbid('id');
  if (schema.additionalItems !== undefined) forbid('additionalItems');
  if (hasKeys(schema.patternProperties)) forbid('patternProperties');
  if (hasKeys(schema.definitions)) forbid('definitions');
  if (schema.dependencies !== undefined) forbid('dependencies');
  if (schema.$ref !== undefined) forbid('$ref');
  if (schema.type && !TYPES.includes(schema.type)) {
    errors.push(notSupported(path.child('type'), schema.type, TYPES));
  }
  if (schema.type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items)) forbid('items', 'items must be a schema object and not an array');
  if (place.isInsideMetadata && isEmbedded(schema)) {
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  }
  if (schema.uniqueItems) {
    forbid('uniqueItems', 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  }
  const { additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== true && hasKeys(schema.properties)) {
    forbid('additionalProperties', 'additionalProperties and properties are mutual exclusive');
  }
  if (place.isRoot && schema.nullable) forbid('nullable', 'nullable cannot be true at the root');
  return errors;
}

function hasKeys(value: object | undefined): boolean {
  return value !== undefined && Object.keys(value).length > 0;
}

/** `detail` about a type that is missing or another. */
function typeError(schema: JsonSchema, path: FieldPath, detail: string): FieldError {
  const at = path.child('type');
  return schema.type ? invalid(at, schema.type, detail) : required(at, detail);
}

function extensionErrors(schema: JsonSchema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(path.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'));
  }
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return errors;
  if (schema.type !== 'object') {
    errors.push(typeError(schema, path, 'must be object if x-kubernetes-map-type is specified'));
  }
  if (mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupported(path.child('x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  }
  return errors;
}

function listErrors(schema: JsonSchema, path: FieldPath): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const errors: FieldError[] = [];
  const typePath = path.child('x-kubernetes-list-type');
  if (listType !== undefined) {
    if (schema.type !== 'array') {
      errors.push(typeError(schema, path, 'must be array if x-kubernetes-list-type is specified'));
    } else if (listType === 'set') errors.push(...setItemErrors(itemsOf(schema), path.child('items')));
    if (!['atomic', 'set', 'map'].includes(listType)) {
      const message = `Unsupported value: ${JSON.stringify(listType)}: supported values: "atomic", "set", "map"`;
      errors.push({ type: 'FieldValueNotSupported', field: `${typePath}`, message });
    }
  }
  if (schema['x-kubernetes-list-map-keys']?.length && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? required(typePath, detail) : invalid(typePath, listType, detail));
  }
  if (listType === 'map') errors.push(...mapListErrors(schema, path));
  if (listType === 'map' || listType === 'set') errors.push(...nullableErrors(schema, listType, path));
  return errors;
}

function setItemErrors(items: JsonSchema | undefined, path: FieldPath): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalid(path.child('x-kubernetes-list-type'), listType, detail)];
  }
  if (items?.type !== 'object' || items['x-kubernetes-map-type'] === 'atomic') return [];
  return [invalid(path.child('x-kubernetes-map-type'), items['x-kubernetes-map-type'] ?? null, detail)];
}

function mapListErrors(schema: JsonSchema, path: FieldPath): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysPath = path.child('x-kubernetes-list-map-keys');
  const errors: FieldError[] = [];
  if (keys.length === 0) errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  const items = itemsOf(schema);
  if (!items) {
    return [...errors, required(path.child('items'), 'must have a schema if x-kubernetes-list-type is map')];
  }
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(path.child('items').child('type'), items.type ?? '', detail)];
  }
  for (const [index, key] of keys.entries()) {
    const property = propertyOf(items, key);
    if (!property) errors.push(invalid(keysPath, [...keys], 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const at = path.child('items').child('properties').key(key).child('type');
      errors.push(invalid(at, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
    }
    if (keys.indexOf(key) < index) errors.push(invalid(keysPath, [...keys], 'must not contain duplicate entries'));
  }
  return errors;
}

/** What tells items of a list apart has to be there. */
function nullableErrors(schema: JsonSchema, listType: 'set' | 'map', path: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  if (!items) return [];
  const errors: FieldError[] = [];
  const at = path.child('items');
  if (items.nullable) {
    errors.push(fieldForbidden(at.child('nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  }
  if (listType === 'set') return errors;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const keyPath = at.child('properties').key(key);
    if (property.default === undefined && !items.required?.includes(key)) {
      const detail =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(keyPath.child('default'), detail));
    }
    if (property.nullable) {
      const detail = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
      errors.push(fieldForbidden(keyPath.child('nullable'), detail));
    }
  }
  return errors;
}

type Level = 'root' | 'items' | 'field';
const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  items: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** The rules that make a schema structural. */
function invariantErrors(schema: JsonSchema, level: Level, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const items = itemsOf(schema);
  if (schema.type === 'array' && !items) errors.push(required(path.child('items'), 'must be specified'));
  if (items) errors.push(...invariantErrors(items, 'items', path.child('items')));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...invariantErrors(property, 'field', path.child('properties').key(name)));
  }
  if (schema.additionalProperties !== undefined && level === 'root') {
    errors.push(fieldForbidden(path.child('additionalProperties'), 'must not be used at the root'));
  }
  const additional = additionalOf(schema);
  if (additional) errors.push(...invariantErrors(additional, 'field', path.child('additionalProperties')));
  return [
    ...errors,
    ...intOrStringErrors(schema, path),
    ...valueRuleErrors(schema, path, intOrStringException(schema)),
    ...typeErrors(schema, level, path),
    ...metadataErrors(schema, level, path),
  ];
}

function intOrStringErrors(schema: JsonSchema, path: FieldPath): FieldError[] {
  if (!isIntOrString(schema)) return [];
  const detail = 'must be false if x-kubernetes-int-or-string is true';
  return [
    ...(keepsUnknown(schema) ? [invalid(path.child('x-kubernetes-preserve-unknown-fields'), true, detail)] : []),
    ...(isEmbedded(schema) ? [invalid(path.child('x-kubernetes-embedded-resource'), true, detail)] : []),
  ];
}

function typeErrors(schema: JsonSchema, level: Level, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (isEmbedded(schema) && schema.type !== 'object') {
    errors.push(typeError(schema, path, 'must be object if x-kubernetes-embedded-resource is true'));
  } else if (!schema.type && !isIntOrString(schema) && !keepsUnknown(schema)) {
    errors.push(required(path.child('type'), EMPTY_TYPE[level]));
  }
  if (isEmbedded(schema) && schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(fieldForbidden(path.child('additionalProperties'), detail));
  }
  if (level === 'root' && schema.type && schema.type !== 'object') {
    errors.push(invalid(path.child('type'), schema.type, 'must be object at the root'));
  }
  return errors;
}

function metadataErrors(schema: JsonSchema, level: Level, path: FieldPath): FieldError[] {
  const isResource = level === 'root' || isEmbedded(schema);
  const errors: FieldError[] = [];
  const properties = path.child('properties');
  for (const name of isResource ? ['kind', 'apiVersion'] : []) {
    const property = propertyOf(schema, name);
    if (property && property.type !== 'string') {
      errors.push(invalid(properties.key(name).child('type'), property.type ?? '', 'must be string'));
    }
  }
  const metadata = propertyOf(schema, 'metadata');
  const at = properties.key('metadata');
  if (metadata && isResource && metadata.type !== 'object') {
    errors.push(invalid(at.child('type'), metadata.type ?? '', 'must be object'));
  }
  if (metadata && level === 'root' && !onlyRestrictsName(metadata)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(fieldForbidden(at, detail));
  }
  if (isEmbedded(schema) && !keepsUnknown(schema) && !hasKeys(schema.properties)) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(properties, detail));
  }
  return errors;
}

const NAME_FIELDS = new Set(['name', 'generateName']);

function onlyRestrictsName(metadata: JsonSchema): boolean {
  const { type: _, properties, default: __, ...rest } = metadata;
  const said = Object.values(rest).filter((value) => value !== undefined && value !== false && value !== '');
  return said.length === 0 && Object.keys(properties ?? {}).every((name) => NAME_FIELDS.has(name));
}

/** Where the two ways to spell int-or-string may have types inside a junctor. */
type IntOrStringException = 'anyOf' | 'firstAllOf' | undefined;

const INT_OR_STRING: JsonValue = [{ type: 'integer' }, { type: 'string' }];

function intOrStringException(schema: JsonSchema): IntOrStringException {
  if (!isIntOrString(schema)) return undefined;
  if (isIntOrStringAnyOf(schema)) return 'anyOf';
  return schema.allOf?.[0] && isIntOrStringAnyOf(schema.allOf[0]) ? 'firstAllOf' : undefined;
}

function isIntOrStringAnyOf({ anyOf }: JsonSchema): boolean {
  return jsonEqual(anyOf as JsonValue | undefined, INT_OR_STRING);
}

function valueRuleErrors(schema: JsonSchema, path: FieldPath, exception: IntOrStringException): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, part] of (exception === 'anyOf' ? [] : (schema.anyOf ?? [])).entries()) {
    errors.push(...nestedErrors(part, path.child('anyOf').index(index)));
  }
  for (const [index, part] of (schema.allOf ?? []).entries()) {
    const inner = exception === 'firstAllOf' && index === 0 ? 'anyOf' : undefined;
    errors.push(...nestedErrors(part, path.child('allOf').index(index), inner));
  }
  for (const [index, part] of (schema.oneOf ?? []).entries()) {
    errors.push(...nestedErrors(part, path.child('oneOf').index(index)));
  }
  if (schema.not) errors.push(...nestedErrors(schema.not, path.child('not')));
  return [...errors, ...patternErrors(schema, path)];
}

function patternErrors({ pattern }: JsonSchema, path: FieldPath): FieldError[] {
  if (!pattern) return [];
  try {
    compilePattern(pattern);
    return [];
  } catch (error) {
    const detail = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
    return [invalid(path.child('pattern'), pattern, detail)];
  }
}

/** What may not be said inside a junctor, by the words of the complaint. */
const FORBIDDEN_INSIDE: readonly (readonly [name: keyof JsonSchema, detail: string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function nestedErrors(schema: JsonSchema, path: FieldPath, exception?: IntOrStringException): FieldError[] {
  const errors = valueRuleErrors(schema, path, exception);
  const items = itemsOf(schema);
  if (items) errors.push(...nestedErrors(items, path.child('items')));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...nestedErrors(property, path.child('properties').key(name)));
  }
  for (const [name, detail] of FORBIDDEN_INSIDE) {
    const value = schema[name];
    const isSaid =
      name === 'default' ? value !== undefined : Boolean(value) && !(Array.isArray(value) && !value.length);
    if (isSaid) errors.push(fieldForbidden(path.child(name), detail));
  }
  if (propertyOf(schema, 'metadata')) {
    errors.push(fieldForbidden(path.child('properties').key('metadata'), 'must not be specified in a nested context'));
  }
  return errors;
}

/** Whatever the root's junctors speak of has to be declared outside of them; those of its parts are not looked into. */
function completenessErrors(schema: JsonSchema, path: FieldPath): FieldError[] {
  return completenessOfRules(schema, schema, { schemaPath: path, rulePath: path });
}

interface RulePlace {
  readonly schemaPath: FieldPath;
  readonly rulePath: FieldPath;
}

function completenessOfRules(rules: JsonSchema, schema: JsonSchema, place: RulePlace): FieldError[] {
  return junctorParts(rules, place.rulePath).flatMap(([part, rulePath]) =>
    completenessOfPart(part, schema, { schemaPath: place.schemaPath, rulePath }),
  );
}

function completenessOfPart(part: JsonSchema, schema: JsonSchema | undefined, place: RulePlace): FieldError[] {
  if (!schema) return [required(place.schemaPath, `because it is defined in ${place.rulePath}`)];
  const errors = completenessOfRules(part, schema, place);
  const { schemaPath, rulePath } = place;
  const items = itemsOf(part);
  if (items) {
    const at = { schemaPath: schemaPath.child('items'), rulePath: rulePath.child('items') };
    errors.push(...completenessOfPart(items, itemsOf(schema), at));
  }
  for (const [name, property] of Object.entries(part.properties ?? {})) {
    const at = {
      schemaPath: schemaPath.child('properties').key(name),
      rulePath: rulePath.child('properties').key(name),
    };
    errors.push(...completenessOfPart(property, propertyOf(schema, name), at));
  }
  return errors;
}

interface DefaultPlace {
  readonly isRoot: boolean;
  readonly isInsideMetadata: boolean;
  /** The schema of object metadata, by which that of embedded resources is checked. */
  readonly objectMeta: AnyMessage | undefined;
}

/** Defaults have to be what an object in their place could be: valid, and without unknown fields. */
function defaultErrors(schema: JsonSchema, path: FieldPath, place: DefaultPlace): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined && !place.isInsideMetadata) {
    const at = path.child('default');
    const pruned = pruneValue(schema, schema.default);
    if (!jsonEqual(pruned.value, schema.default)) {
      errors.push(invalid(at, schema.default, 'must not have unknown fields'));
    }
    errors.push(...ownDefaultErrors(schema, schema.default, place).map((error) => below(at, error)));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isMeta = (place.isRoot || isEmbedded(schema)) && META_FIELDS.has(name);
    const inner = { ...place, isRoot: false, isInsideMetadata: place.isInsideMetadata || isMeta };
    errors.push(...defaultErrors(property, path.child('properties').key(name), inner));
  }
  const inner = { ...place, isRoot: false };
  const items = itemsOf(schema);
  if (items) errors.push(...defaultErrors(items, path.child('items'), inner));
  const additional = additionalOf(schema);
  if (additional) errors.push(...defaultErrors(additional, path.child('additionalProperties'), inner));
  return errors;
}

function ownDefaultErrors(schema: JsonSchema, value: JsonValue, place: DefaultPlace): FieldError[] {
  const errors = [...validateValue(schema, value), ...embeddedResourceErrors(schema, value, place)];
  if (errors.length > 0 || writtenErrors(schema, new FieldPath()).length > 0) return errors;
  const shown = `Invalid value: ${JSON.stringify(schema.type ?? '')}`;
  return ruleErrors(schema, value)
    .filter(({ message }) => !message.includes(': rule compile error: '))
    .map((error) =>
      error.field === ''
        ? { ...error, message: error.message.replace(shown, `Invalid value: ${JSON.stringify(value)}`) }
        : error,
    );
}

const below = (path: FieldPath, error: FieldError): FieldError => ({ ...error, field: joined(path, error.field) });

function joined(path: FieldPath, field: string): string {
  if (field === '' || field === '<nil>') return `${path}`;
  return field.startsWith('[') ? `${path}${field}` : `${path}.${field}`;
}

/** The formats of texts in a schema that nothing checks, in the order in which they stand there. */
export function unrecognizedFormats(schema: JsonSchema, depth = 0): string[] {
  const { type, format } = schema;
  if (depth > MAX_DEPTH) return [];
  const own = type === 'string' && format && !isKnownFormat(format) ? [format] : [];
  return [...own, ...partsOf(schema).flatMap((part) => unrecognizedFormats(part, depth + 1))];
}
