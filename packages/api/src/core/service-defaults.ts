import type { Service, ServicePort, ServiceSpec } from './service.ts';

/** How long a client sticks to one pod under the affinity ClientIP. */
const DEFAULT_AFFINITY_SECONDS = 10_800;

/** Defaults of a service. Addresses, families and node ports are not defaults: the API server allocates them. */
export function applyServiceDefaults({ spec, status }: Service): void {
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  applyAffinityDefaults(spec);
  for (const port of spec.ports ?? []) applyPortDefaults(port);
  applyTrafficDefaults(spec);
  if (spec.type !== 'LoadBalancer') return;
  for (const ingress of status?.loadBalancer?.ingress ?? []) {
    if (ingress.ip) ingress.ipMode ??= 'VIP';
  }
}

function applyAffinityDefaults(spec: ServiceSpec): void {
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== 'ClientIP') return;
  const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
  spec.sessionAffinityConfig = { clientIP: { timeoutSeconds } };
}

function applyPortDefaults(port: ServicePort): void {
  port.protocol ||= 'TCP';
  port.targetPort ||= port.port;
}

function applyTrafficDefaults(spec: ServiceSpec): void {
  const isReachedFromOutside = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (isReachedFromOutside) spec.externalTrafficPolicy ||= 'Cluster';
  if (isReachedFromOutside || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}
