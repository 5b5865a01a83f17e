import {
  alreadyExists,
  badRequest,
  invalidObject,
  type KubeObject,
  randomSuffix,
  StatusError,
  type WriteContext,
} from '@kubets/core';
import { KeyExistsError } from '@kubets/storage';
import type { AdmissionRequest } from '../admission/admission.ts';
import { NOTHING_RESERVED, type WriteHook } from '../allocators/write-hook.ts';
import type { AuthenticatedRequest } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { CachedObject } from '../watch-cache/cached-object.ts';
import { tracked } from './managed-fields.ts';
import { fillSystemMetadata, matchNamespace, metadataErrors, wipeSystemMetadata } from './metadata.ts';
import { arrange, toStoredBytes } from './object-bytes.ts';
import type { Resource } from './resource.ts';

/** Tries at a free name before `generateName` gives up. */
const GENERATE_NAME_ATTEMPTS = 8;
/** Longest prefix that leaves room for the generated suffix in a DNS label. */
const MAX_GENERATED_PREFIX_LENGTH = 58;

/** An object on its way into the store. */
export interface Creation {
  readonly request: AuthenticatedRequest;
  readonly resource: Resource;
  /** In the stored version; changed in place on the way. */
  readonly draft: KubeObject;
  readonly warnings: Set<string>;
  /** True when the draft's managedFields are already right. */
  readonly isTracked?: boolean;
}

/** What a write left: the stored object, or what it would have been in a dry run. */
export interface Written {
  readonly object: KubeObject;
  /** Undefined in a dry run. */
  readonly stored: CachedObject | undefined;
}

/** Takes a decoded object through admission, defaults and validation into the store. */
export async function createObject(server: ServerContext, requested: Creation): Promise<Written> {
  const { request, resource } = requested;
  const { metadata } = requested.draft;
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  matchNamespace(requested.draft, request.namespace, resource);
  wipeSystemMetadata(requested.draft);
  const draft = requested.isTracked
    ? requested.draft
    : tracked(server, request, { resource, live: undefined, updated: requested.draft });
  const creation = { ...requested, draft };
  const admission = admissionOf(creation);
  await server.admission.mutate(admission);
  const turn = server.turns.whenFree();
  if (turn) await turn;
  const { generateName } = draft.metadata;
  const generated = !draft.metadata.name && generateName;
  for (let attempt = 1; ; attempt++) {
    if (generated) {
      draft.metadata.name = `${generateName.slice(0, MAX_GENERATED_PREFIX_LENGTH)}${randomSuffix(server.random)}`;
    }
    if (generated) resource.rules.strategy.applyDefaults?.(draft);
    if (attempt === 1) prepare(server, creation);
    let reserved = NOTHING_RESERVED;
    try {
      reserved = (await hookOf(server, resource)?.beforeCreate(draft, { dryRun: admission.dryRun })) ?? reserved;
      if (attempt === 1) validate(server, creation);
      await server.admission.validate({ ...admission, name: draft.metadata.name ?? '' });
      const written = await insert(server, creation);
      await reserved.commit();
      return written;
    } catch (error) {
      await reserved.undo();
      server.admission.release(admission);
      if (!(error instanceof KeyExistsError)) throw error;
      if (!generated) throw existsError(creation, error);
      if (attempt === GENERATE_NAME_ATTEMPTS) throw noFreeName(creation);
    }
  }
}

function admissionOf({ request, resource, draft, warnings }: Creation): AdmissionRequest {
  return {
    operation: 'CREATE',
    request,
    resource,
    namespace: request.namespace,
    name: draft.metadata.name ?? '',
    subresource: '',
    object: draft,
    old: undefined,
    dryRun: request.options.dryRun ?? false,
    warn: (text) => void warnings.add(text),
  };
}

