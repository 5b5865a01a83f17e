import type { Column, WriteStrategy } from '@kubets/core';
import { bool, defineKind, field, type Infer, int32, int64, list, message, string, time } from '@kubets/core';
import { ageColumn, ageOf, containerColumns, nameColumn, selectorColumn } from '../columns.ts';
import { ObjectReference } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';
import { JobSpec } from './shared.ts';

export const JobTemplateSpec = message('io.k8s.api.batch.v1.JobTemplateSpec', '', {
  metadata: field(1, ObjectMetaSchema, '').default({}),
  spec: field(2, JobSpec, '').default({}),
});
export interface JobTemplateSpec extends Infer<typeof JobTemplateSpec> {}

export const CronJobSpec = message('io.k8s.api.batch.v1.CronJobSpec', '', {
  schedule: field(1, string, '').required().default(''),
  startingDeadlineSeconds: field(2, int64, ''),
  concurrencyPolicy: field(3, string, '').oneOf('Allow', 'Forbid', 'Replace'),
  suspend: field(4, bool, ''),
  jobTemplate: field(5, JobTemplateSpec, '').required().default({}),
  successfulJobsHistoryLimit: field(6, int32, ''),
  failedJobsHistoryLimit: field(7, int32, ''),
  timeZone: field(8, string, ''),
});
export interface CronJobSpec extends Infer<typeof CronJobSpec> {}

export const CronJobStatus = message('io.k8s.api.batch.v1.CronJobStatus', '', {
  active: field(1, list(ObjectReference), '').atomic(),
  lastScheduleTime: field(4, time, ''),
  lastSuccessfulTime: field(5, time, ''),
});
export interface CronJobStatus extends Infer<typeof CronJobStatus> {}

export const CronJob = message('io.k8s.api.batch.v1.CronJob', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, CronJobSpec, '').required().default({}),
  status: field(3, CronJobStatus, '').default({}),
});
export interface CronJob extends Infer<typeof CronJob> {}

function applyCronJobDefaults({ spec }: CronJob): void {
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
}

const cronJobStrategy: WriteStrategy<CronJob> = {
  applyDefaults: applyCronJobDefaults,
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
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'CronJob',
      form: 'object',
      strategy: statusStrategy<CronJob>(),
    },
  ],
  strategy: cronJobStrategy,
  columns: cronJobColumns,
  storageVersionHash: 'sd5LIXh4Fjs=',
});
