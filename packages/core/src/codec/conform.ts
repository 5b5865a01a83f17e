import { formatGoDuration, parseGoDuration } from '../age.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { canonicalQuantity } from '../quantity.ts';
import {
  type AnyMessage,
  type AnyType,
  type ConformOptions,
  formOf,
  type MessageRules,
  type ScalarName,
  type UnionType,
} from '../schema/types.ts';
import { badRequest } from '../status.ts';
import { checkedBase64 } from './base64.ts';
import { dropsEmpty, fieldsOf, isZero, zeroOf } from './presence.ts';
import { canonicalMicroTime, canonicalTime } from './time.ts';

/** What `conform` made of a value. */
export interface Conformed {
  /** A fresh object that the caller owns; only values of free form (raw JSON) may be shared with the input. */
  readonly value: JsonObject;
  /** Paths of fields that the schema does not know, such as spec.containers[0].foo. At most 100. */
  readonly unknownFields: string[];
}

export const UNKNOWN_FIELDS_LIMIT = 100;

/**
 * Brings a decoded JSON value into the shape of `schema`: types are checked, unknown fields and nulls dropped, and times,
 * quantities and durations written in their canonical form. Throws a 400 `StatusError` that names the first value of a wrong
 * type; the caller adds which kind was being read.
 */
export function conform(schema: AnyMessage, value: JsonValue, options: ConformOptions = {}): Conformed {
  if (schema.rules) return conformByRules(schema.rules, { value, schema, options });
  const convert = converterOf(schema);
  try {
    return { value: convert(value, undefined) as JsonObject, unknownFields: [] };
  } catch (error) {
    if (error !== RETRY) throw error;
  }
  // Something is odd: the same walk again, now keeping track of where it is.
  const tracker = new Tracker();
  return { value: convert(value, tracker) as JsonObject, unknownFields: tracker.unknownFields };
}

function conformByRules(
  rules: MessageRules,
  { value, schema, options }: { value: JsonValue; schema: AnyMessage; options?: ConformOptions },
): Conformed {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return rules.conform(value, options);
  return wrongType(value, goTypeOf(schema), new Tracker());
}

/** Thrown by a walk that keeps no track, when it meets what needs a path. */
const RETRY = Symbol('retry with a tracker');

/** Where in a value a walk is: `path` for people, `goFields` and `structs` for messages worded as Go's decoder words them. */
class Tracker {
  readonly unknownFields: string[] = [];
  readonly #path: (string | number)[] = [];
  readonly #goFields: string[] = [];
  readonly #structs: string[] = [];

  enterField(struct: string, name: string): void {
    this.#structs.push(struct);
    this.#goFields.push(name);
    this.#path.push(name);
  }

  leaveField(): void {
    this.#structs.pop();
    this.#goFields.pop();
    this.#path.pop();
  }

  enter(step: string | number): void {
    this.#path.push(step);
  }

  leave(): void {
    this.#path.pop();
  }

  unknown(name: string): void {
    const path = this.#path.map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`,
    );
    const text = path.length === 0 ? name : `${path.join('')}.${name}`;
    if (this.unknownFields.length < UNKNOWN_FIELDS_LIMIT && !this.unknownFields.includes(text)) {
      this.unknownFields.push(text);
    }
  }

  /** `Go struct field PodSpec.spec.containers`, or `Go value` at the top. */
  place(): string {
    const struct = this.#structs.at(-1);
    return struct === undefined ? 'Go value' : `Go struct field ${struct}.${this.#goFields.join('.')}`;
  }
}

type MaybeTracker = Tracker | undefined;
/** Gives the conforming value, or undefined where the value stands for none. Null never reaches it. */
type Converter = (value: JsonValue, tracker: MaybeTracker) => JsonValue | undefined;

const converters = new WeakMap<AnyMessage, Converter>();

function converterOf(schema: AnyMessage): Converter {
  let convert = converters.get(schema);
  if (!convert) {
    convert = compileMessage(schema);
    converters.set(schema, convert);
  }
  return convert;
}

interface FieldPlan {
  readonly convert: Converter;
  readonly dropsEmpty: boolean;
}

function compileMessage(schema: AnyMessage): Converter {
  const { rules } = schema;
  if (rules) return (value) => conformByRules(rules, { value, schema }).value;
  const struct = shortName(schema.name);
  const goType = goTypeOf(schema);
  let plans: Map<string, FieldPlan> | undefined;
  return (value, tracker) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrongType(value, goType, tracker);
    plans ??= planFields(schema);
    const result: JsonObject = {};
    for (const name in value) {
      const plan = plans.get(name);
      if (plan === undefined) {
        unknownField(name, tracker);
        continue;
      }
      const raw = value[name];
      if (raw === null || raw === undefined) continue;
      tracker?.enterField(struct, name);
      const converted = plan.convert(raw, tracker);
      tracker?.leaveField();
      if (converted === undefined || (plan.dropsEmpty && isZero(converted))) continue;
      result[name] = converted;
    }
    return result;
  };
}

function planFields(schema: AnyMessage): Map<string, FieldPlan> {
  return new Map(
    fieldsOf(schema).map(([name, field]) => [
      name,
      { convert: compile(formOf(field.of)), dropsEmpty: dropsEmpty(field) },
    ]),
  );
}

