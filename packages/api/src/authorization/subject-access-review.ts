import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus, validateSubjectAccessReviewSpec } from './shared.ts';

export const SubjectAccessReview = message(
  'io.k8s.api.authorization.v1.SubjectAccessReview',
  'Asks whether a user may do something.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, SubjectAccessReviewSpec, 'The user and the action.').required().default({}),
    status: field(3, SubjectAccessReviewStatus, 'The answer, filled in by the server.').default({}),
  },
);
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
