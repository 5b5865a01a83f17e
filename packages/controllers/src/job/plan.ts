import type { Job, JobCondition, JobStatus, Pod } from '@kubets/api';
import { formatTime, parseTime } from '@kubets/client';
import { isPodReady } from '../pods/state.ts';
import { formatIndexes, indexOf, parseIndexes } from './indexes.ts';
import { judgeFailure, metSuccessRule } from './policies.ts';

export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const INITIAL_BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 600_000;
/** Pods made in one reconciliation, and uids listed in the status at once. */
const MAX_CREATES = 500;
const MAX_UNCOUNTED = 500;

export interface NewJobPod {
  /** Completion index, for indexed jobs. */
  readonly index?: number;
  readonly indexFailures?: number;
}

export interface JobPlan {
  readonly creates: readonly NewJobPod[];
  readonly deletes: readonly Pod[];
  /** Pods whose end the written status accounts for: their tracking finalizer can go. */
  readonly release: readonly Pod[];
  readonly status: JobStatus;
  readonly requeueAfterMs?: number;
  readonly events: readonly {
    readonly type: 'Normal' | 'Warning';
    readonly reason: string;
    readonly message: string;
  }[];
}

interface Verdict {
  readonly type: 'FailureTarget' | 'SuccessCriteriaMet';
  readonly reason: string;
  readonly message: string;
}

const isIndexed = ({ spec }: Job) => spec.completionMode === 'Indexed';
const isDeleting = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
const hasFinalizer = ({ metadata }: Pod) => metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
const succeeded = ({ status }: Pod) => status?.phase === 'Succeeded';

/** Pods being deleted count as failed, unless the job wants to see them end first. */
function failed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (job.spec.podReplacementPolicy === 'Failed' || job.spec.podFailurePolicy) return false;
  return isDeleting(pod) && !succeeded(pod);
}

const conditionOf = ({ status }: Job, type: string) =>
  status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');

