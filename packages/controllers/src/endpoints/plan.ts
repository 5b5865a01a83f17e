import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service } from '@kubets/api';
import { deepEqual } from '../equality.ts';
import { isPodReady } from '../pods/state.ts';
import {
  familiesOf,
  findPort,
  HEADLESS_LABEL,
  isBackend,
  isHeadless,
  podAddress,
  podHostname,
  podReference,
} from './backends.ts';

/** Addresses in one Endpoints object; beyond that it is cut off and says so. */
export const MAX_ADDRESSES = 1000;
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
export const MANAGED_BY_LABEL = 'endpoints.kubernetes.io/managed-by';
export const MANAGER = 'endpoint-controller';

interface Backend {
  readonly address: EndpointAddress;
  readonly ready: boolean;
  readonly ports: readonly EndpointPort[];
}

/** The Endpoints object that a service should have, or undefined when the existing one is right. */
export function planEndpoints(
  service: Service,
  pods: readonly Pod[],
  existing: Endpoints | undefined,
): Endpoints | undefined {
  const { subsets, truncated } = limit(groupByPorts(backendsOf(service, pods)));
  const labels: Record<string, string> = { ...service.metadata.labels, [MANAGED_BY_LABEL]: MANAGER };
  delete labels[HEADLESS_LABEL];
  if (isHeadless(service)) labels[HEADLESS_LABEL] = '';
  const annotations: Record<string, string> = { ...existing?.metadata.annotations };
  delete annotations[OVER_CAPACITY];
  if (truncated) annotations[OVER_CAPACITY] = 'truncated';
  const same =
    existing &&
    deepEqual(existing.subsets ?? [], subsets) &&
    deepEqual(existing.metadata.labels ?? {}, labels) &&
    deepEqual(existing.metadata.annotations ?? {}, annotations);
  if (same) return undefined;
  const { name = '', namespace = '' } = service.metadata;
  const metadata = existing?.metadata ?? { name, namespace };
  const annotated = Object.keys(annotations).length > 0 ? { annotations } : {};
  const { annotations: _old, ...rest } = metadata;
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { ...rest, labels, ...annotated }, subsets };
}

function backendsOf(service: Service, pods: readonly Pod[]): Backend[] {
  const publishNotReady = service.spec?.publishNotReadyAddresses ?? false;
  const backends: Backend[] = [];
  for (const pod of pods) {
    if (!isBackend(pod, publishNotReady)) continue;
    const ip = podAddress(pod, familiesOf(service)[0] ?? 'IPv4');
    const ports = portsOf(service, pod);
    if (!ip || !ports) continue;
    const hostname = podHostname(pod, service);
    const { nodeName } = pod.spec;
    backends.push({
      address: {
        ip,
        ...(nodeName ? { nodeName } : {}),
        targetRef: podReference(pod),
        ...(hostname ? { hostname } : {}),
      },
      ready: publishNotReady || isPodReady(pod),
      ports,
    });
  }
  return backends;
}

/** Undefined when the pod serves none of the ports; a headless service without ports has pods all the same. */
function portsOf(service: Service, pod: Pod): EndpointPort[] | undefined {
  const ports = service.spec?.ports ?? [];
  if (ports.length === 0) return isHeadless(service) ? [] : undefined;
  const found = ports.flatMap((servicePort) => {
    const port = findPort(pod, servicePort);
    if (port === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = servicePort;
    return [{ ...(name ? { name } : {}), port, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
  return found.length > 0 ? found : undefined;
}

function groupByPorts(backends: readonly Backend[]): EndpointSubset[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; backends: Backend[] }>();
  for (const backend of backends) {
    const key = JSON.stringify([...backend.ports].sort(byPort));
    const group = groups.get(key);
    if (group) group.backends.push(backend);
    else groups.set(key, { ports: [...backend.ports].sort(byPort), backends: [backend] });
  }
  return [...groups.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, group]) => {
      const addresses = group.backends.filter(({ ready }) => ready).map(({ address }) => address);
      const notReady = group.backends.filter(({ ready }) => !ready).map(({ address }) => address);
      return {
        ...(addresses.length > 0 ? { addresses: addresses.sort(byIp) } : {}),
        ...(notReady.length > 0 ? { notReadyAddresses: notReady.sort(byIp) } : {}),
        ...(group.ports.length > 0 ? { ports: [...group.ports] } : {}),
      };
    });
}

const byPort = (a: EndpointPort, b: EndpointPort) => ((a.name ?? '') < (b.name ?? '') ? -1 : a.port - b.port);
const byIp = (a: EndpointAddress, b: EndpointAddress) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0);

/** Ready addresses have the first claim on the room there is. */
function limit(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const total = subsets.reduce((sum, { addresses, notReadyAddresses }) => {
    return sum + (addresses?.length ?? 0) + (notReadyAddresses?.length ?? 0);
  }, 0);
  if (total <= MAX_ADDRESSES) return { subsets, truncated: false };
  let room = MAX_ADDRESSES;
  const take = (addresses: EndpointAddress[] | undefined) => {
    const taken = addresses?.slice(0, room) ?? [];
    room -= taken.length;
    return taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const cut = subsets.map(({ ports, notReadyAddresses }, index) => {
    const addresses = ready[index] ?? [];
    const notReady = take(notReadyAddresses);
    return {
      ...(addresses.length > 0 ? { addresses } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(ports ? { ports } : {}),
    };
  });
  return { subsets: cut.filter((subset) => 'addresses' in subset || 'notReadyAddresses' in subset), truncated: true };
}
