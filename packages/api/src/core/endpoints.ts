import { defineKind, field, type Infer, int32, list, message, string } from '@kubets/core';
import { ageColumn, listWithMore, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateEndpoints, validateEndpointsUpdate } from './endpoints-validation.ts';
import { ObjectReference } from './reference.ts';

export const EndpointAddress = message(
  'io.k8s.api.core.v1.EndpointAddress',
  '',
  {
    ip: field(1, string, '').required().default(''),
    targetRef: field(2, ObjectReference, ''),
    hostname: field(3, string, ''),
    nodeName: field(4, string, ''),
  },
  { mapType: 'atomic' },
);
export interface EndpointAddress extends Infer<typeof EndpointAddress> {}

export const EndpointPort = message(
  'io.k8s.api.core.v1.EndpointPort',
  '',
  {
    name: field(1, string, ''),
    port: field(2, int32, '').required().default(0),
    protocol: field(3, string, '').oneOf('SCTP', 'TCP', 'UDP'),
    appProtocol: field(4, string, ''),
  },
  { mapType: 'atomic' },
);
export interface EndpointPort extends Infer<typeof EndpointPort> {}

export const EndpointSubset = message('io.k8s.api.core.v1.EndpointSubset', '', {
  addresses: field(1, list(EndpointAddress), '').atomic(),
  notReadyAddresses: field(2, list(EndpointAddress), '').atomic(),
  ports: field(3, list(EndpointPort), '').atomic(),
});
export interface EndpointSubset extends Infer<typeof EndpointSubset> {}

export const Endpoints = message('io.k8s.api.core.v1.Endpoints', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  subsets: field(2, list(EndpointSubset), '').atomic(),
});
export interface Endpoints extends Infer<typeof Endpoints> {}

/** How many addresses a table row names before it counts the rest. */
const ADDRESSES_SHOWN = 3;

function addressesText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap(({ ports = [], addresses = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );
  return listWithMore(all, ADDRESSES_SHOWN);
}

export const endpointsKind = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  resource: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: Endpoints,
  strategy: {
    allowCreateOnUpdate: true,
    applyDefaults({ subsets }) {
      for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ||= 'TCP';
    },
    validate: validateEndpoints,
    validateUpdate: validateEndpointsUpdate,
    warnings: () => ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  },
  columns: [
    nameColumn,
    {
      name: 'Endpoints',
      type: 'string',
      description: 'Addresses and ports of the ready endpoints.',
      cell: addressesText,
    },
    ageColumn,
  ],
  storageVersionHash: 'fWeeMqaN/OA=',
});
