import {
  bool,
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  int32,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  list,
  message,
  notSupported,
  required,
  string,
  time,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateOptionalChoice, validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';

export const FlowDistinguisherMethod = message(
  'io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod',
  'What tells the flows of a schema apart.',
  {
    type: field(1, string, 'ByUser or ByNamespace.').required().default(''),
  },
);
export interface FlowDistinguisherMethod extends Infer<typeof FlowDistinguisherMethod> {}

export const FlowSchemaCondition = message(
  'io.k8s.api.flowcontrol.v1.FlowSchemaCondition',
  'One observation about the state of a flow schema.',
  {
    type: field(1, string, 'Which observation it is.'),
    status: field(2, string, 'True, False or Unknown.'),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
  },
);
export interface FlowSchemaCondition extends Infer<typeof FlowSchemaCondition> {}

export const PriorityLevelConfigurationReference = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference',
  'Names a priority level.',
  {
    name: field(1, string, 'Name of the priority level.').required().default(''),
  },
);
export interface PriorityLevelConfigurationReference extends Infer<typeof PriorityLevelConfigurationReference> {}

export const NonResourcePolicyRule = message(
  'io.k8s.api.flowcontrol.v1.NonResourcePolicyRule',
  'Requests to URLs that belong to no resource.',
  {
    verbs: field(1, list(string), 'HTTP methods in lower case; * for all.').required().set(),
    nonResourceURLs: field(6, list(string), 'Paths such as /healthz; a * may stand for a whole last step.')
      .required()
      .set(),
  },
);
export interface NonResourcePolicyRule extends Infer<typeof NonResourcePolicyRule> {}

export const ResourcePolicyRule = message('io.k8s.api.flowcontrol.v1.ResourcePolicyRule', 'Requests for resources.', {
  verbs: field(1, list(string), 'Verbs such as get, list and create; * for all.').required().set(),
  apiGroups: field(2, list(string), 'API groups; * for all.').required().set(),
  resources: field(3, list(string), 'Resources by plural name, with subresources as resource/subresource; * for all.')
    .required()
    .set(),
  clusterScope: field(4, bool, 'Whether requests without a namespace match.'),
  namespaces: field(5, list(string), 'Namespaces whose requests match; * for all.').set(),
});
export interface ResourcePolicyRule extends Infer<typeof ResourcePolicyRule> {}

export const FlowSchemaGroupSubject = message('io.k8s.api.flowcontrol.v1.GroupSubject', 'Everybody in a group.', {
  name: field(1, string, 'Name of the group; * for all.').required().default(''),
});
export interface FlowSchemaGroupSubject extends Infer<typeof FlowSchemaGroupSubject> {}

export const FlowSchemaServiceAccountSubject = message(
  'io.k8s.api.flowcontrol.v1.ServiceAccountSubject',
  'A service account.',
  {
    namespace: field(1, string, 'Namespace of the account.').required().default(''),
    name: field(2, string, 'Name of the account; * for all in the namespace.').required().default(''),
  },
);
export interface FlowSchemaServiceAccountSubject extends Infer<typeof FlowSchemaServiceAccountSubject> {}

export const FlowSchemaUserSubject = message('io.k8s.api.flowcontrol.v1.UserSubject', 'A user.', {
  name: field(1, string, 'Name of the user; * for all.').required().default(''),
});
export interface FlowSchemaUserSubject extends Infer<typeof FlowSchemaUserSubject> {}

export const FlowSchemaSubject = message(
  'io.k8s.api.flowcontrol.v1.Subject',
  'Whose requests match; the field named by kind is set.',
  {
    kind: field(1, string, 'User, Group or ServiceAccount.').required().default(''),
    user: field(2, FlowSchemaUserSubject, 'A user.'),
    group: field(3, FlowSchemaGroupSubject, 'A group.'),
    serviceAccount: field(4, FlowSchemaServiceAccountSubject, 'A service account.'),
  },
  { unions: [{ discriminator: 'kind', fields: { group: 'Group', serviceAccount: 'ServiceAccount', user: 'User' } }] },
);
export interface FlowSchemaSubject extends Infer<typeof FlowSchemaSubject> {}

export const PolicyRulesWithSubjects = message(
  'io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects',
  'Requests that match, by who makes them and what they ask for.',
  {
    subjects: field(1, list(FlowSchemaSubject), 'Whose requests match.').required().atomic(),
    resourceRules: field(2, list(ResourcePolicyRule), 'Requests for resources that match.').atomic(),
    nonResourceRules: field(3, list(NonResourcePolicyRule), 'Other requests that match.').atomic(),
  },
);
export interface PolicyRulesWithSubjects extends Infer<typeof PolicyRulesWithSubjects> {}

