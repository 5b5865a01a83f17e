import { compilePattern } from '../cel/re2.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { isObject, jsonEqual, ownValue } from '../patch/json-value.ts';
import { type FieldError, FieldPath, invalid, notSupported, required, tooLong, tooMany } from '../schema/validation.ts';
import type { Correlation } from './correlation.ts';
import { hasFormat, isKnownFormat } from './formats.ts';
import { additionalOf, isIntOrString, itemsOf, type JsonSchema, propertyOf } from './json-schema.ts';

/**
 * What is wrong with a value by its schema: types, ranges, lengths, patterns, formats, enumerations and junctors. With a
 * `correlation`, complaints about what has not changed are left out.
 */
export function validateValue(schema: JsonSchema, value: JsonValue, correlation?: Correlation): FieldError[] {
  return check(schema, value, { path: '', correlation }).errors;
}

interface Place {
  /** Dotted path; '' at the root. */
  readonly path: string;
  readonly correlation: Correlation | undefined;
}

/** Complaints, and how many checks went well: of several alternatives the one that fits best is complained about. */
interface Result {
  readonly errors: FieldError[];
  matches: number;
}

function check(schema: JsonSchema, value: JsonValue, place: Place): Result {
  const result: Result = { errors: [], matches: 0 };
  add(result, typeErrors(schema, value, place.path));
  if (value !== null) {
    merge(result, junctorResult(schema, value, place.path));
    if (typeof value === 'string') add(result, textErrors(schema, value, place.path));
    else if (typeof value === 'number') add(result, numberErrors(schema, value, place.path));
    else if (Array.isArray(value)) merge(result, listResult(schema, value, place));
  }
  add(result, enumErrors(schema, value, place.path));
  if (isObject(value)) merge(result, objectResult(schema, value, place));
  const isRatcheted = result.errors.length > 0 && place.correlation?.isUnchanged() === true;
  return isRatcheted ? { errors: [], matches: result.matches } : result;
}

function add(result: Result, errors: readonly FieldError[]): void {
  if (errors.length === 0) result.matches++;
  result.errors.push(...errors);
}

function merge(result: Result, other: Result): void {
  result.errors.push(...other.errors);
  result.matches += other.matches;
}

/** A complaint without a place, as junctors make it, is about `<nil>`. */
const NOWHERE = new FieldPath('<nil>');
const at = (path: string): FieldPath => (path === '' ? NOWHERE : new FieldPath(path));

type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

function typeOf(value: JsonValue): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return isInteger(value) ? 'integer' : 'number';
  return typeof value as 'boolean' | 'string' | 'object';
}

const INT64_END = 2 ** 63;
const isInteger = (value: number) => Number.isInteger(value) && value >= -INT64_END && value < INT64_END;

const NUMBER_FORMATS: Readonly<Partial<Record<JsonType, string>>> = { integer: 'int64', number: 'float64' };

function typeErrors(schema: JsonSchema, value: JsonValue, path: string): FieldError[] {
  const actual = typeOf(value);
  const { type, format } = schema;
  if (actual === 'null') {
    const wanted = type || (isIntOrString(schema) ? 'integer,string' : '');
    return wanted && !schema.nullable ? [wrongType(path, wanted, 'null')] : [];
  }
  if (isIntOrString(schema) && !type) {
    return actual === 'integer' || actual === 'string' ? [] : [wrongType(path, 'integer,string', actual)];
  }
  if (!type || type === actual || (type === 'number' && actual === 'integer')) return [];
  const isNumeric = type === 'number' || type === 'integer';
  if (format && isKnownOrNumeric(format)) {
    // A format is compared with that of the value, where the value could have one.
    if (actual !== 'string' && actual !== 'array') return [wrongType(path, format, NUMBER_FORMATS[actual] ?? '')];
    if (!isNumeric) return [];
  }
  return [wrongType(path, type, actual)];
}

const NUMERIC_FORMATS = new Set(['int32', 'int64', 'float', 'double']);
const isKnownOrNumeric = (format: string) => NUMERIC_FORMATS.has(format) || isKnownFormat(format);

