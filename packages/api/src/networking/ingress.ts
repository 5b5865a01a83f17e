import type { Column, WriteStrategy } from '@kubets/core';
import { defineKind, field, type Infer, inline, int32, list, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { TypedLocalObjectReference } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';

export const ServiceBackendPort = message(
  'io.k8s.api.networking.v1.ServiceBackendPort',
  '',
  {
    name: field(1, string, ''),
    number: field(2, int32, ''),
  },
  { mapType: 'atomic' },
);
export interface ServiceBackendPort extends Infer<typeof ServiceBackendPort> {}

export const IngressServiceBackend = message('io.k8s.api.networking.v1.IngressServiceBackend', '', {
  name: field(1, string, '').required().default(''),
  port: field(2, ServiceBackendPort, '').default({}),
});
export interface IngressServiceBackend extends Infer<typeof IngressServiceBackend> {}

export const IngressBackend = message('io.k8s.api.networking.v1.IngressBackend', '', {
  resource: field(3, TypedLocalObjectReference, ''),
  service: field(4, IngressServiceBackend, ''),
});
export interface IngressBackend extends Infer<typeof IngressBackend> {}

export const HTTPIngressPath = message('io.k8s.api.networking.v1.HTTPIngressPath', '', {
  path: field(1, string, ''),
  backend: field(2, IngressBackend, '').required().default({}),
  pathType: field(3, string, '').required().oneOf('Exact', 'ImplementationSpecific', 'Prefix'),
});
export interface HTTPIngressPath extends Infer<typeof HTTPIngressPath> {}

export const HTTPIngressRuleValue = message('io.k8s.api.networking.v1.HTTPIngressRuleValue', '', {
  paths: field(1, list(HTTPIngressPath), '').required().atomic(),
});
export interface HTTPIngressRuleValue extends Infer<typeof HTTPIngressRuleValue> {}

export const IngressPortStatus = message('io.k8s.api.networking.v1.IngressPortStatus', '', {
  port: field(1, int32, '').required().default(0),
  protocol: field(2, string, '').required().default('').oneOf('SCTP', 'TCP', 'UDP'),
  error: field(3, string, ''),
});
export interface IngressPortStatus extends Infer<typeof IngressPortStatus> {}

export const IngressLoadBalancerIngress = message('io.k8s.api.networking.v1.IngressLoadBalancerIngress', '', {
  ip: field(1, string, ''),
  hostname: field(2, string, ''),
  ports: field(4, list(IngressPortStatus), '').atomic(),
});
export interface IngressLoadBalancerIngress extends Infer<typeof IngressLoadBalancerIngress> {}

export const IngressLoadBalancerStatus = message('io.k8s.api.networking.v1.IngressLoadBalancerStatus', '', {
  ingress: field(1, list(IngressLoadBalancerIngress), '').atomic(),
});
export interface IngressLoadBalancerStatus extends Infer<typeof IngressLoadBalancerStatus> {}

export const IngressRuleValue = message('io.k8s.api.networking.v1.IngressRuleValue', '', {
  http: field(1, HTTPIngressRuleValue, ''),
});
export interface IngressRuleValue extends Infer<typeof IngressRuleValue> {}

export const IngressRule = message('io.k8s.api.networking.v1.IngressRule', '', {
  host: field(1, string, ''),
  ...inline(2, IngressRuleValue),
});
export interface IngressRule extends Infer<typeof IngressRule> {}

export const IngressTLS = message('io.k8s.api.networking.v1.IngressTLS', '', {
  hosts: field(1, list(string), '').atomic(),
  secretName: field(2, string, ''),
});
export interface IngressTLS extends Infer<typeof IngressTLS> {}

export const IngressSpec = message('io.k8s.api.networking.v1.IngressSpec', '', {
  defaultBackend: field(1, IngressBackend, ''),
  tls: field(2, list(IngressTLS), '').atomic(),
  rules: field(3, list(IngressRule), '').atomic(),
  ingressClassName: field(4, string, ''),
});
export interface IngressSpec extends Infer<typeof IngressSpec> {}

export const IngressStatus = message('io.k8s.api.networking.v1.IngressStatus', '', {
  loadBalancer: field(1, IngressLoadBalancerStatus, '').default({}),
});
export interface IngressStatus extends Infer<typeof IngressStatus> {}

export const Ingress = message('io.k8s.api.networking.v1.Ingress', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, IngressSpec, '').always().default({}),
  status: field(3, IngressStatus, '').default({}),
});
export interface Ingress extends Infer<typeof Ingress> {}

const ingressStrategy: WriteStrategy<Ingress> = {
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
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'Ingress',
      form: 'object',
      strategy: statusStrategy<Ingress>(),
    },
  ],
  strategy: ingressStrategy,
  columns: ingressColumns,
  storageVersionHash: '39NQlfNR+bo=',
});
