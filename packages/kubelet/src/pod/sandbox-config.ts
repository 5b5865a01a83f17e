import type { Pod } from '@kubets/api';
import type { KubeletConfig } from '../context.ts';
import type { PortMapping, SandboxConfig } from '../runtime.ts';
import { allContainers } from './containers.ts';
import { type DnsSettings, podDns, podHostname } from './dns.ts';
import { LABEL, logDirectoryName, nameOf, namespaceOf, uidOf } from './identity.ts';
import { podCgroup, podResources } from './resources.ts';
import { type SecurityOptions, sandboxSecurity } from './security.ts';

export interface SandboxRequest {
  readonly pod: Pod;
  readonly attempt: number;
  readonly config: KubeletConfig;
  readonly dns: DnsSettings;
  readonly security: SecurityOptions;
  /** The handler of the pod's runtime class; '' for the runtime's default. */
  readonly runtimeHandler: string;
}

function portMappings(pod: Pod): PortMapping[] {
  if (pod.spec.hostNetwork) return [];
  return allContainers(pod).flatMap(({ spec }) =>
    (spec.ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map((port) => ({
        protocol: (port.protocol ?? 'TCP') as PortMapping['protocol'],
        containerPort: port.containerPort,
        hostPort: port.hostPort ?? 0,
        hostIp: port.hostIP ?? '',
      })),
  );
}

/** Labels that a sandbox carries: the pod's own, and those by which it is found. */
function sandboxLabels(pod: Pod): Record<string, string> {
  return {
    ...pod.metadata.labels,
    [LABEL.podName]: nameOf(pod),
    [LABEL.podNamespace]: namespaceOf(pod),
    [LABEL.podUid]: uidOf(pod),
  };
}

/** The sandbox of a pod. Throws when the pod asks for what this kubelet does not do. */
export function sandboxConfig(request: SandboxRequest): SandboxConfig {
  const { pod, attempt, config, dns, security, runtimeHandler } = request;
  if (pod.spec.hostUsers === false)
    throw new Error('user namespaces (hostUsers: false) are not supported by this runtime');
  if (pod.spec.resourceClaims?.length) throw new Error('resource claims are not implemented on this node');
  const { hostname } = podHostname(pod, config.clusterDomain);
  return {
    pod: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) },
    attempt,
    hostname: pod.spec.hostNetwork ? '' : hostname,
    logDirectory: `${config.podLogsDir}/${logDirectoryName(pod)}`,
    dns: podDns(pod, dns),
    portMappings: portMappings(pod),
    labels: sandboxLabels(pod),
    annotations: { ...pod.metadata.annotations },
    cgroupParent: podCgroup(pod, config.cgroupRoot),
    sysctls: Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
    security: sandboxSecurity(pod, security),
    resources: podResources(pod),
    runtimeHandler,
  };
}