function wrongType(path: string, expected: string, actual: string): FieldError {
  const quoted = JSON.stringify(actual);
  const message = `Invalid value: ${quoted}: ${path} in body must be of type ${expected}: ${quoted}`;
  return { type: 'FieldValueTypeInvalid', field: `${at(path)}`, message };
}

function enumErrors(schema: JsonSchema, value: JsonValue, path: string): FieldError[] {
  const { enum: values } = schema;
  if (!values || values.length === 0 || values.some((each) => jsonEqual(each, value))) return [];
  const texts = values.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  return [notSupported(at(path), value, texts)];
}

function textErrors(schema: JsonSchema, value: string, path: string): FieldError[] {
  const { format } = schema;
  const errors = stringRuleErrors(schema, value, path);
  if (format && schema.type === 'string' && !hasFormat(format, value)) {
    const quoted = JSON.stringify(value);
    const message = `Invalid value: ${quoted}: ${path} in body must be of type ${format}: ${quoted}`;
    errors.push({ type: 'FieldValueTypeInvalid', field: `${at(path)}`, message });
  }
  return errors;
}

function stringRuleErrors({ maxLength, minLength, pattern }: JsonSchema, value: string, path: string): FieldError[] {
  const complaint = (text: string) => [invalid(at(path), value, `${path} in body should ${text}`)];
  if (maxLength !== undefined && value.length > maxLength && characters(value) > maxLength) {
    return [tooLong(at(path), maxLength)];
  }
  if (minLength !== undefined && characters(value) < minLength) {
    return complaint(`be at least ${minLength} chars long`);
  }
  return pattern && !matchesPattern(pattern, value) ? complaint(`match '${pattern}'`) : [];
}

function matchesPattern(pattern: string, value: string): boolean {
  try {
    return compilePattern(pattern).test(value);
  } catch {
    // A definition with such a pattern is refused; one that is stored all the same matches nothing.
    return false;
  }
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function numberErrors(schema: JsonSchema, value: number, path: string): FieldError[] {
  const { multipleOf, maximum, minimum } = schema;
  const errors: FieldError[] = isOfNumberFormat(schema, value) ? [] : [wrongNumber(schema, path)];
  const complain = (text: string) => errors.push(invalid(at(path), value, `${path} in body should be ${text}`));
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) complain(`a multiple of ${goNumber(multipleOf)}`);
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    complain(`less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${goNumber(maximum)}`);
  }
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    complain(`greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${goNumber(minimum)}`);
  }
  return errors;
}

const INT32_END = 2 ** 31;
const FLOAT32_MAX = 3.4028234663852886e38;

/** Whether a number can be kept in the way that its type and format say. */
function isOfNumberFormat({ type, format }: JsonSchema, value: number): boolean {
  if (type === 'number') return format !== 'float' || Math.abs(value) <= FLOAT32_MAX;
  if (type !== 'integer') return true;
  return isInteger(value) && (format !== 'int32' || (value >= -INT32_END && value < INT32_END));
}

function wrongNumber({ type, format }: JsonSchema, path: string): FieldError {
  const kept = format ? `with format ${format}` : '(default format)';
  return invalid(NOWHERE, '', `Checked value must be of type ${type} ${kept} in ${path}`);
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = factor < 1 ? value * (1 / factor) : value / factor;
  return Number.isInteger(quotient);
}

