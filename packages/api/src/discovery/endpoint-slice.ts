import {
  bool,
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int32,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isFullyQualifiedDomainName,
  isInRange,
  isQualifiedName,
  isValidIp,
  isValidLabelValue,
  list,
  map,
  message,
  notSupported,
  parseIp,
  required,
  string,
  tooMany,
  validateImmutable,
  validateLabels,
  type WriteStrategy,
} from '@kubets/core';
import { ageColumn, listWithMore, nameColumn } from '../columns.ts';
import { validateReachableIp } from '../core/endpoints-validation.ts';
import { ObjectReference } from '../core/reference.ts';
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const EndpointConditions = message('io.k8s.api.discovery.v1.EndpointConditions', 'State of an endpoint.', {
  ready: field(1, bool, 'Whether the endpoint takes traffic; unset means yes.').pointer(),
  serving: field(2, bool, 'Whether the endpoint is ready, even while it is terminating.').pointer(),
  terminating: field(3, bool, 'Whether the endpoint is terminating.').pointer(),
});
export interface EndpointConditions extends Infer<typeof EndpointConditions> {}

export const ForNode = message('io.k8s.api.discovery.v1.ForNode', 'A node that should use an endpoint.', {
  name: field(1, string, 'Name of the node.').required().default(''),
});
export interface ForNode extends Infer<typeof ForNode> {}

export const ForZone = message('io.k8s.api.discovery.v1.ForZone', 'A zone that should use an endpoint.', {
  name: field(1, string, 'Name of the zone.').required().default(''),
});
export interface ForZone extends Infer<typeof ForZone> {}

export const EndpointHints = message('io.k8s.api.discovery.v1.EndpointHints', 'Who should use an endpoint.', {
  forZones: field(1, list(ForZone), 'Zones that should use it.').atomic(),
  forNodes: field(2, list(ForNode), 'Nodes that should use it.').atomic(),
});
export interface EndpointHints extends Infer<typeof EndpointHints> {}

export const Endpoint = message('io.k8s.api.discovery.v1.Endpoint', 'One backend of a service.', {
  addresses: field(1, list(string), 'Addresses of the endpoint; consumers use the first.').required().set(),
  conditions: field(2, EndpointConditions, 'State of the endpoint.').default({}),
  hostname: field(3, string, 'Host name of the endpoint, for its own DNS record.').pointer(),
  targetRef: field(4, ObjectReference, 'Object behind the endpoint, usually a pod.'),
  deprecatedTopology: field(5, map(string), 'Topology labels from older versions of the API; not used.'),
  nodeName: field(6, string, 'Node that the endpoint is on.').pointer(),
  zone: field(7, string, 'Zone that the endpoint is in.').pointer(),
  hints: field(8, EndpointHints, 'Who should use the endpoint.'),
});
export interface Endpoint extends Infer<typeof Endpoint> {}

export const EndpointSlicePort = message(
  'io.k8s.api.discovery.v1.EndpointPort',
  'A port that every endpoint of the slice serves.',
  {
    name: field(1, string, 'Name of the port, unique in the slice.').pointer(),
    protocol: field(2, string, 'Protocol: TCP (by default), UDP or SCTP.').pointer().oneOf('SCTP', 'TCP', 'UDP'),
    port: field(3, int32, 'Number of the port; unset means any.').pointer(),
    appProtocol: field(4, string, 'Protocol spoken over the port, such as kubernetes.io/h2c.').pointer(),
  },
  { mapType: 'atomic' },
);
export interface EndpointSlicePort extends Infer<typeof EndpointSlicePort> {}

export const EndpointSlice = message('io.k8s.api.discovery.v1.EndpointSlice', 'Some of the backends of a service.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  endpoints: field(2, list(Endpoint), 'The backends, at most 1000.').atomic().neverOmitted(),
  ports: field(3, list(EndpointSlicePort), 'Ports that each of them serves.').atomic().neverOmitted(),
  addressType: field(4, string, 'Kind of the addresses: IPv4, IPv6 or FQDN; cannot change.')
    .required()
    .default('')
    .oneOf('FQDN', 'IPv4', 'IPv6'),
});
export interface EndpointSlice extends Infer<typeof EndpointSlice> {}

const ADDRESS_TYPES = ['IPv4', 'IPv6', 'FQDN'];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_HINTS = 8;

function validateEndpointSlice(slice: EndpointSlice): FieldError[] {
  return [
    ...validateAddressType(slice.addressType, new FieldPath('addressType')),
    ...validateEndpoints(slice.endpoints ?? [], slice.addressType),
    ...validatePorts(slice.ports ?? [], new FieldPath('ports')),
  ];
}

function validateAddressType(type: string, path: FieldPath): FieldError[] {
  if (!type) return [required(path)];
  return ADDRESS_TYPES.includes(type) ? [] : [notSupported(path, type, ADDRESS_TYPES)];
}

