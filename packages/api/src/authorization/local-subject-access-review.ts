import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from './shared.ts';

export const LocalSubjectAccessReview = message('io.k8s.api.authorization.v1.LocalSubjectAccessReview', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, SubjectAccessReviewSpec, '').required().default({}),
  status: field(3, SubjectAccessReviewStatus, '').default({}),
});
export interface LocalSubjectAccessReview extends Infer<typeof LocalSubjectAccessReview> {}

export const localSubjectAccessReviewKind = defineKind<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  resource: 'localsubjectaccessreviews',
  namespaced: true,
  verbs: ['create'],
  listKind: '',
  schema: LocalSubjectAccessReview,
});
