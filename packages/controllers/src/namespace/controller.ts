import { type Namespace, type NamespaceCondition, namespaceKind, podKind } from '@kubets/api';
import { formatTime, keyOf } from '@kubets/client';
import { type KindDefinition, type KubeObject, messageOf, StatusError } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

/** How long to wait before looking again when content is left whose owners say nothing of the time that they need. */
const RETRY_MS = 5_000;
const POD_RETRY_MS = 1_000;

/** What is left of one kind after everything in the namespace was asked to go. */
export interface Leftovers {
  readonly kind: KindDefinition;
  readonly count: number;
  /** Finalizer to the number of objects that still have it. */
  readonly finalizers: ReadonlyMap<string, number>;
  /** Longest remaining grace period, in milliseconds; 0 when unknown. */
  readonly graceMs: number;
}

export interface DeletionState {
  readonly leftovers: readonly Leftovers[];
  readonly errors: readonly string[];
}

/** Empties namespaces that are being deleted, and lets them go when nothing is left in them. */
export function namespaceController(context: ControllerContext): Controller {
  const namespaces = context.informers.informer(namespaceKind);
  const client = context.client.resource(namespaceKind);

  return {
    name: 'namespace',
    concurrency: 10,
    watches: [
      watch(namespaces, ({ type, object }) =>
        type !== 'deleted' && object.metadata.deletionTimestamp ? [keyOf(object)] : [],
      ),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const namespace = namespaces.store.get(key);
      if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.length) return undefined;
      const state = await deleteContent(context, key);
      const conditions = planConditions(namespace, state, context.clock.now());
      const current = await writeStatus(namespace, conditions);
      if (state.errors.length > 0) throw new Error(state.errors.join('; '));
      if (state.leftovers.length > 0) return { afterMs: retryAfterMs(state.leftovers) };
      await finalize(current);
      return undefined;
    },
  };

  async function writeStatus(namespace: Namespace, conditions: NamespaceCondition[]): Promise<Namespace> {
    const status = { ...namespace.status, phase: 'Terminating', conditions };
    if (deepEqual(status, namespace.status)) return namespace;
    return client.updateStatus({ ...namespace, status });
  }

  async function finalize(namespace: Namespace): Promise<void> {
    const finalizers = namespace.spec?.finalizers?.filter((finalizer) => finalizer !== 'kubernetes') ?? [];
    await client.updateSubresource('finalize', { ...namespace, spec: { ...namespace.spec, finalizers } });
  }
}

function retryAfterMs(leftovers: readonly Leftovers[]): number {
  if (leftovers.every(({ kind }) => kind.kind === 'Pod')) return POD_RETRY_MS;
  const graceMs = Math.max(...leftovers.map((leftover) => leftover.graceMs));
  return graceMs > 0 ? Math.min(RETRY_MS, graceMs / 2 + 1_000) : RETRY_MS / 5;
}

/** Pods go first: what they use (secrets, network policies) stays for as long as they run. */
async function deleteContent(context: ControllerContext, namespace: string): Promise<DeletionState> {
  const pods = await deleteKind(context, podKind as unknown as KindDefinition, namespace);
  if (pods.leftovers.length > 0 || pods.errors.length > 0) return pods;
  const kinds = context.kinds.list().filter(({ namespaced, kind, group }) => namespaced && !(kind === 'Pod' && !group));
  const states = await Promise.all(kinds.map((kind) => deleteKind(context, kind, namespace)));
  return {
    leftovers: states.flatMap(({ leftovers }) => leftovers),
    errors: states.flatMap(({ errors }) => errors),
  };
}

