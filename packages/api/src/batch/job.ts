import { defineKind, field, type Infer, int32, list, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
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
  ready: field(9, int32, ''),
  failedIndexes: field(10, string, ''),
  terminating: field(11, int32, ''),
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

export const jobKind = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  resource: 'jobs',
  categories: ['all'],
  namespaced: true,
  schema: Job,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'Job', form: 'object' }],
  storageVersionHash: 'mudhfqk/qZY=',
});
