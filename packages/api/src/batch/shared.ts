import { bool, field, type Infer, int32, int64, list, message, string } from '@kubets/core';
import { PodTemplateSpec } from '../core/pod.ts';
import { LabelSelector } from '../meta/selector.ts';

export const PodFailurePolicyOnExitCodesRequirement = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement',
  'Exit codes of a failed container that a rule is about.',
  {
    containerName: field(1, string, 'Container to look at; any container by default.').pointer(),
    operator: field(2, string, 'Whether the exit code has to be In or NotIn the values.')
      .required()
      .default('')
      .oneOf('In', 'NotIn'),
    values: field(3, list(int32), 'Exit codes, in rising order without repetition.').required().set(),
  },
);
export interface PodFailurePolicyOnExitCodesRequirement extends Infer<typeof PodFailurePolicyOnExitCodesRequirement> {}

export const PodFailurePolicyOnPodConditionsPattern = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern',
  'A condition of a failed pod that a rule is about.',
  {
    type: field(1, string, 'Type of the condition.').required().default(''),
    status: field(2, string, 'Status of the condition; True by default.').default(''),
  },
);
export interface PodFailurePolicyOnPodConditionsPattern extends Infer<typeof PodFailurePolicyOnPodConditionsPattern> {}

export const PodFailurePolicyRule = message(
  'io.k8s.api.batch.v1.PodFailurePolicyRule',
  'What to do with failed pods of a kind.',
  {
    action: field(1, string, 'What to do: FailJob, FailIndex, Ignore (do not count it) or Count (as usual).')
      .required()
      .default('')
      .oneOf('Count', 'FailIndex', 'FailJob', 'Ignore'),
    onExitCodes: field(2, PodFailurePolicyOnExitCodesRequirement, 'Exit codes that the rule is about.'),
    onPodConditions: field(
      3,
      list(PodFailurePolicyOnPodConditionsPattern),
      'Conditions of which the pod has at least one.',
    ).atomic(),
  },
);
export interface PodFailurePolicyRule extends Infer<typeof PodFailurePolicyRule> {}

export const PodFailurePolicy = message('io.k8s.api.batch.v1.PodFailurePolicy', 'What to do with failed pods.', {
  rules: field(1, list(PodFailurePolicyRule), 'Rules tried in order; the first that fits is applied.')
    .required()
    .atomic(),
});
export interface PodFailurePolicy extends Infer<typeof PodFailurePolicy> {}

export const SuccessPolicyRule = message(
  'io.k8s.api.batch.v1.SuccessPolicyRule',
  'When an indexed job counts as done early.',
  {
    succeededIndexes: field(1, string, 'Indexes that have to succeed, such as 1,3-5.').pointer(),
    succeededCount: field(2, int32, 'Number of indexes that have to succeed, among those named if any are.').pointer(),
  },
);
export interface SuccessPolicyRule extends Infer<typeof SuccessPolicyRule> {}

export const SuccessPolicy = message(
  'io.k8s.api.batch.v1.SuccessPolicy',
  'When an indexed job counts as done before all indexes have succeeded.',
  {
    rules: field(1, list(SuccessPolicyRule), 'Rules of which one has to be met.').required().atomic(),
  },
);
export interface SuccessPolicy extends Infer<typeof SuccessPolicy> {}

export const JobSpec = message('io.k8s.api.batch.v1.JobSpec', 'Which pods a Job runs, and when it is done.', {
  parallelism: field(1, int32, 'Most pods that run at one time; 1 by default.').pointer(),
  completions: field(2, int32, 'Pods that have to succeed; without it one success ends the job.').pointer(),
  activeDeadlineSeconds: field(3, int64, 'Seconds that the job may be active before it is ended.').pointer(),
  selector: field(4, LabelSelector, 'Selects the pods of the job; made by the server unless manualSelector is set.'),
  manualSelector: field(5, bool, 'Whether selector and template labels are left as they were written.').pointer(),
  template: field(6, PodTemplateSpec, 'The pod to run; its restartPolicy is Never or OnFailure.')
    .required()
    .default({}),
  backoffLimit: field(7, int32, 'Failures after which the job is given up; 6 by default.').pointer(),
  ttlSecondsAfterFinished: field(
    8,
    int32,
    'Seconds after its end at which the job is deleted; never without it.',
  ).pointer(),
  completionMode: field(
    9,
    string,
    'NonIndexed counts pods alike; Indexed gives each pod an index from 0 to completions - 1.',
  )
    .pointer()
    .oneOf('Indexed', 'NonIndexed'),
  suspend: field(10, bool, 'While true, the job has no pods.').pointer(),
  podFailurePolicy: field(11, PodFailurePolicy, 'What to do with failed pods.'),
  backoffLimitPerIndex: field(
    12,
    int32,
    'Failures of one index after which that index is given up; only for indexed jobs.',
  ).pointer(),
  maxFailedIndexes: field(13, int32, 'Failed indexes after which the whole job is given up.').pointer(),
  podReplacementPolicy: field(
    14,
    string,
    'Whether a pod is replaced once it terminates (TerminatingOrFailed) or only once it has ended (Failed).',
  )
    .pointer()
    .oneOf('Failed', 'TerminatingOrFailed'),
  managedBy: field(
    15,
    string,
    'Controller that handles the job where it is not the built-in one; cannot change.',
  ).pointer(),
  successPolicy: field(16, SuccessPolicy, 'When an indexed job counts as done early.'),
});
export interface JobSpec extends Infer<typeof JobSpec> {}