export const FlowSchemaSpec = message(
  'io.k8s.api.flowcontrol.v1.FlowSchemaSpec',
  'Which requests get which priority level.',
  {
    priorityLevelConfiguration: field(1, PriorityLevelConfigurationReference, 'Priority level of the requests.')
      .required()
      .default({}),
    matchingPrecedence: field(2, int32, 'Order in which schemas are tried, from 1 to 10000; 1000 by default.').default(
      0,
    ),
    distinguisherMethod: field(
      3,
      FlowDistinguisherMethod,
      'What tells the flows of the schema apart; they are one flow without it.',
    ),
    rules: field(4, list(PolicyRulesWithSubjects), 'Requests that match; any one rule will do.').atomic(),
  },
);
export interface FlowSchemaSpec extends Infer<typeof FlowSchemaSpec> {}

export const FlowSchemaStatus = message(
  'io.k8s.api.flowcontrol.v1.FlowSchemaStatus',
  'What was last observed of a flow schema.',
  {
    conditions: field(1, list(FlowSchemaCondition), 'Latest observations, such as Dangling.')
      .mapOf('type')
      .mergeBy('type'),
  },
);
export interface FlowSchemaStatus extends Infer<typeof FlowSchemaStatus> {}

export const FlowSchema = message(
  'io.k8s.api.flowcontrol.v1.FlowSchema',
  'Sorts requests into flows and gives them a priority level.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, FlowSchemaSpec, 'Which requests get which level.').always().default({}),
    status: field(3, FlowSchemaStatus, 'What was last observed; written by the server.').default({}),
  },
);
export interface FlowSchema extends Infer<typeof FlowSchema> {}

const DEFAULT_PRECEDENCE = 1000;
const MAX_PRECEDENCE = 10_000;
/** The one schema that comes before all others: requests that nothing may hold up. */
const EXEMPT = 'exempt';

