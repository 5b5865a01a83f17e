import { ageSince } from '../age.ts';
import { parseTime } from '../codec/time.ts';
import { compileJsonPath, type JsonPath, JsonPathError, jsonPathText } from '../jsonpath/jsonpath.ts';
import type { JsonValue, KubeObject } from '../object.ts';
import type { Column } from '../schema/kind.ts';
import type { CustomResourceColumn } from './json-schema.ts';

const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique among its kind in its namespace.',
  cell: (object) => object.metadata.name ?? '',
};

const AGE: CustomResourceColumn = {
  name: 'Age',
  type: 'date',
  description: 'Time at which the object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

/** The table columns of a custom resource: its name, and what the definition asks for, or the age where it asks for nothing. */
export function columnsOf(definitions: readonly CustomResourceColumn[] | undefined): Column[] {
  const shown = definitions && definitions.length > 0 ? definitions : [AGE];
  return [NAME, ...shown.map(columnOf)];
}

function columnOf(definition: CustomResourceColumn): Column {
  const path = lenientPath(definition.jsonPath);
  const type = definition.type as Column['type'];
  return {
    name: definition.name,
    type,
    ...(definition.format ? { format: definition.format } : {}),
    ...(definition.priority ? { priority: definition.priority } : {}),
    description:
      definition.description || `Custom resource definition column (in JSONPath format): ${definition.jsonPath}`,
    cell: (object, nowMs) => cellOf(type, path?.values(object) ?? [], nowMs),
  };
}

/** A path that cannot be read finds nothing: definitions with one are refused when they are written. */
function lenientPath(text: string): JsonPath | undefined {
  try {
    return compileJsonPath(text);
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function cellOf(type: Column['type'], values: readonly JsonValue[], nowMs: number): string | number | boolean | null {
  const [value] = values;
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageCell(value, nowMs) : null;
    default:
      return jsonPathText(value);
  }
}

function ageCell(text: string, nowMs: number): string {
  try {
    parseTime(text);
  } catch {
    return '<invalid>';
  }
  return ageSince(text, nowMs);
}

/** Field selectors by the label that clients use, which is the path without its first dot. */
export function selectableFieldsOf(
  fields: readonly { readonly jsonPath: string }[] | undefined,
): Record<string, (object: KubeObject) => string> {
  return Object.fromEntries(
    (fields ?? []).map(({ jsonPath }) => {
      const path = lenientPath(jsonPath);
      return [jsonPath.replace(/^\./, ''), (object: KubeObject) => textOf(path?.values(object)[0])];
    }),
  );
}

function textOf(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '' : jsonPathText(value);
}
