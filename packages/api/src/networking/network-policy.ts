import {
  type Column,
  cidrContains,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  formatLabelSelector,
  type Infer,
  int32,
  intOrString,
  invalid,
  isValidCidr,
  isValidPortName,
  isValidPortNumber,
  list,
  message,
  parseCidr,
  required,
  string,
  validateLabelSelector,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateOptionalChoice, validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';

export const IPBlock = message('io.k8s.api.networking.v1.IPBlock', 'A block of addresses, without some parts.', {
  cidr: field(1, string, 'The block, such as 10.0.0.0/8 or 2001:db8::/32.').required().default(''),
  except: field(2, list(string), 'Blocks inside it that are left out.').atomic(),
});
export interface IPBlock extends Infer<typeof IPBlock> {}

export const NetworkPolicyPort = message(
  'io.k8s.api.networking.v1.NetworkPolicyPort',
  'A port or range of ports that traffic is allowed on.',
  {
    protocol: field(1, string, 'Protocol: TCP (by default), UDP or SCTP.').pointer().oneOf('SCTP', 'TCP', 'UDP'),
    port: field(2, intOrString, 'Number or name of the port; all ports without it.').pointer(),
    endPort: field(3, int32, 'Last port of a range that begins at port.').pointer(),
  },
);
export interface NetworkPolicyPort extends Infer<typeof NetworkPolicyPort> {}

export const NetworkPolicyPeer = message(
  'io.k8s.api.networking.v1.NetworkPolicyPeer',
  'Whom traffic is allowed with.',
  {
    podSelector: field(1, LabelSelector, 'Pods, by label, in the namespaces selected or in that of the policy.'),
    namespaceSelector: field(2, LabelSelector, 'Namespaces, by label; all their pods without podSelector.'),
    ipBlock: field(3, IPBlock, 'Addresses; not together with selectors.'),
  },
);
export interface NetworkPolicyPeer extends Infer<typeof NetworkPolicyPeer> {}

export const NetworkPolicyEgressRule = message(
  'io.k8s.api.networking.v1.NetworkPolicyEgressRule',
  'Traffic out of the pods that is allowed.',
  {
    ports: field(1, list(NetworkPolicyPort), 'Ports of the destination; all without any.').atomic(),
    to: field(2, list(NetworkPolicyPeer), 'Destinations; all without any.').atomic(),
  },
);
export interface NetworkPolicyEgressRule extends Infer<typeof NetworkPolicyEgressRule> {}

export const NetworkPolicyIngressRule = message(
  'io.k8s.api.networking.v1.NetworkPolicyIngressRule',
  'Traffic into the pods that is allowed.',
  {
    ports: field(1, list(NetworkPolicyPort), 'Ports of the pods; all without any.').atomic(),
    from: field(2, list(NetworkPolicyPeer), 'Sources; all without any.').atomic(),
  },
);
export interface NetworkPolicyIngressRule extends Infer<typeof NetworkPolicyIngressRule> {}

export const NetworkPolicySpec = message('io.k8s.api.networking.v1.NetworkPolicySpec', 'Which pods may talk to whom.', {
  podSelector: field(1, LabelSelector, 'Pods of the namespace that the policy is about; empty for all.').default({}),
  ingress: field(
    2,
    list(NetworkPolicyIngressRule),
    'Traffic into the pods that is allowed; none without any.',
  ).atomic(),
  egress: field(
    3,
    list(NetworkPolicyEgressRule),
    'Traffic out of the pods that is allowed; none without any.',
  ).atomic(),
  policyTypes: field(4, list(string), 'Directions that the policy restricts: Ingress, Egress or both.')
    .oneOf('Egress', 'Ingress')
    .atomic(),
});
export interface NetworkPolicySpec extends Infer<typeof NetworkPolicySpec> {}

export const NetworkPolicy = message('io.k8s.api.networking.v1.NetworkPolicy', 'Restricts the traffic of pods.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, NetworkPolicySpec, 'Which pods may talk to whom.').always().default({}),
});
export interface NetworkPolicy extends Infer<typeof NetworkPolicy> {}

