import { bool, field, type Infer, int32, int64, list, message, string } from '@kubets/core';
import { PodTemplateSpec } from '../core/pod.ts';
import { LabelSelector } from '../meta/selector.ts';

export const PodFailurePolicyOnExitCodesRequirement = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement',
  '',
  {
    containerName: field(1, string, '').pointer(),
    operator: field(2, string, '').required().default('').oneOf('In', 'NotIn'),
    values: field(3, list(int32), '').required().set(),
  },
);
export interface PodFailurePolicyOnExitCodesRequirement extends Infer<typeof PodFailurePolicyOnExitCodesRequirement> {}

export const PodFailurePolicyOnPodConditionsPattern = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern',
  '',
  {
    type: field(1, string, '').required().default(''),
    status: field(2, string, '').default(''),
  },
);
export interface PodFailurePolicyOnPodConditionsPattern extends Infer<typeof PodFailurePolicyOnPodConditionsPattern> {}

export const PodFailurePolicyRule = message('io.k8s.api.batch.v1.PodFailurePolicyRule', '', {
  action: field(1, string, '').required().default('').oneOf('Count', 'FailIndex', 'FailJob', 'Ignore'),
  onExitCodes: field(2, PodFailurePolicyOnExitCodesRequirement, ''),
  onPodConditions: field(3, list(PodFailurePolicyOnPodConditionsPattern), '').atomic(),
});
export interface PodFailurePolicyRule extends Infer<typeof PodFailurePolicyRule> {}

export const PodFailurePolicy = message('io.k8s.api.batch.v1.PodFailurePolicy', '', {
  rules: field(1, list(PodFailurePolicyRule), '').required().atomic(),
});
export interface PodFailurePolicy extends Infer<typeof PodFailurePolicy> {}

export const SuccessPolicyRule = message('io.k8s.api.batch.v1.SuccessPolicyRule', '', {
  succeededIndexes: field(1, string, '').pointer(),
  succeededCount: field(2, int32, '').pointer(),
});
export interface SuccessPolicyRule extends Infer<typeof SuccessPolicyRule> {}

export const SuccessPolicy = message('io.k8s.api.batch.v1.SuccessPolicy', '', {
  rules: field(1, list(SuccessPolicyRule), '').required().atomic(),
});
export interface SuccessPolicy extends Infer<typeof SuccessPolicy> {}

export const JobSpec = message('io.k8s.api.batch.v1.JobSpec', '', {
  parallelism: field(1, int32, '').pointer(),
  completions: field(2, int32, '').pointer(),
  activeDeadlineSeconds: field(3, int64, '').pointer(),
  selector: field(4, LabelSelector, ''),
  manualSelector: field(5, bool, '').pointer(),
  template: field(6, PodTemplateSpec, '').required().default({}),
  backoffLimit: field(7, int32, '').pointer(),
  ttlSecondsAfterFinished: field(8, int32, '').pointer(),
  completionMode: field(9, string, '').pointer().oneOf('Indexed', 'NonIndexed'),
  suspend: field(10, bool, '').pointer(),
  podFailurePolicy: field(11, PodFailurePolicy, ''),
  backoffLimitPerIndex: field(12, int32, '').pointer(),
  maxFailedIndexes: field(13, int32, '').pointer(),
  podReplacementPolicy: field(14, string, '').pointer().oneOf('Failed', 'TerminatingOrFailed'),
  managedBy: field(15, string, '').pointer(),
  successPolicy: field(16, SuccessPolicy, ''),
});
export interface JobSpec extends Infer<typeof JobSpec> {}
