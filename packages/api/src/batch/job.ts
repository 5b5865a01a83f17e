import {
  type Column,
  defineKind,
  field,
  type Infer,
  int32,
  list,
  message,
  string,
  time,
  type WriteStrategy,
} from '@kubets/core';
import { workloadWarnings } from '../apps/pod-template.ts';
import { ageColumn, ageOf, containerColumns, nameColumn, selectorColumn } from '../columns.ts';
import { applyPodTemplateDefaults } from '../core/pod/defaults.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { validateJob, validateJobStatus, validateJobUpdate } from './job-validation.ts';
import { JobSpec } from './shared.ts';

export const JobCondition = message('io.k8s.api.batch.v1.JobCondition', 'One observation about the state of a Job.', {
  type: field(1, string, 'Which observation it is.').required().default(''),
  status: field(2, string, 'True, False or Unknown.').required().default(''),
  lastProbeTime: field(3, time, 'When the condition was last checked.'),
  lastTransitionTime: field(4, time, 'When the status last changed.'),
  reason: field(5, string, 'One word for why, in CamelCase.'),
  message: field(6, string, 'Why, in words for people.'),
});
export interface JobCondition extends Infer<typeof JobCondition> {}

export const UncountedTerminatedPods = message(
  'io.k8s.api.batch.v1.UncountedTerminatedPods',
  'Ended pods that the counters of the status do not have yet.',
  {
    succeeded: field(1, list(string), 'UIDs of pods that succeeded.').set(),
    failed: field(2, list(string), 'UIDs of pods that failed.').set(),
  },
);
export interface UncountedTerminatedPods extends Infer<typeof UncountedTerminatedPods> {}

export const JobStatus = message('io.k8s.api.batch.v1.JobStatus', 'What the controller last observed of a Job.', {
  conditions: field(1, list(JobCondition), 'Latest observations; Complete or Failed end the job.')
    .atomic()
    .mergeBy('type'),
  startTime: field(2, time, 'When the controller first handled the job, or resumed it.'),
  completionTime: field(3, time, 'When the job completed.'),
  active: field(4, int32, 'Pods that are pending or running.'),
  succeeded: field(5, int32, 'Pods that succeeded.'),
  failed: field(6, int32, 'Pods that failed.'),
  completedIndexes: field(7, string, 'Indexes that are done, such as 1,3-5; only for indexed jobs.'),
  uncountedTerminatedPods: field(8, UncountedTerminatedPods, 'Ended pods that the counters do not have yet.'),
  ready: field(9, int32, 'Active pods that are ready.').pointer(),
  failedIndexes: field(
    10,
    string,
    'Indexes that have failed for good, such as 1,3-5; only with backoffLimitPerIndex.',
  ).pointer(),
  terminating: field(11, int32, 'Pods that are being deleted and have not ended yet.').pointer(),
});
export interface JobStatus extends Infer<typeof JobStatus> {}

export const Job = message('io.k8s.api.batch.v1.Job', 'Runs pods until a number of them has succeeded.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, JobSpec, 'The pods to run and when the job is done.').always().default({}),
  status: field(3, JobStatus, 'What was last observed; written by the controller.').default({}),
});
export interface Job extends Infer<typeof Job> {}

const NO_BACKOFF_LIMIT = 2 ** 31 - 1;

const isEmpty = (labels: Record<string, string> | undefined) => Object.keys(labels ?? {}).length === 0;

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
  if (!isEmpty(labels) && isEmpty(metadata.labels)) {
    metadata.labels = labels;
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
  const { uid, name = '' } = draft.metadata;
  if (!uid) return;
  const template = draft.spec.template;
  // A job without labels of its own has those of its pods, also those that they get here.
  const sharesLabels = isEmpty(draft.metadata.labels) || draft.metadata.labels === template.metadata?.labels;
  const labels = { ...template.metadata?.labels };
  for (const label of JOB_LABELS.uid) labels[label] ??= uid;
  for (const label of JOB_LABELS.name) labels[label] ??= name;
  template.metadata = { ...template.metadata, labels };
  if (sharesLabels) draft.metadata.labels = { ...labels };
  const matchLabels = { 'batch.kubernetes.io/controller-uid': uid, ...draft.spec.selector?.matchLabels };
  draft.spec.selector = { ...draft.spec.selector, matchLabels };
}

const jobStrategy: WriteStrategy<Job> = {
  warnings: (object) => workloadWarnings(object, object.spec.template),
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
  subresources: [statusSubresource<Job>('Job', { validateUpdate: validateJobStatus })],
  strategy: jobStrategy,
  columns: jobColumns,
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  storageVersionHash: 'mudhfqk/qZY=',
});
