import { Eviction, type Pod, type PodCondition, type PodDisruptionBudget } from '@kubets/api';
import {
  badRequest,
  conform,
  forbidden,
  type JsonObject,
  labelSelectorOf,
  matches,
  notFound,
  StatusError,
  tooManyRequests,
} from '@kubets/core';
import { checkDeletePreconditions, type DeleteOptions, deleteObject } from '../registry/delete-object.ts';
import { timestamp } from '../registry/metadata.ts';
import { answerSuccess } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import { rewriteObject } from '../registry/rewrite-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';

/** Evictions that the disruption controller has not confirmed; beyond so many it must catch up first. */
const MAX_UNCONFIRMED_EVICTIONS = 2000;
const STALE_BUDGET_RETRY_SECONDS = 10;
const WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget.";

/** POST of an Eviction: deletes the pod if its disruption budget allows. */
export async function evict(server: ServerContext, request: AuthenticatedRequest, pods: Resource): Promise<VerbResult> {
  const eviction = evictionOf(request);
  const options = evictionOptions(eviction, request);
  const { namespace, name } = request;
  const current = await pods.current(namespace, name);
  if (!current) throw notFound(pods.name, name);
  const pod = current.object as Pod;
  checkDeletePreconditions(pods, pod, options);
  if (!ignoresBudget(pod)) await spendBudget(server, { pod, namespace, dryRun: options.dryRun ?? false });
  if (!pod.metadata.deletionTimestamp) {
    const target = { resource: pods, namespace, name, dryRun: options.dryRun ?? false };
    await rewriteObject<Pod>(server, target, (newest) => markDisrupted(newest, server.clock.now()));
  }
  const { resourceVersion: _, ...preconditions } = { uid: pod.metadata.uid!, ...options.preconditions };
  await deleteObject(server, { request, resource: pods, options: { ...options, preconditions }, isAdmitted: true });
  return answerSuccess(undefined, { code: 201 });
}

function evictionOf(request: AuthenticatedRequest): Eviction {
  const eviction = conform(Eviction, (request.body ?? {}) as JsonObject).value as unknown as Eviction;
  const name = eviction.metadata?.name;
  if (name && name !== request.name) throw badRequest('name in URL does not match name in Eviction object');
  return eviction;
}

function evictionOptions({ deleteOptions }: Eviction, request: AuthenticatedRequest): DeleteOptions {
  const { gracePeriodSeconds, preconditions, propagationPolicy, dryRun } = deleteOptions ?? ({} as EvictionOptions);
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions ? { preconditions } : {}),
    ...(propagationPolicy ? { propagationPolicy: propagationPolicy as 'Background' } : {}),
    dryRun: (dryRun?.includes('All') ?? false) || (request.options.dryRun ?? false),
  };
}

type EvictionOptions = NonNullable<Eviction['deleteOptions']>;

/** Pods that no longer, or not yet, count for a budget may always go. */
function ignoresBudget({ metadata, status }: Pod): boolean {
  return Boolean(metadata.deletionTimestamp) || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '');
}

async function spendBudget(
  server: ServerContext,
  { pod, namespace, dryRun }: { pod: Pod; namespace: string; dryRun: boolean },
): Promise<void> {
  const budgets = server.registry.get('policy', 'poddisruptionbudgets');
  await budgets.cache.sync();
  const all = budgets.cache.page({ prefix: budgets.prefixOf(namespace) });
  const own = all.filter(({ object }) => covers(object as PodDisruptionBudget, pod));
  if (own.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError({ code: 500, reason: 'InternalError', message });
  }
  const budget = own[0]?.object as PodDisruptionBudget | undefined;
  if (!budget || mayGoUnready(budget, pod)) return;
  const name = budget.metadata.name!;
  await rewriteObject<PodDisruptionBudget>(server, { resource: budgets, namespace, name, dryRun }, (newest) =>
    spend(newest, pod.metadata.name!, server.clock.now()),
  );
}

function covers(budget: PodDisruptionBudget, pod: Pod): boolean {
  const { selector } = budget.spec ?? {};
  return selector !== undefined && matches(labelSelectorOf(selector), pod.metadata.labels);
}

/** A pod that is not ready may go where the budget says so, or where the ready ones suffice. */
function mayGoUnready({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (pod.status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function spend(budget: PodDisruptionBudget, podName: string, nowMs: number): PodDisruptionBudget {
  checkBudget(budget);
  const status = budget.status!;
  const disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1;
  const disruptedPods = { ...status.disruptedPods, [podName]: timestamp(nowMs) };
  const conditions = disruptionsAllowed > 0 ? status.conditions : exhausted(budget, nowMs);
  return { ...budget, status: { ...status, disruptionsAllowed, disruptedPods, ...(conditions ? { conditions } : {}) } };
}

function checkBudget({ metadata, status }: PodDisruptionBudget): void {
  const name = metadata.name ?? '';
  const resource = { group: 'policy', resource: 'poddisruptionbudget' };
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0) || !status) {
    const why = `The disruption budget ${name} is still being processed by the server.`;
    throw budgetError(why, STALE_BUDGET_RETRY_SECONDS);
  }
  const { disruptionsAllowed = 0 } = status;
  if (disruptionsAllowed < 0) throw forbidden(resource, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_UNCONFIRMED_EVICTIONS) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(resource, name, why);
  }
  if (disruptionsAllowed > 0) return;
  const failed = status.conditions?.find(({ type, reason }) => type === 'DisruptionAllowed' && reason === 'SyncFailed');
  throw budgetError(
    failed
      ? `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failed.message}`
      : `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    0,
  );
}

function budgetError(why: string, retryAfterSeconds: number): StatusError {
  const { code, reason, message } = tooManyRequests(WOULD_VIOLATE, retryAfterSeconds);
  const causes = [{ reason: 'DisruptionBudget', message: why }];
  return new StatusError({
    code,
    reason,
    message,
    details: { causes, ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
  });
}

function exhausted({ metadata, status }: PodDisruptionBudget, nowMs: number) {
  const existing = status?.conditions ?? [];
  const before = existing.find(({ type }) => type === 'DisruptionAllowed');
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False' as const,
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : timestamp(nowMs),
    ...(metadata.generation ? { observedGeneration: metadata.generation } : {}),
  };
  return [...existing.filter(({ type }) => type !== 'DisruptionAllowed'), condition];
}

function markDisrupted(pod: Pod, nowMs: number): Pod {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
  const condition: PodCondition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timestamp(nowMs),
  };
  if (pod.metadata.generation) condition.observedGeneration = pod.metadata.generation;
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
