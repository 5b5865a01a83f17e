import type { Namespace } from '@kubets/api';
import type { DeleteOptions as ClientDeleteOptions } from '@kubets/client';
import { conflict, type KubeObject, notFound } from '@kubets/core';
import { RevisionMismatchError } from '@kubets/storage';
import { definitionToDelete, isDefinition } from '../custom-resources/deletion.ts';
import type { AuthenticatedRequest } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import type { CachedObject } from '../watch-cache/cached-object.ts';
import { hookOf, writtenAt } from './create-object.ts';
import { timestamp } from './metadata.ts';
import { arrange, toStoredBytes } from './object-bytes.ts';
import type { Resource } from './resource.ts';

/** Every option that clients may send, old spellings included. */
export interface DeleteOptions extends ClientDeleteOptions {
  /** The older form of propagationPolicy. */
  readonly orphanDependents?: boolean;
}

export const ORPHAN_FINALIZER = 'orphan';
export const FOREGROUND_FINALIZER = 'foregroundDeletion';

/** What a deletion left. */
export interface Deleted {
  /** The last state, or the object that lingers, in the stored version. */
  readonly object: KubeObject;
  /** The lingering object as stored; undefined when it is gone, and in dry runs. */
  readonly stored: CachedObject | undefined;
  /** `gone`; `lingers` behind a grace period or finalizer that this request set; `pending` behind one set before. */
  readonly outcome: 'gone' | 'lingers' | 'pending';
}

export interface Deletion {
  readonly request: AuthenticatedRequest;
  readonly resource: Resource;
  readonly options: DeleteOptions;
  /** True where admission has been asked already, about more than the deletion. */
  readonly isAdmitted?: boolean;
}

/** Deletes an object: at once, or by marking it when a grace period or finalizers hold it. */
export async function deleteObject(server: ServerContext, deletion: Deletion): Promise<Deleted> {
  const { request, resource } = deletion;
  for (;;) {
    const current = await resource.current(request.namespace, request.name);
    if (!current) throw notFound(resource.name, request.name);
    const outcome = await deleteCurrent(server, deletion, current);
    if (outcome !== 'overtaken') return outcome;
  }
}

/** Deletes the state that the caller has just read; `overtaken` when somebody changed it meanwhile. */
export async function deleteCurrent(
  server: ServerContext,
  deletion: Deletion,
  current: CachedObject,
): Promise<Deleted | 'overtaken'> {
  const { resource, options, request } = deletion;
  const old = current.object;
  checkDeletePreconditions(resource, old, options);
  const admission = {
    operation: 'DELETE' as const,
    request,
    resource,
    namespace: old.metadata.namespace ?? '',
    name: old.metadata.name ?? '',
    subresource: '',
    object: undefined,
    old,
    dryRun: isDryRun(deletion),
    warn: (text: string) => void request.warnings?.add(text),
  };
  if (!deletion.isAdmitted) {
    await server.admission.mutate(admission);
    await server.admission.validate(admission);
  }
  const marked = markForDeletion(announced(old, server.clock.now()), { resource, options, nowMs: server.clock.now() });
  try {
    if (marked === 'pending') return { object: old, stored: current, outcome: 'pending' };
    if (marked === 'held') return { object: old, stored: current, outcome: 'lingers' };
    if (marked === 'delete') return await remove(server, deletion, current);
    return await mark(server, deletion, { current, marked });
  } catch (error) {
    if (!(error instanceof RevisionMismatchError)) throw error;
    if (error.current) await resource.cache.waitFor(error.current.modRevision);
    return 'overtaken';
  }
}

/** A definition of custom resources says that its objects go first. */
function announced(old: KubeObject, nowMs: number): KubeObject {
  return isDefinition(old) ? definitionToDelete(old, timestamp(nowMs)) : old;
}

const isDryRun = ({ options, request }: Deletion) => Boolean(options.dryRun || request.options.dryRun);

export function checkDeletePreconditions(
  resource: Resource,
  { metadata }: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const mismatch = (
    field: string,
    { wanted, actual = '' }: { wanted: string; actual?: string | undefined },
    then: string,
  ) =>
    conflict(
      // The complaint names the kind where others name the resource.
      { group: resource.storedKind.group, resource: resource.kind.kind },
      metadata.name ?? '',
      `the ${field} in the precondition (${wanted}) does not match the ${field} in record (${actual}). The object might have been ${then}`,
    );
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid && uid !== metadata.uid)
    throw mismatch('UID', { wanted: uid, actual: metadata.uid }, 'deleted and then recreated');
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw mismatch('ResourceVersion', { wanted: resourceVersion, actual: metadata.resourceVersion }, 'modified');
  }
}

async function remove(server: ServerContext, deletion: Deletion, current: CachedObject): Promise<Deleted> {
  if (isDryRun(deletion)) return { object: current.object, stored: undefined, outcome: 'gone' };
  const revision = await server.store.delete(current.key, current.revision);
  await deletion.resource.cache.waitFor(revision);
  await hookOf(server, deletion.resource)?.afterDelete(current.object);
  return { object: arrange(current.object, String(revision)), stored: undefined, outcome: 'gone' };
}

