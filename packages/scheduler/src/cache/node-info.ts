import type { Node, Pod } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { amountsOf, podRequests } from './resources.ts';

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const portsOfSpec = new WeakMap<Pod['spec'], readonly HostPort[]>();

/** Ports of the node's own addresses that a pod asks for. */
export function hostPorts(pod: Pod): readonly HostPort[] {
  const cached = portsOfSpec.get(pod.spec);
  if (cached) return cached;
  const sidecars = pod.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  const ports = [...pod.spec.containers, ...sidecars].flatMap((container) =>
    (container.ports ?? [])
      .filter(({ hostPort }) => (hostPort ?? 0) > 0)
      .map(({ hostPort = 0, hostIP, protocol = 'TCP' }) => ({ ip: hostIP || '0.0.0.0', protocol, port: hostPort })),
  );
  portsOfSpec.set(pod.spec, ports);
  return ports;
}

export function hasAffinity(pod: Pod): boolean {
  return pod.spec.affinity?.podAffinity !== undefined || pod.spec.affinity?.podAntiAffinity !== undefined;
}

export function priorityOf(pod: Pod): number {
  return pod.spec.priority ?? 0;
}

/** A node with what the scheduler counts of the pods on it. */
export class NodeInfo {
  readonly name: string;
  node: Node;
  readonly pods = new Map<string, Pod>();
  readonly requested = new Map<string, number>();
  allocatable: Map<string, number>;
  nonZeroMilliCpu = 0;
  nonZeroMemoryBytes = 0;
  /** Pods with rules about other pods; usually none. */
  readonly podsWithAffinity = new Map<string, Pod>();
  readonly #ports = new Map<string, number>();

  constructor(node: Node) {
    this.name = node.metadata.name ?? '';
    this.node = node;
    this.allocatable = amountsOf(node.status?.allocatable);
  }

  setNode(node: Node): void {
    this.node = node;
    this.allocatable = amountsOf(node.status?.allocatable);
  }

  add(pod: Pod): void {
    this.pods.set(keyOf(pod), pod);
    if (hasAffinity(pod)) this.podsWithAffinity.set(keyOf(pod), pod);
    this.#count(pod, 1);
  }

  remove(pod: Pod): void {
    const known = this.pods.get(keyOf(pod));
    if (!known) return;
    this.pods.delete(keyOf(pod));
    this.podsWithAffinity.delete(keyOf(pod));
    this.#count(known, -1);
  }

  /** A copy that can be changed to ask "what if". */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.node);
    for (const pod of this.pods.values()) copy.add(pod);
    return copy;
  }

  /** Whether none of these ports is taken; 0.0.0.0 overlaps with every address. */
  portsFree(wanted: readonly HostPort[]): boolean {
    if (this.#ports.size === 0) return true;
    return wanted.every(({ ip, protocol, port }) => {
      if (this.#ports.has(`${ip}/${protocol}/${port}`)) return false;
      if (ip !== '0.0.0.0') return !this.#ports.has(`0.0.0.0/${protocol}/${port}`);
      return ![...this.#ports.keys()].some((taken) => taken.endsWith(`/${protocol}/${port}`));
    });
  }

  #count(pod: Pod, sign: 1 | -1): void {
    const { exact, nonZero } = podRequests(pod);
    for (const [resource, amount] of exact) {
      this.requested.set(resource, (this.requested.get(resource) ?? 0) + sign * amount);
    }
    this.nonZeroMilliCpu += sign * nonZero.milliCpu;
    this.nonZeroMemoryBytes += sign * nonZero.memoryBytes;
    for (const { ip, protocol, port } of hostPorts(pod)) {
      const key = `${ip}/${protocol}/${port}`;
      const uses = (this.#ports.get(key) ?? 0) + sign;
      if (uses > 0) this.#ports.set(key, uses);
      else this.#ports.delete(key);
    }
  }
}
