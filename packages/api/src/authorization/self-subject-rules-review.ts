import { bool, defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';

export const NonResourceRule = message('io.k8s.api.authorization.v1.NonResourceRule', '', {
  verbs: field(1, list(string), '').required().atomic(),
  nonResourceURLs: field(2, list(string), '').atomic(),
});
export interface NonResourceRule extends Infer<typeof NonResourceRule> {}

export const ResourceRule = message('io.k8s.api.authorization.v1.ResourceRule', '', {
  verbs: field(1, list(string), '').required().atomic(),
  apiGroups: field(2, list(string), '').atomic(),
  resources: field(3, list(string), '').atomic(),
  resourceNames: field(4, list(string), '').atomic(),
});
export interface ResourceRule extends Infer<typeof ResourceRule> {}

export const SelfSubjectRulesReviewSpec = message('io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec', '', {
  namespace: field(1, string, ''),
});
export interface SelfSubjectRulesReviewSpec extends Infer<typeof SelfSubjectRulesReviewSpec> {}

export const SubjectRulesReviewStatus = message('io.k8s.api.authorization.v1.SubjectRulesReviewStatus', '', {
  resourceRules: field(1, list(ResourceRule), '').required().atomic(),
  nonResourceRules: field(2, list(NonResourceRule), '').required().atomic(),
  incomplete: field(3, bool, '').required().default(false),
  evaluationError: field(4, string, ''),
});
export interface SubjectRulesReviewStatus extends Infer<typeof SubjectRulesReviewStatus> {}

export const SelfSubjectRulesReview = message('io.k8s.api.authorization.v1.SelfSubjectRulesReview', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, SelfSubjectRulesReviewSpec, '').required().default({}),
  status: field(3, SubjectRulesReviewStatus, '').default({}),
});
export interface SelfSubjectRulesReview extends Infer<typeof SelfSubjectRulesReview> {}

export const selfSubjectRulesReviewKind = defineKind<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  resource: 'selfsubjectrulesreviews',
  namespaced: false,
  verbs: ['create'],
  listKind: '',
  schema: SelfSubjectRulesReview,
  strategy: { prepareForCreate: (draft) => clearStatus(draft, SubjectRulesReviewStatus) },
});