function validateEndpoints(endpoints: readonly Endpoint[], addressType: string): FieldError[] {
  const path = new FieldPath('endpoints');
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany(path, endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap((endpoint, index) => validateEndpoint(endpoint, addressType, path.index(index)));
}

function validateEndpoint(endpoint: Endpoint, addressType: string, path: FieldPath): FieldError[] {
  const { addresses = [], nodeName, deprecatedTopology, hostname, hints } = endpoint;
  const errors = validateAddresses(addresses, addressType, path.child('addresses'));
  if (nodeName !== undefined) errors.push(...validateText(nodeName, path.child('nodeName'), isDns1123Subdomain));
  const topologyPath = path.child('deprecatedTopology');
  if (Object.keys(deprecatedTopology ?? {}).length > MAX_TOPOLOGY_LABELS) {
    errors.push(tooMany(topologyPath, Object.keys(deprecatedTopology ?? {}).length, MAX_TOPOLOGY_LABELS));
  }
  errors.push(...validateLabels(deprecatedTopology, topologyPath));
  if (deprecatedTopology?.[HOSTNAME_LABEL] !== undefined) {
    errors.push(invalid(topologyPath.key(HOSTNAME_LABEL), deprecatedTopology[HOSTNAME_LABEL], USE_NODE_NAME));
  }
  if (hostname !== undefined) errors.push(...validateText(hostname, path.child('hostname'), isDns1123Label));
  if (hints) errors.push(...validateHints(hints, path.child('hints')));
  return errors;
}

const MAX_TOPOLOGY_LABELS = 16;
const HOSTNAME_LABEL = 'kubernetes.io/hostname';
const USE_NODE_NAME = 'should not be set, use nodeName';

function validateAddresses(addresses: readonly string[], addressType: string, path: FieldPath): FieldError[] {
  if (addresses.length === 0) return [required(path, 'must contain at least 1 address')];
  if (addresses.length > MAX_ADDRESSES) return [tooMany(path, addresses.length, MAX_ADDRESSES)];
  return addresses.flatMap((address, index) => validateAddress(address, addressType, path.index(index)));
}

function validateAddress(address: string, addressType: string, path: FieldPath): FieldError[] {
  if (addressType === 'FQDN') return validateText(address, path, isFullyQualifiedDomainName);
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return [];
  const errors = validateText(address, path, isValidIp);
  if (errors.length > 0) return errors;
  const family = parseIp(address)?.family;
  if (addressType === `IPv${family}`) return validateReachableIp(address, path);
  return [invalid(path, address, `must be a valid ${addressType} address`)];
}

function validateHints({ forZones, forNodes }: EndpointHints, path: FieldPath): FieldError[] {
  return [
    ...validateHintNames(forZones ?? [], path.child('forZones'), isValidLabelValue),
    ...validateHintNames(forNodes ?? [], path.child('forNodes'), isDns1123Subdomain),
  ];
}

function validateHintNames(
  hints: readonly { name: string }[],
  path: FieldPath,
  rule: (value: string) => string[],
): FieldError[] {
  if (hints.length > MAX_HINTS) return [tooMany(path, hints.length, MAX_HINTS)];
  const seen = new Set<string>();
  return hints.flatMap(({ name }, index) => {
    const namePath = path.index(index).child('name');
    if (seen.has(name)) return [duplicate(namePath, name)];
    seen.add(name);
    return validateText(name, namePath, rule);
  });
}

function validatePorts(ports: readonly EndpointSlicePort[], path: FieldPath): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany(path, ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const errors = validatePort(port, path.index(index));
    const name = port.name ?? '';
    if (names.has(name)) errors.push(duplicate(path.child('name'), name));
    names.add(name);
    return errors;
  });
}

function validatePort({ name, protocol, port, appProtocol }: EndpointSlicePort, path: FieldPath): FieldError[] {
  const errors = name ? validateText(name, path.child('name'), isDns1123Label) : [];
  const protocols = ['TCP', 'UDP', 'SCTP'];
  if (protocol === undefined) errors.push(required(path.child('protocol')));
  else if (!protocols.includes(protocol)) errors.push(notSupported(path.child('protocol'), protocol, protocols));
  if (port !== undefined) {
    errors.push(...isInRange(port, 1, 65_535).map((detail) => invalid(path.child('port'), port, detail)));
  }
  if (appProtocol !== undefined) errors.push(...validateText(appProtocol, path.child('appProtocol'), isQualifiedName));
  return errors;
}

const SHOWN_ITEMS = 3;

const endpointSliceStrategy: WriteStrategy<EndpointSlice> = {
  applyDefaults({ ports = [] }) {
    for (const port of ports) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validate: validateEndpointSlice,
  validateUpdate: (slice, old) => validateImmutable(slice.addressType, old.addressType, new FieldPath('addressType')),
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
