import { type Conformed, conform, setEntry, UNKNOWN_FIELDS_LIMIT } from '../codec/conform.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { isObject } from '../patch/json-value.ts';
import type { AnyMessage } from '../schema/types.ts';
import { badRequest, StatusError } from '../status.ts';
import { additionalOf, isEmbedded, itemsOf, type JsonSchema, keepsUnknown, propertyOf } from './json-schema.ts';

/** What pruning made of a value: a fresh copy, and the paths of what it took away. */
export interface Pruned {
  readonly value: JsonValue;
  /** Such as spec.containers[0].foo. At most 100. */
  readonly unknownFields: string[];
}

export interface PruneOptions {
  /** The value is a whole resource, whose apiVersion, kind and metadata need no declaration. */
  readonly isResource?: boolean;
  /** The schema of object metadata, by which that of the resource and of embedded resources is checked and pruned. */
  readonly objectMeta?: AnyMessage;
  /** Nulls stay also where the schema does not allow them. */
  readonly keepsNulls?: boolean;
}

const META_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * A copy of `value` without the fields that the schema does not declare, and without nulls that it does not allow (but for those
 * that a default will replace). Types are left to validation, save in metadata, where a wrong type is a 400 `StatusError`.
 */
export function pruneValue(schema: JsonSchema, value: JsonValue, options: PruneOptions = {}): Pruned {
  const walk = new PruneWalk(options);
  const pruned = walk.prune(value, schema, { path: '', isResource: options.isResource ?? isEmbedded(schema) });
  return { value: pruned, unknownFields: walk.unknownFields() };
}

interface Place {
  readonly path: string;
  readonly isResource: boolean;
}

class PruneWalk {
  /** What is unknown in the metadata of the resource, in its fields, and in the metadata of resources within. */
  readonly #unknown = { metadata: [] as string[], fields: [] as string[], embedded: [] as string[] };
  readonly #objectMeta: AnyMessage | undefined;
  readonly #keepsNulls: boolean;

  constructor({ objectMeta, keepsNulls = false }: PruneOptions) {
    this.#objectMeta = objectMeta;
    this.#keepsNulls = keepsNulls;
  }

  /** First those of the resource's metadata, then all others by name. */
  unknownFields(): string[] {
    const { metadata, fields, embedded } = this.#unknown;
    return [...metadata, ...fields.sort(), ...embedded].slice(0, UNKNOWN_FIELDS_LIMIT);
  }

  /** With no schema nothing is declared: objects lose all that they have. */
  prune(value: JsonValue, schema: JsonSchema | undefined, place: Place): JsonValue {
    if (typeof value !== 'object' || value === null) return value;
    if (!Array.isArray(value)) return this.#object(value, schema, place);
    const items = schema && itemsOf(schema);
    // Below a list of unknown items nothing is unknown where the list itself keeps what it does not know.
    if (!items && schema && keepsUnknown(schema)) return structuredClone(value);
    return value.map((item, index) => this.prune(item, items, placeOf(`${place.path}[${index}]`, items)));
  }

  #object(object: JsonObject, schema: JsonSchema | undefined, place: Place): JsonObject {
    const result: JsonObject = {};
    for (const [name, value] of Object.entries(object)) {
      if (value === undefined) continue;
      const path = place.path === '' ? name : `${place.path}.${name}`;
      if (place.isResource && META_FIELDS.has(name)) this.#metaField(result, { name, value, path });
      else this.#field(result, { name, value, path }, schema);
    }
    return result;
  }

  #field(result: JsonObject, field: { name: string; value: JsonValue; path: string }, schema?: JsonSchema): void {
    const { name, value, path } = field;
    const declared = schema && (propertyOf(schema, name) ?? additionalOf(schema));
    if (declared) {
      if (value === null && !declared.nullable && declared.default === undefined && !this.#keepsNulls) return;
      setEntry(result, name, this.prune(value, declared, placeOf(path, declared)));
    } else if (schema && keepsUnknown(schema)) setEntry(result, name, structuredClone(value));
    else if (schema?.additionalProperties === true) {
      setEntry(result, name, this.prune(value, undefined, { path, isResource: false }));
    } else if (this.#unknown.fields.length < UNKNOWN_FIELDS_LIMIT) this.#unknown.fields.push(path);
  }

  #metaField(result: JsonObject, { name, value, path }: { name: string; value: JsonValue; path: string }): void {
    if (name !== 'metadata' || !this.#objectMeta) {
      result[name] = structuredClone(value);
      return;
    }
    if (value === null) return;
    const conformed = this.#conformMeta(this.#objectMeta, value, path);
    const found = path === 'metadata' ? this.#unknown.metadata : this.#unknown.embedded;
    found.push(...conformed.unknownFields.map((unknown) => `${path}.${unknown}`));
    result.metadata = conformed.value;
  }

  #conformMeta(schema: AnyMessage, value: JsonValue, path: string): Conformed {
    // Embedded objects are named, as there may be many of them.
    const subject = path === 'metadata' ? '' : `${path}: Invalid value: ${JSON.stringify(inOrder(value))}: `;
    if (!isObject(value)) {
      throw badRequest(`${subject}json: cannot unmarshal ${typeName(value)} into Go value of type v1.ObjectMeta`);
    }
    try {
      return conform(schema, value);
    } catch (error) {
      if (!(error instanceof StatusError) || subject === '') throw error;
      throw badRequest(`${subject}${error.message}`);
    }
  }
}

/** With the fields in order of the alphabet. */
function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, inOrder(field!)]));
}

function placeOf(path: string, schema: JsonSchema | undefined): Place {
  return { path, isResource: schema !== undefined && isEmbedded(schema) };
}

function typeName(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
