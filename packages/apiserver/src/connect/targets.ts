import {
  type EndpointSlice,
  endpointSliceKind,
  type Node,
  nodeKind,
  type Pod,
  podKind,
  serviceKind,
} from '@kubets/api';
import { badRequest, internalError, notFound, type Random, serviceUnavailable } from '@kubets/core';
import type { Lookup } from '../pipeline/lookup.ts';
import type { User } from '../request.ts';

/** Where a streaming request is passed on to. */
export interface Target {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Kubelets are shown the API server's certificate and have to show one of the cluster's; backends of proxies are not. */
  readonly isKubelet: boolean;
  /** Set for servers of aggregated APIs. */
  readonly aggregated?: AggregatedTarget;
}

/** How a server of an aggregated API is known, and told who asks. */
export interface AggregatedTarget {
  /** What its certificate is to say. */
  readonly serverName: string;
  /** Authorities of its certificate, PEM; those of the system when absent. */
  readonly ca?: string;
  /** Any certificate will do. */
  readonly insecure: boolean;
  readonly user: User;
}

const DEFAULT_KUBELET_PORT = 10250;
/** Kinds of node addresses, the most wanted first. */
const ADDRESS_TYPES = ['InternalIP', 'ExternalIP', 'Hostname'];

/** `scheme:name:port`, as proxies name what they reach: each part but the name may be left out. */
export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  readonly port: string;
}

/** Throws 400 for a name that is none. */
export function parseProxyName(text: string): ProxyName {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return { scheme: 'http', name: first, port: '' };
  if (parts.length === 2) return { scheme: 'http', name: first, port: second };
  const isScheme = first === '' || first === 'http' || first === 'https';
  if (parts.length === 3 && isScheme)
    return { scheme: first === 'https' ? 'https' : 'http', name: second, port: third };
  throw badRequest(`invalid proxy request ${JSON.stringify(text)}`);
}

/** Finds the machines and ports behind pods, services and nodes. */
export class Targets {
  readonly #lookup: Lookup;
  readonly #random: Random;

  constructor(options: { lookup: Lookup; random: Random }) {
    this.#lookup = options.lookup;
    this.#random = options.random;
  }

  /** Throws 404. */
  async pod(namespace: string, name: string): Promise<Pod> {
    const pod = await this.#lookup.get(podKind, namespace, name);
    if (!pod) throw notFound({ group: '', resource: 'pods' }, name);
    return pod;
  }

  /** The kubelet of a node. Throws 404 and, for a node without an address, 500. */
  async kubelet(nodeName: string): Promise<Target> {
    const node = await this.#lookup.get(nodeKind, '', nodeName);
    if (!node) throw notFound({ group: '', resource: 'nodes' }, nodeName);
    return { scheme: 'https', host: addressOf(node), port: kubeletPort(node), isKubelet: true };
  }

  /** A port of a node: the kubelet's own when none is given. */
  async node(given: ProxyName): Promise<Target> {
    const kubelet = await this.kubelet(given.name);
    if (given.port === '' || Number(given.port) === kubelet.port) return kubelet;
    return { scheme: given.scheme, host: kubelet.host, port: portNumber(given.port), isKubelet: false };
  }

  /** A port of a pod: its first one when none is given. */
  async podPort(namespace: string, given: ProxyName): Promise<Target> {
    const pod = await this.pod(namespace, given.name);
    const host = pod.status?.podIP ?? '';
    if (host === '') throw badRequest('address not allowed');
    const first = pod.spec.containers.find((container) => container.ports?.length)?.ports?.[0]?.containerPort;
    const standard = given.scheme === 'https' ? 443 : 80;
    const port = given.port === '' ? (first ?? standard) : portNumber(given.port);
    return { scheme: given.scheme, host, port, isKubelet: false };
  }

  /** A ready endpoint of a service, one of them by chance. Throws 404 and 503. */
  async service(namespace: string, given: ProxyName): Promise<Target> {
    const service = await this.#lookup.get(serviceKind, namespace, given.name);
    if (!service) throw notFound({ group: '', resource: 'services' }, given.name);
    let portName = given.port;
    if (/^\d+$/.test(given.port)) {
      const port = service.spec?.ports?.find((each) => each.port === Number(given.port));
      if (!port)
        throw serviceUnavailable(`no service port ${given.port} found for service ${JSON.stringify(given.name)}`);
      portName = port.name ?? '';
    }
    const slices = await this.#lookup.list(endpointSliceKind, namespace);
    const own = slices.filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === given.name);
    const ready = own.flatMap((slice) => readyAddresses(slice, portName));
    const chosen = ready[Math.floor(this.#random.next() * ready.length)];
    if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(given.name)}`);
    return { scheme: given.scheme, ...chosen, isKubelet: false };
  }
}

function readyAddresses(slice: EndpointSlice, portName: string): { host: string; port: number }[] {
  const port = slice.ports?.find((each) => (each.name ?? '') === portName)?.port;
  if (!port) return [];
  return (slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
    .flatMap((endpoint) => endpoint.addresses.slice(0, 1).map((host) => ({ host, port })));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw badRequest(`invalid port ${JSON.stringify(text)}`);
  return port;
}

function addressOf(node: Node): string {
  const addresses = node.status?.addresses ?? [];
  for (const type of ADDRESS_TYPES) {
    const found = addresses.find((address) => address.type === type);
    if (found) return found.address;
  }
  throw internalError(
    new Error(`no preferred addresses found; known addresses: [${addresses.map(({ address }) => address).join(' ')}]`),
  );
}

function kubeletPort(node: Node): number {
  return node.status?.daemonEndpoints?.kubeletEndpoint?.Port || DEFAULT_KUBELET_PORT;
}