export function isJobFinished(job: Job): boolean {
  return Boolean(conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed'));
}

/** Finished pods that have not been counted, sorted out by how they ended. */
function tally(job: Job, pods: readonly Pod[]) {
  const known = job.status?.uncountedTerminatedPods;
  const tracked = new Map(pods.filter(hasFinalizer).map((pod) => [pod.metadata.uid ?? '', pod]));
  const pending = { succeeded: new Set(known?.succeeded), failed: new Set(known?.failed) };
  let countedSucceeded = job.status?.succeeded ?? 0;
  let countedFailed = job.status?.failed ?? 0;
  for (const uid of [...pending.succeeded]) {
    if (tracked.has(uid)) continue;
    pending.succeeded.delete(uid);
    countedSucceeded++;
  }
  for (const uid of [...pending.failed]) {
    if (tracked.has(uid)) continue;
    pending.failed.delete(uid);
    countedFailed++;
  }
  return { tracked, pending, countedSucceeded, countedFailed };
}

interface Counts {
  /** Ends that this status lists by uid, to be counted once their pods are released. */
  readonly uncounted: { readonly succeeded: Set<string>; readonly failed: Set<string> };
  readonly countedSucceeded: number;
  readonly countedFailed: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** One step of a job. `pods` are those that it controls. */
export function planJob(job: Job, pods: readonly Pod[], nowMs: number): JobPlan {
  const draft = new JobDraft(job, pods, nowMs);
  return draft.plan();
}

class JobDraft {
  readonly #job: Job;
  readonly #pods: readonly Pod[];
  readonly #nowMs: number;
  readonly #completed: Set<number>;
  readonly #failedIndexes: Set<number>;
  readonly #release: Pod[] = [];
  readonly #events: JobPlan['events'][number][] = [];
  #conditions: JobCondition[];
  #failureVerdict: Verdict | undefined;

  constructor(job: Job, pods: readonly Pod[], nowMs: number) {
    this.#job = job;
    this.#pods = pods;
    this.#nowMs = nowMs;
    const completions = job.spec.completions ?? 0;
    this.#completed = parseIndexes(job.status?.completedIndexes, completions);
    this.#failedIndexes = parseIndexes(job.status?.failedIndexes, completions);
    this.#conditions = [...(job.status?.conditions ?? [])];
  }

  plan(): JobPlan {
    const job = this.#job;
    const counts = this.#count();
    const active = this.#pods.filter((pod) => !succeeded(pod) && pod.status?.phase !== 'Failed' && !isDeleting(pod));
    const terminating = this.#pods.filter(
      (pod) => !succeeded(pod) && pod.status?.phase !== 'Failed' && isDeleting(pod),
    );
    const startTime = this.#startTime();
    const verdict = this.#verdict({ ...counts, active, startTime });
    const suspended = !verdict && job.spec.suspend === true;
    if (!verdict) this.#followSuspension();
    const deletes = verdict || suspended ? active : this.#surplus(active, counts.succeeded);
    const creation =
      verdict || suspended
        ? {}
        : this.#creates({ active, terminating, succeeded: counts.succeeded, failed: counts.failed });
    if (verdict) this.#conclude(verdict, active.length + terminating.length, counts.uncounted);
    const status = this.#status({
      counts,
      active: verdict || suspended ? [] : active,
      created: creation.creates?.length ?? 0,
      terminating,
      startTime,
      deletes,
    });
    const waits = [creation.afterMs, this.#deadlineInMs(startTime)].filter((ms) => ms !== undefined);
    return {
      creates: creation.creates ?? [],
      deletes,
      release: this.#release,
      status,
      events: this.#events,
      ...(waits.length > 0 && !verdict ? { requeueAfterMs: Math.min(...waits) } : {}),
    };
  }

  /** Takes finished pods into account; each is released once the status that counts it is written. */
  #count(): Counts {
    const { tracked, pending, countedSucceeded, countedFailed } = tally(this.#job, this.#pods);
    for (const [uid, pod] of tracked) {
      if (pending.succeeded.has(uid) || pending.failed.has(uid)) {
        this.#release.push(pod);
        continue;
      }
      if (pending.succeeded.size + pending.failed.size >= MAX_UNCOUNTED) break;
      if (succeeded(pod)) this.#countSuccess(pod, uid, pending.succeeded);
      else if (failed(this.#job, pod)) this.#countFailure(pod, uid, pending.failed);
      else if (isJobFinished(this.#job)) this.#release.push(pod);
    }
    const indexed = isIndexed(this.#job);
    return {
      uncounted: pending,
      countedSucceeded: indexed ? this.#completed.size : countedSucceeded,
      countedFailed,
      succeeded: indexed ? this.#completed.size : countedSucceeded + pending.succeeded.size,
      failed: countedFailed + pending.failed.size,
    };
  }

  #countSuccess(pod: Pod, uid: string, pending: Set<string>): void {
    this.#release.push(pod);
    const index = indexOf(pod);
    if (!isIndexed(this.#job)) pending.add(uid);
    else if (index !== undefined && index < (this.#job.spec.completions ?? 0)) this.#completed.add(index);
  }

  #countFailure(pod: Pod, uid: string, pending: Set<string>): void {
    this.#release.push(pod);
    const { action, message } = judgeFailure(this.#job, pod);
    if (action === 'FailJob') this.#failureVerdict ??= { type: 'FailureTarget', reason: 'PodFailurePolicy', message };
    if (action !== 'Ignore') pending.add(uid);
    const limit = this.#job.spec.backoffLimitPerIndex;
    const index = indexOf(pod);
    if (limit === undefined || index === undefined || action === 'Ignore') return;
    const failures = Number(pod.metadata.annotations?.[INDEX_FAILURES] ?? 0);
    if (action === 'FailIndex' || failures >= limit) this.#failedIndexes.add(index);
  }

  #startTime(): string | undefined {
    if (this.#job.spec.suspend) return undefined;
    return this.#job.status?.startTime ?? formatTime(this.#nowMs);
  }

  #deadlineInMs(startTime: string | undefined): number | undefined {
    const seconds = this.#job.spec.activeDeadlineSeconds;
    if (seconds === undefined || !startTime) return undefined;
    return Math.max(0, parseTime(startTime) + seconds * 1000 - this.#nowMs);
  }

  /** Whether the job is decided, and how. Once decided it stays so. */
  #verdict(state: {
    succeeded: number;
    failed: number;
    active: readonly Pod[];
    startTime: string | undefined;
  }): Verdict | undefined {
    const job = this.#job;
    for (const type of ['FailureTarget', 'SuccessCriteriaMet'] as const) {
      const known = conditionOf(job, type);
      if (known) return { type, reason: known.reason ?? '', message: known.message ?? '' };
    }
    if (this.#failureVerdict) return this.#failureVerdict;
    return this.#limitVerdict(state) ?? this.#successVerdict(state);
  }

  #limitVerdict(state: { failed: number; active: readonly Pod[]; startTime: string | undefined }): Verdict | undefined {
    const { spec } = this.#job;
    const fail = (reason: string, message: string): Verdict => ({ type: 'FailureTarget', reason, message });
    const limit = spec.backoffLimit ?? 6;
    const restarts = spec.template.spec?.restartPolicy === 'OnFailure' ? restartsOf(state.active) : 0;
    const tooManyRestarts = restarts > 0 && restarts >= Math.max(1, limit);
    if (state.failed > limit || tooManyRestarts) {
      return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    }
    if (!spec.suspend && this.#deadlineInMs(state.startTime) === 0) {
      return fail('DeadlineExceeded', 'Job was active longer than specified deadline');
    }
    if (spec.maxFailedIndexes !== undefined && this.#failedIndexes.size > spec.maxFailedIndexes) {
      return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
    }
    if (this.#failedIndexes.size > 0 && this.#failedIndexes.size + this.#completed.size >= (spec.completions ?? 0)) {
      return fail('FailedIndexes', 'Job has failed indexes');
    }
    return undefined;
  }

  #successVerdict(state: { succeeded: number; active: readonly Pod[] }): Verdict | undefined {
    const rule = isIndexed(this.#job) ? metSuccessRule(this.#job, this.#completed) : undefined;
    if (rule) return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: rule };
    const { completions, suspend } = this.#job.spec;
    const pending = this.#pods.some((pod) => !succeeded(pod) && pod.status?.phase !== 'Failed');
    const complete =
      completions === undefined
        ? state.succeeded > 0 && !pending
        : state.succeeded >= completions && state.active.length === 0;
    if (!complete || (suspend && completions === undefined)) return undefined;
    const message = 'Reached expected number of succeeded pods';
    return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
  }

  #setCondition(type: string, status: string, reason: string, message: string): boolean {
    const old = this.#conditions.find((condition) => condition.type === type);
    if (old?.status === status && old.reason === reason) return false;
    const now = formatTime(this.#nowMs);
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now;
    const next = { type, status, reason, message, lastProbeTime: now, lastTransitionTime };
    this.#conditions = [...this.#conditions.filter((condition) => condition !== old), next];
    return true;
  }

  #followSuspension(): void {
    const suspended = this.#conditions.find(({ type }) => type === 'Suspended');
    if (this.#job.spec.suspend) {
      if (this.#setCondition('Suspended', 'True', 'JobSuspended', 'Job suspended')) {
        this.#events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' });
      }
    } else if (suspended?.status === 'True') {
      this.#setCondition('Suspended', 'False', 'JobResumed', 'Job resumed');
      this.#events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' });
    }
  }

  /** The final condition waits until no pod runs and all are counted. */
  #conclude(verdict: Verdict, running: number, uncounted: { succeeded: Set<string>; failed: Set<string> }): void {
    const { type, reason, message } = verdict;
    this.#setCondition(type, 'True', reason, message);
    if (running > 0 || uncounted.succeeded.size + uncounted.failed.size > 0 || isJobFinished(this.#job)) return;
    const final = type === 'FailureTarget' ? 'Failed' : 'Complete';
    this.#setCondition(final, 'True', reason, message);
    if (final === 'Failed') this.#events.push({ type: 'Warning', reason, message });
    else this.#events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' });
  }

  #wanted(succeededCount: number, activeCount: number): number {
    const { parallelism = 1, completions } = this.#job.spec;
    if (completions === undefined) return succeededCount > 0 ? Math.min(activeCount, parallelism) : parallelism;
    return Math.min(parallelism, Math.max(0, completions - succeededCount - this.#failedIndexes.size));
  }

  /** Pods too many, and of an indexed job those whose index is done, twice there, or out of range. */
  #surplus(active: readonly Pod[], succeededCount: number): Pod[] {
    const doomed = new Set<Pod>();
    if (isIndexed(this.#job)) {
      const seen = new Set<number>();
      for (const pod of active) {
        const index = indexOf(pod);
        const useless =
          index === undefined ||
          index >= (this.#job.spec.completions ?? 0) ||
          seen.has(index) ||
          this.#completed.has(index);
        if (useless) doomed.add(pod);
        else seen.add(index);
      }
    }
    const left = active.filter((pod) => !doomed.has(pod));
    const surplus = left.length - this.#wanted(succeededCount, left.length);
    const order = (pod: Pod) => (pod.spec.nodeName ? 2 : 0) + (isPodReady(pod) ? 1 : 0);
    for (const pod of [...left].sort((a, b) => order(a) - order(b)).slice(0, Math.max(0, surplus))) doomed.add(pod);
    return [...doomed];
  }

  #creates(state: { active: readonly Pod[]; terminating: readonly Pod[]; succeeded: number; failed: number }): {
    creates?: NewJobPod[];
    afterMs?: number;
  } {
    const replacesEarly = this.#job.spec.podReplacementPolicy !== 'Failed' && !this.#job.spec.podFailurePolicy;
    const present = replacesEarly ? state.active : [...state.active, ...state.terminating];
    const missing = Math.min(MAX_CREATES, this.#wanted(state.succeeded, state.active.length) - present.length);
    if (missing <= 0) return {};
    const perIndex = this.#job.spec.backoffLimitPerIndex !== undefined;
    const waitMs = perIndex ? 0 : this.#backOffMs();
    if (waitMs > 0) return { afterMs: waitMs };
    if (!isIndexed(this.#job)) return { creates: Array.from({ length: missing }, () => ({})) };
    return this.#createIndexed(new Set(present.map(indexOf)), missing);
  }

  #createIndexed(
    present: ReadonlySet<number | undefined>,
    missing: number,
  ): { creates: NewJobPod[]; afterMs?: number } {
    const creates: NewJobPod[] = [];
    const waits: number[] = [];
    const perIndex = this.#job.spec.backoffLimitPerIndex !== undefined;
    for (let index = 0; index < (this.#job.spec.completions ?? 0) && creates.length < missing; index++) {
      if (present.has(index) || this.#completed.has(index) || this.#failedIndexes.has(index)) continue;
      const indexFailures = perIndex ? this.#indexFailures(index) : 0;
      const waitMs = perIndex ? this.#backOffMs(index) : 0;
      if (waitMs > 0) waits.push(waitMs);
      else creates.push({ index, ...(perIndex ? { indexFailures } : {}) });
    }
    return { creates, ...(waits.length > 0 ? { afterMs: Math.min(...waits) } : {}) };
  }

  #indexFailures(index: number): number {
    const failures = this.#pods
      .filter((pod) => indexOf(pod) === index && failed(this.#job, pod))
      .map((pod) => Number(pod.metadata.annotations?.[INDEX_FAILURES] ?? 0) + 1);
    return Math.max(0, ...failures);
  }

  /** Failures in a row since the last success delay the next pod, longer each time. */
  #backOffMs(index?: number): number {
    const ended = this.#pods.filter((pod) => index === undefined || indexOf(pod) === index);
    const lastSuccessMs = Math.max(0, ...ended.filter(succeeded).map(finishedMs));
    const failures = ended
      .filter((pod) => pod.status?.phase === 'Failed')
      .map(finishedMs)
      .filter((ms) => ms > lastSuccessMs);
    if (failures.length === 0) return 0;
    const delayMs = Math.min(MAX_BACK_OFF_MS, INITIAL_BACK_OFF_MS * 2 ** (failures.length - 1));
    return Math.max(0, Math.max(...failures) + delayMs - this.#nowMs);
  }

  #status(parts: {
    counts: Counts;
    active: readonly Pod[];
    created: number;
    terminating: readonly Pod[];
    startTime: string | undefined;
    deletes: readonly Pod[];
  }): JobStatus {
    const { counts, startTime, deletes } = parts;
    const deleted = parts.active.filter((pod) => deletes.includes(pod)).length;
    const active = parts.active.length - deleted + parts.created;
    const indexed = isIndexed(this.#job);
    const uncounted = {
      ...(counts.uncounted.succeeded.size > 0 ? { succeeded: [...counts.uncounted.succeeded] } : {}),
      ...(counts.uncounted.failed.size > 0 ? { failed: [...counts.uncounted.failed] } : {}),
    };
    const complete = this.#conditions.some(({ type, status }) => type === 'Complete' && status === 'True');
    const completionTime = this.#job.status?.completionTime ?? (complete ? formatTime(this.#nowMs) : undefined);
    return {
      ...(this.#conditions.length > 0 ? { conditions: this.#conditions } : {}),
      ...(startTime ? { startTime } : {}),
      ...(completionTime ? { completionTime } : {}),
      ...(active > 0 ? { active } : {}),
      ...(counts.countedSucceeded > 0 ? { succeeded: counts.countedSucceeded } : {}),
      ...(counts.countedFailed > 0 ? { failed: counts.countedFailed } : {}),
      terminating: parts.terminating.length + deletes.length,
      ready: parts.active.filter((pod) => isPodReady(pod) && !deletes.includes(pod)).length,
      ...(indexed && this.#completed.size > 0 ? { completedIndexes: formatIndexes(this.#completed) } : {}),
      ...(this.#job.spec.backoffLimitPerIndex !== undefined
        ? { failedIndexes: formatIndexes(this.#failedIndexes) }
        : {}),
      uncountedTerminatedPods: uncounted,
    };
  }
}

function restartsOf(pods: readonly Pod[]): number {
  let total = 0;
  for (const { status } of pods) {
    if (status?.phase !== 'Running' && status?.phase !== 'Pending') continue;
    for (const { restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      total += restartCount;
    }
  }
  return total;
}

function finishedMs({ status, metadata }: Pod): number {
  const times = (status?.containerStatuses ?? []).map(({ state }) => parseTime(state?.terminated?.finishedAt));
  const last = Math.max(0, ...times.filter((ms) => !Number.isNaN(ms)));
  return last || parseTime(metadata.deletionTimestamp ?? metadata.creationTimestamp) || 0;
}
