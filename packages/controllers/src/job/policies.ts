import type { Job, Pod, PodFailurePolicyRule } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { parseIndexes } from './indexes.ts';

export type FailureAction = 'Count' | 'Ignore' | 'FailJob' | 'FailIndex';

/** What the job's failure policy says about one failed pod. */
export function judgeFailure(job: Job, pod: Pod): { action: FailureAction; message: string } {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const matched = matchExitCodes(rule, pod) ?? matchConditions(rule, pod);
    if (!matched) continue;
    return {
      action: rule.action as FailureAction,
      message: `${matched} matching ${rule.action} rule at index ${index}`,
    };
  }
  return { action: 'Count', message: '' };
}

function matchExitCodes({ onExitCodes }: PodFailurePolicyRule, pod: Pod): string | undefined {
  if (!onExitCodes) return undefined;
  const { containerName, operator, values } = onExitCodes;
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  for (const { name, state } of statuses) {
    const exitCode = state?.terminated?.exitCode;
    if (exitCode === undefined || exitCode === 0 || (containerName && containerName !== name)) continue;
    if (values.includes(exitCode) !== (operator === 'In')) continue;
    return `Container ${name} for pod ${keyOf(pod)} failed with exit code ${exitCode}`;
  }
  return undefined;
}

function matchConditions({ onPodConditions = [] }: PodFailurePolicyRule, pod: Pod): string | undefined {
  for (const { type, status } of onPodConditions) {
    const found = pod.status?.conditions?.some(
      (condition) => condition.type === type && condition.status === (status || 'True'),
    );
    if (found) return `Pod ${keyOf(pod)} has condition ${type}`;
  }
  return undefined;
}

/** The first rule of the success policy that the completed indexes meet. */
export function metSuccessRule(job: Job, completed: ReadonlySet<number>): string | undefined {
  const rules = job.spec.successPolicy?.rules ?? [];
  for (const [position, { succeededIndexes, succeededCount }] of rules.entries()) {
    const wanted = succeededIndexes ? parseIndexes(succeededIndexes, job.spec.completions ?? 0) : undefined;
    const matching = wanted ? [...wanted].filter((index) => completed.has(index)).length : completed.size;
    const needed = succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY;
    if (matching >= needed) return `Matched rules at index ${position}`;
  }
  return undefined;
}
