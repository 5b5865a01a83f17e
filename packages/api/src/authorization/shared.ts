import { bool, field, type Infer, list, map, message, string } from '@kubets/core';
import { FieldSelectorRequirement, LabelSelectorRequirement } from '../meta/selector.ts';

export const FieldSelectorAttributes = message('io.k8s.api.authorization.v1.FieldSelectorAttributes', '', {
  rawSelector: field(1, string, ''),
  requirements: field(2, list(FieldSelectorRequirement), '').atomic(),
});
export interface FieldSelectorAttributes extends Infer<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = message('io.k8s.api.authorization.v1.LabelSelectorAttributes', '', {
  rawSelector: field(1, string, ''),
  requirements: field(2, list(LabelSelectorRequirement), '').atomic(),
});
export interface LabelSelectorAttributes extends Infer<typeof LabelSelectorAttributes> {}

export const NonResourceAttributes = message('io.k8s.api.authorization.v1.NonResourceAttributes', '', {
  path: field(1, string, ''),
  verb: field(2, string, ''),
});
export interface NonResourceAttributes extends Infer<typeof NonResourceAttributes> {}

export const ResourceAttributes = message('io.k8s.api.authorization.v1.ResourceAttributes', '', {
  namespace: field(1, string, ''),
  verb: field(2, string, ''),
  group: field(3, string, ''),
  version: field(4, string, ''),
  resource: field(5, string, ''),
  subresource: field(6, string, ''),
  name: field(7, string, ''),
  fieldSelector: field(8, FieldSelectorAttributes, ''),
  labelSelector: field(9, LabelSelectorAttributes, ''),
});
export interface ResourceAttributes extends Infer<typeof ResourceAttributes> {}

export const SubjectAccessReviewSpec = message('io.k8s.api.authorization.v1.SubjectAccessReviewSpec', '', {
  resourceAttributes: field(1, ResourceAttributes, ''),
  nonResourceAttributes: field(2, NonResourceAttributes, ''),
  user: field(3, string, ''),
  groups: field(4, list(string), '').atomic(),
  extra: field(5, map(list(string)), ''),
  uid: field(6, string, ''),
});
export interface SubjectAccessReviewSpec extends Infer<typeof SubjectAccessReviewSpec> {}

export const SubjectAccessReviewStatus = message('io.k8s.api.authorization.v1.SubjectAccessReviewStatus', '', {
  allowed: field(1, bool, '').required().default(false),
  reason: field(2, string, ''),
  evaluationError: field(3, string, ''),
  denied: field(4, bool, ''),
});
export interface SubjectAccessReviewStatus extends Infer<typeof SubjectAccessReviewStatus> {}
