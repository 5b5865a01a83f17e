import type { Column } from '@kubets/core';
import { ageColumn, formatLabels, nameColumn } from '../columns.ts';
import type { Service, ServicePort } from './service.ts';

function loadBalancerAddresses({ status }: Service): string[] {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  return [...new Set(addresses.filter(Boolean))].sort();
}

function externalIpText(service: Service): string {
  const { type, externalIPs = [], externalName } = service.spec;
  switch (type) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIPs.join(',') || '<none>';
    case 'LoadBalancer':
      return [...loadBalancerAddresses(service), ...externalIPs].join(',') || '<pending>';
    case 'ExternalName':
      return externalName ?? '';
    default:
      return '<unknown>';
  }
}

function portText({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

export const serviceColumns: readonly Column<Service>[] = [
  nameColumn,
  {
    name: 'Type',
    type: 'string',
    description: 'How the service is reached: ClusterIP, NodePort, LoadBalancer or ExternalName.',
    cell: ({ spec }) => spec.type ?? '',
  },
  {
    name: 'Cluster-IP',
    type: 'string',
    description: 'Address of the service inside the cluster, None for a headless one.',
    cell: ({ spec }) => spec.clusterIPs?.[0] || spec.clusterIP || '<none>',
  },
  {
    name: 'External-IP',
    type: 'string',
    description: 'Addresses at which the service is reached from outside.',
    cell: externalIpText,
  },
  {
    name: 'Port(s)',
    type: 'string',
    description: 'Ports of the service, with node ports where it has them.',
    cell: ({ spec }) => (spec.ports ?? []).map(portText).join(',') || '<none>',
  },
  ageColumn,
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Labels of the pods behind the service.',
    cell: ({ spec }) => formatLabels(spec.selector),
  },
];
