import { apiVersionOf, badRequest, decodeEnvelope, type StatusError } from '@kubets/core';
import type { Codec, ParsedText } from './codec.ts';
import type { Format } from './negotiate.ts';

const MAX_SHOWN_BYTES = 30;
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** What a body is expected to be. */
export interface ExpectedBody {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Bodies of custom resources say of what kind they are. */
  readonly namesItself?: boolean;
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
  try {
    const parsed = parseTyped(codec, bytes, { format, trackDuplicates });
    if (expected.namesItself) checkNamesItself(parsed.value, bytes, format);
    return parsed;
  } catch (error) {
    // Whoever asks for no validation of fields has the kind of the URL assumed before anything is read.
    const isAssumed = expected.namesItself && !trackDuplicates && error instanceof UnnamedError;
    if (!isAssumed) throw unrecognized(expected, textOf(error), bytes);
    throw badRequest(
      `${expected.kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: ${error.message}`,
    );
  }
}

/** The object that a text holds, which may leave out its type. Throws an Error that says what is wrong with it. */
export function parseTyped(
  codec: Codec,
  bytes: Uint8Array,
  { format, trackDuplicates = false }: { format: 'json' | 'yaml'; trackDuplicates?: boolean },
): ParsedBody {
  const { value, duplicates } = readText(codec, bytes, { format, trackDuplicates });
  if (value === null) return { value: {}, duplicates };
  if (!isObject(value)) throw new Error(noTypeMeta(`${jsonTypeOf(value)} into Go value of type ${TYPE_META}`));
  for (const [name, field] of Object.entries(value)) {
    if (name !== 'kind' && name !== 'apiVersion') continue;
    if (typeof field === 'string' || field === null) continue;
    throw new Error(noTypeMeta(`${jsonTypeOf(field)} into Go struct field .${name} of type string`));
  }
  const { apiVersion } = value;
  if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2) {
    throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
  }
  return { value, duplicates };
}

function readText(
  codec: Codec,
  bytes: Uint8Array,
  { format, trackDuplicates }: { format: 'json' | 'yaml'; trackDuplicates: boolean },
): ParsedText {
  try {
    return codec.parseText(bytes, format, trackDuplicates);
  } catch (error) {
    if (format === 'yaml') throw new Error(textOf(error).replace(/^error converting YAML to JSON: /, ''));
    throw new Error(`couldn't get version/kind; json parse error: ${textOf(error)}`);
  }
}

const noTypeMeta = (what: string) => `couldn't get version/kind; json parse error: json: cannot unmarshal ${what}`;

function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

class UnnamedError extends Error {}

function checkNamesItself(value: Record<string, unknown>, bytes: Uint8Array, format: Format): void {
  for (const name of ['kind', 'apiVersion']) {
    if (typeof value[name] === 'string' && value[name] !== '') continue;
    const text = format === 'json' ? new TextDecoder().decode(bytes) : JSON.stringify(value);
    throw new UnnamedError(`Object '${name === 'kind' ? 'Kind' : name}' is missing in '${text}'`);
  }
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
