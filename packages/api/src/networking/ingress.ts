import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  inline,
  int32,
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  isPathSegmentName,
  isValidIp,
  isValidPortName,
  isValidPortNumber,
  isWildcardDns1123Subdomain,
  list,
  message,
  notSupported,
  parseIp,
  required,
  string,
  type WriteStrategy,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { TypedLocalObjectReference } from '../core/reference.ts';
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';

export const ServiceBackendPort = message(
  'io.k8s.api.networking.v1.ServiceBackendPort',
  'Port of a service, by name or number.',
  {
    name: field(1, string, 'Name of the port.'),
    number: field(2, int32, 'Number of the port.'),
  },
  { mapType: 'atomic' },
);
export interface ServiceBackendPort extends Infer<typeof ServiceBackendPort> {}

export const IngressServiceBackend = message(
  'io.k8s.api.networking.v1.IngressServiceBackend',
  'A service that requests go to.',
  {
    name: field(1, string, 'Name of the service, in the namespace of the ingress.').required().default(''),
    port: field(2, ServiceBackendPort, 'Port of the service.').default({}),
  },
);
export interface IngressServiceBackend extends Infer<typeof IngressServiceBackend> {}

export const IngressBackend = message(
  'io.k8s.api.networking.v1.IngressBackend',
  'Where requests go: a service or another object.',
  {
    resource: field(3, TypedLocalObjectReference, 'Another object of the namespace that serves the requests.'),
    service: field(4, IngressServiceBackend, 'A service.'),
  },
);
export interface IngressBackend extends Infer<typeof IngressBackend> {}

export const HTTPIngressPath = message(
  'io.k8s.api.networking.v1.HTTPIngressPath',
  'A path, and where its requests go.',
  {
    path: field(1, string, 'Path of the URL, beginning with /.'),
    backend: field(2, IngressBackend, 'Where the requests go.').required().default({}),
    pathType: field(3, string, 'How the path is matched: Exact, Prefix (step by step) or ImplementationSpecific.')
      .pointer()
      .required()
      .oneOf('Exact', 'ImplementationSpecific', 'Prefix'),
  },
);
export interface HTTPIngressPath extends Infer<typeof HTTPIngressPath> {}

export const HTTPIngressRuleValue = message('io.k8s.api.networking.v1.HTTPIngressRuleValue', 'Paths of a host.', {
  paths: field(1, list(HTTPIngressPath), 'Paths, and where their requests go.').required().atomic(),
});
export interface HTTPIngressRuleValue extends Infer<typeof HTTPIngressRuleValue> {}

export const IngressPortStatus = message(
  'io.k8s.api.networking.v1.IngressPortStatus',
  'State of one port of an ingress.',
  {
    port: field(1, int32, 'Number of the port.').required().default(0),
    protocol: field(2, string, 'Protocol of the port.').required().default('').oneOf('SCTP', 'TCP', 'UDP'),
    error: field(3, string, 'What is wrong with the port.').pointer(),
  },
);
export interface IngressPortStatus extends Infer<typeof IngressPortStatus> {}

export const IngressLoadBalancerIngress = message(
  'io.k8s.api.networking.v1.IngressLoadBalancerIngress',
  'A point at which the ingress is reached.',
  {
    ip: field(1, string, 'IP address of the point.'),
    hostname: field(2, string, 'Host name of the point.'),
    ports: field(4, list(IngressPortStatus), 'States of its ports.').atomic(),
  },
);
export interface IngressLoadBalancerIngress extends Infer<typeof IngressLoadBalancerIngress> {}

export const IngressLoadBalancerStatus = message(
  'io.k8s.api.networking.v1.IngressLoadBalancerStatus',
  'Where an ingress is reached.',
  {
    ingress: field(1, list(IngressLoadBalancerIngress), 'Points at which it is reached.').atomic(),
  },
);
export interface IngressLoadBalancerStatus extends Infer<typeof IngressLoadBalancerStatus> {}

export const IngressRuleValue = message(
  'io.k8s.api.networking.v1.IngressRuleValue',
  'What a rule does with the requests of a host.',
  {
    http: field(1, HTTPIngressRuleValue, 'Paths of the host.'),
  },
);
export interface IngressRuleValue extends Infer<typeof IngressRuleValue> {}

export const IngressRule = message('io.k8s.api.networking.v1.IngressRule', 'What to do with the requests of a host.', {
  host: field(1, string, 'Host name, which may begin with *. for all of a domain; empty for all hosts.'),
  ...inline(2, IngressRuleValue),
});
export interface IngressRule extends Infer<typeof IngressRule> {}

export const IngressTLS = message('io.k8s.api.networking.v1.IngressTLS', 'Hosts that are served over TLS.', {
  hosts: field(1, list(string), 'Host names in the certificate.').atomic(),
  secretName: field(2, string, 'Secret with the certificate and key.'),
});
export interface IngressTLS extends Infer<typeof IngressTLS> {}

