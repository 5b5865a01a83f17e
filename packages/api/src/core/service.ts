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
import { keepStatus, statusSubresource } from '../status-rules.ts';
import { normalizeClusterIPs, releaseUnneeded, retainAllocated } from './service-allocation.ts';
import { serviceColumns } from './service-columns.ts';
import { applyServiceDefaults } from './service-defaults.ts';
import {
  serviceWarnings,
  validateService,
  validateServiceStatusUpdate,
  validateServiceUpdate,
} from './service-validation.ts';

export const ClientIPConfig = message(
  'io.k8s.api.core.v1.ClientIPConfig',
  'How clients stick to a pod by their address.',
  {
    timeoutSeconds: field(1, int32, 'How long a client that is silent stays with its pod, up to one day.').pointer(),
  },
);
export interface ClientIPConfig extends Infer<typeof ClientIPConfig> {}

export const PortStatus = message('io.k8s.api.core.v1.PortStatus', 'How one port of a load balancer is doing.', {
  port: field(1, int32, 'Port number of the service.').required().default(0),
  protocol: field(2, string, 'Transport protocol of the port.').required().default('').oneOf('SCTP', 'TCP', 'UDP'),
  error: field(3, string, 'One CamelCase word for what is wrong with the port, if anything is.').pointer(),
});
export interface PortStatus extends Infer<typeof PortStatus> {}

export const LoadBalancerIngress = message(
  'io.k8s.api.core.v1.LoadBalancerIngress',
  'One point at which traffic enters a load balancer.',
  {
    ip: field(1, string, 'Address of the load balancer, if it is reached by address.'),
    hostname: field(2, string, 'Name of the load balancer, if it is reached by name.'),
    ipMode: field(
      3,
      string,
      'VIP if packets arrive with this address as destination, Proxy if with that of a node.',
    ).pointer(),
    ports: field(4, list(PortStatus), 'How the ports of the service are doing.').atomic(),
  },
);
export interface LoadBalancerIngress extends Infer<typeof LoadBalancerIngress> {}

export const LoadBalancerStatus = message('io.k8s.api.core.v1.LoadBalancerStatus', 'How a load balancer is reached.', {
  ingress: field(1, list(LoadBalancerIngress), 'Points at which traffic for the service enters.').atomic(),
});
export interface LoadBalancerStatus extends Infer<typeof LoadBalancerStatus> {}

export const ServicePort = message('io.k8s.api.core.v1.ServicePort', 'One port of a service.', {
  name: field(1, string, 'Name of the port; needed, and unique, if there are several.'),
  protocol: field(2, string, 'Transport protocol: TCP, UDP or SCTP.').default('TCP').oneOf('SCTP', 'TCP', 'UDP'),
  port: field(3, int32, 'Port at which the service is reached.').required().default(0),
  targetPort: field(4, intOrString, 'Port of the pods, by number or by name; the same as port by default.'),
  nodePort: field(5, int32, 'Port on every node for services of type NodePort and LoadBalancer; allocated if empty.'),
  appProtocol: field(
    6,
    string,
    'Protocol spoken on top, such as http, kubernetes.io/h2c or example.com/custom.',
  ).pointer(),
});
export interface ServicePort extends Infer<typeof ServicePort> {}

export const SessionAffinityConfig = message(
  'io.k8s.api.core.v1.SessionAffinityConfig',
  'How clients stick to a pod.',
  {
    clientIP: field(1, ClientIPConfig, 'Settings of the affinity ClientIP.'),
  },
);
export interface SessionAffinityConfig extends Infer<typeof SessionAffinityConfig> {}

