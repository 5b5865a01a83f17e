import {
  bool,
  defineKind,
  dns1035LabelName,
  field,
  type Infer,
  int32,
  intOrString,
  list,
  map,
  message,
  string,
  type WriteStrategy,
} from '@kubets/core';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { keepStatus, statusStrategy } from '../status-rules.ts';
import { normalizeClusterIPs, releaseUnneeded, retainAllocated } from './service-allocation.ts';
import { serviceColumns } from './service-columns.ts';
import { applyServiceDefaults } from './service-defaults.ts';
import {
  serviceWarnings,
  validateService,
  validateServiceStatusUpdate,
  validateServiceUpdate,
} from './service-validation.ts';

export const ClientIPConfig = message('io.k8s.api.core.v1.ClientIPConfig', '', {
  timeoutSeconds: field(1, int32, ''),
});
export interface ClientIPConfig extends Infer<typeof ClientIPConfig> {}

export const PortStatus = message('io.k8s.api.core.v1.PortStatus', '', {
  port: field(1, int32, '').required().default(0),
  protocol: field(2, string, '').required().default('').oneOf('SCTP', 'TCP', 'UDP'),
  error: field(3, string, ''),
});
export interface PortStatus extends Infer<typeof PortStatus> {}

export const LoadBalancerIngress = message('io.k8s.api.core.v1.LoadBalancerIngress', '', {
  ip: field(1, string, ''),
  hostname: field(2, string, ''),
  ipMode: field(3, string, ''),
  ports: field(4, list(PortStatus), '').atomic(),
});
export interface LoadBalancerIngress extends Infer<typeof LoadBalancerIngress> {}

export const LoadBalancerStatus = message('io.k8s.api.core.v1.LoadBalancerStatus', '', {
  ingress: field(1, list(LoadBalancerIngress), '').atomic(),
});
export interface LoadBalancerStatus extends Infer<typeof LoadBalancerStatus> {}

export const ServicePort = message('io.k8s.api.core.v1.ServicePort', '', {
  name: field(1, string, ''),
  protocol: field(2, string, '').default('TCP').oneOf('SCTP', 'TCP', 'UDP'),
  port: field(3, int32, '').required().default(0),
  targetPort: field(4, intOrString, ''),
  nodePort: field(5, int32, ''),
  appProtocol: field(6, string, ''),
});
export interface ServicePort extends Infer<typeof ServicePort> {}

export const SessionAffinityConfig = message('io.k8s.api.core.v1.SessionAffinityConfig', '', {
  clientIP: field(1, ClientIPConfig, ''),
});
export interface SessionAffinityConfig extends Infer<typeof SessionAffinityConfig> {}

export const ServiceSpec = message('io.k8s.api.core.v1.ServiceSpec', '', {
  ports: field(1, list(ServicePort), '').mapOf('port', 'protocol').mergeBy('port'),
  selector: field(2, map(string), '').atomicMap(),
  clusterIP: field(3, string, ''),
  type: field(4, string, '').oneOf('ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'),
  externalIPs: field(5, list(string), '').atomic(),
  sessionAffinity: field(7, string, '').oneOf('ClientIP', 'None'),
  loadBalancerIP: field(8, string, ''),
  loadBalancerSourceRanges: field(9, list(string), '').atomic(),
  externalName: field(10, string, ''),
  externalTrafficPolicy: field(11, string, '').oneOf('Cluster', 'Local'),
  healthCheckNodePort: field(12, int32, ''),
  publishNotReadyAddresses: field(13, bool, ''),
  sessionAffinityConfig: field(14, SessionAffinityConfig, ''),
  ipFamilyPolicy: field(17, string, '').oneOf('PreferDualStack', 'RequireDualStack', 'SingleStack'),
  clusterIPs: field(18, list(string), '').atomic(),
  ipFamilies: field(19, list(string), '').oneOf('', 'IPv4', 'IPv6').atomic(),
  allocateLoadBalancerNodePorts: field(20, bool, ''),
  loadBalancerClass: field(21, string, ''),
  internalTrafficPolicy: field(22, string, '').oneOf('Cluster', 'Local'),
  trafficDistribution: field(23, string, ''),
});
export interface ServiceSpec extends Infer<typeof ServiceSpec> {}

export const ServiceStatus = message('io.k8s.api.core.v1.ServiceStatus', '', {
  loadBalancer: field(1, LoadBalancerStatus, '').default({}),
  conditions: field(2, list(Condition), '').mapOf('type').mergeBy('type'),
});
export interface ServiceStatus extends Infer<typeof ServiceStatus> {}

export const Service = message('io.k8s.api.core.v1.Service', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ServiceSpec, '').always().default({}),
  status: field(3, ServiceStatus, '').default({}),
});
export interface Service extends Infer<typeof Service> {}

const serviceStrategy: WriteStrategy<Service> = {
  allowCreateOnUpdate: true,
  applyDefaults: applyServiceDefaults,
  prepareForCreate(draft) {
    draft.status = { loadBalancer: {} };
    normalizeClusterIPs(draft);
  },
  validate: validateService,
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    normalizeClusterIPs(draft, old);
    retainAllocated(draft, old);
    releaseUnneeded(draft, old);
  },
  validateUpdate: validateServiceUpdate,
  warnings: serviceWarnings,
};

export const serviceKind = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  returnsDeletedObject: true,
  resource: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: Service,
  validateName: dns1035LabelName,
  strategy: serviceStrategy,
  subresources: [
    {
      name: 'proxy',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      kind: 'ServiceProxyOptions',
      form: 'connect',
    },
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'Service',
      form: 'object',
      strategy: statusStrategy<Service>({ validateUpdate: validateServiceStatusUpdate }),
    },
  ],
  columns: serviceColumns,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
  storageVersionHash: '0/CO1lhkEBI=',
});
