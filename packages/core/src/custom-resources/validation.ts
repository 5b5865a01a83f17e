import type { JsonObject } from '../object.ts';
import type { AnyMessage } from '../schema/types.ts';
import { type FieldError, FieldPath, invalid } from '../schema/validation.ts';
import { Correlation } from './correlation.ts';
import type { JsonSchema } from './json-schema.ts';
import { embeddedResourceErrors, listTypeErrors, type ReplicaPaths, scaleErrors } from './resource-rules.ts';
import { hasRules, ruleErrors } from './rules.ts';
import { validateValue } from './value-validation.ts';

export interface CustomValidationOptions {
  /** The schema of object metadata, by which that of embedded resources is checked. */
  readonly objectMeta?: AnyMessage;
  /** Set where the resource has a scale subresource. */
  readonly scale?: ReplicaPaths;
}

/**
 * What is wrong with a custom resource by its schema, with the API's own paths and words. With `old`, what has not changed is let
 * pass even where it breaks a rule (the definition may have become stricter), and transition rules are checked.
 */
export function validateCustomResource(
  schema: JsonSchema,
  object: JsonObject,
  old?: JsonObject,
  options: CustomValidationOptions = {},
): FieldError[] {
  const correlation = old && new Correlation(schema, object, old);
  const errors = [
    ...validateValue(schema, object, correlation),
    ...(options.scale ? scaleErrors(object, options.scale) : []),
    ...embeddedResourceErrors(schema, object, options),
    ...newListErrors(schema, object, old),
  ];
  if (!hasRules(schema)) return errors;
  return [...errors, ...(errors.some(isBlocking) ? [UNCHECKED] : ruleErrors(schema, object, correlation))];
}

/** After these an object may not be what its rules expect. */
const BLOCKING = new Set<string>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const isBlocking = ({ type }: FieldError) => BLOCKING.has(type);

const UNCHECKED = invalid(
  new FieldPath('<nil>'),
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

/** Lists that had an item twice before may go on having it. */
function newListErrors(schema: JsonSchema, object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const errors = listTypeErrors(schema, object);
  return errors.length > 0 && old && listTypeErrors(schema, old).length > 0 ? [] : errors;
}
