import {
  type Endpoint,
  type EndpointSlice,
  type EndpointSlicePort,
  type Node,
  type Pod,
  type Service,
  serviceKind,
} from '@kubets/api';
import {
  familiesOf,
  findPort,
  HEADLESS_LABEL,
  isBackend,
  isHeadless,
  podAddress,
  podHostname,
  podReference,
} from '../endpoints/backends.ts';
import { canonicalJson, deepEqual } from '../equality.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { isPodReady } from '../pods/state.ts';

export const MAX_ENDPOINTS_PER_SLICE = 100;
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

export interface SliceState {
  readonly service: Service;
  /** Pods that its selector matches. */
  readonly pods: readonly Pod[];
  /** Slices of the service that this controller made and that are not being deleted. */
  readonly existing: readonly EndpointSlice[];
  node(name: string): Node | undefined;
}

export interface SlicePlan {
  readonly creates: readonly EndpointSlice[];
  readonly updates: readonly EndpointSlice[];
  readonly deletes: readonly EndpointSlice[];
}

interface Group {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly EndpointSlicePort[];
  readonly endpoints: Endpoint[];
}

/** Which slices to make, change and remove, touching as few of them as possible. */
export function planSlices(state: SliceState): SlicePlan {
  const groups = groupBackends(state);
  const left = new Set(state.existing);
  const plans = groups.map((group) => {
    const slices = state.existing.filter(
      (slice) => slice.addressType === group.addressType && portsKey(slice.ports ?? []) === portsKey(group.ports),
    );
    for (const slice of slices) left.delete(slice);
    return planGroup(state.service, group, slices);
  });
  return {
    creates: plans.flatMap(({ creates }) => creates),
    updates: plans.flatMap(({ updates }) => updates),
    deletes: [...left, ...plans.flatMap(({ deletes }) => deletes)],
  };
}

/** Backends by family and set of ports; a family without any still has one empty slice, to say so. */
function groupBackends(state: SliceState): Group[] {
  const groups: Group[] = [];
  for (const addressType of familiesOf(state.service)) {
    const byPorts = new Map<string, Group>();
    for (const pod of state.pods) {
      const address = podAddress(pod, addressType);
      if (!address || !isBackend(pod, true)) continue;
      const ports = slicePorts(state.service, pod);
      const group = byPorts.get(portsKey(ports));
      const endpoint = endpointOf(state, pod, address);
      if (group) group.endpoints.push(endpoint);
      else byPorts.set(portsKey(ports), { addressType, ports, endpoints: [endpoint] });
    }
    if (byPorts.size === 0) groups.push({ addressType, ports: [], endpoints: [] });
    groups.push(...byPorts.values());
  }
  return groups;
}

function portsKey(ports: readonly EndpointSlicePort[]): string {
  return ports
    .map((port) => canonicalJson({ name: '', ...port }))
    .sort()
    .join();
}

function slicePorts(service: Service, pod: Pod): EndpointSlicePort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = findPort(pod, servicePort);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, port, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function endpointOf({ service, node }: SliceState, pod: Pod, address: string): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = (service.spec?.publishNotReadyAddresses ?? false) || (serving && !terminating);
  const { nodeName } = pod.spec;
  const zone = nodeName ? node(nodeName)?.metadata.labels?.[ZONE_LABEL] : undefined;
  const hostname = podHostname(pod, service);
  const hints = ready ? hintsOf(service.spec?.trafficDistribution, zone, nodeName) : undefined;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: podReference(pod),
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(hints ? { hints } : {}),
  };
}

function hintsOf(distribution: string | undefined, zone: string | undefined, nodeName: string | undefined) {
  const forZones = zone ? [{ name: zone }] : [];
  if (distribution === 'PreferSameNode' && nodeName) return { forZones, forNodes: [{ name: nodeName }] };
  if ((distribution === 'PreferClose' || distribution === 'PreferSameZone') && zone) return { forZones };
  return undefined;
}

const identity = ({ addresses, targetRef }: Endpoint) => `${targetRef?.uid}/${addresses[0]}`;

function planGroup(service: Service, group: Group, existing: readonly EndpointSlice[]): SlicePlan {
  const wanted = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const kept = existing.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => {
      const next = wanted.get(identity(endpoint));
      wanted.delete(identity(endpoint));
      return next ? [next] : [];
    });
    return { slice, endpoints, touched: !deepEqual(endpoints, slice.endpoints ?? []) };
  });
  const homeless = [...wanted.values()];
  // Slices that have to be written anyway are filled first.
  for (const entry of [...kept].sort((a, b) => Number(b.touched) - Number(a.touched))) {
    if (homeless.length === 0) break;
    const room = MAX_ENDPOINTS_PER_SLICE - entry.endpoints.length;
    if (room > 0 && (entry.touched || homeless.length <= room)) entry.endpoints.push(...homeless.splice(0, room));
  }
  const creates: EndpointSlice[] = [];
  while (homeless.length > 0) creates.push(newSlice(service, group, homeless.splice(0, MAX_ENDPOINTS_PER_SLICE)));
  const filled = kept.filter(({ endpoints }) => endpoints.length > 0);
  const spare = kept.filter(({ endpoints }) => endpoints.length === 0);
  if (group.endpoints.length === 0 && spare.length > 0) filled.push(...spare.splice(0, 1));
  if (group.endpoints.length === 0 && existing.length === 0) creates.push(newSlice(service, group, []));
  const updates = filled.map(({ slice, endpoints }) => withEndpoints(service, slice, endpoints));
  return {
    creates,
    updates: updates.filter((slice, index) => !deepEqual(slice, filled[index]?.slice)),
    deletes: spare.map(({ slice }) => slice),
  };
}

function withEndpoints(service: Service, slice: EndpointSlice, endpoints: Endpoint[]): EndpointSlice {
  const metadata = { ...slice.metadata, labels: labelsOf(service) };
  if (deepEqual(slice.endpoints ?? [], endpoints)) return { ...slice, metadata };
  return { ...slice, metadata, endpoints };
}

function labelsOf(service: Service): Record<string, string> {
  const { [HEADLESS_LABEL]: _headless, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
    [SERVICE_NAME_LABEL]: service.metadata.name ?? '',
    [MANAGED_BY_LABEL]: MANAGER,
  };
}

function newSlice(service: Service, group: Group, endpoints: Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace ?? '',
      labels: labelsOf(service),
      ownerReferences: [newControllerRef(service, serviceKind)],
    },
    addressType: group.addressType,
    endpoints,
    ports: [...group.ports],
  };
}
