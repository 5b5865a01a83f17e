import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  conflict,
  FieldPath,
  fieldForbidden,
  goText,
  invalid as invalidField,
  invalidObject,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  parseJsonPatch,
  required,
  StatusError,
  validateFieldManager,
  type WriteStrategy,
} from '@kubets/core';
import type { ExpectedBody } from '../encoding/body.ts';
import { schemaOf } from '../encoding/schema-codec.ts';
import { typeComplaint } from '../pipeline/body-type.ts';
import { decodePatched } from '../registry/body.ts';
import { createObject, type Written } from '../registry/create-object.ts';
import { applied } from '../registry/managed-fields.ts';
import type { Resource } from '../registry/resource.ts';
import { updateObject, versionRequired } from '../registry/update-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { answerWritten, checkNames } from './update.ts';

/** PATCH of an object, or of the object through one of its subresources. */
export async function patch(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
  strategy: WriteStrategy = resource.rules.strategy,
): Promise<VerbResult> {
  checkPatchOptions(request);
  if (request.patchType === 'apply') return apply(server, request, resource, strategy);
  const warnings = request.warnings ?? new Set<string>();
  const change = patcherOf(request, resource);
  const written = await updateObject(server, {
    request,
    resource,
    strategy,
    warnings,
    make: (current) => {
      const before = resource.fromStored(current) as unknown as JsonObject;
      const changed = asDocument(change(before));
      // A strategic patch changes fields of a kind, and its type is not one of them.
      if (request.patchType === 'strategic')
        Object.assign(changed, { kind: before.kind, apiVersion: before.apiVersion });
      const quote = () => quotePatched({ before, change, request, resource });
      const complain = () => typeComplaint({ schemaOf: knownIn(server) }, changed, expectedOf(resource));
      const { draft, unknownFields } = decodeChanged(changed, { request, resource, quote, complain });
      reportUnknown(unknownFields, { request, warnings, quote });
      if (isUnconditional(draft) && strategy.allowUnconditionalUpdate === false) {
        throw versionRequired(resource, request.name);
      }
      return prepared(draft, { request, resource, current });
    },
  });
  return answerWritten(resource, written, { warnings });
}

function knownIn({ registry }: ServerContext) {
  const kinds = () => registry.resources().map(({ kind }) => kind);
  return (apiVersion: string, kind: string) => schemaOf({ kinds }, apiVersion, kind);
}

function expectedOf({ kind: { group, version, kind } }: Resource): ExpectedBody {
  return { group, version, kind };
}

/** Whether a patch has taken the version out, which asks for a change of whatever version is there. */
function isUnconditional({ metadata: { resourceVersion } }: KubeObject): boolean {
  return !resourceVersion || resourceVersion === '0';
}

/** The body of an apply request: creates the object when there is none. */
async function apply(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
  strategy: WriteStrategy,
): Promise<VerbResult> {
  const warnings = request.warnings ?? new Set<string>();
  checkAppliedBody(request);
  const make = (current: KubeObject | undefined): KubeObject => {
    const live = current && resource.fromStored(current);
    const merged = applied(server, request, { resource, live });
    if (!live) checkNew(merged, request, resource);
    else if (isUnconditional(merged) && strategy.allowUnconditionalUpdate === false) {
      throw versionRequired(resource, request.name);
    }
    const { draft, unknownFields } = decodePatched(merged as unknown as JsonObject, resource, { keepsNulls: true });
    reportUnknown(unknownFields, { request, warnings, quote: () => JSON.stringify(request.body) });
    if (current) return prepared(draft, { request, resource, current });
    checkNames(draft, request, resource);
    return resource.toStored(draft);
  };
  for (;;) {
    const exists = await resource.current(request.namespace, request.name);
    if (exists || request.subresource) {
      const written = await updateObject(server, { request, resource, strategy, warnings, isTracked: true, make });
      return answerWritten(resource, written, { warnings });
    }
    const creation = { request, resource, draft: make(undefined), warnings, isTracked: true };
    const written = await createOrUndefined(server, creation);
    if (written) return answerWritten(resource, written, { warnings, code: 201 });
  }
}

/** Who applies to an object of one UID wants no other; a version is none of an object that is not there. */
function checkNew({ metadata }: KubeObject, { name }: AuthenticatedRequest, resource: Resource): void {
  delete metadata.resourceVersion;
  if (!metadata.uid) return;
  const why = `the provided object specified uid ${metadata.uid}, and no existing object was found`;
  throw conflict(resource.name, name, `uid mismatch: ${why}`);
}

/** Undefined when somebody else has created it meanwhile. */
async function createOrUndefined(
  server: ServerContext,
  creation: Parameters<typeof createObject>[1],
): Promise<Written | undefined> {
  try {
    return await createObject(server, creation);
  } catch (error) {
    if (
      error instanceof StatusError &&
      error.reason === 'AlreadyExists' &&
      !error.message.startsWith('object is being')
    ) {
      return undefined;
    }
    throw error;
  }
}

export function checkPatchOptions({ options, patchType }: AuthenticatedRequest): void {
  const errors = validateFieldManager(options.fieldManager ?? '', new FieldPath('fieldManager'));
  if (patchType === 'apply' && !options.fieldManager) {
    errors.push(required(new FieldPath('fieldManager'), 'is required for apply patch'));
  }
  if (patchType !== 'apply' && options.force !== undefined) {
    errors.push(fieldForbidden(new FieldPath('force'), 'may not be specified for non-apply patch'));
  }
  if (errors.length > 0) {
    throw invalidObject({ group: 'meta.k8s.io', resource: '', kind: 'PatchOptions', name: '', errors });
  }
}

