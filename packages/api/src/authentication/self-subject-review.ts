import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import { UserInfo } from './shared.ts';

export const SelfSubjectReviewStatus = message('io.k8s.api.authentication.v1.SelfSubjectReviewStatus', '', {
  userInfo: field(1, UserInfo, '').default({}),
});
export interface SelfSubjectReviewStatus extends Infer<typeof SelfSubjectReviewStatus> {}

export const SelfSubjectReview = message('io.k8s.api.authentication.v1.SelfSubjectReview', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  status: field(2, SelfSubjectReviewStatus, '').default({}),
});
export interface SelfSubjectReview extends Infer<typeof SelfSubjectReview> {}

export const selfSubjectReviewKind = defineKind<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  resource: 'selfsubjectreviews',
  namespaced: false,
  verbs: ['create'],
  listKind: '',
  schema: SelfSubjectReview,
  strategy: { prepareForCreate: (draft) => clearStatus(draft, SelfSubjectReviewStatus) },
});
