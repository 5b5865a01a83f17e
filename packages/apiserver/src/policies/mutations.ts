import type { Mutation } from '@kubets/api';
import {
  applyJsonPatch,
  CelMap,
  type CelValue,
  internalError,
  type JsonObject,
  type JsonValue,
  jsonOfCelValue,
  type KubeObject,
  mergeConfiguration,
  parseJsonPatch,
  StatusError,
} from '@kubets/core';
import type { Resource } from '../registry/resource.ts';
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
  { expressions, as }: { expressions: Expressions; as: Resource },
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

function applied(value: CelValue, live: JsonObject, { kind, apiVersion }: Resource): JsonObject {
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
  const operations = value as readonly CelMap[];
  for (const operation of operations) {
    const given = operation.get('value');
    if (given !== undefined) checkTypeNames(given);
  }
  try {
    return applyJsonPatch(live, parseJsonPatch(operations.map(jsonOfCelValue) as JsonValue)) as JsonObject;
  } catch (error) {
    const cause = error instanceof StatusError && error.cause instanceof Error ? error.cause : (error as Error);
    if (cause.message.endsWith('test failed')) return undefined;
    throw new Error(`JSONPath: ${cause.message}`);
  }
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
