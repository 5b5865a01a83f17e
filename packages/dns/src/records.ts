import {
  type EndpointSlice,
  endpointSliceKind,
  type Namespace,
  namespaceKind,
  type Service,
  serviceKind,
} from '@kubets/api';
import type { InformerFactory } from '@kubets/client';

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const BY_SERVICE = 'service';
const BY_ADDRESS = 'address';

/** What the zone is answered from: lookups over the cluster's Services, EndpointSlices and Namespaces. */
export interface ClusterRecords {
  namespaceExists(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  slicesOf(namespace: string, serviceName: string): readonly EndpointSlice[];
  servicesWithAddress(address: string): readonly Service[];
  slicesWithAddress(address: string): readonly EndpointSlice[];
  /** True once the first lists are in; before that a missing name proves nothing. */
  ready(): boolean;
}

/** Cluster addresses of a Service; none for headless and ExternalName ones. */
export function clusterAddresses(service: Service): string[] {
  const { clusterIP, clusterIPs } = service.spec;
  const all = clusterIPs?.length ? clusterIPs : clusterIP ? [clusterIP] : [];
  return all.filter((address) => address !== 'None');
}

/** Records over informers that follow the API server. */
export function informerRecords(informers: InformerFactory): ClusterRecords {
  const namespaces = informers.informer<Namespace>(namespaceKind);
  const services = informers.informer<Service>(serviceKind);
  const slices = informers.informer<EndpointSlice>(endpointSliceKind);
  services.addIndex(BY_ADDRESS, clusterAddresses);
  slices.addIndex(BY_ADDRESS, (slice) => (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses));
  slices.addIndex(BY_SERVICE, ({ metadata }) => {
    const name = metadata.labels?.[SERVICE_NAME_LABEL];
    return name ? [`${metadata.namespace}/${name}`] : [];
  });
  return {
    namespaceExists: (name) => namespaces.store.get(name) !== undefined,
    service: (namespace, name) => services.store.get(`${namespace}/${name}`),
    slicesOf: (namespace, serviceName) => slices.store.byIndex(BY_SERVICE, `${namespace}/${serviceName}`),
    servicesWithAddress: (address) => services.store.byIndex(BY_ADDRESS, address),
    slicesWithAddress: (address) => slices.store.byIndex(BY_ADDRESS, address),
    ready: () => namespaces.hasSynced() && services.hasSynced() && slices.hasSynced(),
  };
}
