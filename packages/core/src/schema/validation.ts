import type { JsonValue, KubeObject } from '../object.ts';
import { type ResourceName, StatusError } from '../status.ts';

/** The kinds of field errors that the API reports, as `Status.details.causes[].reason` names them. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

/** One complaint about one field. `message` is complete, without the field's path. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Path such as spec.containers[0].image or metadata.labels[a/b]. */
  readonly field: string;
  readonly message: string;
}

/** Where a value stands, for error messages: `path.child('spec').index(0).key('app')`. */
export class FieldPath {
  readonly #text: string;

  constructor(text = '') {
    this.#text = text;
  }

  child(...names: string[]): FieldPath {
    const tail = names.join('.');
    return new FieldPath(this.#text ? `${this.#text}.${tail}` : tail);
  }

  index(index: number): FieldPath {
    return new FieldPath(`${this.#text}[${index}]`);
  }

  key(key: string): FieldPath {
    return new FieldPath(`${this.#text}[${key}]`);
  }

  toString(): string {
    return this.#text;
  }
}

function quoteValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function required(path: FieldPath, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field: `${path}`, message: `Required value${detail && `: ${detail}`}` };
}

export function invalid(path: FieldPath, value: unknown, detail: string): FieldError {
  return {
    type: 'FieldValueInvalid',
    field: `${path}`,
    message: `Invalid value: ${quoteValue(value)}${detail && `: ${detail}`}`,
  };
}

export function duplicate(path: FieldPath, value: unknown, detail = ''): FieldError {
  return {
    type: 'FieldValueDuplicate',
    field: `${path}`,
    message: `Duplicate value: ${quoteValue(value)}${detail && `: ${detail}`}`,
  };
}

/** How a message tells the values that a field may have: most are told in alphabetical order, some as they are documented. */
export type ChoiceOrder = 'sorted' | 'as given';

export function notSupported(
  path: FieldPath,
  value: unknown,
  supported: readonly string[],
  order: ChoiceOrder = 'sorted',
): FieldError {
  const values = (order === 'sorted' ? [...supported].sort() : supported)
    .map((item) => JSON.stringify(item))
    .join(', ');
  const detail = values ? `: supported values: ${values}` : '';
  return {
    type: 'FieldValueNotSupported',
    field: `${path}`,
    message: `Unsupported value: ${quoteValue(value)}${detail}`,
  };
}

export function fieldForbidden(path: FieldPath, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field: `${path}`, message: `Forbidden${detail && `: ${detail}`}` };
}

export function tooLong(path: FieldPath, maxLength: number): FieldError {
  return { type: 'FieldValueTooLong', field: `${path}`, message: `Too long: may not be more than ${maxLength} bytes` };
}

export function tooMany(path: FieldPath, actual: number, maxItems: number): FieldError {
  return {
    type: 'FieldValueTooMany',
    field: `${path}`,
    message: `Too many: ${actual}: must have at most ${maxItems} items`,
  };
}

export function fieldNotFound(path: FieldPath, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field: `${path}`, message: `Not found: ${quoteValue(value)}` };
}

/** The 422 answer for an object with field errors, its message joined as clients expect it. */
export function invalidObject(
  options: ResourceName & { kind: string; name: string; errors: readonly FieldError[] },
): StatusError {
  const lines = [...new Set(options.errors.map((error) => `${error.field}: ${error.message}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const kind = options.group ? `${options.kind}.${options.group}` : options.kind;
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${kind} "${options.name}" is invalid: ${text}`,
    details: {
      ...(options.name ? { name: options.name } : {}),
      ...(options.group ? { group: options.group } : {}),
      ...(options.kind ? { kind: options.kind } : {}),
      causes: options.errors.map((error) => ({ reason: error.type, message: error.message, field: error.field })),
    },
  });
}

/** Reads a dotted path out of an object; undefined where a step is missing. */
export function valueAt(object: KubeObject | JsonValue | undefined, path: string): unknown {
  let value: unknown = object;
  for (const step of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
