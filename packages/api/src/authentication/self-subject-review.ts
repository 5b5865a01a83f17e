import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import { UserInfo } from './shared.ts';

export const SelfSubjectReviewStatus = message(
  'io.k8s.api.authentication.v1.SelfSubjectReviewStatus',
  'Who the server took the caller for.',
  {
    userInfo: field(1, UserInfo, 'Attributes of the user who made the request.').default({}),
  },
);
export interface SelfSubjectReviewStatus extends Infer<typeof SelfSubjectReviewStatus> {}

export const SelfSubjectReview = message(
  'io.k8s.api.authentication.v1.SelfSubjectReview',
  'Tells callers who the server thinks they are.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    status: field(2, SelfSubjectReviewStatus, 'The answer, filled in by the server.').default({}),
  },
);
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
