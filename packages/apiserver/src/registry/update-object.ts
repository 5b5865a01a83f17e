import {
  apiVersionOf,
  conflict,
  invalidObject,
  type KubeObject,
  modifiedConflict,
  notFound,
  type StatusError,
  type WriteStrategy,
} from '@kubets/core';
import { RevisionMismatchError } from '@kubets/storage';
import type { AdmissionRequest } from '../admission/admission.ts';
import { NOTHING_RESERVED } from '../allocators/write-hook.ts';
import type { AuthenticatedRequest } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import type { CachedObject } from '../watch-cache/cached-object.ts';
import { hookOf, invalid, type Written, writeContext, writtenAt } from './create-object.ts';
import { isHeldNamespace } from './delete-object.ts';
import { tracked } from './managed-fields.ts';
import { carryOverMetadata, metadataUpdateErrors, raiseGeneration } from './metadata.ts';
import { arrange, fromStoredBytes, sameBytes, toStoredBytes } from './object-bytes.ts';
import type { Resource } from './resource.ts';

/** How often a change is made anew when another writer was faster. */
const MAX_CONFLICT_RETRIES = 5;

/** An object as another that stands for it, as a Scale does: admission sees that one, and changes it. */
export interface View {
  show(object: KubeObject): KubeObject;
  /** The current object, as a new one, with what the shown object wants. Throws for what it may not want. */
  take(shown: KubeObject, current: KubeObject): KubeObject;
}

/** A change of one object. */
export interface Change {
  readonly request: AuthenticatedRequest;
  readonly resource: Resource;
  /** Rules of the resource, or of the subresource written through. */
  readonly strategy: WriteStrategy;
  readonly warnings: Set<string>;
  /** True when `make` sees to managedFields itself. */
  readonly isTracked?: boolean;
  /** Where objects are seen through another, it is that other one which `make` makes. */
  readonly view?: View;
  /**
   * Makes the new object, in the stored version and free to be changed, from the current one. Called again when the object
   * has changed meanwhile, unless the draft names the resourceVersion that it was made from.
   */
  make(current: KubeObject): Promise<KubeObject> | KubeObject;
}

/** Applies a change under optimistic concurrency. A change that changes nothing writes nothing. */
export async function updateObject(server: ServerContext, change: Change): Promise<Written> {
  const { request, resource } = change;
  for (let attempt = 0; ; attempt++) {
    const current = await resource.current(request.namespace, request.name);
    if (!current) throw notFound(resource.name, request.name);
    const outcome = await attemptUpdate(server, change, current);
    if (outcome !== 'overtaken') return outcome;
    if (attempt === MAX_CONFLICT_RETRIES) throw modifiedConflict(resource.name, request.name);
  }
}

async function attemptUpdate(
  server: ServerContext,
  change: Change,
  current: CachedObject,
): Promise<Written | 'overtaken'> {
  const { request, resource } = change;
  const old = current.object;
  const { view } = change;
  const made = await change.make(old);
  if (!view) checkPreconditions(made, old, change);
  const guarded = !view && Boolean(made.metadata.resourceVersion);
  const admission = admissionOf(change, made, view ? view.show(old) : old);
  await server.admission.mutate(admission);
  const draft = view ? view.take(made, old) : made;
  const turn = server.turns.whenFree();
  if (turn) await turn;
  prepare(server, change, draft, old);
  const updated = change.isTracked ? draft : tracked(server, request, { resource, live: old, updated: draft });
  const { dryRun } = admission;
  const reserved = (await hookOf(server, resource)?.beforeUpdate(updated, old, { dryRun })) ?? NOTHING_RESERVED;
  try {
    validate(server, change, updated, old);
    await server.admission.validate({ ...admission, object: view ? view.show(updated) : updated });
    const written = await write(server, change, { current, object: arrange(updated) });
    await reserved.commit();
    return written;
  } catch (error) {
    await reserved.undo();
    server.admission.release(admission);
    if (!(error instanceof RevisionMismatchError)) throw error;
    if (guarded) throw modifiedConflict(resource.name, request.name);
    if (error.current) await resource.cache.waitFor(error.current.modRevision);
    return 'overtaken';
  }
}

async function write(
  server: ServerContext,
  change: Change,
  { current, object }: { current: CachedObject; object: KubeObject },
): Promise<Written> {
  const { request, resource } = change;
  if (isReleased(object)) return remove(server, change, current, object);
  const old = current.object;
  const value = toStoredBytes(object);
  const isSame =
    sameBytes(value, current.value) || (sameObject(object, arrange(old)) && !isOutdated(current, resource));
  if (isSame) return { object: old, stored: current };
  if (request.options.dryRun) return { object: atRevisionOf(old, object), stored: undefined };
  resource.cache.noteWrite(value, object);
  const revision = await server.store.update(current.key, value, current.revision);
  return writtenAt({ resource, key: current.key, revision, value });
}

