import { type AnyMessage, type AnyType, formOf, type Infer, type Message } from '@kubets/core';

/**
 * Protobuf (proto3) for messages of the schema language as gRPC services speak it: no envelope, zero values left out,
 * unknown fields skipped. 64-bit numbers become JavaScript numbers; the times in nanoseconds lose their last digits.
 */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

type JsonMessage = Record<string, unknown>;

class Writer {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  #reserve(count: number) {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  varint(value: number) {
    this.#reserve(10);
    if (value >= 0 && value < 2 ** 31) {
      let rest = value;
      while (rest > 0x7f) {
        this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      this.#bytes[this.#length++] = rest;
      return;
    }
    let wide = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    while (wide > 0x7fn) {
      this.#bytes[this.#length++] = Number(wide & 0x7fn) | 0x80;
      wide >>= 7n;
    }
    this.#bytes[this.#length++] = Number(wide);
  }

  tag(number: number, wire: number) {
    this.varint(number * 8 + wire);
  }

  block(number: number, content: Uint8Array) {
    this.tag(number, WIRE.bytes);
    this.varint(content.length);
    this.#reserve(content.length);
    this.#bytes.set(content, this.#length);
    this.#length += content.length;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

function writeValue(writer: Writer, number: number, type: AnyType, value: unknown, keepZero: boolean): void {
  if (value === undefined || value === null) return;
  switch (type.type) {
    case 'message':
      writer.block(number, encodeFields(type, value as JsonMessage));
      return;
    case 'list': {
      const item = formOf(type.item);
      for (const entry of value as unknown[]) writeValue(writer, number, item, entry, true);
      return;
    }
    case 'map':
      for (const [key, entry] of Object.entries(value as JsonMessage)) {
        const pair = new Writer();
        pair.block(1, Buffer.from(key));
        writeValue(pair, 2, formOf(type.value), entry, true);
        writer.block(number, pair.finish());
      }
      return;
    case 'scalar':
      writeScalar(writer, number, type.scalar, value, keepZero);
      return;
    case 'union':
      throw new Error('unions have no proto3 form');
  }
}

function writeScalar(writer: Writer, number: number, scalar: string, value: unknown, keepZero: boolean): void {
  if (scalar === 'string' || scalar === 'bytes') {
    if (value !== '' || keepZero)
      writer.block(number, Buffer.from(value as string, scalar === 'bytes' ? 'base64' : 'utf8'));
    return;
  }
  const numeric = Number(value);
  if (numeric === 0 && !keepZero) return;
  writer.tag(number, WIRE.varint);
  writer.varint(numeric);
}

function encodeFields(schema: AnyMessage, value: JsonMessage): Buffer {
  const writer = new Writer();
  for (const [name, field] of Object.entries(schema.fields as Message['fields']))
    writeValue(writer, field.number, formOf(field.of), value[name], false);
  return writer.finish();
}

export function encode<M extends AnyMessage>(schema: M, value: Infer<M>): Buffer {
  return encodeFields(schema, value as JsonMessage);
}

class Reader {
  readonly #bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.position >= this.#bytes.length;
  }

  #byte(): number {
    const byte = this.#bytes[this.position++];
    if (byte === undefined) throw new Error('protobuf message ends in the middle of a field');
    return byte;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    let wide = BigInt(value);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      wide |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, wide));
    }
    throw new Error('protobuf number is longer than ten bytes');
  }

  block(): Buffer {
    const length = this.varint();
    const end = this.position + length;
    if (length < 0 || end > this.#bytes.length) throw new Error('protobuf message ends in the middle of a field');
    const content = this.#bytes.subarray(this.position, end);
    this.position = end;
    return content;
  }

  skip(wire: number): void {
    if (wire === WIRE.varint) this.varint();
    else if (wire === WIRE.bytes) this.block();
    else if (wire === WIRE.fixed64) this.position += 8;
    else if (wire === WIRE.fixed32) this.position += 4;
    else throw new Error(`unknown protobuf wire type ${wire}`);
  }
}

const tables = new WeakMap<AnyMessage, Map<number, { name: string; type: AnyType }>>();

function tableOf(schema: AnyMessage) {
  let table = tables.get(schema);
  if (!table) {
    const fields = Object.entries(schema.fields as Message['fields']);
    table = new Map(fields.map(([name, field]) => [field.number, { name, type: formOf(field.of) }]));
    tables.set(schema, table);
  }
  return table;
}

function readOne(reader: Reader, type: AnyType): unknown {
  if (type.type === 'message') return decodeFields(type, reader.block());
  if (type.type !== 'scalar') throw new Error(`a ${type.type} has no single value`);
  if (type.scalar === 'string') return reader.block().toString('utf8');
  if (type.scalar === 'bytes') return reader.block().toString('base64');
  return type.scalar === 'bool' ? reader.varint() !== 0 : reader.varint();
}

function readInto(target: JsonMessage, entry: { name: string; type: AnyType }, reader: Reader, wire: number): void {
  const { name, type } = entry;
  if (type.type === 'list') {
    target[name] ??= [];
    const items = target[name] as unknown[];
    const item = formOf(type.item);
    const isPacked =
      wire === WIRE.bytes && item.type === 'scalar' && item.scalar !== 'string' && item.scalar !== 'bytes';
    if (!isPacked) items.push(readOne(reader, item));
    else for (const packed = new Reader(reader.block()); !packed.done; ) items.push(readOne(packed, item));
  } else if (type.type === 'map') {
    const pair = new Reader(reader.block());
    let key = '';
    let value: unknown = '';
    while (!pair.done) {
      const number = pair.varint() >>> 3;
      if (number === 1) key = pair.block().toString('utf8');
      else value = readOne(pair, formOf(type.value));
    }
    target[name] = { ...(target[name] as JsonMessage), [key]: value };
  } else target[name] = readOne(reader, type);
}

function decodeFields(schema: AnyMessage, bytes: Buffer): JsonMessage {
  const table = tableOf(schema);
  const reader = new Reader(bytes);
  const target: JsonMessage = {};
  while (!reader.done) {
    const tag = reader.varint();
    const entry = table.get(tag >>> 3);
    if (entry) readInto(target, entry, reader, tag & 7);
    else reader.skip(tag & 7);
  }
  return target;
}

/** Decodes one message. Fields that were not sent are absent. Throws on malformed bytes. */
export function decode<M extends AnyMessage>(schema: M, bytes: Uint8Array): Infer<M> {
  return decodeFields(schema, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as Infer<M>;
}
