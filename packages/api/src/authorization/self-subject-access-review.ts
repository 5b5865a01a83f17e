import { defineKind, FieldPath, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import {
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewStatus,
  validateReviewAttributes,
} from './shared.ts';

export const SelfSubjectAccessReviewSpec = message(
  'io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec',
  'What the caller asks to be allowed; exactly one of the two.',
  {
    resourceAttributes: field(1, ResourceAttributes, 'An action on a resource.'),
    nonResourceAttributes: field(2, NonResourceAttributes, 'A request to a URL that belongs to no resource.'),
  },
);
export interface SelfSubjectAccessReviewSpec extends Infer<typeof SelfSubjectAccessReviewSpec> {}

export const SelfSubjectAccessReview = message(
  'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  'Asks whether the caller may do something.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, SelfSubjectAccessReviewSpec, 'The action.').required().default({}),
    status: field(3, SubjectAccessReviewStatus, 'The answer, filled in by the server.').default({}),
  },
);
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