function checkAppliedBody({ body }: AuthenticatedRequest): void {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('error decoding YAML: the body of an apply request must be an object');
  }
}

/** The draft in the stored version. A patch that leaves the resource version alone applies to whatever version is there. */
function prepared(
  draft: KubeObject,
  { request, resource, current }: { request: AuthenticatedRequest; resource: Resource; current: KubeObject },
): KubeObject {
  checkNames(draft, request, resource);
  const { metadata } = draft;
  if (metadata.resourceVersion === current.metadata.resourceVersion) delete metadata.resourceVersion;
  return resource.toStored(draft);
}

/** What a refusal of a patch quotes: what the patch made of the object, or the patch where it knows the kind's lists. */
function quotePatched(patched: {
  before: JsonObject;
  change: (document: JsonObject) => JsonValue;
  request: AuthenticatedRequest;
  resource: Resource;
}): string {
  const { before, change, request, resource } = patched;
  if (request.patchType === 'strategic') return goText(request.body as JsonValue);
  return JSON.stringify(change((resource.kind.isCustom ? inOrder(before) : inMetaOrder(before)) as JsonObject));
}

const META_ORDER = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
];

/** With the metadata in the order of its declaration. */
function inMetaOrder(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata)) return object;
  const first = META_ORDER.filter((name) => metadata[name] !== undefined).map((name) => [name, metadata[name]!]);
  return { ...object, metadata: { ...Object.fromEntries(first), ...metadata } };
}

/** With the fields in order of the alphabet, as custom resources are patched. */
function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, inOrder(field)]));
}

/** As `decodePatched`: a document that is not of the kind any more is the fault of the patch. */
function decodeChanged(
  document: JsonObject,
  how: {
    request: AuthenticatedRequest;
    resource: Resource;
    quote: () => string;
    complain: () => string | undefined;
  },
): ReturnType<typeof decodePatched> {
  const { request, resource, quote, complain } = how;
  const { isCustom } = resource.kind;
  const missing = isCustom && missingType(document);
  if (missing) throw refusedPatch(quote(), `${missing} is missing in '${quote()}'`);
  const complaint = isCustom ? undefined : complain();
  if (complaint !== undefined) throw refusedPatch(quote(), complaint);
  try {
    return decodePatched(document, resource);
  } catch (error) {
    const isTyped = error instanceof StatusError && error.message.startsWith('json: ');
    if (!isTyped || isCustom) throw error;
    throw refusedPatch(quote(), request.patchType === 'strategic' ? asRestored(error.message) : error.message);
  }
}

/** What strategic patches fail with is told by whoever makes values of a type, and not by whoever reads JSON. */
function asRestored(message: string): string {
  const [, found, type] = /^json: cannot unmarshal (\w+)(?: \S+)? into .* of type (.+)$/.exec(message) ?? [];
  const value = GO_TYPES[found ?? ''];
  if (!value || !type) return message;
  if (type.startsWith('[]')) return `cannot restore slice from ${value}`;
  if (type.startsWith('map[')) return `cannot restore map from ${value}`;
  return type.includes('.') ? `cannot restore struct from: ${value}` : `cannot convert ${value} to ${type}`;
}

const GO_TYPES: Readonly<Record<string, string>> = {
  number: 'int64',
  string: 'string',
  bool: 'bool',
  array: 'slice',
  object: 'map',
};

function missingType({ kind, apiVersion }: JsonObject): string | undefined {
  if (!kind) return "Object 'Kind'";
  return apiVersion ? undefined : "Object 'apiVersion'";
}

export function refusedPatch(quoted: string, why: string): StatusError {
  const errors = [invalidField(new FieldPath('patch'), quoted, why)];
  return invalidObject({ group: '', resource: '', kind: '', name: '', errors });
}

export function reportUnknown(
  unknownFields: readonly string[],
  { request, warnings, quote }: { request: AuthenticatedRequest; warnings: Set<string>; quote: () => string },
): void {
  const { fieldValidation } = request.options;
  const duplicates = request.duplicates ?? [];
  if (fieldValidation === 'Ignore' || unknownFields.length + duplicates.length === 0) return;
  const texts = [...duplicates, ...unknownFields.map((field) => `unknown field "${field}"`)];
  if (fieldValidation === 'Strict') throw refusedPatch(quote(), `strict decoding error: ${texts.join(', ')}`);
  for (const text of texts) warnings.add(text);
}

function asDocument(patched: JsonValue): JsonObject {
  if (patched === null || typeof patched !== 'object' || Array.isArray(patched)) {
    throw badRequest('the patch does not leave an object');
  }
  return patched;
}

/** The function that a patch is. Throws for a patch that is malformed, or of a type that the kind does not take. */
export function patcherOf(
  request: AuthenticatedRequest,
  resource: Pick<Resource, 'kind'>,
): (document: JsonObject) => JsonValue {
  const body = request.body as JsonValue;
  switch (request.patchType) {
    case 'json': {
      const operations = parseJsonPatch(body);
      return (document) => applyJsonPatch(document, operations);
    }
    case 'merge': {
      const changes = asPatch(body);
      return (document) => applyMergePatch(document, changes);
    }
    case 'strategic': {
      if (resource.kind.isCustom) throw unsupportedPatch();
      const changes = asPatch(body);
      return (document) => applyStrategicMergePatch(document, changes, resource.kind.schema);
    }
    default:
      throw unsupportedPatch();
  }
}

function asPatch(body: JsonValue): JsonObject {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('the body of the patch must be an object');
  }
  return body;
}

function unsupportedPatch(): StatusError {
  return new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  });
}
