import { type CronJob, cronJobKind, type Job } from '@kubets/api';
import { formatTime, parseTime } from '@kubets/client';
import { messageOf } from '@kubets/core';
import { isJobFinished } from '../job/plan.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

const SCHEDULED_TIME = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Runs missed in a row beyond which something must be wrong with the clock or the deadline. */
const MAX_MISSED = 100;
/** A run is started a moment after its time, never before. */
const SLACK_MS = 100;

export interface CronEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface CronPlan {
  readonly create?: Job;
  /** Unfinished runs to be replaced. */
  readonly replaces: readonly Job[];
  /** Finished runs beyond the history limits. */
  readonly expires: readonly Job[];
  readonly status: NonNullable<CronJob['status']>;
  readonly events: readonly CronEvent[];
  readonly requeueAfterMs?: number;
}

/** What is due of a cron job. `jobs` are those that it controls. */
export function planCronJob(cron: CronJob, jobs: readonly Job[], nowMs: number): CronPlan {
  const events: CronEvent[] = [];
  const status = followJobs(cron, jobs, events);
  const expires = expiredJobs(cron, jobs);
  const base = { replaces: [], expires, status, events };
  if (cron.metadata.deletionTimestamp || cron.spec.suspend) return base;
  let schedule: Schedule;
  try {
    schedule = parseSchedule(cron.spec.schedule, cron.spec.timeZone);
  } catch (error) {
    const message = `unparseable schedule: ${JSON.stringify(cron.spec.schedule)} : ${messageOf(error)}`;
    return { ...base, events: [...events, { type: 'Warning', reason: 'UnparseableSchedule', message }] };
  }
  return planRun({ cron, jobs, schedule, nowMs }, base);
}

/** Active runs as the status lists them, and the time of the last success. */
function followJobs(cron: CronJob, jobs: readonly Job[], events: CronEvent[]): NonNullable<CronJob['status']> {
  const listed = new Map((cron.status?.active ?? []).map((reference) => [reference.uid ?? '', reference]));
  let lastSuccessfulTime = cron.status?.lastSuccessfulTime;
  for (const job of jobs) {
    const uid = job.metadata.uid ?? '';
    const finished = isJobFinished(job);
    if (!finished && !listed.has(uid)) listed.set(uid, referenceOf(job));
    if (!finished) continue;
    if (listed.delete(uid)) {
      const outcome = job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True');
      const message = `Saw completed job: ${job.metadata.name}, condition: ${outcome ? 'Complete' : 'Failed'}`;
      events.push({ type: 'Normal', reason: 'SawCompletedJob', message });
    }
    const completed = job.status?.completionTime;
    if (completed && (!lastSuccessfulTime || parseTime(completed) > parseTime(lastSuccessfulTime))) {
      lastSuccessfulTime = completed;
    }
  }
  const known = new Set(jobs.map(({ metadata }) => metadata.uid));
  for (const [uid, { name }] of [...listed]) {
    if (known.has(uid)) continue;
    listed.delete(uid);
    events.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${name}` });
  }
  const { lastScheduleTime } = cron.status ?? {};
  return {
    ...(listed.size > 0 ? { active: [...listed.values()] } : {}),
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  };
}

function referenceOf({ metadata }: Job) {
  const { namespace = '', name = '', uid = '', resourceVersion } = metadata;
  return { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid, ...(resourceVersion ? { resourceVersion } : {}) };
}

function expiredJobs({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const ended = (type: string) =>
    jobs
      .filter(({ status }) =>
        status?.conditions?.some((condition) => condition.type === type && condition.status === 'True'),
      )
      .sort((a, b) => (parseTime(b.status?.startTime) || 0) - (parseTime(a.status?.startTime) || 0));
  const over = (limit: number | undefined, type: string) => (limit === undefined ? [] : ended(type).slice(limit));
  return [...over(spec.successfulJobsHistoryLimit, 'Complete'), ...over(spec.failedJobsHistoryLimit, 'Failed')];
}

/** The latest run that is due and not yet started, and how many there were. */
function missedRuns(cron: CronJob, schedule: Schedule, nowMs: number): { lastMs?: number; count: number } {
  const created = parseTime(cron.metadata.creationTimestamp);
  let fromMs = cron.status?.lastScheduleTime ? parseTime(cron.status.lastScheduleTime) : created;
  const deadline = cron.spec.startingDeadlineSeconds;
  if (deadline !== undefined) fromMs = Math.max(fromMs, nowMs - deadline * 1000);
  let count = 0;
  let lastMs: number | undefined;
  for (let ms = schedule.next(fromMs); ms !== undefined && ms <= nowMs; ms = schedule.next(ms)) {
    lastMs = ms;
    // A long pause leaves too many to walk through one by one: skip to shortly before now.
    if (++count > MAX_MISSED) {
      const step = (schedule.next(ms) ?? nowMs) - ms;
      const skipMs = nowMs - 2 * step;
      if (skipMs > ms) ms = skipMs;
    }
  }
  return lastMs === undefined ? { count } : { lastMs, count };
}

interface Run {
  readonly cron: CronJob;
  readonly jobs: readonly Job[];
  readonly schedule: Schedule;
  readonly nowMs: number;
}

function planRun({ cron, jobs, schedule, nowMs }: Run, base: CronPlan): CronPlan {
  const { lastMs, count } = missedRuns(cron, schedule, nowMs);
  const nextMs = schedule.next(nowMs);
  const later = nextMs === undefined ? base : { ...base, requeueAfterMs: nextMs - nowMs + SLACK_MS };
  if (lastMs === undefined) return later;
  const events = [...base.events];
  if (count > MAX_MISSED) {
    const message = `too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew`;
    events.push({ type: 'Warning', reason: 'TooManyMissedTimes', message });
  }
  const active = base.status.active ?? [];
  if (cron.spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return { ...later, events: [...events, { type: 'Normal', reason: 'JobAlreadyActive', message }] };
  }
  const create = newJob(cron, lastMs);
  if (jobs.some(({ metadata }) => metadata.name === create.metadata.name)) {
    return { ...later, events, status: { ...base.status, lastScheduleTime: formatTime(lastMs) } };
  }
  const replaces = cron.spec.concurrencyPolicy === 'Replace' ? jobs.filter((job) => !isJobFinished(job)) : [];
  const gone = new Set(replaces.map(({ metadata }) => metadata.uid));
  const kept = active.filter(({ uid }) => !gone.has(uid));
  const { active: _active, ...rest } = base.status;
  const status = { ...rest, ...(kept.length > 0 ? { active: kept } : {}), lastScheduleTime: formatTime(lastMs) };
  return { ...later, create, replaces, status, events };
}

function newJob(cron: CronJob, scheduledMs: number): Job {
  const { metadata = {}, spec } = cron.spec.jobTemplate;
  const scheduled = formatTime(scheduledMs);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cron.metadata.name}-${Math.floor(scheduledMs / 60_000)}`,
      namespace: cron.metadata.namespace ?? '',
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata.annotations, [SCHEDULED_TIME]: scheduled },
      ownerReferences: [newControllerRef(cron, cronJobKind)],
    },
    spec: spec as Job['spec'],
  };
}

/** How the status refers to a run that has just been started. */
export function withActive(status: CronPlan['status'], job: Job): CronPlan['status'] {
  return { ...status, active: [...(status.active ?? []), referenceOf(job)] };
}