/** A number as Go prints it: exponents have two digits and begin at 1e-05. */
export function goNumber(value: number): string {
  const size = Math.abs(value);
  const text = size !== 0 && size < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function listResult(schema: JsonSchema, value: readonly JsonValue[], { path, correlation }: Place): Result {
  const result: Result = { errors: [], matches: 0 };
  const items = itemsOf(schema);
  if (items) {
    for (const [index, item] of value.entries()) {
      merge(result, check(items, item, { path: `${path}[${index}]`, correlation: correlation?.index(items, index) }));
    }
  }
  const size = value.length;
  const { minItems, maxItems } = schema;
  const errors: FieldError[] = [];
  if (minItems !== undefined && size < minItems) {
    errors.push(invalid(at(path), size, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && size > maxItems) errors.push(tooMany(at(path), size, maxItems));
  if (schema.uniqueItems && firstDuplicate(value) !== undefined) {
    errors.push(invalid(at(path), '', `${path} in body shouldn't contain duplicates`));
  }
  add(result, errors);
  return result;
}

/** Index of the first item that is equal to one before it. */
export function firstDuplicate(items: readonly JsonValue[]): number | undefined {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const text = canonicalText(item);
    if (seen.has(text)) return index;
    seen.add(text);
  }
  return undefined;
}

/** JSON text that is the same for equal values. */
export function canonicalText(value: JsonValue): string {
  return JSON.stringify(value, (_, inner: JsonValue) => {
    if (!isObject(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function objectResult(schema: JsonSchema, value: JsonObject, { path, correlation }: Place): Result {
  const result: Result = { errors: [], matches: 0 };
  const sizeErrors = objectSizeErrors(schema, value, path);
  add(result, sizeErrors);
  if (sizeErrors.length > 0) return result;
  const additional = additionalOf(schema);
  for (const [name, child] of Object.entries(value)) {
    const declared = propertyOf(schema, name) ?? additional;
    if (!declared || child === undefined) continue;
    const inner = path === '' ? name : `${path}.${name}`;
    merge(result, check(declared, child, { path: inner, correlation: correlation?.key(declared, name) }));
  }
  for (const name of schema.required ?? []) {
    const isThere = ownValue(value, name) !== undefined;
    add(result, isThere ? [] : [required(at(path === '' ? name : `${path}.${name}`))]);
  }
  return result;
}

function objectSizeErrors({ minProperties, maxProperties }: JsonSchema, value: JsonObject, path: string): FieldError[] {
  if (minProperties === undefined && maxProperties === undefined) return [];
  const size = Object.keys(value).length;
  if (minProperties !== undefined && size < minProperties) {
    return [invalid(at(path), size, `${path} in body should have at least ${minProperties} properties`)];
  }
  return maxProperties !== undefined && size > maxProperties ? [tooMany(at(path), size, maxProperties)] : [];
}

function junctorResult(schema: JsonSchema, value: JsonValue, path: string): Result {
  const result: Result = { errors: [], matches: 0 };
  const complain = (text: string) => {
    result.errors.push(invalid(NOWHERE, '', `${JSON.stringify(path)} must ${text}`));
  };
  const judge = (part: JsonSchema) => check(part, value, { path, correlation: undefined });
  if (schema.anyOf?.length) checkAnyOf(schema.anyOf.map(judge), result, complain);
  if (schema.oneOf?.length) checkOneOf(schema.oneOf.map(judge), result, complain);
  if (schema.allOf?.length) checkAllOf(schema.allOf.map(judge), result, complain);
  if (schema.not && judge(schema.not).errors.length === 0) complain('not validate the schema (not)');
  return result;
}

function isValid({ errors }: Result): boolean {
  return errors.length === 0;
}

function bestOf(results: readonly Result[]): Result {
  return results.reduce((best, each) => (each.matches > best.matches ? each : best));
}

function checkAnyOf(parts: readonly Result[], result: Result, complain: (text: string) => void): void {
  if (parts.some(isValid)) {
    result.matches++;
    return;
  }
  complain('validate at least one schema (anyOf)');
  merge(result, bestOf(parts));
}

function checkOneOf(parts: readonly Result[], result: Result, complain: (text: string) => void): void {
  const valid = parts.filter(isValid).length;
  if (valid === 1) {
    result.matches++;
    return;
  }
  const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
  complain(`validate one and only one schema (oneOf). ${found}`);
  if (valid === 0) merge(result, bestOf(parts));
}

function checkAllOf(parts: readonly Result[], result: Result, complain: (text: string) => void): void {
  for (const part of parts) merge(result, part);
  const valid = parts.filter(isValid).length;
  if (valid === parts.length) result.matches++;
  else complain(`validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`);
}
