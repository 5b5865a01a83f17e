import type { Endpoint, EndpointSlice, Service } from '@kubets/api';

/** One endpoint of one port of a Service, as the node's rules need it. */
export interface ServiceEndpoint {
  readonly address: string;
  readonly port: number;
  /** On this node. */
  readonly isLocal: boolean;
}

/** Where a node stands, for choosing endpoints near it. */
export interface NodePlace {
  readonly nodeName: string;
  /** Label topology.kubernetes.io/zone; '' where the node has none. */
  readonly zone: string;
}

interface Candidate extends ServiceEndpoint {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly hintedNodes: readonly string[];
  readonly hintedZones: readonly string[];
}

function candidateOf(endpoint: Endpoint, port: number, place: NodePlace): Candidate[] {
  const { ready = true, terminating = false } = endpoint.conditions ?? {};
  const common = {
    port,
    isLocal: endpoint.nodeName === place.nodeName,
    ready,
    serving: endpoint.conditions?.serving ?? ready,
    terminating,
    hintedNodes: endpoint.hints?.forNodes?.map((node) => node.name) ?? [],
    hintedZones: endpoint.hints?.forZones?.map((zone) => zone.name) ?? [],
  };
  const [address] = endpoint.addresses;
  return address ? [{ ...common, address }] : [];
}

/** Endpoints that take traffic: the ready ones or, where none is left, those that still serve while they terminate. */
function usable(candidates: readonly Candidate[]): Candidate[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  return ready.length > 0 ? ready : candidates.filter((candidate) => candidate.serving && candidate.terminating);
}

/** Keeps to the endpoints hinted for this node or zone, provided that every endpoint has hints and one is meant for us. */
function near(candidates: readonly Candidate[], place: NodePlace): readonly Candidate[] {
  if (candidates.length === 0) return candidates;
  if (candidates.every((candidate) => candidate.hintedNodes.length > 0)) {
    const sameNode = candidates.filter((candidate) => candidate.hintedNodes.includes(place.nodeName));
    if (sameNode.length > 0) return sameNode;
  }
  if (!place.zone || !candidates.every((candidate) => candidate.hintedZones.length > 0)) return candidates;
  const sameZone = candidates.filter((candidate) => candidate.hintedZones.includes(place.zone));
  return sameZone.length > 0 ? sameZone : candidates;
}

/** The endpoints of one Service port, for traffic from inside the cluster and from outside. */
export interface PortEndpoints {
  /** For the cluster address. */
  readonly internal: readonly ServiceEndpoint[];
  /** For node ports, external and load-balancer addresses. */
  readonly external: readonly ServiceEndpoint[];
  /** Whether there is any endpoint at all, on whatever node: without one, connections are refused rather than dropped. */
  readonly any: boolean;
}

/** Chooses endpoints after the Service's traffic policies; slices of the other address family are left out. */
export function endpointsOf(options: {
  service: Service;
  portName: string;
  family: 'IPv4' | 'IPv6';
  slices: readonly EndpointSlice[];
  place: NodePlace;
}): PortEndpoints {
  const { service, portName, family, slices, place } = options;
  const candidates = new Map<string, Candidate>();
  for (const slice of slices) {
    const port = slice.ports?.find((item) => (item.name ?? '') === portName)?.port;
    if (slice.addressType !== family || port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      for (const candidate of candidateOf(endpoint, port, place))
        candidates.set(`${candidate.address} ${port}`, candidate);
    }
  }
  const all = [...candidates.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
  const clusterWide = near(usable(all), place);
  const local = usable(all.filter((candidate) => candidate.isLocal));
  return {
    internal: service.spec.internalTrafficPolicy === 'Local' ? local : clusterWide,
    external: service.spec.externalTrafficPolicy === 'Local' ? local : clusterWide,
    any: usable(all).length > 0,
  };
}
