import {
  type AnyMessage,
  apiVersionOf,
  badRequest,
  conform,
  type JsonObject,
  parseApiVersion,
  StatusError,
} from '@kubets/core';
import type { ExpectedBody } from '../encoding/body.ts';
import type { Codec } from '../encoding/codec.ts';
import { internalType } from '../encoding/internal-types.ts';

/** As messages about kinds that nobody knows name the registry that was asked. */
const SCHEME = 'pkg/api/legacyscheme/scheme.go:30';
const OPTIONS_SCHEME = 'pkg/apis/meta/internalversion/scheme/register.go:27';
type Kinds = Pick<Codec, 'schemaOf'>;

/** Throws 400 for a body that says to be of another kind than the one expected, in the words of a decoder. */
export function checkBodyType(kinds: Kinds, body: Record<string, unknown>, expected: ExpectedBody): void {
  const complaint = typeComplaint(kinds, body, expected);
  if (complaint === undefined) return;
  const { apiVersion, kind } = givenType(body, expected);
  const { version } = parseApiVersion(apiVersion);
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${complaint}`);
}

/** Why a body of another kind than the one expected cannot be read; undefined where it can. */
export function typeComplaint(kinds: Kinds, body: Record<string, unknown>, expected: ExpectedBody): string | undefined {
  const { apiVersion, kind } = givenType(body, expected);
  if (apiVersion === apiVersionOf(expected.group, expected.version) && kind === expected.kind) return undefined;
  const { group, version } = parseApiVersion(apiVersion);
  const schema = kinds.schemaOf(apiVersion, kind);
  if (!schema) return notRegistered(apiVersion, kind, SCHEME);
  // Another version of the same kind is read, and refused for its version.
  if (kind === expected.kind && group === expected.group) return undefined;
  const misfit = misfitOf(schema, body);
  if (misfit !== undefined) return misfit;
  return `converting (${version}.${kind}) to (${internalType(expected.group, expected.kind)}): unknown conversion`;
}

function givenType(body: Record<string, unknown>, { group, version, kind }: ExpectedBody) {
  return { apiVersion: textOr(body.apiVersion, apiVersionOf(group, version)), kind: textOr(body.kind, kind) };
}

function misfitOf(schema: AnyMessage, body: Record<string, unknown>): string | undefined {
  try {
    conform(schema, body as JsonObject);
    return undefined;
  } catch (error) {
    if (error instanceof StatusError && error.code === 400) return error.message;
    throw error;
  }
}

/** The fields that a body has beside those of its kind. Throws 400 for values that do not fit. */
export function unknownFieldsOf(
  kinds: Kinds,
  body: Record<string, unknown>,
  expected: ExpectedBody,
): readonly string[] {
  const schema = kinds.schemaOf(apiVersionOf(expected.group, expected.version), expected.kind);
  if (!schema) return [];
  const misfit = misfitOf(schema, body);
  if (misfit === undefined) return conform(schema, body as JsonObject).unknownFields;
  throw badRequest(
    `${expected.kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: ${misfit}`,
  );
}

function notRegistered(apiVersion: string, kind: string, scheme: string): string {
  return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "${scheme}"`;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** Throws 400 for options of a deletion that say to be something else. */
export function checkDeleteOptionsType(body: Record<string, unknown>): void {
  const kind = textOr(body.kind, 'DeleteOptions');
  if (kind === 'DeleteOptions') return;
  throw badRequest(notRegistered(textOr(body.apiVersion, 'meta.k8s.io/v1'), kind, OPTIONS_SCHEME));
}
