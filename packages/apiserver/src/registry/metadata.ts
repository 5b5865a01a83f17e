import {
  badRequest,
  dnsSubdomainName,
  type FieldError,
  FieldPath,
  type KubeObject,
  sameJson,
  validateObjectMeta,
  validateObjectMetaUpdate,
  type WriteStrategy,
} from '@kubets/core';
import type { ServerContext } from '../server-context.ts';
import type { Resource } from './resource.ts';

const METADATA_PATH = new FieldPath('metadata');

/** Groups whose finalizers need no domain, as those of custom resources. */
const UNQUALIFIED_FINALIZER_GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'coordination.k8s.io',
  'policy',
]);

let lastSecond = Number.NaN;
let lastTimestamp = '';

/** RFC 3339 with seconds, as metadata carries times. */
export function timestamp(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== lastSecond) {
    lastTimestamp = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastTimestamp;
}

/** Puts the request's namespace into the object, or complains when it names another; objects without a namespace lose theirs. */
export function matchNamespace(draft: KubeObject, namespace: string, resource: Resource): void {
  if (!resource.kind.namespaced) {
    delete draft.metadata.namespace;
    return;
  }
  const own = draft.metadata.namespace;
  if (own && own !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  draft.metadata.namespace = namespace;
}

/** Takes from a new object what it cannot have yet. */
export function wipeSystemMetadata({ metadata }: KubeObject): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** Gives a new object what only the server may choose. */
export function fillSystemMetadata(draft: KubeObject, server: Pick<ServerContext, 'clock' | 'random'>): void {
  const { metadata } = draft;
  metadata.creationTimestamp = timestamp(server.clock.now());
  metadata.uid = server.random.uuid();
  wipeSystemMetadata(draft);
  delete metadata.resourceVersion;
}

export function metadataErrors(object: KubeObject, resource: Resource): FieldError[] {
  const { kind } = resource;
  const rules = {
    namespaced: kind.namespaced,
    nameRule: kind.validateName ?? dnsSubdomainName,
    allowUnqualifiedFinalizers: kind.isCustom || UNQUALIFIED_FINALIZER_GROUPS.has(kind.group),
  };
  return validateObjectMeta(object.metadata, rules, METADATA_PATH);
}

export function metadataUpdateErrors(object: KubeObject, old: KubeObject): FieldError[] {
  return validateObjectMetaUpdate(object.metadata, old.metadata, METADATA_PATH);
}

/** Keeps what an update may leave out and may never change. */
export function carryOverMetadata(draft: KubeObject, old: KubeObject): void {
  const { metadata } = draft;
  metadata.uid ||= old.metadata.uid ?? '';
  if (old.metadata.creationTimestamp) metadata.creationTimestamp = old.metadata.creationTimestamp;
  delete metadata.selfLink;
  if (old.metadata.deletionTimestamp) {
    metadata.deletionTimestamp = old.metadata.deletionTimestamp;
    if (old.metadata.deletionGracePeriodSeconds !== undefined) {
      metadata.deletionGracePeriodSeconds ??= old.metadata.deletionGracePeriodSeconds;
    }
  }
  if (old.metadata.generation !== undefined) metadata.generation = old.metadata.generation;
  else delete metadata.generation;
}

/** Raises metadata.generation when the desired state changes. */
export function raiseGeneration(draft: KubeObject, old: KubeObject, strategy: WriteStrategy): void {
  if (strategy.hasGeneration !== true) return;
  if (strategy.raisesGeneration?.(draft, old) || desiredStateChanged(draft, old)) {
    draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
}

function desiredStateChanged(object: KubeObject, old: KubeObject): boolean {
  const ignored = new Set(['apiVersion', 'kind', 'metadata', 'status']);
  const [now, before] = [object as unknown as Record<string, unknown>, old as unknown as Record<string, unknown>];
  const names = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...names].some((name) => !ignored.has(name) && !sameJson(now[name], before[name]));
}
