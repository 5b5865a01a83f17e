import type { JsonValue } from '../object.ts';
import { type AnyMessage, type AnyType, type Field, formOf } from '../schema/types.ts';

/**
 * When a value that equals nothing is nothing. An optional field that is not a pointer upstream cannot tell its zero value from
 * absence, so the API never shows it; the same holds for empty lists and maps.
 */

// biome-ignore lint/suspicious/noExplicitAny: a field of any type
export type AnyField = Field<any, boolean>;

/** Whether absence and emptiness of this field are one, and shown as absence. */
export function dropsEmpty(field: AnyField): boolean {
  if (field.isRequired || field.isPointer || isZero(field.defaultValue)) return false;
  const form = formOf(field.of);
  if (form.type === 'list' || form.type === 'map') return true;
  // A number or text is a struct upstream, which is never left out.
  return form.type === 'scalar' && form.scalar !== 'intOrString' && isZero(zeroOf(form));
}

/** '', 0, false, and empty lists and objects. */
export function isZero(value: JsonValue | undefined): boolean {
  if (value === '' || value === 0 || value === false) return true;
  if (typeof value !== 'object' || value === null) return false;
  for (const _ in value) return false;
  return true;
}

/** What a null stands for inside a list or a map, where it cannot be left out. */
export function zeroOf(type: AnyType): JsonValue {
  if (type.type === 'list') return [];
  if (type.type !== 'scalar') return type.type === 'union' ? null : {};
  switch (type.scalar) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    default:
      return null;
  }
}

/** The fields of a message with their JSON names, in the order of the definition. */
export function fieldsOf(schema: AnyMessage): readonly (readonly [string, AnyField])[] {
  return Object.entries(schema.fields as Record<string, AnyField>);
}