async function deleteKind(
  { client, clock }: ControllerContext,
  kind: KindDefinition,
  namespace: string,
): Promise<DeletionState> {
  const resource = client.resource(kind);
  try {
    const before = await resource.list(namespace);
    if (before.items.length === 0) return { leftovers: [], errors: [] };
    if (kind.verbs.includes('deletecollection')) {
      await resource.deleteCollection(namespace, {}, { propagationPolicy: 'Background' });
    } else
      await deleteEach(before.items, (name) => resource.delete(namespace, name, { propagationPolicy: 'Background' }));
    const { items } = await resource.list(namespace);
    return { leftovers: items.length > 0 ? [summarize(kind, items, clock.now())] : [], errors: [] };
  } catch (error) {
    const absent = error instanceof StatusError && (error.code === 404 || error.code === 405);
    return { leftovers: [], errors: absent ? [] : [messageOf(error)] };
  }
}

async function deleteEach(items: readonly KubeObject[], remove: (name: string) => Promise<unknown>): Promise<void> {
  for (const { metadata } of items) {
    await ignoring(remove(metadata.name ?? ''), 'NotFound');
  }
}

function summarize(kind: KindDefinition, items: readonly KubeObject[], nowMs: number): Leftovers {
  const finalizers = new Map<string, number>();
  let graceMs = 0;
  for (const { metadata } of items) {
    for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    if (metadata.deletionTimestamp) graceMs = Math.max(graceMs, Date.parse(metadata.deletionTimestamp) - nowMs);
  }
  return { kind, count: items.length, finalizers, graceMs };
}

/** One of the conditions of a deletion: its reason and message while all is well, and once there is trouble. */
interface Verdict {
  readonly type: string;
  readonly good: { readonly reason: string; readonly message: string };
  /** What happened, if anything did. */
  readonly trouble?: { readonly reason: string; readonly message: string } | undefined;
}

/** How far the deletion is, in the order in which the conditions stand. */
function verdicts({ leftovers, errors }: DeletionState): Verdict[] {
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      good: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      good: { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
    },
    {
      type: 'NamespaceDeletionContentFailure',
      good: { reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
      trouble: failureOf(errors),
    },
    {
      type: 'NamespaceContentRemaining',
      good: { reason: 'ContentRemoved', message: 'All content successfully removed' },
      trouble: remainderOf(leftovers),
    },
    {
      type: 'NamespaceFinalizersRemaining',
      good: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
      trouble: holdOf(leftovers),
    },
  ];
}

function failureOf(errors: readonly string[]): Verdict['trouble'] {
  if (errors.length === 0) return undefined;
  const message = `Failed to delete all resource types, ${errors.length} remaining: ${[...errors].sort().join(', ')}`;
  return { reason: 'ContentDeletionFailed', message };
}

function remainderOf(leftovers: readonly Leftovers[]): Verdict['trouble'] {
  if (leftovers.length === 0) return undefined;
  const remaining = leftovers.map(
    ({ kind, count }) => `${kind.resource}.${kind.group} has ${count} resource instances`,
  );
  const message = `Some resources are remaining: ${remaining.sort().join(', ')}`;
  return { reason: 'SomeResourcesRemain', message };
}

function holdOf(leftovers: readonly Leftovers[]): Verdict['trouble'] {
  const finalizers = new Map<string, number>();
  for (const leftover of leftovers) {
    for (const [name, count] of leftover.finalizers) finalizers.set(name, (finalizers.get(name) ?? 0) + count);
  }
  if (finalizers.size === 0) return undefined;
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  const message = `Some content in the namespace has finalizers remaining: ${held.sort().join(', ')}`;
  return { reason: 'SomeFinalizersRemain', message };
}

/** The five conditions that tell how far the deletion is, after those that others have set. */
export function planConditions(namespace: Namespace, state: DeletionState, nowMs: number): NamespaceCondition[] {
  const wanted = verdicts(state);
  const old = namespace.status?.conditions ?? [];
  const others = old.filter(({ type }) => !wanted.some((verdict) => verdict.type === type));
  const planned = wanted.map(({ type, good, trouble }) => {
    const status = trouble ? 'True' : 'False';
    const previous = old.find((condition) => condition.type === type);
    const lastTransitionTime = previous?.status === status ? previous.lastTransitionTime : formatTime(nowMs);
    return { type, status, ...(lastTransitionTime ? { lastTransitionTime } : {}), ...(trouble ?? good) };
  });
  return [...others, ...planned];
}
