import { defineKind, field, type Infer, int32, intOrString, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';

export const IPBlock = message('io.k8s.api.networking.v1.IPBlock', '', {
  cidr: field(1, string, '').required().default(''),
  except: field(2, list(string), '').atomic(),
});
export interface IPBlock extends Infer<typeof IPBlock> {}

export const NetworkPolicyPort = message('io.k8s.api.networking.v1.NetworkPolicyPort', '', {
  protocol: field(1, string, '').oneOf('SCTP', 'TCP', 'UDP'),
  port: field(2, intOrString, ''),
  endPort: field(3, int32, ''),
});
export interface NetworkPolicyPort extends Infer<typeof NetworkPolicyPort> {}

export const NetworkPolicyPeer = message('io.k8s.api.networking.v1.NetworkPolicyPeer', '', {
  podSelector: field(1, LabelSelector, ''),
  namespaceSelector: field(2, LabelSelector, ''),
  ipBlock: field(3, IPBlock, ''),
});
export interface NetworkPolicyPeer extends Infer<typeof NetworkPolicyPeer> {}

export const NetworkPolicyEgressRule = message('io.k8s.api.networking.v1.NetworkPolicyEgressRule', '', {
  ports: field(1, list(NetworkPolicyPort), '').atomic(),
  to: field(2, list(NetworkPolicyPeer), '').atomic(),
});
export interface NetworkPolicyEgressRule extends Infer<typeof NetworkPolicyEgressRule> {}

export const NetworkPolicyIngressRule = message('io.k8s.api.networking.v1.NetworkPolicyIngressRule', '', {
  ports: field(1, list(NetworkPolicyPort), '').atomic(),
  from: field(2, list(NetworkPolicyPeer), '').atomic(),
});
export interface NetworkPolicyIngressRule extends Infer<typeof NetworkPolicyIngressRule> {}

export const NetworkPolicySpec = message('io.k8s.api.networking.v1.NetworkPolicySpec', '', {
  podSelector: field(1, LabelSelector, '').default({}),
  ingress: field(2, list(NetworkPolicyIngressRule), '').atomic(),
  egress: field(3, list(NetworkPolicyEgressRule), '').atomic(),
  policyTypes: field(4, list(string), '').oneOf('Egress', 'Ingress').atomic(),
});
export interface NetworkPolicySpec extends Infer<typeof NetworkPolicySpec> {}

export const NetworkPolicy = message('io.k8s.api.networking.v1.NetworkPolicy', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, NetworkPolicySpec, '').always().default({}),
});
export interface NetworkPolicy extends Infer<typeof NetworkPolicy> {}

export const networkPolicyKind = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: NetworkPolicy,
  storageVersionHash: 'YpfwF18m1G8=',
});