function prepare(server: ServerContext, { request, resource, draft }: Creation): void {
  const { strategy, subresources } = resource.rules;
  const context = writeContext(server, request, resource);
  fillSystemMetadata(draft, server);
  draft.metadata.generation = 1;
  if (!strategy.hasGeneration) delete draft.metadata.generation;
  if (strategy.prepareForCreate) strategy.prepareForCreate(draft, context);
  else if (subresources.some(({ name }) => name === 'status')) delete (draft as { status?: unknown }).status;
}

function validate(server: ServerContext, { request, resource, draft, warnings }: Creation): void {
  const { strategy } = resource.rules;
  const context = writeContext(server, request, resource);
  const errors = [...metadataErrors(draft, resource), ...(strategy.validate?.(draft, context) ?? [])];
  if (errors.length > 0) throw invalid(resource, draft, errors);
  for (const warning of strategy.warnings?.(draft, undefined) ?? []) warnings.add(warning);
}

/** What is to be reserved beside storing objects of a resource. */
export function hookOf(server: ServerContext, { name }: Resource): WriteHook | undefined {
  return server.hooks.get(`${name.group}/${name.resource}`);
}

/** What a kind's rules may know of a write. */
export function writeContext(
  server: Pick<ServerContext, 'clock'>,
  request: AuthenticatedRequest,
  resource: Resource,
): WriteContext {
  return {
    subresource: request.subresource,
    nowMs: server.clock.now(),
    user: request.user,
    ...(resource.kind.storedAs ? { requestApiVersion: resource.apiVersion } : {}),
  };
}

export function invalid(
  resource: Resource,
  object: KubeObject,
  errors: Parameters<typeof invalidObject>[0]['errors'],
): StatusError {
  const { name } = object.metadata;
  // The rules are the stored version's, and so is the group that is named.
  const { group } = resource.storedKind;
  return invalidObject({ ...resource.name, group, kind: resource.kind.kind, name: name ?? '', errors });
}

async function insert(server: ServerContext, { request, resource, draft }: Creation): Promise<Written> {
  const { cache } = resource;
  const key = resource.keyOf(draft.metadata.namespace ?? '', draft.metadata.name!);
  await cache.ready();
  const object = arrange(draft);
  if (request.options.dryRun) {
    const existing = await server.store.get(key);
    if (existing) throw new KeyExistsError(existing);
    return { object, stored: undefined };
  }
  const value = toStoredBytes(object);
  cache.noteWrite(value, object);
  const leaseId = await server.expiry.leaseFor(cache.prefix);
  const revision = await server.store.create(key, value, leaseId ? { leaseId } : {});
  return writtenAt({ resource, key, revision, value });
}

/** The object just written, as the cache has it where it has not yet been overtaken by a later write. */
export async function writtenAt(options: {
  resource: Resource;
  key: string;
  revision: number;
  value: Uint8Array;
}): Promise<{ object: KubeObject; stored: CachedObject }> {
  const { resource, key, revision, value } = options;
  await resource.cache.waitFor(revision);
  const cached = resource.cache.get(key);
  const stored =
    cached?.revision === revision ? cached : new CachedObject({ key, revision, value, form: resource.cache.form });
  return { object: stored.object, stored };
}

function existsError({ resource, draft }: Creation, error: KeyExistsError): StatusError {
  const plain = alreadyExists(resource.name, draft.metadata.name!);
  const { key, modRevision: revision, value } = error.current;
  const existing = new CachedObject({ key, revision, value, form: resource.cache.form });
  if (!existing.object.metadata.deletionTimestamp) return plain;
  return new StatusError({ ...statusParts(plain), message: `object is being deleted: ${plain.message}` });
}

function noFreeName({ resource, draft }: Creation): StatusError {
  const plain = alreadyExists(resource.name, draft.metadata.name!);
  return new StatusError({
    ...statusParts(plain),
    message: `${plain.message}, the server was not able to generate a unique name for the object`,
  });
}

function statusParts({ code, reason, details }: StatusError) {
  return { code, reason, ...(details ? { details } : {}) };
}
