import {
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
  notSupported,
  required,
} from '@kubets/core';
import { invalidUnquoted } from '../field-rules.ts';
import type { JSONSchemaProps } from './custom-resource-definition.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Keywords that would let a schema say something that cannot be pruned, defaulted or merged. */
const FORBIDDEN_KEYWORDS = {
  $ref: '$ref is not supported',
  definitions: 'definitions is not supported',
  dependencies: 'dependencies is not supported',
  patternProperties: 'patternProperties is not supported',
  id: 'id is not supported',
  additionalItems: 'additionalItems is not supported',
} as const;
/** What a schema inside allOf, anyOf, oneOf or not may not say: the structure belongs outside. */
const STRUCTURAL_ONLY = ['type', 'description', 'title', 'nullable', 'default', 'additionalProperties'] as const;
const MAX_DEPTH = 64;

type Schema = JSONSchemaProps;

/**
 * Rules for the schema of a custom resource: it has to be structural, that is, each value has one type, given outside of
 * logical junctors, so that unknown fields can be dropped and defaults filled in without running any validation.
 */
export function validateStructuralSchema(schema: Schema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.type !== 'object') {
    errors.push(
      schema.type
        ? invalid(path.child('type'), schema.type, 'must be object at the root')
        : required(path.child('type'), 'must not be empty at the root'),
    );
  }
  if (schema.nullable) errors.push(fieldForbidden(path.child('nullable'), 'nullable cannot be true at the root'));
  const metadata = schema.properties?.metadata;
  if (metadata) errors.push(...validateMetadataSchema(metadata, path.child('properties').key('metadata')));
  return [...errors, ...validateSchema(schema, path, { depth: 0, inJunctor: false })];
}

/** Of metadata a schema may restrict the name alone. */
function validateMetadataSchema(schema: Schema, path: FieldPath): FieldError[] {
  const others = Object.keys(schema.properties ?? {}).filter((name) => name !== 'name' && name !== 'generateName');
  const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return others.length > 0 ? [fieldForbidden(path, detail)] : [];
}

interface Place {
  readonly depth: number;
  readonly inJunctor: boolean;
}

function validateSchema(schema: Schema, path: FieldPath, place: Place): FieldError[] {
  if (place.depth > MAX_DEPTH) return [invalidUnquoted(path, `schema may not be nested deeper than ${MAX_DEPTH}`)];
  const errors = [...validateKeywords(schema, path), ...validateExtensions(schema, path)];
  errors.push(...(place.inJunctor ? validateJunctorSchema(schema, path) : validateType(schema, path, place)));
  const inner = { ...place, depth: place.depth + 1 };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...validateSchema(property, path.child('properties').key(name), inner));
  }
  if (typeof schema.additionalProperties === 'object') {
    errors.push(...validateSchema(schema.additionalProperties, path.child('additionalProperties'), inner));
    if (schema.properties && Object.keys(schema.properties).length > 0) {
      const detail = 'additionalProperties and properties are mutual exclusive';
      errors.push(fieldForbidden(path.child('additionalProperties'), detail));
    }
  }
  if (Array.isArray(schema.items)) {
    errors.push(fieldForbidden(path.child('items'), 'items must be a schema object and not an array'));
  } else if (schema.items) errors.push(...validateSchema(schema.items, path.child('items'), inner));
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    schema[junctor]?.forEach((part, index) => {
      const at = path.child(junctor).index(index);
      errors.push(...validateSchema(part, at, { ...inner, inJunctor: true }));
    });
  }
  if (schema.not) errors.push(...validateSchema(schema.not, path.child('not'), { ...inner, inJunctor: true }));
  return errors;
}

function validateKeywords(schema: Schema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, detail] of Object.entries(FORBIDDEN_KEYWORDS)) {
    if (schema[name as keyof typeof FORBIDDEN_KEYWORDS]) errors.push(fieldForbidden(path.child(name), detail));
  }
  if (schema.uniqueItems) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(fieldForbidden(path.child('uniqueItems'), detail));
  }
  if (schema.additionalProperties === false) {
    errors.push(fieldForbidden(path.child('additionalProperties'), 'additionalProperties cannot be set to false'));
  }
  if (schema.type && !TYPES.includes(schema.type)) {
    errors.push(notSupported(path.child('type'), schema.type, TYPES));
  }
  if (schema.type === 'array' && !schema.items) errors.push(required(path.child('items'), 'must be specified'));
  if (schema.pattern !== undefined && !isRegexp(schema.pattern)) {
    errors.push(invalid(path.child('pattern'), schema.pattern, 'must be a valid regular expression'));
  }
  return errors;
}

