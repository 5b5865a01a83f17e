import {
  bool,
  bytes,
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int32,
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  isValidPortNumber,
  list,
  message,
  pathSegmentName,
  required,
  string,
  time,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { timestampOf } from '../timestamp.ts';

export const APIServiceCondition = message(
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition',
  'One observation about the state of an API service.',
  {
    type: field(1, string, 'Which observation it is.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
  },
);
export interface APIServiceCondition extends Infer<typeof APIServiceCondition> {}

export const APIServiceReference = message(
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference',
  'A service that serves an API.',
  {
    namespace: field(1, string, 'Namespace of the service.'),
    name: field(2, string, 'Name of the service.'),
    port: field(3, int32, 'Port of the service; 443 by default.').pointer(),
  },
);
export interface APIServiceReference extends Infer<typeof APIServiceReference> {}

export const APIServiceSpec = message(
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec',
  'Which API is served, and by whom.',
  {
    service: field(1, APIServiceReference, 'Service that serves the API; none where this server does.'),
    group: field(2, string, 'API group.'),
    version: field(3, string, 'API version.'),
    insecureSkipTLSVerify: field(4, bool, 'Whether the certificate of the service is not checked; only for tests.'),
    caBundle: field(5, bytes, "Certificates in PEM that the service's own is checked against.").atomic(),
    groupPriorityMinimum: field(7, int32, 'Priority of the group among groups that claim the same resource names.')
      .required()
      .default(0),
    versionPriority: field(8, int32, 'Priority of the version in its group; the highest is preferred.')
      .required()
      .default(0),
  },
);
export interface APIServiceSpec extends Infer<typeof APIServiceSpec> {}

export const APIServiceStatus = message(
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus',
  'What was last observed of an API service.',
  {
    conditions: field(1, list(APIServiceCondition), 'Latest observations, such as Available.')
      .mapOf('type')
      .mergeBy('type'),
  },
);
export interface APIServiceStatus extends Infer<typeof APIServiceStatus> {}

export const APIService = message(
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  'Says who serves an API group and version; named version.group.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, APIServiceSpec, 'The API and its server.').always().default({}),
    status: field(3, APIServiceStatus, 'What was last observed; written by the server.').default({}),
  },
);
export interface APIService extends Infer<typeof APIService> {}

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;
const HTTPS_PORT = 443;

function validateAPIService({ metadata, spec }: APIService): FieldError[] {
  const path = new FieldPath('spec');
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec;
  const errors: FieldError[] = [];
  const name = `${version}.${group}`;
  if (metadata.name && metadata.name !== name) {
    const detail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`;
    errors.push(invalid(new FieldPath('metadata').child('name'), metadata.name, detail));
  }
  if (group) errors.push(...validateText(group, path.child('group'), isDns1123Subdomain));
  else if (version !== 'v1') {
    errors.push(required(path.child('group'), 'only v1 may have an empty group and it better be legacy kube'));
  }
  errors.push(...validateText(version, path.child('version'), isDns1035Label));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > MAX_GROUP_PRIORITY) {
    const detail = `must be positive and less than ${MAX_GROUP_PRIORITY}`;
    errors.push(invalid(path.child('groupPriorityMinimum'), groupPriorityMinimum, detail));
  }
  if (versionPriority <= 0 || versionPriority > MAX_VERSION_PRIORITY) {
    const detail = `must be positive and less than ${MAX_VERSION_PRIORITY}`;
    errors.push(invalid(path.child('versionPriority'), versionPriority, detail));
  }
  return [...errors, ...(spec.service ? validateRemote(spec, spec.service, path) : validateLocal(spec, path))];
}

/** A group that this server serves itself has nobody to authenticate. */
function validateLocal({ caBundle, insecureSkipTLSVerify: insecure }: APIServiceSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (caBundle) {
    errors.push(invalid(path.child('caBundle'), caBundle.length, 'local APIServices may not have a caBundle'));
  }
  if (insecure) {
    const detail = 'local APIServices may not have insecureSkipTLSVerify';
    errors.push(invalid(path.child('insecureSkipTLSVerify'), insecure, detail));
  }
  return errors;
}

function validateRemote(spec: APIServiceSpec, service: APIServiceReference, path: FieldPath): FieldError[] {
  const servicePath = path.child('service');
  const { namespace, name, port } = service;
  const errors: FieldError[] = [];
  if (!namespace) errors.push(required(servicePath.child('namespace')));
  if (!name) errors.push(required(servicePath.child('name')));
  if (port !== undefined && isValidPortNumber(port).length > 0) {
    const detail = `port is not valid: ${isValidPortNumber(port).join(',')}`;
    errors.push(invalid(servicePath.child('port'), port, detail));
  }
  if (spec.insecureSkipTLSVerify && spec.caBundle) {
    const at = path.child('insecureSkipTLSVerify');
    errors.push(invalid(at, spec.insecureSkipTLSVerify, 'may not be true if caBundle is present'));
  }
  return errors;
}

function localCondition(nowMs: number): APIServiceCondition {
  return {
    type: 'Available',
    status: 'True',
    reason: 'Local',
    message: 'Local APIServices are always available',
    lastTransitionTime: timestampOf(nowMs),
  };
}

function availableText({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' || !condition.reason
    ? condition.status
    : `${condition.status} (${condition.reason})`;
}

const apiServiceColumns: Column<APIService>[] = [
  nameColumn,
  {
    name: 'Service',
    type: 'string',
    description: 'Service that serves the group and version, or Local.',
    cell: ({ spec }) => (spec.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local'),
  },
  {
    name: 'Available',
    type: 'string',
    description: 'Whether the group and version can be used, and if not, why.',
    cell: availableText,
  },
  ageColumn,
];

export const apiServiceKind = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  resource: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  schema: APIService,
  subresources: [statusSubresource<APIService>('APIService', { metadata: 'fixed' })],
  validateName: pathSegmentName,
  strategy: {
    applyDefaults({ spec }) {
      if (spec.service) spec.service.port ??= HTTPS_PORT;
    },
    prepareForCreate(draft, { nowMs }) {
      clearStatus(draft, APIServiceStatus);
      if (!draft.spec.service) draft.status = { conditions: [localCondition(nowMs)] };
    },
    prepareForUpdate: keepStatus,
    allowUnconditionalUpdate: false,
    validate: validateAPIService,
  },
  columns: apiServiceColumns,
  storageVersionHash: 'InPBPD7+PqM=',
});
