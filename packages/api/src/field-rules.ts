import {
  type ChoiceOrder,
  type FieldError,
  type FieldPath,
  invalid,
  isValidPercent,
  notSupported,
  required,
} from '@kubets/core';

/** Rules for single fields that many kinds share. Each answers with the errors found; an absent value has none. */

const NON_NEGATIVE = 'must be greater than or equal to 0';

export function validateNonNegative(value: number | undefined, path: FieldPath): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(path, value, NON_NEGATIVE)] : [];
}

/** The named fields of an object are not negative. */
export function validateNonNegativeFields<T extends object>(
  object: T | undefined,
  path: FieldPath,
  names: readonly (keyof T & string)[],
): FieldError[] {
  return names.flatMap((name) => validateNonNegative(object?.[name] as number | undefined, path.child(name)));
}

/** Turns the complaints of a text rule (`isDns1123Label` and its like) into errors about a field. */
export function validateText(value: string, path: FieldPath, rule: (value: string) => string[]): FieldError[] {
  return rule(value).map((detail) => invalid(path, value, detail));
}

/** As `validateText`, and the value has to be there. */
export function validateRequiredText(
  value: string | undefined,
  path: FieldPath,
  rule: (value: string) => string[],
): FieldError[] {
  return value ? validateText(value, path, rule) : [required(path)];
}

/** The value is one of those listed; absent and empty are told as a missing value. */
export function validateChoice(
  value: string | undefined,
  path: FieldPath,
  choices: readonly string[],
  order: ChoiceOrder = 'sorted',
): FieldError[] {
  if (!value) return [required(path)];
  return choices.includes(value) ? [] : [notSupported(path, value, choices, order)];
}

/** As `validateChoice`, for fields that may be left out. */
export function validateOptionalChoice(
  value: string | undefined,
  path: FieldPath,
  choices: readonly string[],
  order: ChoiceOrder = 'sorted',
): FieldError[] {
  return value === undefined || choices.includes(value) ? [] : [notSupported(path, value, choices, order)];
}

/** A number of things that is not negative, or a percentage of them. */
export function validateIntOrPercent(value: number | string | undefined, path: FieldPath): FieldError[] {
  if (typeof value === 'string') return isValidPercent(value).map((detail) => invalid(path, value, detail));
  return validateNonNegative(value, path);
}

export function validateAtMost100Percent(value: number | string | undefined, path: FieldPath): FieldError[] {
  return percentOf(value) > 100 ? [invalid(path, value, 'must not be greater than 100%')] : [];
}

/** The number in a percentage; 0 for anything else. */
function percentOf(value: number | string | undefined): number {
  return typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : 0;
}

/** Whether a number or percentage comes to nothing. */
export function isZeroIntOrPercent(value: number | string | undefined): boolean {
  return typeof value === 'number' ? value === 0 : percentOf(value) === 0;
}

/** An error about a value too large or too odd to be quoted. */
export function invalidUnquoted(path: FieldPath, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field: `${path}`, message: `Invalid value: ${detail}` };
}
