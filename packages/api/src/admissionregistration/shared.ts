import { bytes, field, type Infer, inline, int32, list, message, string } from '@kubets/core';
import { LabelSelector } from '../meta/selector.ts';

export const MatchCondition = message(
  'io.k8s.api.admissionregistration.v1.MatchCondition',
  'A condition on requests, in CEL.',
  {
    name: field(1, string, 'Name of the condition, unique in its list.').required().default(''),
    expression: field(2, string, 'CEL expression that is true for requests to look at.').required().default(''),
  },
);
export interface MatchCondition extends Infer<typeof MatchCondition> {}

export const Rule = message(
  'io.k8s.api.admissionregistration.v1.Rule',
  'Resources that a webhook or policy is about.',
  {
    apiGroups: field(1, list(string), 'API groups; * for all.').atomic(),
    apiVersions: field(2, list(string), 'API versions; * for all.').atomic(),
    resources: field(
      3,
      list(string),
      'Resources by plural name, with subresources as resource/subresource; * for all.',
    ).atomic(),
    scope: field(4, string, 'Whether only Cluster or only Namespaced resources are meant, or both (*).')
      .pointer()
      .oneOf('*', 'Cluster', 'Namespaced'),
  },
);
export interface Rule extends Infer<typeof Rule> {}

export const RuleWithOperations = message(
  'io.k8s.api.admissionregistration.v1.RuleWithOperations',
  'Operations on resources that a webhook or policy is about.',
  {
    operations: field(1, list(string), 'Operations such as CREATE and UPDATE; * for all.')
      .oneOf('*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE')
      .atomic(),
    ...inline(2, Rule),
  },
);
export interface RuleWithOperations extends Infer<typeof RuleWithOperations> {}

export const NamedRuleWithOperations = message(
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations',
  'Operations on resources, or on single named objects.',
  {
    resourceNames: field(1, list(string), 'Names of the objects; empty for all.').atomic(),
    ...inline(2, RuleWithOperations),
  },
  { mapType: 'atomic' },
);
export interface NamedRuleWithOperations extends Infer<typeof NamedRuleWithOperations> {}

export const MatchResources = message(
  'io.k8s.api.admissionregistration.v1.MatchResources',
  'Which requests a policy or binding applies to.',
  {
    namespaceSelector: field(1, LabelSelector, 'Only objects in namespaces with matching labels.'),
    objectSelector: field(2, LabelSelector, 'Only objects with matching labels.'),
    resourceRules: field(3, list(NamedRuleWithOperations), 'Operations on resources that match.').atomic(),
    excludeResourceRules: field(
      4,
      list(NamedRuleWithOperations),
      'Operations on resources that do not match, whatever else says so.',
    ).atomic(),
    matchPolicy: field(7, string, 'Whether rules match Exact versions only or any Equivalent one of the same resource.')
      .pointer()
      .oneOf('Equivalent', 'Exact'),
  },
  { mapType: 'atomic' },
);
export interface MatchResources extends Infer<typeof MatchResources> {}

export const ParamKind = message(
  'io.k8s.api.admissionregistration.v1.ParamKind',
  'Kind of the parameters of a policy.',
  {
    apiVersion: field(1, string, 'API group and version of the parameters.'),
    kind: field(2, string, 'Kind of the parameters.'),
  },
  { mapType: 'atomic' },
);
export interface ParamKind extends Infer<typeof ParamKind> {}

export const ParamRef = message(
  'io.k8s.api.admissionregistration.v1.ParamRef',
  'The objects that a policy gets as parameters; name or selector.',
  {
    name: field(1, string, 'Name of the object.'),
    namespace: field(2, string, 'Namespace of the objects; that of the request by default.'),
    selector: field(3, LabelSelector, 'Selects objects by label; the policy runs once for each.'),
    parameterNotFoundAction: field(4, string, 'What missing parameters do to the request: Allow or Deny.').pointer(),
  },
  { mapType: 'atomic' },
);
export interface ParamRef extends Infer<typeof ParamRef> {}

export const ServiceReference = message(
  'io.k8s.api.admissionregistration.v1.ServiceReference',
  'A service that a webhook is reached through.',
  {
    namespace: field(1, string, 'Namespace of the service.').required().default(''),
    name: field(2, string, 'Name of the service.').required().default(''),
    path: field(3, string, 'Path of the URL.').pointer(),
    port: field(4, int32, 'Port of the service; 443 by default.').pointer(),
  },
);
export interface ServiceReference extends Infer<typeof ServiceReference> {}

export const Variable = message(
  'io.k8s.api.admissionregistration.v1.Variable',
  'A named expression that others may use.',
  {
    expression: field(2, string, 'CEL expression; it is evaluated at most once for a request.')
      .required()
      .default('')
      .proto('Expression'),
    name: field(1, string, 'Name, an identifier; expressions use it as variables.NAME.')
      .required()
      .default('')
      .proto('Name'),
  },
  { mapType: 'atomic' },
);
export interface Variable extends Infer<typeof Variable> {}

export const WebhookClientConfig = message(
  'io.k8s.api.admissionregistration.v1.WebhookClientConfig',
  'How to reach a webhook: a URL or a service.',
  {
    service: field(1, ServiceReference, 'Service of this cluster.'),
    caBundle: field(
      2,
      bytes,
      "Certificates in PEM that the webhook's own is checked against; the system's roots by default.",
    ),
    url: field(3, string, 'URL, https://host:port/path.').pointer(),
  },
);
export interface WebhookClientConfig extends Infer<typeof WebhookClientConfig> {}