async function mark(
  server: ServerContext,
  deletion: Deletion,
  { current, marked }: { current: CachedObject; marked: KubeObject },
): Promise<Deleted> {
  const { resource } = deletion;
  if (isDryRun(deletion)) return { object: marked, stored: undefined, outcome: 'lingers' };
  const object = arrange(marked);
  const value = toStoredBytes(object);
  resource.cache.noteWrite(value, object);
  const revision = await server.store.update(current.key, value, current.revision);
  return { ...(await writtenAt({ resource, key: current.key, revision, value })), outcome: 'lingers' };
}

/**
 * What deleting `old` comes to: `delete` at once; `pending` when its grace period runs already, and `held` when finalizers keep it
 * already and nothing changes; or the object
 * with deletionTimestamp, grace period and finalizers set.
 */
export function markForDeletion(
  old: KubeObject,
  { resource, options, nowMs }: { resource: Resource; options: DeleteOptions; nowMs: number },
): KubeObject | 'delete' | 'pending' | 'held' {
  if (isHeldNamespace(old)) return markNamespace(old, nowMs);
  const graceful = gracefulMetadata(old, { resource, options, nowMs });
  if (graceful === 'pending') return 'pending';
  const finalizers = finalizersAfter(old, options);
  const metadata = { ...old.metadata, ...graceful };
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (graceful) {
    const object = { ...old, metadata };
    return graceful.deletionGracePeriodSeconds === 0 && finalizers.length === 0 ? 'delete' : object;
  }
  if (finalizers.length === 0) return 'delete';
  const settled =
    old.metadata.deletionTimestamp !== undefined &&
    (old.metadata.deletionGracePeriodSeconds === 0 || isDefinition(old));
  if (settled && sameList(finalizers, old.metadata.finalizers)) return 'held';
  if (!old.metadata.deletionTimestamp) {
    metadata.deletionTimestamp = timestamp(nowMs);
    if (metadata.generation) metadata.generation++;
  }
  // Definitions are marked without a period of grace.
  if (!isDefinition(old)) metadata.deletionGracePeriodSeconds = 0;
  return { ...old, metadata };
}

/** True for a namespace that its finalizers keep until everything in it is gone. */
export function isHeldNamespace(object: KubeObject): boolean {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false;
  return Boolean((object as Namespace).spec?.finalizers?.length);
}

function markNamespace(old: KubeObject, nowMs: number): KubeObject | 'pending' {
  const { status } = old as Namespace;
  if (old.metadata.deletionTimestamp && status?.phase === 'Terminating') return 'pending';
  const deletionTimestamp = old.metadata.deletionTimestamp ?? timestamp(nowMs);
  const marked: Namespace = {
    ...(old as Namespace),
    metadata: { ...old.metadata, deletionTimestamp },
    status: { ...status, phase: 'Terminating' },
  };
  return marked;
}

const sameList = (a: readonly string[], b: readonly string[] | undefined) =>
  a.length === (b?.length ?? 0) && a.every((item, index) => item === b?.[index]);

interface GracefulMetadata {
  deletionTimestamp: string;
  deletionGracePeriodSeconds: number;
  generation?: number;
}

/** Graceful deletion's part of the metadata; undefined where the kind, or this object, is deleted without grace. */
function gracefulMetadata(
  { metadata, ...rest }: KubeObject,
  { resource, options, nowMs }: { resource: Resource; options: DeleteOptions; nowMs: number },
): GracefulMetadata | 'pending' | undefined {
  const { strategy } = resource.rules;
  if (!strategy.deletionGraceSeconds) return undefined;
  const requested = options.gracePeriodSeconds;
  if (metadata.deletionTimestamp) {
    const running = metadata.deletionGracePeriodSeconds;
    if (!running) return undefined;
    if (requested === undefined || requested >= running) return 'pending';
    const seconds = Math.max(0, requested);
    const startedMs = Date.parse(metadata.deletionTimestamp) - running * 1000;
    return { deletionTimestamp: timestamp(startedMs + seconds * 1000), deletionGracePeriodSeconds: seconds };
  }
  const seconds = strategy.deletionGraceSeconds({ metadata, ...rest }, requested);
  if (seconds === undefined) return undefined;
  return {
    deletionTimestamp: timestamp(nowMs + seconds * 1000),
    deletionGracePeriodSeconds: seconds,
    ...(metadata.generation ? { generation: metadata.generation + 1 } : {}),
  };
}

/** The finalizers that the garbage collector is to see, by the policy asked for, or else the one already chosen. */
function finalizersAfter({ metadata }: KubeObject, options: DeleteOptions): string[] {
  const existing = metadata.finalizers ?? [];
  const others = existing.filter((name) => name !== ORPHAN_FINALIZER && name !== FOREGROUND_FINALIZER);
  const policy = options.propagationPolicy ?? policyOf(existing, options.orphanDependents);
  if (policy === 'Orphan') return [...others, ORPHAN_FINALIZER];
  return policy === 'Foreground' ? [...others, FOREGROUND_FINALIZER] : others;
}

function policyOf(
  finalizers: readonly string[],
  orphanDependents: boolean | undefined,
): DeleteOptions['propagationPolicy'] {
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  const chosen = finalizers.find((name) => name === ORPHAN_FINALIZER || name === FOREGROUND_FINALIZER);
  if (chosen === undefined) return 'Background';
  return chosen === ORPHAN_FINALIZER ? 'Orphan' : 'Foreground';
}