export const IngressSpec = message(
  'io.k8s.api.networking.v1.IngressSpec',
  'Which requests from outside go to which services.',
  {
    defaultBackend: field(1, IngressBackend, 'Where requests go that no rule matches.'),
    tls: field(2, list(IngressTLS), 'Hosts that are served over TLS.').atomic(),
    rules: field(3, list(IngressRule), 'Hosts and paths, and where their requests go.').atomic(),
    ingressClassName: field(4, string, 'Class of the controller that serves the ingress.').pointer(),
  },
);
export interface IngressSpec extends Infer<typeof IngressSpec> {}

export const IngressStatus = message(
  'io.k8s.api.networking.v1.IngressStatus',
  'What was last observed of an ingress.',
  {
    loadBalancer: field(1, IngressLoadBalancerStatus, 'Where the ingress is reached.').default({}),
  },
);
export interface IngressStatus extends Infer<typeof IngressStatus> {}

export const Ingress = message(
  'io.k8s.api.networking.v1.Ingress',
  'Routes HTTP requests from outside to services, by host and path.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, IngressSpec, 'Which requests go where.').always().default({}),
    status: field(3, IngressStatus, 'Where the ingress is reached; written by its controller.').default({}),
  },
);
export interface Ingress extends Infer<typeof Ingress> {}

const PATH_TYPES = ['Exact', 'Prefix', 'ImplementationSpecific'];
const INVALID_PATH_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const INVALID_PATH_ENDINGS = ['/..', '/.'];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

function validateIngress(ingress: Ingress): FieldError[] {
  const { metadata, spec } = ingress;
  const path = new FieldPath('spec');
  const errors = metadata.resourceVersion ? [] : validateClassAnnotation(ingress);
  if (!spec.rules?.length && !spec.defaultBackend) {
    errors.push(invalid(path, spec.rules ?? [], 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, path.child('defaultBackend')));
  errors.push(...(spec.rules ?? []).flatMap((rule, index) => validateRule(rule, path.child('rules').index(index))));
  errors.push(...(spec.tls ?? []).flatMap((tls, index) => validateTls(tls, path.child('tls').index(index))));
  if (spec.ingressClassName !== undefined) {
    errors.push(...validateText(spec.ingressClassName, path.child('ingressClassName'), isDns1123Subdomain));
  }
  return errors;
}

function validateRule({ host, http }: IngressRule, path: FieldPath): FieldError[] {
  const hostPath = path.child('host');
  const errors: FieldError[] = [];
  if (host) {
    if (parseIp(host)) errors.push(invalid(hostPath, host, 'must be a DNS name, not an IP address'));
    errors.push(...validateHost(host, hostPath));
  }
  if (!http) return errors;
  const pathsPath = path.child('http', 'paths');
  if (!http.paths?.length) errors.push(required(pathsPath));
  http.paths?.forEach((item, index) => {
    errors.push(...validatePath(item, pathsPath.index(index)));
  });
  return errors;
}

function validateHost(host: string, path: FieldPath): FieldError[] {
  return validateText(host, path, host.includes('*') ? isWildcardDns1123Subdomain : isDns1123Subdomain);
}

function validatePath({ path = '', pathType, backend }: HTTPIngressPath, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const pathAt = at.child('path');
  if (pathType === undefined) return [required(at.child('pathType'), 'pathType must be specified')];
  if (!PATH_TYPES.includes(pathType)) errors.push(notSupported(at.child('pathType'), pathType, PATH_TYPES));
  else if (pathType !== 'ImplementationSpecific') errors.push(...validateUrlPath(path, pathAt));
  else if (path && !path.startsWith('/')) errors.push(invalid(pathAt, path, 'must be an absolute path'));
  return [...errors, ...validateBackend(backend, at.child('backend'))];
}

function validateUrlPath(path: string, at: FieldPath): FieldError[] {
  if (!path.startsWith('/')) return [invalid(at, path, 'must be an absolute path')];
  return [
    ...INVALID_PATH_SEQUENCES.filter((part) => path.includes(part)).map((part) =>
      invalid(at, path, `must not contain '${part}'`),
    ),
    ...INVALID_PATH_ENDINGS.filter((part) => path.endsWith(part)).map((part) =>
      invalid(at, path, `cannot end with '${part}'`),
    ),
  ];
}

function validateBackend({ resource, service }: IngressBackend, path: FieldPath): FieldError[] {
  if (resource && service) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return validateBackendResource(resource, path.child('resource'));
  if (!service) return [invalid(path, '', 'resource or service backend is required')];
  const servicePath = path.child('service');
  const errors = service.name
    ? validateText(service.name, servicePath.child('name'), isDns1035Label)
    : [required(servicePath.child('name'))];
  return [...errors, ...validateBackendPort(service.port ?? {}, path)];
}

function validateBackendPort({ name, number }: ServiceBackendPort, backendPath: FieldPath): FieldError[] {
  const path = backendPath.child('service', 'port');
  if (name && number) return [invalid(backendPath, '', 'cannot set both port name & port number')];
  if (name) return validateText(name, path.child('name'), isValidPortName);
  if (!number) return [required(backendPath, 'port name or number is required')];
  return isValidPortNumber(number).map((detail) => invalid(path.child('number'), number, detail));
}

/** A reference to something in some API, of which the server cannot know whether it is there. */
export function validateBackendResource(
  { apiGroup, kind, name }: TypedLocalObjectReference,
  path: FieldPath,
): FieldError[] {
  const named = (value: string, at: FieldPath, what: string) =>
    value ? validateText(value, at, isPathSegmentName) : [required(at, `${what} is required`)];
  return [
    ...(apiGroup === undefined ? [] : validateText(apiGroup, path.child('apiGroup'), isDns1123Subdomain)),
    ...named(kind, path.child('kind'), 'kind'),
    ...named(name, path.child('name'), 'name'),
  ];
}

function validateTls({ hosts, secretName }: IngressTLS, path: FieldPath): FieldError[] {
  return [
    ...(hosts ?? []).flatMap((host, index) => validateHost(host, path.child('hosts').index(index))),
    ...(secretName ? validateText(secretName, path.child('secretName'), isDns1123Subdomain) : []),
  ];
}

/** An annotation named the class before there was a field; a new object has one of the two. */
function validateClassAnnotation({ metadata, spec }: Ingress): FieldError[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  if (annotation === undefined || spec.ingressClassName === undefined || annotation === spec.ingressClassName)
    return [];
  const path = new FieldPath('annotations').child(CLASS_ANNOTATION);
  return [invalid(path, annotation, 'must match `ingressClassName` when both are specified')];
}

function validateIngressStatus({ status }: Ingress): FieldError[] {
  const path = new FieldPath('status').child('loadBalancer', 'ingress');
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, index) => [
    ...(ip ? validateText(ip, path.index(index).child('ip'), isValidIp) : []),
    ...(hostname ? validateHostname(hostname, path.index(index).child('hostname')) : []),
  ]);
}

