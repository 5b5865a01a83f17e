import type { Column, WriteStrategy } from '@kubets/core';
import { bool, defineKind, field, type Infer, int32, list, map, message, string } from '@kubets/core';
import { ageColumn, listWithMore, nameColumn } from '../columns.ts';
import { ObjectReference } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const EndpointConditions = message('io.k8s.api.discovery.v1.EndpointConditions', '', {
  ready: field(1, bool, ''),
  serving: field(2, bool, ''),
  terminating: field(3, bool, ''),
});
export interface EndpointConditions extends Infer<typeof EndpointConditions> {}

export const ForNode = message('io.k8s.api.discovery.v1.ForNode', '', {
  name: field(1, string, '').required().default(''),
});
export interface ForNode extends Infer<typeof ForNode> {}

export const ForZone = message('io.k8s.api.discovery.v1.ForZone', '', {
  name: field(1, string, '').required().default(''),
});
export interface ForZone extends Infer<typeof ForZone> {}

export const EndpointHints = message('io.k8s.api.discovery.v1.EndpointHints', '', {
  forZones: field(1, list(ForZone), '').atomic(),
  forNodes: field(2, list(ForNode), '').atomic(),
});
export interface EndpointHints extends Infer<typeof EndpointHints> {}

export const Endpoint = message('io.k8s.api.discovery.v1.Endpoint', '', {
  addresses: field(1, list(string), '').required().set(),
  conditions: field(2, EndpointConditions, '').default({}),
  hostname: field(3, string, ''),
  targetRef: field(4, ObjectReference, ''),
  deprecatedTopology: field(5, map(string), ''),
  nodeName: field(6, string, ''),
  zone: field(7, string, ''),
  hints: field(8, EndpointHints, ''),
});
export interface Endpoint extends Infer<typeof Endpoint> {}

export const EndpointSlicePort = message(
  'io.k8s.api.discovery.v1.EndpointPort',
  '',
  {
    name: field(1, string, ''),
    protocol: field(2, string, '').oneOf('SCTP', 'TCP', 'UDP'),
    port: field(3, int32, ''),
    appProtocol: field(4, string, ''),
  },
  { mapType: 'atomic' },
);
export interface EndpointSlicePort extends Infer<typeof EndpointSlicePort> {}

export const EndpointSlice = message('io.k8s.api.discovery.v1.EndpointSlice', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  endpoints: field(2, list(Endpoint), '').atomic(),
  ports: field(3, list(EndpointSlicePort), '').atomic(),
  addressType: field(4, string, '').required().default('').oneOf('FQDN', 'IPv4', 'IPv6'),
});
export interface EndpointSlice extends Infer<typeof EndpointSlice> {}

const SHOWN_ITEMS = 3;

const endpointSliceStrategy: WriteStrategy<EndpointSlice> = {
  applyDefaults({ ports = [] }) {
    for (const port of ports) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  hasGeneration: true,
};

const endpointSliceColumns: Column<EndpointSlice>[] = [
  nameColumn,
  {
    name: 'AddressType',
    type: 'string',
    description: 'Kind of the addresses in the slice.',
    cell: ({ addressType }) => addressType,
  },
  {
    name: 'Ports',
    type: 'string',
    description: 'Ports that every endpoint serves.',
    cell: ({ ports }) => listWithMore((ports ?? []).map(portText), SHOWN_ITEMS) || '<unset>',
  },
  {
    name: 'Endpoints',
    type: 'string',
    description: 'Addresses of the endpoints.',
    cell: ({ endpoints }) =>
      listWithMore(
        (endpoints ?? []).flatMap(({ addresses }) => addresses),
        SHOWN_ITEMS,
      ) || '<unset>',
  },
  ageColumn,
];

function portText({ name, port }: EndpointSlicePort): string {
  return port === undefined ? (name ?? '*') : String(port);
}

export const endpointSliceKind = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  resource: 'endpointslices',
  namespaced: true,
  schema: EndpointSlice,
  strategy: endpointSliceStrategy,
  columns: endpointSliceColumns,
  storageVersionHash: 'qgS0xkrxYAI=',
});
