import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus, validateSubjectAccessReviewSpec } from './shared.ts';

export const SubjectAccessReview = message('io.k8s.api.authorization.v1.SubjectAccessReview', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, SubjectAccessReviewSpec, '').required().default({}),
  status: field(3, SubjectAccessReviewStatus, '').default({}),
});
export interface SubjectAccessReview extends Infer<typeof SubjectAccessReview> {}

export const subjectAccessReviewKind = defineKind<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  resource: 'subjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  listKind: '',
  schema: SubjectAccessReview,
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, SubjectAccessReviewStatus),
    validate: ({ spec }) => validateSubjectAccessReviewSpec(spec),
  },
});
