import { conform } from '../codec/conform.ts';
import { isDns1035Label, pathSegmentName } from '../names.ts';
import type { JsonObject, JsonValue, ObjectMeta } from '../object.ts';
import { isObject, ownValue } from '../patch/json-value.ts';
import { validateObjectMeta } from '../schema/object-meta.ts';
import type { AnyMessage } from '../schema/types.ts';
import { duplicate, type FieldError, FieldPath, invalid, required, valueAt } from '../schema/validation.ts';
import { additionalOf, isEmbedded, itemsOf, type JsonSchema, propertyOf } from './json-schema.ts';
import { canonicalText } from './value-validation.ts';

/** Complaints about items that a list of the types `set` and `map` has twice. */
export function listTypeErrors(schema: JsonSchema, value: JsonValue, path = new FieldPath()): FieldError[] {
  return walk(schema, value, path, ownListErrors);
}

type Rule = (schema: JsonSchema, value: JsonValue, path: FieldPath) => FieldError[];

/** Applies a rule to every part of a value that the schema declares. */
function walk(schema: JsonSchema, value: JsonValue, path: FieldPath, rule: Rule): FieldError[] {
  const errors = rule(schema, value, path);
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items) for (const [at, item] of value.entries()) errors.push(...walk(items, item, path.index(at), rule));
  } else if (isObject(value)) {
    for (const [name, child] of Object.entries(value)) {
      const property = propertyOf(schema, name);
      const additional = additionalOf(schema);
      if (property) errors.push(...walk(property, child, path.child(name), rule));
      else if (additional) errors.push(...walk(additional, child, path.key(name), rule));
    }
  }
  return errors;
}

function ownListErrors(schema: JsonSchema, value: JsonValue, path: FieldPath): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  if (!Array.isArray(value) || (listType !== 'set' && listType !== 'map')) return [];
  const identities = listType === 'set' ? value : value.map((item) => keysOf(schema, item));
  const seen = new Set<string>();
  const told = new Set<string>();
  return identities.flatMap((identity, index) => {
    const text = canonicalText(identity);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    if (told.has(text)) return [];
    told.add(text);
    return [duplicate(path.index(index), identity)];
  });
}

