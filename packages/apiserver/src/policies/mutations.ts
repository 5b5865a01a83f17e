import type { Mutation } from '@kubets/api';
import {
  applyJsonPatch,
  CelMap,
  type CelValue,
  internalError,
  type JsonObject,
  type JsonPatchOperation,
  type JsonValue,
  jsonOfCelValue,
  type KubeObject,
  mergeConfiguration,
  parseJsonPatch,
  StatusError,
} from '@kubets/core';
import type { BodyForm } from '../registry/resource.ts';
import { replaceDraft } from '../webhooks/mutating.ts';
import type { Expressions } from './expressions.ts';

/**
 * Makes one change of a policy to an object, in place, and fills in defaults. True when the object is another than before.
 *
 * @throws CelError and CelCompileError for expressions that fail; StatusError for what the server is to answer whatever the failure
 * policy says; an Error for what does not fit the object.
 */
export function mutate(
  { patchType, applyConfiguration, jsonPatch }: Mutation,
  object: KubeObject,
  { expressions, as }: { expressions: Expressions; as: BodyForm },
): boolean {
  const body = patchType === 'JSONPatch' ? jsonPatch : applyConfiguration;
  const value = expressions.evaluate(body?.expression ?? '');
  const live = as.fromStored(object) as unknown as JsonObject;
  if (patchType !== 'JSONPatch') return replaceDraft(object, applied(value, live, as), as);
  const changed = patched(value, live);
  try {
    return changed !== undefined && replaceDraft(object, changed, as);
  } catch (error) {
    throw internalError(error);
  }
}

function applied(value: CelValue, live: JsonObject, { kind, apiVersion }: BodyForm): JsonObject {
  checkTypeNames(value);
  const configuration = { ...(jsonOfCelValue(value) as JsonObject), apiVersion, kind: kind.kind };
  try {
    return mergeConfiguration({ live, configuration, schema: kind.schema });
  } catch (error) {
    throw new Error(`error applying patch: ${(error as Error).message}`);
  }
}

/** Undefined where a test of the patch has failed: then nothing is changed. */
function patched(value: CelValue, live: JsonObject): JsonObject | undefined {
  for (const operation of value as readonly CelMap[]) {
    const given = operation.get('value');
    if (given !== undefined) checkTypeNames(given);
  }
  let operations: JsonPatchOperation[] = [];
  try {
    operations = parseJsonPatch(jsonOfCelValue(value));
    return applyJsonPatch(live, operations) as JsonObject;
  } catch (error) {
    const why = operations.length > 0 ? failureOf(operations, live) : causeOf(error).message;
    if (why.endsWith(TEST_FAILED)) return undefined;
    throw new Error(`JSONPath: ${why}`);
  }
}

const TEST_FAILED = 'test failed';
const causeOf = (error: unknown) =>
  error instanceof StatusError && error.cause instanceof Error ? error.cause : (error as Error);

/** Why a patch does not apply, by the operation that does not. */
function failureOf(operations: readonly JsonPatchOperation[], live: JsonObject): string {
  let document: JsonValue = live;
  for (const operation of operations) {
    try {
      document = applyJsonPatch(document, [operation]);
    } catch (error) {
      return operationFailure(operation, causeOf(error).message);
    }
  }
  return 'the patch is too large';
}

function operationFailure(operation: JsonPatchOperation, why: string): string {
  const { op, path } = operation;
  const missing = /^missing key: "(.*)"$/s.exec(why)?.[1];
  if (missing === undefined && !why.startsWith('doc is missing path')) return why;
  if (op === 'move' || op === 'copy') {
    return `${op} operation does not apply: doc is missing from path: ${operation.from}: missing value`;
  }
  const isLast = path.endsWith(`/${missing?.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  if (!isLast) return `${op} operation does not apply: doc is missing path: "${path}": missing value`;
  if (op === 'test') return `testing path ${path}: ${TEST_FAILED}`;
  if (op === 'replace') return `replace operation does not apply: doc is missing key: ${path}: missing value`;
  return `error in ${op} for path: '${path}': Unable to ${op} nonexistent key: ${missing}: missing value`;
}

/** Objects are made by types that are named by where they stand: under `Object.spec`, `replicas` can only be an `Object.spec.replicas`. */
function checkTypeNames(value: CelValue): void {
  const complaints = typeNameComplaints(value, value instanceof CelMap ? (value.objectName ?? '') : '');
  if (complaints.length > 0) throw new Error(`type mismatch: ${complaints.join('\n')}`);
}

function typeNameComplaints(value: CelValue, expected: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => typeNameComplaints(item, expected));
  if (!(value instanceof CelMap)) return [];
  const name = value.objectName;
  const complaint = `unexpected type name "${name}", expected "${expected}", which matches field name path from root Object type`;
  return [
    ...(name !== undefined && name !== expected ? [complaint] : []),
    ...value.entries().flatMap(([key, item]) => {
      const path = name === undefined ? expected : `${expected}.${String(key)}`;
      return typeNameComplaints(item, path);
    }),
  ];
}
