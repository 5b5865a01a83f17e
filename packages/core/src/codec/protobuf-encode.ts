import { parseGoDuration } from '../age.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import { type AnyMessage, type AnyType, formOf, type ScalarName, type UnionType } from '../schema/types.ts';
import { checkedBase64, decodeBase64 } from './base64.ts';
import { type AnyField, fieldsOf } from './presence.ts';
import { parseTime } from './time.ts';
import { BackwardWriter, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from './wire.ts';

/**
 * Encodes an object as the protobuf message that `schema` describes, without envelope. The object must conform to the schema;
 * every field present is written, zero or not, in ascending order of numbers, and map entries in order of their keys.
 */
export function encodeMessage(schema: AnyMessage, value: object): Uint8Array {
  try {
    encoderOf(schema)(value as JsonObject, writer);
    return writer.take();
  } catch (error) {
    writer.reset();
    throw error;
  }
}

const writer = new BackwardWriter();

type Encoder<T> = (value: T, to: BackwardWriter) => void;

const encoders = new WeakMap<AnyMessage, Encoder<JsonObject>>();

function encoderOf(schema: AnyMessage): Encoder<JsonObject> {
  let encode = encoders.get(schema);
  if (!encode) {
    encode = compileMessage(schema);
    encoders.set(schema, encode);
  }
  return encode;
}

function compileMessage(schema: AnyMessage): Encoder<JsonObject> {
  let steps: readonly Encoder<JsonObject>[] | undefined;
  return (value, to) => {
    steps ??= compileFields(fieldsOf(schema), 0);
    for (let index = 0; index < steps.length; index++) steps[index]!(value, to);
  };
}

/** Steps in descending order of field numbers, since the writer goes backward. `depth` counts the messages already unwrapped. */
function compileFields(
  fields: readonly (readonly [string, AnyField])[],
  depth: number,
): readonly Encoder<JsonObject>[] {
  const byNumber = new Map<number, (readonly [string, AnyField])[]>();
  for (const entry of fields) {
    const number = entry[1].path[depth] ?? entry[1].number;
    if (number !== 0) byNumber.set(number, [...(byNumber.get(number) ?? []), entry]);
  }
  return [...byNumber]
    .sort(([a], [b]) => b - a)
    .map(([number, group]) => {
      const isNested = group[0]![1].path.length > depth;
      return isNested ? nestedStep(number, group, depth + 1) : fieldStep(number, group[0]![0], group[0]![1]);
    });
}

/** Fields that JSON has flat and protobuf in a message of their own. Upstream embeds that message by value: it is always there. */
function nestedStep(
  number: number,
  fields: readonly (readonly [string, AnyField])[],
  depth: number,
): Encoder<JsonObject> {
  const tag = tagOf(number, WIRE_BYTES);
  const steps = compileFields(fields, depth);
  return (value, to) => {
    const mark = to.mark;
    for (let index = 0; index < steps.length; index++) steps[index]!(value, to);
    to.varint(to.mark - mark);
    to.varint(tag);
  };
}

function fieldStep(number: number, name: string, field: AnyField): Encoder<JsonObject> {
  const encode = compileField(number, formOf(field.of));
  return (value, to) => {
    const inner = value[name];
    if (inner !== undefined && inner !== null) encode(inner, to);
  };
}

function compileField(number: number, type: AnyType): Encoder<JsonValue> {
  if (type.type === 'list') return listField(number, formOf(type.item));
  if (type.type === 'map') return mapField(number, formOf(type.value));
  return tagged(number, type);
}

function listField(number: number, item: AnyType): Encoder<JsonValue> {
  const encode = tagged(number, item);
  return (value, to) => {
    const items = value as JsonValue[];
    for (let index = items.length - 1; index >= 0; index--) encode(items[index]!, to);
  };
}

function mapField(number: number, type: AnyType): Encoder<JsonValue> {
  const tag = tagOf(number, WIRE_BYTES);
  const keyTag = tagOf(1, WIRE_BYTES);
  const encode = type.type === 'list' ? wrappedList(2, type) : tagged(2, type);
  return (value, to) => {
    const entries = value as JsonObject;
    const keys = Object.keys(entries);
    if (keys.length > 1) keys.sort();
    for (let index = keys.length - 1; index >= 0; index--) {
      const key = keys[index]!;
      const mark = to.mark;
      encode(entries[key]!, to);
      const keyMark = to.mark;
      to.text(key);
      to.varint(to.mark - keyMark);
      to.varint(keyTag);
      to.varint(to.mark - mark);
      to.varint(tag);
    }
  };
}

/** A list where protobuf allows none, as a map's value: a message whose field 1 it is. */
function wrappedList(number: number, type: AnyType): Encoder<JsonValue> {
  return delimited(number, compileField(1, type));
}

/** A value with its tag, once. */
function tagged(number: number, type: AnyType): Encoder<JsonValue> {
  if (type.type === 'message') return delimited(number, encoderOf(type) as Encoder<JsonValue>);
  if (type.type === 'union') return delimited(number, unionBody(type));
  if (type.type !== 'scalar') return wrappedList(number, type);
  const { wire, body } = SCALARS[type.scalar];
  if (wire === WIRE_BYTES) return delimited(number, body);
  const tag = tagOf(number, wire);
  return (value, to) => {
    body(value, to);
    to.varint(tag);
  };
}

function delimited(number: number, body: Encoder<JsonValue>): Encoder<JsonValue> {
  const tag = tagOf(number, WIRE_BYTES);
  return (value, to) => {
    const mark = to.mark;
    body(value, to);
    to.varint(to.mark - mark);
    to.varint(tag);
  };
}

/** Where one of the forms is a boolean, the others say `true` beside their own field. */
function unionBody(type: UnionType<unknown>): Encoder<JsonValue> {
  const flag = type.variants.find((variant) => variant.json === 'boolean');
  const flagTag = flag && tagOf(flag.number, WIRE_VARINT);
  const encoders = new Map<string, Encoder<JsonValue>>();
  return (value, to) => {
    if (value === null) return;
    if (encoders.size === 0) {
      for (const variant of type.variants) encoders.set(variant.json, compileField(variant.number, formOf(variant.of)));
    }
    const form = Array.isArray(value) ? 'array' : typeof value;
    encoders.get(form)?.(value, to);
    if (flagTag !== undefined && form !== 'boolean') {
      to.varint(1);
      to.varint(flagTag);
    }
  };
}

function tagOf(number: number, wireType: number): number {
  return number * 8 + wireType;
}

interface ScalarEncoding {
  readonly wire: number;
  /** Writes the value without tag or length. */
  readonly body: Encoder<JsonValue>;
}

const asText: ScalarEncoding = { wire: WIRE_BYTES, body: (value, to) => to.text(value as string) };
const asVarint: ScalarEncoding = { wire: WIRE_VARINT, body: (value, to) => to.varint(value as number) };
const asMoment: ScalarEncoding = { wire: WIRE_BYTES, body: (value, to) => encodeMoment(value as string | null, to) };
const asRawJson: ScalarEncoding = {
  wire: WIRE_BYTES,
  body: (value, to) => stringField(1, JSON.stringify(value), to),
};

const SCALARS: Readonly<Record<ScalarName, ScalarEncoding>> = {
  string: asText,
  bool: { wire: WIRE_VARINT, body: (value, to) => to.varint(value ? 1 : 0) },
  int32: asVarint,
  int64: asVarint,
  double: { wire: WIRE_FIXED64, body: (value, to) => to.double(value as number) },
  bytes: { wire: WIRE_BYTES, body: (value, to) => to.bytes(decodeBase64(checkedBase64(value as string))) },
  time: asMoment,
  microTime: asMoment,
  duration: { wire: WIRE_BYTES, body: (value, to) => varintField(1, Number(parseGoDuration(value as string)), to) },
  quantity: { wire: WIRE_BYTES, body: (value, to) => stringField(1, String(value), to) },
  intOrString: { wire: WIRE_BYTES, body: (value, to) => encodeIntOrString(value as number | string, to) },
  rawExtension: asRawJson,
  fieldsV1: asRawJson,
  json: asRawJson,
};

function stringField(number: number, value: string, to: BackwardWriter): void {
  const mark = to.mark;
  to.text(value);
  to.varint(to.mark - mark);
  to.varint(tagOf(number, WIRE_BYTES));
}

function varintField(number: number, value: number, to: BackwardWriter): void {
  to.varint(value);
  to.varint(tagOf(number, WIRE_VARINT));
}

/** No time at all, which only lists and maps can hold, is an empty message. */
function encodeMoment(text: string | null, to: BackwardWriter): void {
  if (text === null) return;
  const { seconds, nanos } = momentOf(text);
  varintField(2, nanos, to);
  varintField(1, seconds, to);
}

/** `Date.parse` reads the canonical forms fast and to the millisecond; finer fractions are read off the text. */
function momentOf(text: string): { seconds: number; nanos: number } {
  if (text.length === 20) {
    const milliseconds = Date.parse(text);
    if (!Number.isNaN(milliseconds)) return { seconds: milliseconds / 1000, nanos: 0 };
  }
  return parseTime(text);
}

function encodeIntOrString(value: number | string, to: BackwardWriter): void {
  const isText = typeof value === 'string';
  stringField(3, isText ? value : '', to);
  varintField(2, isText ? 0 : value, to);
  varintField(1, isText ? 1 : 0, to);
}
