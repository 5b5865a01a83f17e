import {
  bool,
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int32,
  int64,
  invalid,
  list,
  message,
  notSupported,
  required,
  string,
  time,
  type WriteStrategy,
} from '@kubets/core';
import { workloadWarnings } from '../apps/pod-template.ts';
import { ageColumn, ageOf, containerColumns, nameColumn, selectorColumn } from '../columns.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
import { ObjectReference } from '../core/reference.ts';
import { validateChoice, validateNonNegative, validateNonNegativeFields } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { CronScheduleError, parseCronSchedule } from './cron-schedule.ts';
import { validateJobSpec } from './job-spec-validation.ts';
import { JobSpec } from './shared.ts';

export const JobTemplateSpec = message('io.k8s.api.batch.v1.JobTemplateSpec', 'Jobs that a CronJob makes.', {
  metadata: field(1, ObjectMetaSchema, 'Labels and annotations of the jobs.').default({}),
  spec: field(2, JobSpec, 'Specification of the jobs.').default({}),
});
export interface JobTemplateSpec extends Infer<typeof JobTemplateSpec> {}

export const CronJobSpec = message('io.k8s.api.batch.v1.CronJobSpec', 'Which jobs are started, and when.', {
  schedule: field(1, string, 'When to start jobs, in cron notation: minute, hour, day of month, month, day of week.')
    .required()
    .default(''),
  startingDeadlineSeconds: field(2, int64, 'Seconds after which a start that was missed is given up.').pointer(),
  concurrencyPolicy: field(
    3,
    string,
    'Whether jobs may overlap: Allow, Forbid (skip the new one) or Replace (end the old one).',
  ).oneOf('Allow', 'Forbid', 'Replace'),
  suspend: field(4, bool, 'While true, no further jobs are started; those running go on.').pointer(),
  jobTemplate: field(5, JobTemplateSpec, 'The jobs to start.').required().default({}),
  successfulJobsHistoryLimit: field(6, int32, 'Number of completed jobs to keep; 3 by default.').pointer(),
  failedJobsHistoryLimit: field(7, int32, 'Number of failed jobs to keep; 1 by default.').pointer(),
  timeZone: field(
    8,
    string,
    'Time zone that the schedule is read in, such as Europe/Paris; that of the controller by default.',
  ).pointer(),
});
export interface CronJobSpec extends Infer<typeof CronJobSpec> {}

export const CronJobStatus = message(
  'io.k8s.api.batch.v1.CronJobStatus',
  'What the controller last observed of a CronJob.',
  {
    active: field(1, list(ObjectReference), 'Jobs that are running now.').atomic(),
    lastScheduleTime: field(4, time, 'When a job was last started.'),
    lastSuccessfulTime: field(5, time, 'When a job last completed.'),
  },
);
export interface CronJobStatus extends Infer<typeof CronJobStatus> {}

export const CronJob = message('io.k8s.api.batch.v1.CronJob', 'Starts jobs on a schedule.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, CronJobSpec, 'Jobs wanted and their schedule.').required().default({}),
  status: field(3, CronJobStatus, 'What was last observed; written by the controller.').default({}),
});
export interface CronJob extends Infer<typeof CronJob> {}

function applyCronJobDefaults({ spec }: CronJob): void {
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  applyPodTemplateDefaults(spec.jobTemplate.spec?.template);
}

const TEMPLATE_PATH = new FieldPath('spec').child('jobTemplate', 'spec', 'template');

/** Leaves room for the suffix of eleven characters that the names of the jobs get. */
const MAX_NAME_LENGTH = 52;

function validateCronJob({ metadata, spec }: CronJob): FieldError[] {
  const path = new FieldPath('spec');
  const templatePath = path.child('jobTemplate', 'spec');
  const jobSpec = spec.jobTemplate.spec;
  const errors = [
    ...validateSchedule(spec.schedule, path.child('schedule')),
    ...validateNonNegative(spec.startingDeadlineSeconds, path.child('startingDeadlineSeconds')),
    ...validateChoice(spec.concurrencyPolicy, path.child('concurrencyPolicy'), ['Allow', 'Forbid', 'Replace']),
    ...validateTimeZone(spec.timeZone, path.child('timeZone')),
    ...(jobSpec ? validateJobSpec(jobSpec, templatePath) : []),
  ];
  if (jobSpec?.manualSelector) {
    errors.push(notSupported(templatePath.child('manualSelector'), jobSpec.manualSelector, ['nil', 'false']));
  }
  errors.push(...validateNonNegativeFields(spec, path, ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit']));
  const isNew = !metadata.resourceVersion;
  if (isNew && (metadata.name ?? '').length > MAX_NAME_LENGTH) {
    const detail = `must be no more than ${MAX_NAME_LENGTH} characters`;
    errors.push(invalid(new FieldPath('metadata').child('name'), metadata.name, detail));
  }
  return errors;
}

function validateSchedule(schedule: string, path: FieldPath): FieldError[] {
  if (!schedule) return [required(path)];
  if (schedule.includes('TZ')) {
    return [invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  }
  try {
    parseCronSchedule(schedule);
    return [];
  } catch (error) {
    if (error instanceof CronScheduleError) return [invalid(path, schedule, error.message)];
    throw error;
  }
}

function validateTimeZone(zone: string | undefined, path: FieldPath): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [invalid(path, zone, 'timeZone must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalid(path, zone, detail)];
  }
  return isKnownTimeZone(zone) ? [] : [invalid(path, zone, `unknown time zone ${zone}`)];
}

function isKnownTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return /^[A-Za-z0-9]([A-Za-z0-9/_+-]*[A-Za-z0-9])?$/.test(zone);
  } catch {
    return false;
  }
}

const cronJobStrategy: WriteStrategy<CronJob> = {
  warnings: (object) => workloadWarnings(object, object.spec.jobTemplate.spec?.template, TEMPLATE_PATH),
  applyDefaults: applyCronJobDefaults,
  validate: validateCronJob,
  prepareForCreate: (draft) => clearStatus(draft, CronJobStatus),
  prepareForUpdate: keepStatus,
  hasGeneration: true,
};

const cronJobColumns: Column<CronJob>[] = [
  nameColumn,
  {
    name: 'Schedule',
    type: 'string',
    description: 'When jobs are started, in cron notation.',
    cell: ({ spec }) => spec.schedule,
  },
  {
    name: 'Timezone',
    type: 'string',
    description: 'Time zone that the schedule is read in.',
    cell: ({ spec }) => spec.timeZone ?? '<none>',
  },
  {
    name: 'Suspend',
    type: 'boolean',
    description: 'Whether the schedule is suspended.',
    cell: ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
  },
  {
    name: 'Active',
    type: 'integer',
    description: 'Number of jobs that are running now.',
    cell: ({ status }) => status?.active?.length ?? 0,
  },
  {
    name: 'Last Schedule',
    type: 'string',
    description: 'Time since a job was last started.',
    cell: ({ status }, nowMs) => (status?.lastScheduleTime ? ageOf(status.lastScheduleTime, nowMs) : '<none>'),
  },
  ageColumn,
  ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate.spec?.template.spec),
  selectorColumn(({ spec }) => spec.jobTemplate.spec?.selector),
];

export const cronJobKind = defineKind<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  resource: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: CronJob,
  subresources: [statusSubresource<CronJob>('CronJob')],
  strategy: cronJobStrategy,
  columns: cronJobColumns,
  storageVersionHash: 'sd5LIXh4Fjs=',
});
