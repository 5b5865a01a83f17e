import { formatGoDuration } from '../age.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { Quantity } from '../quantity.ts';
import { type AnyMessage, type AnyType, formOf, type ScalarName, type UnionType } from '../schema/types.ts';
import { badRequest, StatusError } from '../status.ts';
import { encodeBase64 } from './base64.ts';
import { setEntry } from './conform.ts';
import { parseJson } from './json.ts';
import { type AnyField, dropsEmpty, fieldsOf, isZero, zeroOf } from './presence.ts';
import { formatMicroTime, formatTime, ZERO_TIME_SECONDS } from './time.ts';
import { Reader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT, WireError } from './wire.ts';

const MAX_DEPTH = 500;

/**
 * Decodes a protobuf message without envelope into its JSON shape, a fresh object. Fields that the schema does not know are
 * passed over. Throws a 400 `StatusError` where the bytes are no such message.
 */
export function decodeMessage(schema: AnyMessage, bytes: Uint8Array): JsonObject {
  try {
    return decoderOf(schema)(new Reader(bytes), bytes.length, 0);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    if (error instanceof Error) throw badRequest(error.message);
    throw error;
  }
}

/** Reads one value that ends at `end`. */
type BodyDecoder<T> = (from: Reader, end: number, depth: number) => T;
/** Reads one occurrence of a field into `into`. */
type FieldDecoder = (from: Reader, into: JsonObject, depth: number) => void;

interface FieldPlan {
  readonly wire: number;
  readonly name: string;
  readonly decode: FieldDecoder;
}

const decoders = new WeakMap<AnyMessage, BodyDecoder<JsonObject>>();

function decoderOf(schema: AnyMessage): BodyDecoder<JsonObject> {
  let decode = decoders.get(schema);
  if (!decode) {
    decode = compileMessage(schema);
    decoders.set(schema, decode);
  }
  return decode;
}

function compileMessage(schema: AnyMessage): BodyDecoder<JsonObject> {
  let plans: Map<number, FieldPlan> | undefined;
  return (from, end, depth) => {
    if (depth > MAX_DEPTH) throw new WireError('exceeded max depth');
    plans ??= planFields(fieldsOf(schema), 0);
    const result: JsonObject = {};
    readFields(plans, from, end, result, depth);
    return result;
  };
}

function readFields(
  plans: ReadonlyMap<number, FieldPlan>,
  from: Reader,
  end: number,
  into: JsonObject,
  depth: number,
): void {
  while (from.position < end) {
    const tag = from.uint32();
    const plan = plans.get(tag >>> 3);
    if (plan === undefined) {
      from.skip(tag & 7);
      continue;
    }
    if ((tag & 7) !== plan.wire) {
      throw new WireError(`proto: wrong wireType = ${tag & 7} for field ${plan.name}`);
    }
    plan.decode(from, into, depth);
  }
  if (from.position !== end) throw new WireError('unexpected EOF');
}

function planFields(fields: readonly (readonly [string, AnyField])[], depth: number): Map<number, FieldPlan> {
  const plans = new Map<number, FieldPlan>();
  for (const [name, field] of fields) {
    const isNested = field.path.length > depth;
    const number = isNested ? field.path[depth]! : field.number;
    if (number === 0 || plans.has(number)) continue;
    plans.set(number, isNested ? nestedPlan(number, fields, depth) : fieldPlan(name, field));
  }
  return plans;
}

function nestedPlan(number: number, all: readonly (readonly [string, AnyField])[], level: number): FieldPlan {
  const group = all.filter(([, field]) => field.path[level] === number);
  let plans: Map<number, FieldPlan> | undefined;
  return {
    wire: WIRE_BYTES,
    name: group[0]![0],
    decode: (from, into, depth) => {
      plans ??= planFields(group, level + 1);
      readFields(plans, from, from.lengthEnd(), into, depth + 1);
    },
  };
}

function fieldPlan(name: string, field: AnyField): FieldPlan {
  const type = formOf(field.of);
  if (type.type === 'list')
    return { wire: wireOf(formOf(type.item)), name, decode: listField(name, formOf(type.item)) };
  if (type.type === 'map') return { wire: WIRE_BYTES, name, decode: mapField(name, formOf(type.value)) };
  const read = readerOf(type);
  const drops = dropsEmpty(field);
  return {
    wire: wireOf(type),
    name,
    decode: (from, into, depth) => {
      const value = read(from, depth);
      if (value === undefined || (drops && isZero(value))) delete into[name];
      else into[name] = value;
    },
  };
}

function listField(name: string, item: AnyType): FieldDecoder {
  const read = readerOf(item);
  return (from, into, depth) => {
    const value = read(from, depth) ?? null;
    const list = into[name] as JsonValue[] | undefined;
    if (list === undefined) into[name] = [value];
    else list.push(value);
  };
}

function mapField(name: string, type: AnyType): FieldDecoder {
  const read = type.type === 'list' ? wrappedList(formOf(type.item)) : readerOf(type);
  const wire = wireOf(type);
  return (from, into, depth) => {
    const end = from.lengthEnd();
    let key = '';
    let value: JsonValue | undefined;
    while (from.position < end) {
      const tag = from.uint32();
      if (tag === 10) key = from.text();
      else if (tag === 16 + wire) value = read(from, depth);
      else from.skip(tag & 7);
    }
    if (from.position !== end) throw new WireError('unexpected EOF');
    into[name] ??= {};
    setEntry(into[name] as JsonObject, key, value ?? zeroOf(type));
  };
}