function validateFlowSchema({ metadata, spec }: FlowSchema): FieldError[] {
  const path = new FieldPath('spec');
  const { matchingPrecedence: precedence = 0, distinguisherMethod } = spec;
  const precedencePath = path.child('matchingPrecedence');
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(invalid(precedencePath, precedence, 'must be a positive value'));
  if (precedence > MAX_PRECEDENCE) {
    errors.push(invalid(precedencePath, precedence, `must not be greater than ${MAX_PRECEDENCE}`));
  }
  if (precedence === 1 && metadata.name !== EXEMPT) {
    errors.push(invalid(precedencePath, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
  if (distinguisherMethod) {
    const typePath = path.child('distinguisherMethod', 'type');
    errors.push(...validateOptionalChoice(distinguisherMethod.type, typePath, ['ByNamespace', 'ByUser']));
  }
  const levelPath = path.child('priorityLevelConfiguration', 'name');
  const level = spec.priorityLevelConfiguration.name;
  if (level) errors.push(...validateText(level, levelPath, isDns1123Subdomain));
  else errors.push(required(levelPath, 'must reference a priority level'));
  return [
    ...errors,
    ...(spec.rules ?? []).flatMap((rule, index) => validateRule(rule, path.child('rules').index(index))),
  ];
}

function validateRule(
  { subjects, resourceRules, nonResourceRules }: PolicyRulesWithSubjects,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!subjects?.length) errors.push(required(path.child('subjects'), 'subjects must contain at least one value'));
  subjects?.forEach((subject, index) => {
    errors.push(...validateSubject(subject, path.child('subjects').index(index)));
  });
  if (!resourceRules?.length && !nonResourceRules?.length) {
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  resourceRules?.forEach((rule, index) => {
    errors.push(...validateResourceRule(rule, path.child('resourceRules').index(index)));
  });
  nonResourceRules?.forEach((rule, index) => {
    errors.push(...validateNonResourceRule(rule, path.child('nonResourceRules').index(index)));
  });
  return errors;
}

const SUBJECT_FIELDS = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

function validateSubject(subject: FlowSchemaSubject, path: FieldPath): FieldError[] {
  const kinds = Object.keys(SUBJECT_FIELDS);
  const { kind } = subject;
  if (!kinds.includes(kind)) return [notSupported(path.child('kind'), kind, kinds)];
  const expected = SUBJECT_FIELDS[kind as keyof typeof SUBJECT_FIELDS];
  const errors: FieldError[] = [];
  for (const [owner, name] of Object.entries(SUBJECT_FIELDS)) {
    const value = subject[name];
    if (name === expected && !value) {
      errors.push(required(path.child(name), `${name} is required when subject kind is '${kind}'`));
    } else if (name === expected && value && !value.name) errors.push(required(path.child(name, 'name')));
    else if (name !== expected && value) {
      errors.push(fieldForbidden(path.child(name), `${name} is forbidden when subject kind is not '${owner}'`));
    }
  }
  if (subject.serviceAccount && kind === 'ServiceAccount' && !subject.serviceAccount.namespace) {
    errors.push(required(path.child('serviceAccount', 'namespace'), 'must specify namespace for service account'));
  }
  return errors;
}

const VERBS = ['get', 'list', 'create', 'update', 'delete', 'deletecollection', 'patch', 'watch', 'proxy'];
const URL_VERBS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'];

/** A list that is not empty, and in which `*` stands alone. */
function validateWildcardList(
  values: readonly string[],
  path: FieldPath,
  texts: { none: string; others: string },
): FieldError[] {
  if (values.length === 0) return [required(path, texts.none)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalid(path, values, `if '*' is present, must not specify other ${texts.others}`)];
}

function validateVerbs(verbs: readonly string[], path: FieldPath, choices: readonly string[]): FieldError[] {
  const texts = { none: 'verbs must contain at least one value', others: 'verbs' };
  const unknown = verbs.filter((verb) => verb !== '*' && !choices.includes(verb));
  return [
    ...validateWildcardList(verbs, path, texts),
    ...(unknown.length > 0 ? [notSupported(path, verbs, [...choices, '*'])] : []),
  ];
}

function validateResourceRule(rule: ResourcePolicyRule, path: FieldPath): FieldError[] {
  const { namespaces = [], clusterScope } = rule;
  const errors = [
    ...validateVerbs(rule.verbs ?? [], path.child('verbs'), VERBS),
    ...validateWildcardList(rule.apiGroups ?? [], path.child('apiGroups'), {
      none: 'resource rules must supply at least one api group',
      others: 'api groups',
    }),
    ...validateWildcardList(rule.resources ?? [], path.child('resources'), {
      none: 'resource rules must supply at least one resource',
      others: 'resources',
    }),
  ];
  const namespacesPath = path.child('namespaces');
  if (namespaces.length === 0 && !clusterScope) {
    errors.push(
      required(namespacesPath, 'resource rules that are not cluster scoped must supply at least one namespace'),
    );
  } else if (namespaces.length > 1 && namespaces.includes('*')) {
    errors.push(invalid(namespacesPath, namespaces, "if '*' is present, must not specify other namespaces"));
  }
  namespaces.forEach((namespace, index) => {
    if (namespace !== '*') errors.push(...validateText(namespace, namespacesPath.index(index), isDns1123Label));
  });
  return errors;
}

function validateNonResourceRule(
  { verbs, nonResourceURLs: urls }: NonResourcePolicyRule,
  path: FieldPath,
): FieldError[] {
  const urlsPath = path.child('nonResourceURLs');
  const errors = [
    ...validateVerbs(verbs ?? [], path.child('verbs'), URL_VERBS),
    ...validateWildcardList(urls ?? [], urlsPath, {
      none: 'nonResourceURLs must contain at least one value',
      others: 'non-resource URLs',
    }),
  ];
  urls?.forEach((url, index) => {
    if (url !== '*') errors.push(...validateUrl(url, urlsPath.index(index)));
  });
  return errors;
}

function validateUrl(url: string, path: FieldPath): FieldError[] {
  if (!url) return [required(path)];
  if (!url.startsWith('/')) return [invalid(path, url, "must start with '/'")];
  if (url.includes(' ')) return [invalid(path, url, 'must not contain white-space')];
  if (url.includes('//')) return [invalid(path, url, 'must not contain double slash')];
  if (url === '/*') return [];
  const star = url.indexOf('*');
  if (star >= 0 && (star < url.length - 1 || !url.endsWith('/*'))) {
    return [invalid(path, url, 'wildcard can only do suffix matching')];
  }
  return [];
}

function danglingText({ status }: FlowSchema): string {
  return status?.conditions?.find(({ type }) => type === 'Dangling')?.status || '?';
}

const flowSchemaColumns: Column<FlowSchema>[] = [
  nameColumn,
  {
    name: 'PriorityLevel',
    type: 'string',
    description: 'Priority level that the requests get.',
    cell: ({ spec }) => spec.priorityLevelConfiguration.name || '<none>',
  },
  {
    name: 'MatchingPrecedence',
    type: 'string',
    description: 'Order in which schemas are tried, lowest first.',
    cell: ({ spec }) => spec.matchingPrecedence ?? 0,
  },
  {
    name: 'DistinguisherMethod',
    type: 'string',
    description: 'What tells the flows of the schema apart.',
    cell: ({ spec }) => spec.distinguisherMethod?.type ?? '<none>',
  },
  ageColumn,
  {
    name: 'MissingPL',
    type: 'string',
    description: 'Whether the priority level does not exist.',
    cell: danglingText,
  },
];

export const flowSchemaKind = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  resource: 'flowschemas',
  namespaced: false,
  schema: FlowSchema,
  subresources: [statusSubresource<FlowSchema>('FlowSchema', { metadata: 'fixed' })],
  strategy: {
    applyDefaults({ spec }) {
      spec.matchingPrecedence ||= DEFAULT_PRECEDENCE;
    },
    prepareForCreate: (draft) => clearStatus(draft, FlowSchemaStatus),
    prepareForUpdate: keepStatus,
    validate: validateFlowSchema,
    hasGeneration: true,
  },
  columns: flowSchemaColumns,
  storageVersionHash: 'GJVAJZSZBIw=',
});
