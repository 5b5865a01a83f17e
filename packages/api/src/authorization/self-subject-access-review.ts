import { defineKind, FieldPath, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import {
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewStatus,
  validateReviewAttributes,
} from './shared.ts';

export const SelfSubjectAccessReviewSpec = message('io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec', '', {
  resourceAttributes: field(1, ResourceAttributes, ''),
  nonResourceAttributes: field(2, NonResourceAttributes, ''),
});
export interface SelfSubjectAccessReviewSpec extends Infer<typeof SelfSubjectAccessReviewSpec> {}

export const SelfSubjectAccessReview = message('io.k8s.api.authorization.v1.SelfSubjectAccessReview', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, SelfSubjectAccessReviewSpec, '').required().default({}),
  status: field(3, SubjectAccessReviewStatus, '').default({}),
});
export interface SelfSubjectAccessReview extends Infer<typeof SelfSubjectAccessReview> {}

export const selfSubjectAccessReviewKind = defineKind<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  resource: 'selfsubjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  listKind: '',
  schema: SelfSubjectAccessReview,
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, SubjectAccessReviewStatus),
    validate: ({ spec }) => validateReviewAttributes(spec, new FieldPath('spec')),
  },
});
