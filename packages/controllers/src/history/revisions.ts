import { type ControllerRevision, controllerRevisionKind, type LabelMatcher, type PodTemplateSpec } from '@kubets/api';
import type { Client, Informer } from '@kubets/client';
import { hasReason, type JsonValue, type KindDefinition, type KubeObject } from '@kubets/core';
import { canonicalJson } from '../equality.ts';
import { claim } from '../ownership/claim.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { templateHash } from '../ownership/template-hash.ts';
import { ignoring } from '../runner/ignoring.ts';

/** By which pods say what they were made from: of a DaemonSet the revision's hash, of a StatefulSet its name. */
export const POD_REVISION_LABEL = 'controller-revision-hash';
/** Where the revisions themselves carry their hash. */
export type HashLabel = typeof POD_REVISION_LABEL | 'controller.kubernetes.io/hash';

interface Owner extends KubeObject {
  readonly spec?: { readonly template: PodTemplateSpec; readonly revisionHistoryLimit?: number };
}

export interface HistoryOptions<O extends Owner> {
  readonly client: Client;
  readonly informer: Informer<ControllerRevision>;
  readonly owner: O;
  readonly ownerKind: KindDefinition<O>;
  readonly matches: LabelMatcher;
  readonly collisionCount: number;
  readonly hashLabel: HashLabel;
}

/**
 * What a revision remembers of its owner: a patch that brings the template back. Its keys are in order, since clients
 * compare it byte by byte with what they make of the owner.
 */
function revisionData(template: PodTemplateSpec): JsonValue {
  return JSON.parse(canonicalJson({ spec: { template: { ...template, $patch: 'replace' } } })) as JsonValue;
}

function sameTemplate(revision: ControllerRevision, template: PodTemplateSpec): boolean {
  return canonicalJson(revision.data) === canonicalJson(revisionData(template));
}

export const byRevision = (left: ControllerRevision, right: ControllerRevision) => left.revision - right.revision;

/** The pod template that a revision remembers. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as unknown as { spec: { template: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}

export interface History {
  /** All revisions, the oldest first. */
  readonly revisions: readonly ControllerRevision[];
  /** That of the owner's present template. */
  readonly update: ControllerRevision;
  /** The name that had to be avoided so far; to be kept in the owner's status. */
  readonly collisionCount: number;
}

/** Sees to it that the owner's template is on record, as the newest revision. */
export async function syncHistory<O extends Owner>(options: HistoryOptions<O>): Promise<History> {
  const { client, informer, owner, collisionCount } = options;
  const template = owner.spec?.template ?? {};
  const revisions = (await claim(options)).sort(byRevision);
  const newest = revisions.at(-1)?.revision ?? 0;
  const equal = revisions.filter((revision) => sameTemplate(revision, template)).at(-1);
  if (equal && equal.revision === newest) return { revisions, update: equal, collisionCount };
  if (equal) {
    const update = await client.resource(informer.kind).update({ ...equal, revision: newest + 1 });
    return { revisions: [...revisions.filter((revision) => revision !== equal), update], update, collisionCount };
  }
  const created = await createRevision(options, newest + 1);
  return { revisions: [...revisions, created.update], ...created };
}

async function createRevision<O extends Owner>(options: HistoryOptions<O>, revision: number) {
  const { client, owner, ownerKind, hashLabel } = options;
  const template = owner.spec?.template ?? {};
  const reference = newControllerRef(owner, ownerKind);
  for (let collisionCount = options.collisionCount; ; collisionCount++) {
    const hash = templateHash(revisionData(template), collisionCount || undefined);
    const name = `${owner.metadata.name}-${hash}`;
    const draft: ControllerRevision = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace: owner.metadata.namespace ?? '',
        labels: { ...template.metadata?.labels, [hashLabel]: hash },
        ownerReferences: [reference],
      },
      data: revisionData(template),
      revision,
    };
    try {
      return { update: await client.resource(controllerRevisionKind).create(draft), collisionCount };
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      const existing = await client.resource(controllerRevisionKind).get(owner.metadata.namespace ?? '', name);
      if (sameTemplate(existing, template)) return { update: existing, collisionCount };
    }
  }
}

/** Forgets revisions beyond the limit, the oldest first, that no pod uses. */
export async function pruneHistory<O extends Owner>(
  { client, owner }: HistoryOptions<O>,
  history: History,
  live: ReadonlySet<string>,
): Promise<void> {
  const limit = owner.spec?.revisionHistoryLimit ?? 10;
  const unused = history.revisions.filter(
    ({ metadata }) => !live.has(metadata.name ?? '') && metadata.name !== history.update.metadata.name,
  );
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
    await ignoring(
      client.resource(controllerRevisionKind).delete(metadata.namespace ?? '', metadata.name ?? ''),
      'NotFound',
    );
  }
}
