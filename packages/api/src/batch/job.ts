import type { Column, WriteStrategy } from '@kubets/core';
import { defineKind, field, type Infer, int32, list, message, string, time } from '@kubets/core';
import { ageColumn, ageOf, containerColumns, nameColumn, selectorColumn } from '../columns.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';
import { validateJob, validateJobStatus, validateJobUpdate } from './job-validation.ts';
import { JobSpec } from './shared.ts';

export const JobCondition = message('io.k8s.api.batch.v1.JobCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastProbeTime: field(3, time, ''),
  lastTransitionTime: field(4, time, ''),
  reason: field(5, string, ''),
  message: field(6, string, ''),
});
export interface JobCondition extends Infer<typeof JobCondition> {}

export const UncountedTerminatedPods = message('io.k8s.api.batch.v1.UncountedTerminatedPods', '', {
  succeeded: field(1, list(string), '').set(),
  failed: field(2, list(string), '').set(),
});
export interface UncountedTerminatedPods extends Infer<typeof UncountedTerminatedPods> {}

export const JobStatus = message('io.k8s.api.batch.v1.JobStatus', '', {
  conditions: field(1, list(JobCondition), '').atomic().mergeBy('type'),
  startTime: field(2, time, ''),
  completionTime: field(3, time, ''),
  active: field(4, int32, ''),
  succeeded: field(5, int32, ''),
  failed: field(6, int32, ''),
  completedIndexes: field(7, string, ''),
  uncountedTerminatedPods: field(8, UncountedTerminatedPods, ''),
  ready: field(9, int32, '').pointer(),
  failedIndexes: field(10, string, '').pointer(),
  terminating: field(11, int32, '').pointer(),
});
export interface JobStatus extends Infer<typeof JobStatus> {}

export const Job = message('io.k8s.api.batch.v1.Job', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, JobSpec, '').always().default({}),
  status: field(3, JobStatus, '').default({}),
});
export interface Job extends Infer<typeof Job> {}

const NO_BACKOFF_LIMIT = 2 ** 31 - 1;

function applyJobDefaults({ metadata, spec }: Job): void {
  // A job that says neither how many pods nor how many completions it wants runs one pod once.
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : NO_BACKOFF_LIMIT;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
  for (const pattern of spec.podFailurePolicy?.rules.flatMap((rule) => rule.onPodConditions ?? []) ?? []) {
    pattern.status ||= 'True';
  }
  applyPodTemplateDefaults(spec.template);
  const labels = spec.template.metadata?.labels;
  if (labels && Object.keys(labels).length && !Object.keys(metadata.labels ?? {}).length) {
    metadata.labels = { ...labels };
  }
}

/** The labels that tie pods to their job. Pods carry both spellings, so that older clients find them. */
const JOB_LABELS = {
  uid: ['controller-uid', 'batch.kubernetes.io/controller-uid'],
  name: ['job-name', 'batch.kubernetes.io/job-name'],
} as const;

/** Unless the selector is the user's own business, it selects the job's pods by the job's uid. */
function generateSelector(draft: Job): void {
  if (draft.spec.manualSelector) return;
  const { uid, name } = draft.metadata;
  if (!uid || !name) return;
  const template = draft.spec.template;
  const labels = { ...template.metadata?.labels };
  for (const label of JOB_LABELS.uid) labels[label] ??= uid;
  for (const label of JOB_LABELS.name) labels[label] ??= name;
  template.metadata = { ...template.metadata, labels };
  const matchLabels = { 'batch.kubernetes.io/controller-uid': uid, ...draft.spec.selector?.matchLabels };
  draft.spec.selector = { ...draft.spec.selector, matchLabels };
}

const jobStrategy: WriteStrategy<Job> = {
  applyDefaults: applyJobDefaults,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  prepareForCreate(draft) {
    clearStatus(draft, JobStatus);
    generateSelector(draft);
  },
  prepareForUpdate: keepStatus,
  hasGeneration: true,
};

const jobColumns: Column<Job>[] = [
  nameColumn,
  {
    name: 'Status',
    type: 'string',
    description: 'How far the job is.',
    cell: statusText,
  },
  {
    name: 'Completions',
    type: 'string',
    description: 'Pods that succeeded, out of those that must.',
    cell: completionsText,
  },
  {
    name: 'Duration',
    type: 'string',
    description: 'How long the job has been running, or ran.',
    cell: jobDurationText,
  },
  ageColumn,
  ...containerColumns<Job>(({ spec }) => spec.template.spec),
  selectorColumn(({ spec }) => spec.selector),
];

function statusText(job: Job): string {
  const isTrue = (type: string) => job.status?.conditions?.some((item) => item.type === type && item.status === 'True');
  if (isTrue('Complete')) return 'Complete';
  if (isTrue('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(isTrue) ?? 'Running';
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDurationText({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return '';
  const endMs = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return ageOf(status.startTime, endMs);
}

export const jobKind = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  resource: 'jobs',
  categories: ['all'],
  namespaced: true,
  schema: Job,
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'Job',
      form: 'object',
      strategy: statusStrategy<Job>({ validateUpdate: validateJobStatus }),
    },
  ],
  strategy: jobStrategy,
  columns: jobColumns,
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  storageVersionHash: 'mudhfqk/qZY=',
});
