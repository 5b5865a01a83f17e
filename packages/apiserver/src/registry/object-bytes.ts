import type { KubeObject, ObjectMeta } from '@kubets/core';
import { dropNulls, withNulls } from './nil-lists.ts';

/**
 * How an object lies in the store: JSON in a fixed key order without metadata.resourceVersion, which the store's revision
 * is. On the wire the same bytes are sent with the resource version spliced in after the uid, so a write encodes once.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const METADATA_ORDER: readonly (keyof ObjectMeta)[] = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];
const UID_MARK = '"uid":"';
const UID_MARK_BYTES = encoder.encode(UID_MARK);
const QUOTE = 0x22;

function orderMetadata(metadata: ObjectMeta, resourceVersion: string | undefined): ObjectMeta {
  const ordered: Record<string, unknown> = {};
  for (const name of METADATA_ORDER) {
    const value = name === 'resourceVersion' ? resourceVersion : metadata[name];
    if (value !== undefined && value !== null) ordered[name] = value;
    else if (name === 'uid') ordered.uid = '';
  }
  return ordered as ObjectMeta;
}

/** The same object with its keys in the order of the stored form and the given resource version; the parts are shared. */
export function arrange<T extends KubeObject>(object: T, resourceVersion?: string): T {
  const { kind, apiVersion, metadata, ...rest } = object;
  return { kind, apiVersion, metadata: orderMetadata(metadata, resourceVersion), ...rest } as unknown as T;
}

/** The bytes that are stored for `object`. */
export function toStoredBytes(object: KubeObject): Uint8Array {
  return encoder.encode(JSON.stringify(withNulls(arrange(object))));
}

/** Parses stored bytes and sets the resource version. */
export function fromStoredBytes<T extends KubeObject>(value: Uint8Array, revision: number): T {
  const text = decoder.decode(value);
  const uid = text.indexOf(UID_MARK) + UID_MARK.length;
  const at = text.indexOf('"', uid) + 1;
  const object = JSON.parse(`${text.slice(0, at)},"resourceVersion":"${revision}"${text.slice(at)}`) as T;
  dropNulls(object);
  return object;
}

/** The JSON on the wire for stored bytes. */
export function toWireBytes(value: Uint8Array, revision: number): Uint8Array {
  return spliceInto({ value, revision, before: '', after: '' });
}

/** Stored bytes with their resource version, between two texts, in one allocation. */
export function spliceInto(options: {
  value: Uint8Array;
  revision: number;
  before: string;
  after: string;
}): Uint8Array {
  const { value, revision } = options;
  const before = bytesOf(options.before);
  const after = bytesOf(options.after);
  const result = allocate(before.length + wireLength(value.length, revision) + after.length);
  result.set(before, 0);
  const end = writeWire({ value, revision, target: result, at: before.length });
  result.set(after, end);
  return result;
}

/** How long the JSON on the wire is for `length` stored bytes. */
export function wireLength(length: number, revision: number): number {
  return length + INSERTION.length + digitsOf(revision) + 1;
}

/** Writes the JSON on the wire into `target` from `at` on, without its first `omitted` bytes, and returns where it ends. */
export function writeWire(options: {
  value: Uint8Array;
  revision: number;
  target: Uint8Array;
  at: number;
  omitted?: number;
}): number {
  const { value, revision, target, at, omitted = 0 } = options;
  const offset = resourceVersionOffset(value);
  target.set(value.subarray(omitted, offset), at);
  let end = at + offset - omitted;
  target.set(INSERTION, end);
  end += INSERTION.length + digitsOf(revision);
  for (let digit = end - 1, rest = revision; rest > 0; digit--, rest = Math.floor(rest / 10))
    target[digit] = 0x30 + (rest % 10);
  target[end++] = QUOTE;
  target.set(value.subarray(offset), end);
  return end + value.length - offset;
}

function digitsOf(revision: number): number {
  let digits = 1;
  for (let limit = 10; revision >= limit; limit *= 10) digits++;
  return digits;
}

const INSERTION = encoder.encode(',"resourceVersion":"');
const texts = new Map<string, Uint8Array>();

/** The bytes of one of the few texts that stand around objects. */
function bytesOf(text: string): Uint8Array {
  let bytes = texts.get(text);
  if (!bytes) {
    bytes = encoder.encode(text);
    texts.set(text, bytes);
  }
  return bytes;
}

/** Small results share one allocation, which is much cheaper than one each. */
const SLAB_BYTES = 64 * 1024;
const MAX_SLAB_SHARE = 8 * 1024;
let slab = new Uint8Array(SLAB_BYTES);
let slabUsed = 0;

function allocate(length: number): Uint8Array {
  if (length > MAX_SLAB_SHARE) return new Uint8Array(length);
  if (slabUsed + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    slabUsed = 0;
  }
  slabUsed += length;
  return slab.subarray(slabUsed - length, slabUsed);
}

/** Where the resource version goes: after the closing quote of metadata.uid, which is the first key of that name. */
function resourceVersionOffset(value: Uint8Array): number {
  // A byte at a time: a call for each quote costs more than looking at the hundred bytes before the uid.
  const last = value.length - UID_MARK_BYTES.length;
  for (let at = 0; at < last; at++) {
    if (value[at] !== QUOTE || !startsAt(value, at)) continue;
    let end = at + UID_MARK_BYTES.length;
    while (value[end] !== QUOTE) end++;
    return end + 1;
  }
  throw new Error('stored object without metadata.uid');
}

function startsAt(value: Uint8Array, at: number): boolean {
  for (let i = 1; i < UID_MARK_BYTES.length; i++) if (value[at + i] !== UID_MARK_BYTES[i]) return false;
  return true;
}

/** Bytes at the start of an object in which its labels usually end. */
const HEAD_BYTES = 1024;
/** What comes before the labels in the stored form: scalars only. */
const BEFORE_LABELS =
  /^\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{(?:"(?:name|generateName|namespace|uid|creationTimestamp|deletionTimestamp)":"[^"\\]*",?|"(?:generation|deletionGracePeriodSeconds)":\d+,?)*/;
const LABELS_MARK = '"labels":{';

/** The labels of a stored object, read without parsing the rest; undefined when they cannot be told so cheaply. */
export function labelsOfStored(value: Uint8Array): Readonly<Record<string, string>> | undefined {
  const head = decoder.decode(value.subarray(0, HEAD_BYTES));
  const at = BEFORE_LABELS.exec(head)?.[0].length;
  if (at === undefined || at >= head.length) return undefined;
  if (!head.startsWith(LABELS_MARK, at)) return NO_LABELS;
  // Neither names nor values of labels can hold a brace.
  const end = head.indexOf('}', at);
  return end < 0 ? undefined : JSON.parse(head.slice(at + LABELS_MARK.length - 1, end + 1));
}

const NO_LABELS = Object.freeze({});

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
