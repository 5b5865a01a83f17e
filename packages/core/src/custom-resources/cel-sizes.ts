import type { SizeOfPath } from '../cel/cost-estimate.ts';
import { celNameOf } from './cel-types.ts';
import { additionalOf, isEmbedded, isIntOrString, itemsOf, type JsonSchema } from './json-schema.ts';

/** How large the values of a schema may be: as large as it says, or as fits into the largest request that is accepted. */
export interface ValueSize {
  /** Characters, items or entries; 0 for what has no parts. */
  readonly max: number;
  /** The fewest bytes that a value takes as JSON. */
  readonly minBytes: number;
  readonly items?: ValueSize;
  /** By the names that CEL knows. */
  readonly fields?: ReadonlyMap<string, ValueSize>;
}

const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
/** What quotes, brackets or braces leave of a request. */
const MAX_INSIDE = MAX_REQUEST_BYTES - 2;
/** A character of UTF-8 takes up to four bytes. */
const BYTES_PER_CHARACTER = 4;
const DATE_BYTES = 12;
const TIME_MIN_BYTES = 21;
const TIME_MAX_BYTES = 32;
const DURATION_MIN_BYTES = 3;

const TEXT: ValueSize = { max: MAX_INSIDE, minBytes: 2 };
const MAP_KEY: ValueSize = { max: 0, minBytes: 2 };
const FORMATS: Readonly<Record<string, ValueSize>> = {
  duration: { max: TIME_MAX_BYTES, minBytes: DURATION_MIN_BYTES },
  date: { max: DATE_BYTES, minBytes: DATE_BYTES },
  'date-time': { max: TIME_MAX_BYTES, minBytes: TIME_MIN_BYTES },
};
const METADATA: ValueSize = {
  max: 0,
  minBytes: 2,
  fields: new Map([
    ['name', TEXT],
    ['generateName', TEXT],
  ]),
};

/** The size of a schema's values; undefined for those that CEL cannot see. */
export function sizeOfSchema(schema: JsonSchema, isResource = isEmbedded(schema)): ValueSize | undefined {
  if (isIntOrString(schema)) {
    const max = schema.maxLength === undefined ? MAX_INSIDE : schema.maxLength * BYTES_PER_CHARACTER;
    return { max, minBytes: 1 };
  }
  switch (schema.type) {
    case 'array':
      return sizeOfList(schema);
    case 'object':
      return sizeOfObject(schema, isResource);
    case 'string':
      return sizeOfText(schema);
    case 'boolean':
      return { max: 0, minBytes: 4 };
    case 'integer':
    case 'number':
      return { max: 0, minBytes: 1 };
    default:
      return undefined;
  }
}

function sizeOfList(schema: JsonSchema): ValueSize | undefined {
  const declared = itemsOf(schema);
  const items = declared && sizeOfSchema(declared);
  if (!items) return undefined;
  return { max: schema.maxItems ?? Math.floor(MAX_INSIDE / (items.minBytes + 1)), minBytes: 2, items };
}

/** An entry takes two quotes, a colon, a comma and at least a character or two of a key. */
const ENTRY_BYTES = 6;
/** A field takes two quotes, a colon and a comma beside its name. */
const FIELD_BYTES = 4;

function sizeOfObject(schema: JsonSchema, isResource: boolean): ValueSize | undefined {
  const additional = additionalOf(schema);
  if (additional) {
    const items = sizeOfSchema(additional);
    if (!items) return undefined;
    const max = schema.maxProperties ?? Math.floor(MAX_INSIDE / (items.minBytes + ENTRY_BYTES));
    return { max, minBytes: 2, items };
  }
  const fields = new Map<string, ValueSize>();
  let minBytes = 2;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const size = sizeOfSchema(property);
    if (!size) continue;
    const known = celNameOf(name);
    if (known !== undefined) fields.set(known, size);
    const isWritten = schema.required?.includes(name) && property.default === undefined;
    if (isWritten) minBytes += name.length + size.minBytes + FIELD_BYTES;
  }
  if (isResource) fields.set('apiVersion', TEXT).set('kind', TEXT).set('metadata', METADATA);
  return { max: 0, minBytes, fields };
}

function sizeOfText({ format, maxLength, enum: values }: JsonSchema): ValueSize {
  if (format !== undefined && Object.hasOwn(FORMATS, format)) return FORMATS[format]!;
  if (maxLength !== undefined) {
    return { max: format === 'byte' ? maxLength : maxLength * BYTES_PER_CHARACTER, minBytes: TEXT.minBytes };
  }
  if (format === 'byte' || !values?.length) return TEXT;
  const lengths = values.map((value) => (typeof value === 'string' ? new TextEncoder().encode(value).length : 0));
  return { max: Math.max(...lengths), minBytes: TEXT.minBytes };
}

/** How large what a path leads to may be, where all variables are values of one schema. */
export function sizesBelow(root: ValueSize): SizeOfPath {
  return ([, ...steps]) => {
    let current: ValueSize | undefined = root;
    for (const step of steps) {
      if (step === '@keys') current = current.items && !current.fields ? MAP_KEY : undefined;
      else current = step === '@items' || step === '@values' ? current.items : current.fields?.get(step);
      if (!current) return undefined;
    }
    return current.max;
  };
}

/** How many values can stand in a list or map without a limit, where each takes the bytes that this one does at least. */
export function maxCardinality({ minBytes }: ValueSize): number {
  return Math.floor(MAX_REQUEST_BYTES / (minBytes + 1));
}
