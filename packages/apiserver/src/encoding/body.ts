import { apiVersionOf, badRequest, decodeEnvelope, type KindDefinition, type StatusError } from '@kubets/core';
import type { Codec } from './codec.ts';
import type { Format } from './negotiate.ts';

const MAX_SHOWN_BYTES = 30;

/** What a body is expected to be. */
export interface ExpectedBody {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function expectedOf(kind: KindDefinition): ExpectedBody {
  return { group: kind.group, version: kind.version, kind: kind.kind };
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

/** Parses JSON or YAML text, or a protobuf envelope, into plain values. Throws 400. */
export function parseBody(
  codec: Codec,
  bytes: Uint8Array,
  format: Format,
  expected: ExpectedBody,
): Record<string, unknown> {
  if (format === 'protobuf') return parseProtobuf(codec, bytes, expected);
  let value: unknown;
  try {
    value = format === 'yaml' ? codec.parseYaml(bytes) : codec.parseJson(bytes);
  } catch (error) {
    const what = format === 'yaml' ? 'yaml' : 'json';
    throw unrecognized(expected, `couldn't get version/kind; ${what} parse error: ${textOf(error)}`, bytes);
  }
  if (isObject(value)) return value;
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

/** Checks the type that a body claims against what its URL takes, and fills in what it leaves out. Throws 400. */
export function checkType<T extends object>(body: T, expected: ExpectedBody): T {
  const { apiVersion, kind } = body as { apiVersion?: unknown; kind?: unknown };
  const want = apiVersionOf(expected.group, expected.version);
  const givenVersion = typeof apiVersion === 'string' ? apiVersion : '';
  const givenKind = typeof kind === 'string' ? kind : '';
  if (givenVersion === want && givenKind === expected.kind) return body;
  if (givenVersion !== '' && givenVersion !== want)
    throw badRequest(`the API version in the data (${givenVersion}) does not match the expected API version (${want})`);
  if (givenKind !== '' && givenKind !== expected.kind) {
    const version = givenVersion.slice(givenVersion.indexOf('/') + 1) || expected.version;
    throw badRequest(
      `${givenKind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: converting (${givenKind}) to (${expected.kind}): unknown conversion`,
    );
  }
  return { ...body, apiVersion: want, kind: expected.kind };
}