function applyNetworkPolicyDefaults({ spec }: NetworkPolicy): void {
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

const MAX_POLICY_TYPES = 2;

function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  const path = new FieldPath('spec');
  const errors = validateLabelSelector(spec.podSelector, path.child('podSelector'));
  spec.ingress?.forEach((rule, index) => {
    const rulePath = path.child('ingress').index(index);
    errors.push(...validatePorts(rule.ports, rulePath), ...validatePeers(rule.from, rulePath.child('from')));
  });
  spec.egress?.forEach((rule, index) => {
    const rulePath = path.child('egress').index(index);
    errors.push(...validatePorts(rule.ports, rulePath), ...validatePeers(rule.to, rulePath.child('to')));
  });
  const types = spec.policyTypes ?? [];
  const typesPath = path.child('policyTypes');
  if (types.length > MAX_POLICY_TYPES) {
    return [...errors, invalid(typesPath, types, 'may not specify more than two policyTypes')];
  }
  const choices = ['Ingress', 'Egress'];
  return [...errors, ...types.flatMap((type, index) => validateOptionalChoice(type, typesPath.index(index), choices))];
}

function validatePorts(ports: readonly NetworkPolicyPort[] | undefined, rulePath: FieldPath): FieldError[] {
  return (ports ?? []).flatMap((port, index) => validatePort(port, rulePath.child('ports').index(index)));
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: FieldPath): FieldError[] {
  const errors = validateOptionalChoice(protocol, path.child('protocol'), ['TCP', 'UDP', 'SCTP']);
  const portPath = path.child('port');
  if (typeof port === 'string') errors.push(...validateText(port, portPath, isValidPortName));
  else if (port !== undefined) errors.push(...isValidPortNumber(port).map((detail) => invalid(portPath, port, detail)));
  if (endPort === undefined) return errors;
  return [...errors, ...validateEndPort(endPort, port, path.child('endPort'))];
}

function validateEndPort(endPort: number, port: number | string | undefined, path: FieldPath): FieldError[] {
  if (port === undefined) return [invalid(path, endPort, 'may not be specified when `port` is not specified')];
  if (typeof port === 'string') return [invalid(path, endPort, 'may not be specified when `port` is non-numeric')];
  if (endPort < port) return [invalid(path, endPort, 'must be greater than or equal to `port`')];
  return isValidPortNumber(endPort).map((detail) => invalid(path, endPort, detail));
}

function validatePeers(peers: readonly NetworkPolicyPeer[] | undefined, path: FieldPath): FieldError[] {
  return (peers ?? []).flatMap((peer, index) => validatePeer(peer, path.index(index)));
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: FieldPath): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, path.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, path.child('namespaceSelector')),
    ...(ipBlock ? validateIpBlock(ipBlock, path.child('ipBlock')) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(fieldForbidden(path, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function validateIpBlock({ cidr, except }: IPBlock, path: FieldPath): FieldError[] {
  if (!cidr) return [required(path.child('cidr'))];
  const errors = validateText(cidr, path.child('cidr'), isValidCidr);
  const block = parseCidr(cidr);
  except?.forEach((text, index) => {
    const exceptPath = path.child('except').index(index);
    errors.push(...validateText(text, exceptPath, isValidCidr));
    const part = parseCidr(text);
    if (!block || !part) return;
    if (!cidrContains(block, part.address) || block.prefixLength >= part.prefixLength) {
      errors.push(invalid(exceptPath, text, 'must be a strict subset of `cidr`'));
    }
  });
  return errors;
}

const networkPolicyColumns: Column<NetworkPolicy>[] = [
  nameColumn,
  {
    name: 'Pod-Selector',
    type: 'string',
    description: 'Selector of the pods that the policy is about.',
    cell: ({ spec }) => formatLabelSelector(spec.podSelector),
  },
  ageColumn,
];

export const networkPolicyKind = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: NetworkPolicy,
  strategy: { applyDefaults: applyNetworkPolicyDefaults, validate: validateNetworkPolicy, hasGeneration: true },
  columns: networkPolicyColumns,
  storageVersionHash: 'YpfwF18m1G8=',
});
