import { sameJson } from '@kubets/core';
import type { Service, ServicePort, ServiceSpec } from './service.ts';

/** Whether services of this type have an address in the cluster (headless ones count: theirs is None). */
export function needsClusterIP({ type }: ServiceSpec): boolean {
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
}

/** Whether every port of the service needs a node port. */
export function needsNodePort({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}

/** Whether load balancers ask each node, on a port of its own, if it has pods of the service. */
export function needsHealthCheckNodePort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

const needsExternalTrafficPolicy = ({ type }: ServiceSpec) => type === 'NodePort' || type === 'LoadBalancer';

/** Keeps `clusterIP`, the older field, the first of `clusterIPs` when a client knows only one of them. */
export function normalizeClusterIPs({ spec }: Service, old?: Service): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const isSameList = sameJson(spec.clusterIPs, old.spec.clusterIPs);
  if (old.spec.clusterIP && !spec.clusterIP && isSameList) {
    delete spec.clusterIPs;
  } else if (!old.spec.clusterIP && spec.clusterIP && isSameList) {
    spec.clusterIPs = [spec.clusterIP];
  } else if (old.spec.clusterIP !== spec.clusterIP && spec.clusterIP && isSameList && spec.clusterIPs?.length) {
    spec.clusterIPs = [spec.clusterIP, ...spec.clusterIPs.slice(1)];
  }
}

/** Fills in what was allocated to the stored service and the client left out, so that a plain PUT does not lose it. */
export function retainAllocated({ spec }: Service, { spec: old }: Service): void {
  if (needsClusterIP(spec) && needsClusterIP(old)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.clusterIP && old.clusterIPs)
      spec.clusterIPs = old.clusterIPs;
  }
  if (needsNodePort(spec) && needsNodePort(old)) retainNodePorts(spec.ports ?? [], old.ports ?? []);
  if (needsHealthCheckNodePort(spec) && needsHealthCheckNodePort(old) && old.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}

function retainNodePorts(ports: ServicePort[], old: readonly ServicePort[]): void {
  const keyOf = ({ protocol, port }: ServicePort) => `${protocol}/${port}`;
  const stored = new Map(old.map((port) => [keyOf(port), port.nodePort]));
  const taken = new Set(ports.map(({ nodePort }) => nodePort).filter(Boolean));
  for (const port of ports) {
    const nodePort = stored.get(keyOf(port));
    if (port.nodePort || !nodePort || taken.has(nodePort)) continue;
    port.nodePort = nodePort;
    taken.add(nodePort);
  }
}

/** Drops what the new type of the service has no use for, unless the client has just set it. */
export function releaseUnneeded({ spec }: Service, { spec: old }: Service): void {
  const isReleased = (needs: (spec: ServiceSpec) => boolean) => needs(old) && !needs(spec);
  const isUntouched = (...names: (keyof ServiceSpec)[]) => names.every((name) => sameJson(spec[name], old[name]));
  if (isReleased(needsClusterIP) && isUntouched('clusterIP', 'clusterIPs')) {
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) delete spec[name];
  }
  if (isReleased(needsNodePort) && hasSameNodePorts(spec.ports ?? [], old.ports ?? [])) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (isReleased(needsHealthCheckNodePort) && isUntouched('healthCheckNodePort')) delete spec.healthCheckNodePort;
  if (isReleased(needsExternalTrafficPolicy) && isUntouched('externalTrafficPolicy')) delete spec.externalTrafficPolicy;
  if (isReleased(({ type }) => type === 'LoadBalancer')) {
    for (const name of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) {
      if (isUntouched(name)) delete spec[name];
    }
  }
}

function hasSameNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): boolean {
  return ports.length === old.length && ports.every(({ nodePort }, index) => nodePort === old[index]?.nodePort);
}