/** The fields that tell an item of a map list from the others. */
function keysOf(schema: JsonSchema, item: JsonValue): JsonValue {
  if (!isObject(item)) return item;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = ownValue(item, key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Complaints about the apiVersion, kind and metadata of resources within the resource; with `isRoot` also about its own. */
export function embeddedResourceErrors(
  schema: JsonSchema,
  value: JsonValue,
  { objectMeta, isRoot = false }: { readonly objectMeta?: AnyMessage | undefined; readonly isRoot?: boolean } = {},
): FieldError[] {
  const root = isRoot ? schema : undefined;
  return walk(schema, value, new FieldPath(), (part, inner, path) =>
    (isEmbedded(part) || part === root) && isObject(inner) ? ownEmbeddedErrors(inner, path, objectMeta) : [],
  );
}

function ownEmbeddedErrors(object: JsonObject, path: FieldPath, objectMeta: AnyMessage | undefined): FieldError[] {
  const errors = ['apiVersion', 'kind']
    .filter((name) => ownValue(object, name) === undefined)
    .map((name) => required(path.child(name)));
  return [
    ...errors,
    ...apiVersionErrors(ownValue(object, 'apiVersion'), path.child('apiVersion')),
    ...kindErrors(ownValue(object, 'kind'), path.child('kind')),
    ...embeddedMetadataErrors(ownValue(object, 'metadata'), path.child('metadata'), objectMeta),
  ];
}

function textErrors(value: JsonValue, path: FieldPath, check: (text: string) => FieldError[]): FieldError[] {
  if (typeof value !== 'string') return [invalid(path, value, 'must be a string')];
  return value === '' ? [invalid(path, value, 'must not be empty')] : check(value);
}

function apiVersionErrors(value: JsonValue | undefined, path: FieldPath): FieldError[] {
  if (value === undefined) return [];
  return textErrors(value, path, (text) =>
    text.split('/').length > 2 ? [invalid(path, text, `unexpected GroupVersion string: ${text}`)] : [],
  );
}

function kindErrors(value: JsonValue | undefined, path: FieldPath): FieldError[] {
  if (value === undefined) return [];
  return textErrors(value, path, (text) => {
    const complaints = isDns1035Label(text.toLowerCase());
    if (complaints.length === 0) return [];
    return [invalid(path, text, `may have mixed case, but should otherwise match: ${complaints.join(',')}`)];
  });
}

function embeddedMetadataErrors(
  value: JsonValue | undefined,
  path: FieldPath,
  objectMeta: AnyMessage | undefined,
): FieldError[] {
  if (value === undefined || value === null || !objectMeta) return [];
  try {
    const metadata = conform(objectMeta, value).value as ObjectMeta;
    // A name may be missing here; any will do for the check of the rest.
    const named = { ...metadata, name: metadata.name || 'fakename' };
    const rules = {
      namespaced: Boolean(metadata.namespace),
      nameRule: pathSegmentName,
      allowUnqualifiedFinalizers: true,
    };
    return validateObjectMeta(named, rules, path);
  } catch (error) {
    return [invalid(path, value, (error as Error).message)];
  }
}

const INT32_MAX = 2 ** 31 - 1;

/** A value with its type, as the API tells of one that is of the wrong type. */
function goValue(value: JsonValue): string {
  if (value === null) return '<nil> is of the type <nil>';
  if (Array.isArray(value)) return `${goText(value)} is of the type []interface {}`;
  if (isObject(value)) return `${goText(value)} is of the type map[string]interface {}`;
  if (typeof value === 'number') return numberText(value);
  return `${value} is of the type ${typeof value === 'boolean' ? 'bool' : 'string'}`;
}

function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return `${value} is of the type int64`;
  const text = Math.abs(value) >= 1e6 ? value.toExponential() : String(value);
  return `${text.replace(/e([+-])(\d)$/, 'e$10$2')} is of the type float64`;
}

function goText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return value === null ? '<nil>' : String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, inner]) => `${name}:${goText(inner)}`).join(' ')}]`;
}

/** Where a resource has its numbers of replicas, as the definition says: `.spec.replicas`. */
export interface ReplicaPaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** Complaints about the parts of an object that its scale subresource shows. */
export function scaleErrors(object: JsonObject, paths: ReplicaPaths): FieldError[] {
  return [
    ...replicaErrors(object, paths.specReplicasPath),
    ...replicaErrors(object, paths.statusReplicasPath),
    ...(paths.labelSelectorPath ? selectorErrors(object, paths.labelSelectorPath) : []),
  ];
}

function replicaErrors(object: JsonObject, jsonPath: string): FieldError[] {
  const path = new FieldPath(jsonPath);
  const misplaced = misplacedError(object, jsonPath);
  if (misplaced !== undefined) return [invalid(path, 0, misplaced)];
  const value = valueAt(object, jsonPath.replace(/^\./, '')) as JsonValue | undefined;
  if (value === undefined) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return [invalid(path, 0, `${jsonPath} accessor error: ${goValue(value)}, expected int64`)];
  }
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return value > INT32_MAX ? [invalid(path, value, `should be less than or equal to ${INT32_MAX}`)] : [];
}

/** What is wrong with a path that leads through something that has no fields. */
function misplacedError(object: JsonObject, jsonPath: string): string | undefined {
  let value: JsonValue | undefined = object;
  let path = '';
  for (const step of jsonPath.split('.').filter(Boolean)) {
    if (value === undefined || value === null) return undefined;
    path += `.${step}`;
    if (!isObject(value)) return `${path} accessor error: ${goValue(value)}, expected map[string]interface{}`;
    value = ownValue(value, step);
  }
  return undefined;
}

function selectorErrors(object: JsonObject, jsonPath: string): FieldError[] {
  const misplaced = misplacedError(object, jsonPath);
  if (misplaced !== undefined) return [invalid(new FieldPath(jsonPath), '', misplaced)];
  const value = valueAt(object, jsonPath.replace(/^\./, '')) as JsonValue | undefined;
  if (value === undefined || typeof value === 'string') return [];
  return [invalid(new FieldPath(jsonPath), '', `${jsonPath} accessor error: ${goValue(value)}, expected string`)];
}