/** A change that is only tried shows the revision of what it would have changed. */
function atRevisionOf({ metadata: { resourceVersion } }: KubeObject, object: KubeObject): KubeObject {
  return resourceVersion === undefined ? object : { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** Whether the object lies in the store in a version that is no longer the stored one; writing it anew migrates it. */
function isOutdated({ value, revision }: CachedObject, { storedKind }: Resource): boolean {
  if (!storedKind.readStored) return false;
  return fromStoredBytes(value, revision).apiVersion !== apiVersionOf(storedKind.group, storedKind.version);
}

function checkPreconditions(draft: KubeObject, old: KubeObject, change: Change): void {
  const { resource, request, strategy } = change;
  const { uid, resourceVersion } = draft.metadata;
  // A patch that changes the UID is told that it cannot change; whoever puts an object means the one with that UID.
  if (uid && uid !== old.metadata.uid && request.verb === 'update') {
    throw wrongUid(resource, old, uid);
  }
  if (resourceVersion && resourceVersion !== '0' && resourceVersion !== old.metadata.resourceVersion) {
    throw modifiedConflict(resource.name, request.name);
  }
  const mayOverwrite = strategy.allowUnconditionalUpdate ?? resource.rules.strategy.allowUnconditionalUpdate ?? true;
  const isUnconditional = !resourceVersion || resourceVersion === '0';
  if (isUnconditional && !mayOverwrite && request.verb === 'update') throw versionRequired(resource, request.name);
}

/** What an update without a resource version is told where there must be one. */
export function versionRequired({ name: resource, kind }: Resource, name: string): StatusError {
  const error = {
    type: 'FieldValueInvalid' as const,
    field: 'metadata.resourceVersion',
    message: 'Invalid value: 0: must be specified for an update',
  };
  // The complaint names the resource where others name the kind.
  return invalidObject({ ...resource, kind: kind.resource, name, errors: [error] });
}

/** What an update of an object with another UID is told: how the store puts it. */
export function wrongUid(resource: Resource, { metadata }: KubeObject, uid: string): StatusError {
  const name = metadata.name ?? '';
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
  const key = resource.keyOf(metadata.namespace ?? '', name);
  const text = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  return conflict(resource.name, name, text);
}

function admissionOf(change: Change, object: KubeObject, old: KubeObject): AdmissionRequest {
  const { request, resource, warnings } = change;
  return {
    operation: 'UPDATE',
    request,
    resource,
    namespace: request.namespace,
    name: request.name,
    subresource: request.subresource,
    object,
    old,
    dryRun: request.options.dryRun ?? false,
    warn: (text) => void warnings.add(text),
  };
}

function prepare(server: ServerContext, change: Change, draft: KubeObject, old: KubeObject): void {
  const { resource, strategy, request } = change;
  const context = writeContext(server, request, resource);
  carryOverMetadata(draft, old);
  if (strategy.prepareForUpdate) strategy.prepareForUpdate(draft, old, context);
  else keepForeignParts(draft, old, change);
  if (request.subresource !== 'status') raiseGeneration(draft, old, resource.rules.strategy);
  draft.metadata.resourceVersion = old.metadata.resourceVersion!;
}

function validate(server: ServerContext, change: Change, draft: KubeObject, old: KubeObject): void {
  const { resource, strategy, request, warnings } = change;
  const context = { ...writeContext(server, request, resource), old };
  // The rules of each kind look at the metadata once more.
  const errors = [
    ...metadataUpdateErrors(draft, old),
    ...metadataUpdateErrors(draft, old),
    ...(strategy.validate?.(draft, context) ?? []),
    ...(strategy.validateUpdate?.(draft, old, context) ?? []),
  ];
  if (errors.length > 0) throw invalid(resource, draft, errors);
  for (const warning of strategy.warnings?.(draft, old) ?? []) warnings.add(warning);
}

/** What a strategy without rules of its own leaves alone: status in the main resource, all but status in /status. */
function keepForeignParts(draft: KubeObject, old: KubeObject, { resource, request }: Change): void {
  const target = draft as unknown as Record<string, unknown>;
  const source = old as unknown as Record<string, unknown>;
  const kept = (name: string) => {
    if (source[name] === undefined) delete target[name];
    else target[name] = source[name];
  };
  if (request.subresource === 'status') {
    for (const name of new Set([...Object.keys(target), ...Object.keys(source)])) {
      if (!['apiVersion', 'kind', 'metadata', 'status'].includes(name)) kept(name);
    }
    draft.metadata = {
      ...old.metadata,
      ...(draft.metadata.managedFields ? { managedFields: draft.metadata.managedFields } : {}),
    };
  } else if (resource.rules.subresources.some(({ name }) => name === 'status')) {
    kept('status');
  }
}

/** True once nothing holds a deleted object any more: no finalizer and no grace period. */
export function isReleased(object: KubeObject): boolean {
  const { metadata } = object;
  if (!metadata.deletionTimestamp || metadata.finalizers?.length || metadata.deletionGracePeriodSeconds) return false;
  return !isHeldNamespace(object);
}

async function remove(
  server: ServerContext,
  { request, resource }: Change,
  current: CachedObject,
  object: KubeObject,
): Promise<Written> {
  if (!request.options.dryRun) {
    await server.store.delete(current.key, current.revision);
    await hookOf(server, resource)?.afterDelete(current.object);
  }
  return { object: arrange(object, String(current.revision)), stored: undefined };
}

/** Equality of two JSON values, whatever the order of their keys. */
export function sameObject(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameObject(item, b[index]));
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(left).filter((name) => left[name] !== undefined);
  if (names.length !== Object.keys(right).filter((name) => right[name] !== undefined).length) return false;
  return names.every((name) => sameObject(left[name], right[name]));
}
