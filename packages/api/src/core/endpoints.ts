import { defineKind, field, type Infer, int32, list, message, string } from '@kubets/core';
import { ageColumn, listWithMore, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateEndpoints, validateEndpointsUpdate } from './endpoints-validation.ts';
import { ObjectReference } from './reference.ts';

export const EndpointAddress = message(
  'io.k8s.api.core.v1.EndpointAddress',
  'One address behind a service.',
  {
    ip: field(1, string, 'Address of the endpoint; not a loopback, link-local or multicast one.')
      .required()
      .default(''),
    targetRef: field(2, ObjectReference, 'The object that has the address, mostly a pod.'),
    hostname: field(3, string, "Name of the endpoint within the service's domain."),
    nodeName: field(4, string, 'Node that the endpoint is on.').pointer(),
  },
  { mapType: 'atomic' },
);
export interface EndpointAddress extends Infer<typeof EndpointAddress> {}

export const EndpointPort = message(
  'io.k8s.api.core.v1.EndpointPort',
  'One port of the endpoints.',
  {
    name: field(1, string, 'Name of the port, the same as in the service; optional if there is just one.'),
    port: field(2, int32, 'Port number of the endpoints.').required().default(0),
    protocol: field(3, string, 'Transport protocol: TCP, UDP or SCTP.').oneOf('SCTP', 'TCP', 'UDP'),
    appProtocol: field(4, string, 'Protocol spoken on top, such as http or example.com/custom.').pointer(),
  },
  { mapType: 'atomic' },
);
export interface EndpointPort extends Infer<typeof EndpointPort> {}

export const EndpointSubset = message('io.k8s.api.core.v1.EndpointSubset', 'Addresses that have the same ports.', {
  addresses: field(1, list(EndpointAddress), 'Addresses that are ready to be connected to.').atomic(),
  notReadyAddresses: field(2, list(EndpointAddress), 'Addresses that are not ready yet, or no longer.').atomic(),
  ports: field(3, list(EndpointPort), 'Ports that each of the addresses has.').atomic(),
});
export interface EndpointSubset extends Infer<typeof EndpointSubset> {}

export const Endpoints = message(
  'io.k8s.api.core.v1.Endpoints',
  'The addresses behind a service; deprecated since v1.33, use EndpointSlice.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
    subsets: field(2, list(EndpointSubset), 'All endpoints, as groups of addresses that share their ports.').atomic(),
  },
);
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
  deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
});
