import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ServiceCIDRSpec = message('io.k8s.api.networking.v1.ServiceCIDRSpec', '', {
  cidrs: field(1, list(string), '').atomic(),
});
export interface ServiceCIDRSpec extends Infer<typeof ServiceCIDRSpec> {}

export const ServiceCIDRStatus = message('io.k8s.api.networking.v1.ServiceCIDRStatus', '', {
  conditions: field(1, list(Condition), '').mapOf('type').mergeBy('type'),
});
export interface ServiceCIDRStatus extends Infer<typeof ServiceCIDRStatus> {}

export const ServiceCIDR = message('io.k8s.api.networking.v1.ServiceCIDR', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ServiceCIDRSpec, '').always().default({}),
  status: field(3, ServiceCIDRStatus, '').default({}),
});
export interface ServiceCIDR extends Infer<typeof ServiceCIDR> {}

export const serviceCIDRKind = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  resource: 'servicecidrs',
  namespaced: false,
  schema: ServiceCIDR,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'ServiceCIDR', form: 'object' }],
  storageVersionHash: 'gNLvruQhW2g=',
});
