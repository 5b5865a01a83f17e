import { bytes, field, type Infer, inline, int32, list, message, string } from '@kubets/core';
import { LabelSelector } from '../meta/selector.ts';

export const MatchCondition = message('io.k8s.api.admissionregistration.v1.MatchCondition', '', {
  name: field(1, string, '').required().default(''),
  expression: field(2, string, '').required().default(''),
});
export interface MatchCondition extends Infer<typeof MatchCondition> {}

export const Rule = message('io.k8s.api.admissionregistration.v1.Rule', '', {
  apiGroups: field(1, list(string), '').atomic(),
  apiVersions: field(2, list(string), '').atomic(),
  resources: field(3, list(string), '').atomic(),
  scope: field(4, string, '').pointer().oneOf('*', 'Cluster', 'Namespaced'),
});
export interface Rule extends Infer<typeof Rule> {}

export const RuleWithOperations = message('io.k8s.api.admissionregistration.v1.RuleWithOperations', '', {
  operations: field(1, list(string), '').oneOf('*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE').atomic(),
  ...inline(2, Rule),
});
export interface RuleWithOperations extends Infer<typeof RuleWithOperations> {}

export const NamedRuleWithOperations = message(
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations',
  '',
  {
    resourceNames: field(1, list(string), '').atomic(),
    ...inline(2, RuleWithOperations),
  },
  { mapType: 'atomic' },
);
export interface NamedRuleWithOperations extends Infer<typeof NamedRuleWithOperations> {}

export const MatchResources = message(
  'io.k8s.api.admissionregistration.v1.MatchResources',
  '',
  {
    namespaceSelector: field(1, LabelSelector, ''),
    objectSelector: field(2, LabelSelector, ''),
    resourceRules: field(3, list(NamedRuleWithOperations), '').atomic(),
    excludeResourceRules: field(4, list(NamedRuleWithOperations), '').atomic(),
    matchPolicy: field(7, string, '').pointer().oneOf('Equivalent', 'Exact'),
  },
  { mapType: 'atomic' },
);
export interface MatchResources extends Infer<typeof MatchResources> {}

export const ParamKind = message(
  'io.k8s.api.admissionregistration.v1.ParamKind',
  '',
  {
    apiVersion: field(1, string, ''),
    kind: field(2, string, ''),
  },
  { mapType: 'atomic' },
);
export interface ParamKind extends Infer<typeof ParamKind> {}

export const ParamRef = message(
  'io.k8s.api.admissionregistration.v1.ParamRef',
  '',
  {
    name: field(1, string, ''),
    namespace: field(2, string, ''),
    selector: field(3, LabelSelector, ''),
    parameterNotFoundAction: field(4, string, '').pointer(),
  },
  { mapType: 'atomic' },
);
export interface ParamRef extends Infer<typeof ParamRef> {}

export const ServiceReference = message('io.k8s.api.admissionregistration.v1.ServiceReference', '', {
  namespace: field(1, string, '').required().default(''),
  name: field(2, string, '').required().default(''),
  path: field(3, string, '').pointer(),
  port: field(4, int32, '').pointer(),
});
export interface ServiceReference extends Infer<typeof ServiceReference> {}

export const Variable = message(
  'io.k8s.api.admissionregistration.v1.Variable',
  '',
  {
    expression: field(2, string, '').required().default('').proto('Expression'),
    name: field(1, string, '').required().default('').proto('Name'),
  },
  { mapType: 'atomic' },
);
export interface Variable extends Infer<typeof Variable> {}

export const WebhookClientConfig = message('io.k8s.api.admissionregistration.v1.WebhookClientConfig', '', {
  service: field(1, ServiceReference, ''),
  caBundle: field(2, bytes, ''),
  url: field(3, string, '').pointer(),
});
export interface WebhookClientConfig extends Infer<typeof WebhookClientConfig> {}
