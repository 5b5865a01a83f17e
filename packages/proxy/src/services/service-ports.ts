import type { EndpointSlice, Service } from '@kubets/api';
import { endpointsOf, type NodePlace, type PortEndpoints } from './endpoints.ts';

export type Family = 'IPv4' | 'IPv6';

export const familyOf = (address: string): Family => (address.includes(':') ? 'IPv6' : 'IPv4');

/** One port of one Service in one address family: everything that the rules for it follow from. */
export interface ServicePort {
  /** namespace/name/protocol/port name (or number): unique in a family, and legal in names of chains. */
  readonly id: string;
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  readonly clusterAddress: string;
  readonly nodePort: number | undefined;
  /** External addresses, and those of load balancers that are not proxies themselves. */
  readonly externalAddresses: readonly string[];
  /** CIDRs that alone may reach the load-balancer addresses; empty for all. */
  readonly sourceRanges: readonly string[];
  readonly loadBalancerAddresses: readonly string[];
  /** Seconds for which a client stays with its endpoint; undefined without affinity. */
  readonly affinitySeconds: number | undefined;
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
  readonly endpoints: PortEndpoints;
}

const clusterAddressesOf = ({ spec }: Service) =>
  (spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? '']).filter(
    (address) => address && address !== 'None',
  );

/** The ports of a Service that this node has rules for; none for headless and ExternalName Services. */
export function servicePortsOf(service: Service, slices: readonly EndpointSlice[], place: NodePlace): ServicePort[] {
  const { spec, metadata, status } = service;
  if (spec.type === 'ExternalName' || metadata.labels?.['service.kubernetes.io/service-proxy-name']) return [];
  const ingress = (status?.loadBalancer?.ingress ?? []).filter((item) => item.ip && item.ipMode !== 'Proxy');
  return clusterAddressesOf(service).flatMap((clusterAddress) => {
    const family = familyOf(clusterAddress);
    const ofFamily = (addresses: readonly string[] = []) => addresses.filter((address) => familyOf(address) === family);
    return (spec.ports ?? []).map((port): ServicePort => {
      const protocol = (port.protocol ?? 'TCP').toLowerCase() as ServicePort['protocol'];
      const loadBalancerAddresses = ofFamily(ingress.map((item) => item.ip as string));
      return {
        id: `${metadata.namespace}/${metadata.name}/${protocol}/${port.name || port.port}`,
        family,
        protocol,
        port: port.port,
        clusterAddress,
        nodePort: port.nodePort || undefined,
        externalAddresses: [...new Set([...ofFamily(spec.externalIPs), ...loadBalancerAddresses])],
        loadBalancerAddresses,
        sourceRanges: ofFamily(spec.loadBalancerSourceRanges?.map((range) => range.trim())),
        affinitySeconds:
          spec.sessionAffinity === 'ClientIP'
            ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800)
            : undefined,
        externalLocal: spec.externalTrafficPolicy === 'Local',
        internalLocal: spec.internalTrafficPolicy === 'Local',
        endpoints: endpointsOf({ service, portName: port.name ?? '', family, slices, place }),
      };
    });
  });
}
