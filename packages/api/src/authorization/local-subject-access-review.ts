import { defineKind, type FieldError, FieldPath, field, type Infer, invalid, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus, validateSubjectAccessReviewSpec } from './shared.ts';

export const LocalSubjectAccessReview = message(
  'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  'Asks whether a user may do something in one namespace.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, SubjectAccessReviewSpec, 'The user and the action; its namespace must be that of the object.')
      .required()
      .default({}),
    status: field(3, SubjectAccessReviewStatus, 'The answer, filled in by the server.').default({}),
  },
);
export interface LocalSubjectAccessReview extends Infer<typeof LocalSubjectAccessReview> {}

function validateLocalSubjectAccessReview({ metadata, spec }: LocalSubjectAccessReview): FieldError[] {
  const path = new FieldPath('spec');
  const errors = validateSubjectAccessReviewSpec(spec);
  if (spec.nonResourceAttributes) {
    errors.push(
      invalid(path.child('nonResourceAttributes'), spec.nonResourceAttributes, 'disallowed on this kind of request'),
    );
  }
  if (spec.resourceAttributes && spec.resourceAttributes.namespace !== metadata.namespace) {
    const at = path.child('resourceAttributes', 'namespace');
    errors.push(invalid(at, spec.resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
  }
  return errors;
}

export const localSubjectAccessReviewKind = defineKind<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  resource: 'localsubjectaccessreviews',
  namespaced: true,
  verbs: ['create'],
  listKind: '',
  schema: LocalSubjectAccessReview,
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, SubjectAccessReviewStatus),
    validate: validateLocalSubjectAccessReview,
  },
});