function unknownField(name: string, tracker: MaybeTracker): void {
  if (!tracker) throw RETRY;
  tracker.unknown(name);
}

function wrongType(value: JsonValue, goType: string, tracker: MaybeTracker): never {
  return fail(tracker, (place) => `json: cannot unmarshal ${describe(value, goType)} into ${place} of type ${goType}`);
}

function fail(tracker: MaybeTracker, message: (place: string) => string): never {
  if (!tracker) throw RETRY;
  throw badRequest(message(tracker.place()));
}

function describe(value: JsonValue, goType: string): string {
  if (typeof value === 'number') return /^(u?int|float)\d+$/.test(goType) ? `number ${value}` : 'number';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? 'array' : 'object';
}

function compile(type: AnyType): Converter {
  switch (type.type) {
    case 'scalar':
      return SCALARS[type.scalar];
    case 'list':
      return compileList(formOf(type.item), goTypeOf(type));
    case 'map':
      return compileMap(formOf(type.value), goTypeOf(type));
    case 'union':
      return compileUnion(type);
    case 'message':
      return converterOf(type);
  }
}

function compileList(item: AnyType, goType: string): Converter {
  const convert = compile(item);
  return (value, tracker) => {
    if (!Array.isArray(value)) return wrongType(value, goType, tracker);
    const result: JsonValue[] = new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      const raw = value[index]!;
      tracker?.enter(index);
      result[index] = raw === null ? zeroOf(item) : (convert(raw, tracker) ?? null);
      tracker?.leave();
    }
    return result;
  };
}

function compileMap(item: AnyType, goType: string): Converter {
  const convert = compile(item);
  return (value, tracker) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrongType(value, goType, tracker);
    const result: JsonObject = {};
    for (const key in value) {
      const raw = value[key]!;
      tracker?.enter(key);
      const converted = raw === null ? zeroOf(item) : (convert(raw, tracker) ?? null);
      tracker?.leave();
      setEntry(result, key, converted);
    }
    return result;
  };
}

/** Sets a key that a client chose: `__proto__` is a key as any other. */
export function setEntry(target: JsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

function compileUnion(type: UnionType<unknown>): Converter {
  const byForm = new Map<string, Converter>();
  let isCompiled = false;
  return (value, tracker) => {
    if (!isCompiled) {
      for (const variant of type.variants) byForm.set(variant.json, compile(formOf(variant.of)));
      isCompiled = true;
    }
    const form = Array.isArray(value) ? 'array' : typeof value;
    const convert = byForm.get(form);
    return convert ? convert(value, tracker) : fail(tracker, () => `${[...byForm.keys()].join(' or ')} expected`);
  };
}

const integer =
  (goType: 'int32' | 'int64', low: number, high: number): Converter =>
  (value, tracker) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? value
      : wrongType(value, goType, tracker);

/** A scalar that JSON carries as text, rewritten by `canonical`, whose errors become the answer. */
const text =
  (canonical: (text: string) => string | undefined): Converter =>
  (value, tracker) => {
    if (typeof value !== 'string') {
      return wrongType(value, 'string', tracker);
    }
    try {
      return canonical(value);
    } catch (error) {
      return fail(tracker, () => (error as Error).message);
    }
  };

const asIs: Converter = (value) => value;

const SCALARS: Readonly<Record<ScalarName, Converter>> = {
  string: (value, tracker) => (typeof value === 'string' ? value : wrongType(value, 'string', tracker)),
  bool: (value, tracker) => (typeof value === 'boolean' ? value : wrongType(value, 'bool', tracker)),
  int32: integer('int32', -(2 ** 31), 2 ** 31 - 1),
  int64: integer('int64', -(2 ** 63), 2 ** 63),
  double: (value, tracker) => (typeof value === 'number' ? value : wrongType(value, 'float64', tracker)),
  bytes: (value, tracker) => {
    if (typeof value !== 'string') return wrongType(value, '[]uint8', tracker);
    try {
      return checkedBase64(value);
    } catch (error) {
      return fail(tracker, () => (error as Error).message);
    }
  },
  time: text(canonicalTime),
  microTime: text(canonicalMicroTime),
  duration: text((value) => formatGoDuration(parseGoDuration(value))),
  quantity: (value, tracker) => {
    try {
      return canonicalQuantity(typeof value === 'number' ? value : typeof value === 'string' ? value.trim() : '?');
    } catch (error) {
      return fail(tracker, () => (error as Error).message);
    }
  },
  intOrString: (value, tracker) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' && value === (value | 0)) return value;
    return wrongType(value, 'int32', tracker);
  },
  rawExtension: asIs,
  fieldsV1: asIs,
  json: asIs,
};

const GO_SCALARS: Readonly<Record<ScalarName, string>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  bytes: '[]uint8',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  rawExtension: 'runtime.RawExtension',
  fieldsV1: 'v1.FieldsV1',
  json: 'v1.JSON',
};

/** The Go type that messages name: []v1.Container, map[string]string. */
function goTypeOf(type: AnyType): string {
  switch (type.type) {
    case 'scalar':
      return GO_SCALARS[type.scalar];
    case 'list':
      return `[]${goTypeOf(formOf(type.item))}`;
    case 'map':
      return `map[string]${goTypeOf(formOf(type.value))}`;
    default:
      return type.name.split('.').slice(-2).join('.');
  }
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