function wrappedList(item: AnyType): (from: Reader, depth: number) => JsonValue {
  const plans = new Map([[1, { wire: wireOf(item), name: 'items', decode: listField('items', item) }]]);
  return (from, depth) => {
    const wrapper: JsonObject = {};
    readFields(plans, from, from.lengthEnd(), wrapper, depth + 1);
    return wrapper.items ?? [];
  };
}

function wireOf(type: AnyType): number {
  return type.type === 'scalar' ? SCALARS[type.scalar].wire : WIRE_BYTES;
}

type ValueReader = (from: Reader, depth: number) => JsonValue | undefined;

function readerOf(type: AnyType): ValueReader {
  switch (type.type) {
    case 'scalar':
      return SCALARS[type.scalar].read;
    case 'message': {
      const decode = decoderOf(type);
      return (from, depth) => decode(from, from.lengthEnd(), depth + 1);
    }
    case 'union':
      return unionReader(type);
    case 'list':
      return wrappedList(formOf(type.item));
    case 'map':
      throw new Error('A map cannot stand inside a list or a map.');
  }
}

function unionReader(type: UnionType<unknown>): ValueReader {
  let plans: Map<number, FieldPlan> | undefined;
  return (from, depth) => {
    plans ??= new Map(type.variants.map((variant) => [variant.number, variantPlan(variant.json, formOf(variant.of))]));
    const found: JsonObject = {};
    readFields(plans, from, from.lengthEnd(), found, depth + 1);
    const { object, array, string: text, boolean: flag } = found;
    return (
      object ?? array ?? text ?? flag ?? (type.variants.some(({ json }) => json === 'boolean') ? false : undefined)
    );
  };
}

function variantPlan(name: string, type: AnyType): FieldPlan {
  if (type.type === 'list')
    return { wire: wireOf(formOf(type.item)), name, decode: listField(name, formOf(type.item)) };
  const read = readerOf(type);
  return {
    wire: wireOf(type),
    name,
    decode: (from, into, depth) => {
      const value = read(from, depth);
      if (value !== undefined) into[name] = value;
    },
  };
}

interface ScalarDecoding {
  readonly wire: number;
  readonly read: ValueReader;
}

const decoder = new TextDecoder();

const asRawJson: ScalarDecoding = {
  wire: WIRE_BYTES,
  read: (from) => {
    const raw = firstBytes(from);
    if (raw.length === 0) return undefined;
    return parseJson(decoder.decode(raw)).value;
  },
};

const SCALARS: Readonly<Record<ScalarName, ScalarDecoding>> = {
  string: { wire: WIRE_BYTES, read: (from) => from.text() },
  bool: { wire: WIRE_VARINT, read: (from) => from.int64() !== 0 },
  int32: { wire: WIRE_VARINT, read: (from) => from.int32() },
  int64: { wire: WIRE_VARINT, read: (from) => from.int64() },
  double: { wire: WIRE_FIXED64, read: (from) => from.double() },
  bytes: { wire: WIRE_BYTES, read: (from) => encodeBase64(from.view()) },
  time: {
    wire: WIRE_BYTES,
    read: (from) => {
      const moment = readMoment(from);
      return moment && formatTime(moment.seconds);
    },
  },
  microTime: {
    wire: WIRE_BYTES,
    read: (from) => {
      const moment = readMoment(from);
      return moment && formatMicroTime(moment);
    },
  },
  duration: { wire: WIRE_BYTES, read: (from) => formatGoDuration(BigInt(readTwo(from).first)) },
  quantity: { wire: WIRE_BYTES, read: (from) => Quantity.parse(decoder.decode(firstBytes(from)) || '0').toString() },
  intOrString: { wire: WIRE_BYTES, read: readIntOrString },
  rawExtension: asRawJson,
  fieldsV1: asRawJson,
  json: asRawJson,
};

/** Field 1, which holds bytes, of a message without others that matter. */
function firstBytes(from: Reader): Uint8Array {
  const end = from.lengthEnd();
  let found: Uint8Array = new Uint8Array(0);
  while (from.position < end) {
    const tag = from.uint32();
    if (tag === 10) found = from.view();
    else from.skip(tag & 7);
  }
  if (from.position !== end) throw new WireError('unexpected EOF');
  return found;
}

/** Fields 1 and 2, which are integers. */
function readTwo(from: Reader): { isEmpty: boolean; first: number; second: number } {
  const end = from.lengthEnd();
  const isEmpty = from.position === end;
  let first = 0;
  let second = 0;
  while (from.position < end) {
    const tag = from.uint32();
    if (tag === 8) first = from.int64();
    else if (tag === 16) second = from.int64();
    else from.skip(tag & 7);
  }
  return { isEmpty, first, second };
}

const MAX_TIME_SECONDS = 253_402_300_799;

function readMoment(from: Reader): { seconds: number; nanos: number } | undefined {
  const { isEmpty, first: seconds, second: nanos } = readTwo(from);
  if (isEmpty || seconds === ZERO_TIME_SECONDS) return undefined;
  if (seconds < ZERO_TIME_SECONDS || seconds > MAX_TIME_SECONDS || nanos < 0 || nanos > 999_999_999) {
    throw new WireError('Time.MarshalJSON: year outside of range [0,9999]');
  }
  return { seconds, nanos };
}

function readIntOrString(from: Reader): JsonValue {
  const end = from.lengthEnd();
  let isText = false;
  let number = 0;
  let text = '';
  while (from.position < end) {
    const tag = from.uint32();
    if (tag === 8) isText = from.int64() === 1;
    else if (tag === 16) number = from.int32();
    else if (tag === 26) text = from.text();
    else from.skip(tag & 7);
  }
  return isText ? text : number;
}
