import type { JsonObject, KubeObject } from '../object.ts';
import type { AnyMessage } from '../schema/types.ts';
import { badRequest } from '../status.ts';
import { decodeMessage } from './protobuf-decode.ts';
import { encodeMessage } from './protobuf-encode.ts';
import { BackwardWriter, Reader, WIRE_BYTES, WireError } from './wire.ts';

/** The four bytes that every protobuf object begins with: k8s and a zero. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00] as const;

/** What stands round a protobuf object: which kind it is, and the message's own bytes. */
export interface ProtobufEnvelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message, to be read with the kind's schema. A view into the bytes given. */
  readonly raw: Uint8Array;
  readonly contentEncoding: string;
  readonly contentType: string;
}

/** Whether bytes begin as protobuf objects do. */
export function isProtobuf(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Encodes an object with its envelope, which takes its apiVersion and kind. */
export function encodeObject(schema: AnyMessage, object: KubeObject | JsonObject): Uint8Array {
  const { apiVersion = '', kind = '' } = object as { apiVersion?: string; kind?: string };
  return encodeEnvelope({ apiVersion, kind, raw: encodeMessage(schema, object) });
}

const writer = new BackwardWriter();

/** Puts a message that is already encoded into its envelope. */
export function encodeEnvelope(
  envelope: Pick<ProtobufEnvelope, 'apiVersion' | 'kind' | 'raw'> & Partial<ProtobufEnvelope>,
): Uint8Array {
  writeText(4, envelope.contentType ?? '');
  writeText(3, envelope.contentEncoding ?? '');
  writer.bytes(envelope.raw);
  writeHeader(2, envelope.raw.length);
  const mark = writer.mark;
  writeText(2, envelope.kind);
  writeText(1, envelope.apiVersion);
  writeHeader(1, writer.mark - mark);
  writer.bytes(Uint8Array.from(MAGIC));
  return writer.take();
}

function writeText(number: number, text: string): void {
  const mark = writer.mark;
  writer.text(text);
  writeHeader(number, writer.mark - mark);
}

function writeHeader(number: number, length: number): void {
  writer.varint(length);
  writer.varint(number * 8 + WIRE_BYTES);
}

/** Reads an envelope. Throws a 400 `StatusError` where there is none. */
export function decodeEnvelope(bytes: Uint8Array): ProtobufEnvelope {
  if (bytes.length === 0) throw badRequest('empty data');
  if (!isProtobuf(bytes)) {
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  try {
    return readEnvelope(new Reader(bytes.subarray(MAGIC.length)));
  } catch (error) {
    throw error instanceof WireError ? badRequest(error.message) : error;
  }
}

function readEnvelope(from: Reader): ProtobufEnvelope {
  const found = {
    apiVersion: '',
    kind: '',
    raw: new Uint8Array(0) as Uint8Array,
    contentEncoding: '',
    contentType: '',
  };
  while (from.position < from.bytes.length) {
    const tag = from.uint32();
    if (tag === 10) Object.assign(found, readTypeMeta(from));
    else if (tag === 18) found.raw = from.view();
    else if (tag === 26) found.contentEncoding = from.text();
    else if (tag === 34) found.contentType = from.text();
    else from.skip(tag & 7);
  }
  return found;
}

function readTypeMeta(from: Reader): { apiVersion: string; kind: string } {
  const end = from.lengthEnd();
  const found = { apiVersion: '', kind: '' };
  while (from.position < end) {
    const tag = from.uint32();
    if (tag === 10) found.apiVersion = from.text();
    else if (tag === 18) found.kind = from.text();
    else from.skip(tag & 7);
  }
  return found;
}

/** The object in an envelope that `decodeEnvelope` has read. */
export function decodeObject(schema: AnyMessage, envelope: ProtobufEnvelope): JsonObject {
  const head: JsonObject = {};
  if (envelope.apiVersion) head.apiVersion = envelope.apiVersion;
  if (envelope.kind) head.kind = envelope.kind;
  return Object.assign(head, decodeMessage(schema, envelope.raw));
}

/** A watch event whose object is already encoded (with its envelope), as one message without envelope. */
export function encodeWatchEvent(type: string, object: Uint8Array): Uint8Array {
  writer.bytes(object);
  writeHeader(1, object.length);
  const size = writer.mark;
  writeHeader(2, size);
  writeText(1, type);
  return writer.take();
}

/** The two parts of a watch event; `object` is encoded with its envelope. */
export function decodeWatchEvent(bytes: Uint8Array): { type: string; object: Uint8Array } {
  const from = new Reader(bytes);
  const found = { type: '', object: new Uint8Array(0) as Uint8Array };
  while (from.position < bytes.length) {
    const tag = from.uint32();
    if (tag === 10) found.type = from.text();
    else if (tag === 18) found.object = readRaw(from);
    else from.skip(tag & 7);
  }
  return found;
}

function readRaw(from: Reader): Uint8Array {
  const end = from.lengthEnd();
  let raw: Uint8Array = new Uint8Array(0);
  while (from.position < end) {
    const tag = from.uint32();
    if (tag === 10) raw = from.view();
    else from.skip(tag & 7);
  }
  return raw;
}