function validateHostname(hostname: string, path: FieldPath): FieldError[] {
  if (parseIp(hostname)) return [invalid(path, hostname, 'must be a DNS name, not an IP address')];
  return validateText(hostname, path, isDns1123Subdomain);
}

const ingressStrategy: WriteStrategy<Ingress> = {
  validate: validateIngress,
  warnings: (object, old) =>
    !old && object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined
      ? ['annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead']
      : [],
  prepareForCreate: (draft) => clearStatus(draft, IngressStatus),
  prepareForUpdate: keepStatus,
  hasGeneration: true,
};

const SHOWN_HOSTS = 3;

const ingressColumns: Column<Ingress>[] = [
  nameColumn,
  {
    name: 'Class',
    type: 'string',
    description: 'Class of the controller that serves the ingress.',
    cell: ({ spec }) => spec.ingressClassName ?? '<none>',
  },
  {
    name: 'Hosts',
    type: 'string',
    description: 'Host names the rules apply to.',
    cell: ({ spec }) => hostsText(spec.rules ?? []),
  },
  {
    name: 'Address',
    type: 'string',
    description: 'Addresses under which the ingress is reached.',
    cell: ({ status }) => addressesText(status?.loadBalancer?.ingress ?? []),
  },
  {
    name: 'Ports',
    type: 'string',
    description: 'Ports the ingress listens on.',
    cell: ({ spec }) => (spec.tls?.length ? '80, 443' : '80'),
  },
  ageColumn,
];

function hostsText(rules: readonly IngressRule[]): string {
  const hosts = rules.map(({ host }) => host).filter((host) => host !== undefined && host !== '');
  const shown = hosts.slice(0, SHOWN_HOSTS).join(',');
  if (!shown) return '*';
  return hosts.length > SHOWN_HOSTS ? `${shown} + ${rules.length - SHOWN_HOSTS} more...` : shown;
}

function addressesText(points: readonly IngressLoadBalancerIngress[]): string {
  const addresses = points.map(({ ip, hostname }) => ip || hostname || '').filter((address) => address !== '');
  return [...new Set(addresses)].sort().join(',');
}

export const ingressKind = defineKind<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  resource: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  schema: Ingress,
  subresources: [statusSubresource<Ingress>('Ingress', { validateUpdate: validateIngressStatus })],
  strategy: ingressStrategy,
  columns: ingressColumns,
  storageVersionHash: '39NQlfNR+bo=',
});