function isRegexp(text: string): boolean {
  try {
    // Expressions are written for another engine, whose inline flags this one does not know.
    new RegExp(text.replace(/^\(\?[a-zA-Z]+\)/, ''), 'u');
    return true;
  } catch {
    try {
      new RegExp(text);
      return true;
    } catch {
      return false;
    }
  }
}

function validateType(schema: Schema, path: FieldPath, { depth }: Place): FieldError[] {
  const errors: FieldError[] = [];
  const isIntOrString = schema['x-kubernetes-int-or-string'];
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'];
  if (!schema.type && depth > 0 && !isIntOrString && !isOpen) {
    errors.push(required(path.child('type'), 'must not be empty for specified object fields'));
  }
  if (schema.type && isIntOrString) {
    const detail = 'must be empty if x-kubernetes-int-or-string is true';
    errors.push(invalid(path.child('type'), schema.type, detail));
  }
  if (schema['x-kubernetes-embedded-resource'] && schema.type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(invalid(path.child('type'), schema.type ?? '', detail));
  }
  if (schema['x-kubernetes-embedded-resource'] && !schema.properties && !isOpen) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(path.child('properties'), detail));
  }
  return errors;
}

function validateJunctorSchema(schema: Schema, path: FieldPath): FieldError[] {
  const detail = 'must be empty to be structural';
  const said = STRUCTURAL_ONLY.filter((name) => schema[name] !== undefined && schema[name] !== false);
  // The int-or-string idiom, anyOf: [integer, string], is the one place where types may stand in a junctor.
  const isIntOrString = said.length === 1 && (schema.type === 'integer' || schema.type === 'string');
  if (isIntOrString && Object.keys(schema).length === 1) return [];
  return said.map((name) => fieldForbidden(path.child(name), detail));
}

function validateExtensions(schema: Schema, path: FieldPath): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const mapType = schema['x-kubernetes-map-type'];
  const errors: FieldError[] = [];
  if (listType !== undefined) {
    const at = path.child('x-kubernetes-list-type');
    if (!['atomic', 'set', 'map'].includes(listType)) errors.push(notSupported(at, listType, ['atomic', 'map', 'set']));
    if (schema.type !== 'array') {
      const detail = schema.type ? 'must be array if x-kubernetes-list-type is specified' : '';
      const typePath = path.child('type');
      errors.push(
        schema.type
          ? invalid(typePath, schema.type, detail)
          : required(typePath, 'must be array if x-kubernetes-list-type is specified'),
      );
    }
  }
  if (mapType !== undefined && !['atomic', 'granular'].includes(mapType)) {
    errors.push(notSupported(path.child('x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  }
  const keysPath = path.child('x-kubernetes-list-map-keys');
  if (keys.length > 0 && listType !== 'map') {
    errors.push(
      listType
        ? invalid(
            path.child('x-kubernetes-list-type'),
            listType,
            'must be map if x-kubernetes-list-map-keys is non-empty',
          )
        : required(path.child('x-kubernetes-list-type'), 'must be map if x-kubernetes-list-map-keys is non-empty'),
    );
  }
  if (listType === 'map') errors.push(...validateMapKeys(schema, keys, keysPath));
  return errors;
}

function validateMapKeys(schema: Schema, keys: readonly string[], path: FieldPath): FieldError[] {
  if (keys.length === 0) return [required(path, 'must not be empty if x-kubernetes-list-type is map')];
  const item = Array.isArray(schema.items) ? undefined : schema.items;
  return keys.flatMap((key, index) => {
    const at = path.index(index);
    const errors = keys.indexOf(key) < index ? [duplicate(at, key)] : [];
    if (!item?.properties?.[key]) {
      const detail = 'entries must all be names of item properties';
      errors.push(invalid(at, key, detail));
    }
    return errors;
  });
}
