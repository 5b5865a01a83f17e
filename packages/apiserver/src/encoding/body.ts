import { apiVersionOf, badRequest, decodeEnvelope, type StatusError } from '@kubets/core';
import type { Codec, ParsedText } from './codec.ts';
import type { Format } from './negotiate.ts';

const MAX_SHOWN_BYTES = 30;

/** What a body is expected to be. */
export interface ExpectedBody {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first bytes of a body, for messages. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES);
  const more = bytes.length > MAX_SHOWN_BYTES ? ' ...' : '';
  if (bytes[0] === 0x7b) return new TextDecoder().decode(shown) + more;
  return Array.from(shown, (byte) => byte.toString(16).padStart(2, '0')).join('') + more;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unrecognized(expected: ExpectedBody, why: string, bytes: Uint8Array): StatusError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(bytes)})`,
  );
}

/** A body as plain values. */
export interface ParsedBody {
  readonly value: Record<string, unknown>;
  /** Complaints about fields given twice. */
  readonly duplicates: readonly string[];
}

/** Parses JSON or YAML text, or a protobuf envelope, into plain values. Throws 400. */
export function parseBody(
  codec: Codec,
  bytes: Uint8Array,
  options: { format: Format; expected: ExpectedBody; trackDuplicates?: boolean },
): ParsedBody {
  const { format, expected, trackDuplicates = false } = options;
  if (format === 'protobuf') return { value: parseProtobuf(codec, bytes, expected), duplicates: [] };
  let parsed: ParsedText;
  try {
    parsed = codec.parseText(bytes, format, trackDuplicates);
  } catch (error) {
    throw unrecognized(expected, `couldn't get version/kind; json parse error: ${textOf(error)}`, bytes);
  }
  const { value, duplicates } = parsed;
  if (isObject(value)) return { value, duplicates };
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const why = `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
  throw unrecognized(expected, why, bytes);
}

function parseProtobuf(codec: Codec, bytes: Uint8Array, expected: ExpectedBody): Record<string, unknown> {
  try {
    const { apiVersion, kind, raw } = decodeEnvelope(bytes);
    const want = apiVersionOf(expected.group, expected.version);
    const value = codec.decodeProtobuf(apiVersion || want, kind || expected.kind, raw);
    if (isObject(value)) return { ...value, apiVersion: apiVersion || want, kind: kind || expected.kind };
  } catch (error) {
    throw unrecognized(expected, textOf(error), bytes);
  }
  throw unrecognized(expected, 'no such type is registered for protobuf', bytes);
}
