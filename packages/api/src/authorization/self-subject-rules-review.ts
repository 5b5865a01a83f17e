import { bool, defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';

export const NonResourceRule = message(
  'io.k8s.api.authorization.v1.NonResourceRule',
  'Requests to non-resource URLs that are allowed.',
  {
    verbs: field(1, list(string), 'HTTP methods in lower case; * for all.').required().atomic(),
    nonResourceURLs: field(2, list(string), 'Paths; a * may stand for a whole last step.').atomic(),
  },
);
export interface NonResourceRule extends Infer<typeof NonResourceRule> {}

export const ResourceRule = message(
  'io.k8s.api.authorization.v1.ResourceRule',
  'Actions on resources that are allowed.',
  {
    verbs: field(1, list(string), 'Verbs such as get, list and create; * for all.').required().atomic(),
    apiGroups: field(2, list(string), 'API groups of the resources; * for all.').atomic(),
    resources: field(
      3,
      list(string),
      'Resources by plural name, with subresources as resource/subresource; * for all.',
    ).atomic(),
    resourceNames: field(4, list(string), 'Names of single objects; empty for all.').atomic(),
  },
);
export interface ResourceRule extends Infer<typeof ResourceRule> {}

export const SelfSubjectRulesReviewSpec = message(
  'io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec',
  'Where the rules are asked for.',
  {
    namespace: field(1, string, 'Namespace whose rules are listed.'),
  },
);
export interface SelfSubjectRulesReviewSpec extends Infer<typeof SelfSubjectRulesReviewSpec> {}

export const SubjectRulesReviewStatus = message(
  'io.k8s.api.authorization.v1.SubjectRulesReviewStatus',
  'What a user may do in a namespace, as far as it can be listed.',
  {
    resourceRules: field(1, list(ResourceRule), 'Actions on resources that are allowed.').required().atomic(),
    nonResourceRules: field(2, list(NonResourceRule), 'Requests to other URLs that are allowed.').required().atomic(),
    incomplete: field(3, bool, 'Whether there may be more rules than are listed.').required().default(false),
    evaluationError: field(4, string, 'Why the list may be incomplete.'),
  },
);
export interface SubjectRulesReviewStatus extends Infer<typeof SubjectRulesReviewStatus> {}

export const SelfSubjectRulesReview = message(
  'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  'Lists what the caller may do in a namespace.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, SelfSubjectRulesReviewSpec, 'The namespace.').required().default({}),
    status: field(3, SubjectRulesReviewStatus, 'The answer, filled in by the server.').default({}),
  },
);
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