export const ServiceSpec = message(
  'io.k8s.api.core.v1.ServiceSpec',
  'What a service is reached by, and which pods are behind it.',
  {
    ports: field(1, list(ServicePort), 'Ports at which the service is reached.')
      .mapOf('port', 'protocol')
      .mergeBy('port'),
    selector: field(
      2,
      map(string),
      'Labels of the pods behind the service; empty if something else keeps its endpoints.',
    ).atomicMap(),
    clusterIP: field(3, string, 'First address in the cluster; None for a headless service, allocated if empty.'),
    type: field(4, string, 'ClusterIP, NodePort, LoadBalancer, or ExternalName for a mere alias in DNS.').oneOf(
      'ClusterIP',
      'ExternalName',
      'LoadBalancer',
      'NodePort',
    ),
    externalIPs: field(
      5,
      list(string),
      'Further addresses, not managed by Kubernetes, whose traffic goes to the service.',
    ).atomic(),
    sessionAffinity: field(7, string, 'ClientIP to keep a client with one pod, None to choose anew each time.').oneOf(
      'ClientIP',
      'None',
    ),
    loadBalancerIP: field(8, string, 'Address wanted for the load balancer; deprecated, and not heeded everywhere.'),
    loadBalancerSourceRanges: field(
      9,
      list(string),
      'Networks whose clients the load balancer lets in; empty lets everyone in.',
    ).atomic(),
    externalName: field(10, string, 'Name that DNS answers with for services of type ExternalName.'),
    externalTrafficPolicy: field(
      11,
      string,
      'Cluster to spread traffic from outside over all nodes, Local to keep it on the node.',
    ).oneOf('Cluster', 'Local'),
    healthCheckNodePort: field(
      12,
      int32,
      'Port on which nodes tell load balancers whether they have pods of the service.',
    ),
    publishNotReadyAddresses: field(13, bool, 'Whether pods that are not ready yet appear in DNS and endpoints too.'),
    sessionAffinityConfig: field(14, SessionAffinityConfig, 'Settings of the session affinity.'),
    ipFamilyPolicy: field(
      17,
      string,
      'SingleStack, PreferDualStack or RequireDualStack: how many address families are wanted.',
    )
      .pointer()
      .oneOf('PreferDualStack', 'RequireDualStack', 'SingleStack'),
    clusterIPs: field(
      18,
      list(string),
      'Addresses in the cluster, up to one a family; the first is that of clusterIP.',
    ).atomic(),
    ipFamilies: field(19, list(string), 'Address families, IPv4 or IPv6, in order of preference.')
      .oneOf('', 'IPv4', 'IPv6')
      .atomic(),
    allocateLoadBalancerNodePorts: field(
      20,
      bool,
      'Whether services of type LoadBalancer have node ports as well.',
    ).pointer(),
    loadBalancerClass: field(
      21,
      string,
      'Implementation that shall provide the load balancer; it cannot change later.',
    ).pointer(),
    internalTrafficPolicy: field(
      22,
      string,
      'Cluster to spread traffic from inside over all pods, Local to keep it on the node.',
    )
      .pointer()
      .oneOf('Cluster', 'Local'),
    trafficDistribution: field(
      23,
      string,
      'Preference for pods that are near: PreferSameZone or PreferSameNode.',
    ).pointer(),
  },
);
export interface ServiceSpec extends Infer<typeof ServiceSpec> {}

export const ServiceStatus = message('io.k8s.api.core.v1.ServiceStatus', 'How a service is doing.', {
  loadBalancer: field(1, LoadBalancerStatus, 'How the load balancer is reached, if there is one.').default({}),
  conditions: field(2, list(Condition), "Aspects of the service's state.").mapOf('type').mergeBy('type'),
});
export interface ServiceStatus extends Infer<typeof ServiceStatus> {}

export const Service = message('io.k8s.api.core.v1.Service', 'A stable name and address for a set of pods.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  spec: field(2, ServiceSpec, 'How the service is reached, and what is behind it.').always().default({}),
  status: field(3, ServiceStatus, 'What has been observed; written by the system, read by users.').default({}),
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
    statusSubresource<Service>('Service', { validateUpdate: validateServiceStatusUpdate }),
  ],
  columns: serviceColumns,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
  storageVersionHash: '0/CO1lhkEBI=',
});
