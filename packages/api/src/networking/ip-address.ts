import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ParentReference = message('io.k8s.api.networking.v1.ParentReference', '', {
  group: field(1, string, ''),
  resource: field(2, string, '').required(),
  namespace: field(3, string, ''),
  name: field(4, string, '').required(),
});
export interface ParentReference extends Infer<typeof ParentReference> {}

export const IPAddressSpec = message('io.k8s.api.networking.v1.IPAddressSpec', '', {
  parentRef: field(1, ParentReference, '').required(),
});
export interface IPAddressSpec extends Infer<typeof IPAddressSpec> {}

export const IPAddress = message('io.k8s.api.networking.v1.IPAddress', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, IPAddressSpec, '').required().default({}),
});
export interface IPAddress extends Infer<typeof IPAddress> {}

export const ipAddressKind = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  resource: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  schema: IPAddress,
  storageVersionHash: '3f/plJFChNE=',
});
