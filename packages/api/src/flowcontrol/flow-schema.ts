import { bool, defineKind, field, type Infer, int32, list, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const FlowDistinguisherMethod = message('io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod', '', {
  type: field(1, string, '').required().default(''),
});
export interface FlowDistinguisherMethod extends Infer<typeof FlowDistinguisherMethod> {}

export const FlowSchemaCondition = message('io.k8s.api.flowcontrol.v1.FlowSchemaCondition', '', {
  type: field(1, string, ''),
  status: field(2, string, ''),
  lastTransitionTime: field(3, time, ''),
  reason: field(4, string, ''),
  message: field(5, string, ''),
});
export interface FlowSchemaCondition extends Infer<typeof FlowSchemaCondition> {}

export const PriorityLevelConfigurationReference = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference',
  '',
  {
    name: field(1, string, '').required().default(''),
  },
);
export interface PriorityLevelConfigurationReference extends Infer<typeof PriorityLevelConfigurationReference> {}

export const NonResourcePolicyRule = message('io.k8s.api.flowcontrol.v1.NonResourcePolicyRule', '', {
  verbs: field(1, list(string), '').required().set(),
  nonResourceURLs: field(6, list(string), '').required().set(),
});
export interface NonResourcePolicyRule extends Infer<typeof NonResourcePolicyRule> {}

export const ResourcePolicyRule = message('io.k8s.api.flowcontrol.v1.ResourcePolicyRule', '', {
  verbs: field(1, list(string), '').required().set(),
  apiGroups: field(2, list(string), '').required().set(),
  resources: field(3, list(string), '').required().set(),
  clusterScope: field(4, bool, ''),
  namespaces: field(5, list(string), '').set(),
});
export interface ResourcePolicyRule extends Infer<typeof ResourcePolicyRule> {}

export const FlowSchemaGroupSubject = message('io.k8s.api.flowcontrol.v1.GroupSubject', '', {
  name: field(1, string, '').required().default(''),
});
export interface FlowSchemaGroupSubject extends Infer<typeof FlowSchemaGroupSubject> {}

export const FlowSchemaServiceAccountSubject = message('io.k8s.api.flowcontrol.v1.ServiceAccountSubject', '', {
  namespace: field(1, string, '').required().default(''),
  name: field(2, string, '').required().default(''),
});
export interface FlowSchemaServiceAccountSubject extends Infer<typeof FlowSchemaServiceAccountSubject> {}

export const FlowSchemaUserSubject = message('io.k8s.api.flowcontrol.v1.UserSubject', '', {
  name: field(1, string, '').required().default(''),
});
export interface FlowSchemaUserSubject extends Infer<typeof FlowSchemaUserSubject> {}

export const FlowSchemaSubject = message(
  'io.k8s.api.flowcontrol.v1.Subject',
  '',
  {
    kind: field(1, string, '').required().default(''),
    user: field(2, FlowSchemaUserSubject, ''),
    group: field(3, FlowSchemaGroupSubject, ''),
    serviceAccount: field(4, FlowSchemaServiceAccountSubject, ''),
  },
  { unions: [{ discriminator: 'kind', fields: { group: 'Group', serviceAccount: 'ServiceAccount', user: 'User' } }] },
);
export interface FlowSchemaSubject extends Infer<typeof FlowSchemaSubject> {}

export const PolicyRulesWithSubjects = message('io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects', '', {
  subjects: field(1, list(FlowSchemaSubject), '').required().atomic(),
  resourceRules: field(2, list(ResourcePolicyRule), '').atomic(),
  nonResourceRules: field(3, list(NonResourcePolicyRule), '').atomic(),
});
export interface PolicyRulesWithSubjects extends Infer<typeof PolicyRulesWithSubjects> {}

export const FlowSchemaSpec = message('io.k8s.api.flowcontrol.v1.FlowSchemaSpec', '', {
  priorityLevelConfiguration: field(1, PriorityLevelConfigurationReference, '').required().default({}),
  matchingPrecedence: field(2, int32, '').default(0),
  distinguisherMethod: field(3, FlowDistinguisherMethod, ''),
  rules: field(4, list(PolicyRulesWithSubjects), '').atomic(),
});
export interface FlowSchemaSpec extends Infer<typeof FlowSchemaSpec> {}

export const FlowSchemaStatus = message('io.k8s.api.flowcontrol.v1.FlowSchemaStatus', '', {
  conditions: field(1, list(FlowSchemaCondition), '').mapOf('type').mergeBy('type'),
});
export interface FlowSchemaStatus extends Infer<typeof FlowSchemaStatus> {}

export const FlowSchema = message('io.k8s.api.flowcontrol.v1.FlowSchema', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, FlowSchemaSpec, '').always().default({}),
  status: field(3, FlowSchemaStatus, '').default({}),
});
export interface FlowSchema extends Infer<typeof FlowSchema> {}

export const flowSchemaKind = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  resource: 'flowschemas',
  namespaced: false,
  schema: FlowSchema,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'FlowSchema', form: 'object' }],
  storageVersionHash: 'GJVAJZSZBIw=',
});
