import type {
  ContainerConfig,
  ContainerDetails,
  ContainerRunState,
  ContainerSummary,
  ContainerUsage,
  FilesystemUsage,
  LinuxResources,
  MountPropagation,
  NamespaceOptions,
  NamespaceScope,
  RuntimeImage,
  RuntimeStatus,
  Sandbox,
  SandboxConfig,
  SandboxSummary,
  SecurityProfile,
  SeLinuxOptions,
} from '../../runtime.ts';
import type * as cri from './messages.ts';

// What the kubelet says of sandboxes, containers and images, in the messages of CRI; and back.

const SCOPE: Record<NamespaceScope, number> = { pod: 0, container: 1, node: 2, target: 3 };
const PROPAGATION: Record<MountPropagation, number> = { None: 0, HostToContainer: 1, Bidirectional: 2 };
const PROTOCOL = { TCP: 0, UDP: 1, SCTP: 2 } as const;
const PROFILE = { RuntimeDefault: 0, Unconfined: 1, Localhost: 2 } as const;
const STATES: readonly ContainerRunState[] = ['created', 'running', 'exited', 'unknown'];

const millis = (nanoseconds: number | undefined) => Math.floor((nanoseconds ?? 0) / 1e6);
const boxed = (value: number | undefined) => (value === undefined ? undefined : { value });

function namespaces(options: NamespaceOptions): cri.NamespaceOption {
  return {
    network: SCOPE[options.network],
    pid: SCOPE[options.pid],
    ipc: SCOPE[options.ipc],
    targetId: options.targetId ?? '',
  };
}

function profile(security: SecurityProfile | undefined): cri.SecurityProfile | undefined {
  return security && { profileType: PROFILE[security.type], localhostRef: security.localhostRef ?? '' };
}

function seLinux(options: SeLinuxOptions | undefined): cri.SELinuxOption | undefined {
  return options && { ...options };
}

export function linuxResources(resources: LinuxResources): cri.LinuxContainerResources {
  return {
    cpuPeriod: resources.cpuPeriodMicroseconds ?? 0,
    cpuQuota: resources.cpuQuotaMicroseconds ?? 0,
    cpuShares: resources.cpuShares ?? 0,
    memoryLimitInBytes: resources.memoryLimitBytes ?? 0,
    memorySwapLimitInBytes: resources.memorySwapLimitBytes ?? 0,
    oomScoreAdj: resources.oomScoreAdj ?? 0,
    cpusetCpus: resources.cpusetCpus ?? '',
    cpusetMems: resources.cpusetMems ?? '',
    unified: { ...resources.unified },
  };
}

export function sandboxConfig(config: SandboxConfig): cri.PodSandboxConfig {
  const { security } = config;
  return {
    metadata: { ...config.pod, attempt: config.attempt },
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig: {
      servers: [...config.dns.servers],
      searches: [...config.dns.searches],
      options: [...config.dns.options],
    },
    portMappings: config.portMappings.map((port) => ({ ...port, protocol: PROTOCOL[port.protocol] })),
    labels: { ...config.labels },
    annotations: { ...config.annotations },
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: { ...config.sysctls },
      resources: linuxResources(config.resources),
      securityContext: {
        namespaceOptions: namespaces(security.namespaces),
        selinuxOptions: seLinux(security.seLinux),
        runAsUser: boxed(security.runAsUser),
        runAsGroup: boxed(security.runAsGroup),
        supplementalGroups: [...security.supplementalGroups],
        privileged: security.privileged,
        seccomp: profile(security.seccomp),
        apparmor: profile(security.appArmor),
      },
    },
  };
}

function containerSecurity(config: ContainerConfig): cri.LinuxContainerSecurityContext {
  const { security } = config;
  return {
    capabilities: { addCapabilities: [...security.addCapabilities], dropCapabilities: [...security.dropCapabilities] },
    privileged: security.privileged,
    namespaceOptions: namespaces(security.namespaces),
    selinuxOptions: seLinux(security.seLinux),
    runAsUser: boxed(security.runAsUser),
    runAsUsername: security.runAsUsername ?? '',
    runAsGroup: boxed(security.runAsGroup),
    readonlyRootfs: security.readOnlyRootFilesystem,
    supplementalGroups: [...security.supplementalGroups],
    noNewPrivs: security.noNewPrivileges,
    maskedPaths: [...security.maskedPaths],
    readonlyPaths: [...security.readOnlyPaths],
    seccomp: profile(security.seccomp),
    apparmor: profile(security.appArmor),
  };
}

export function containerConfig(config: ContainerConfig): cri.ContainerConfig {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image },
    command: [...config.command],
    args: [...config.args],
    workingDir: config.workingDir,
    envs: config.env.map(({ name, value }) => ({ key: name, value })),
    mounts: config.mounts.map((mount) => ({
      containerPath: mount.containerPath,
      hostPath: mount.hostPath,
      readonly: mount.readOnly,
      propagation: PROPAGATION[mount.propagation],
    })),
    devices: config.devices.map((device) => ({ ...device })),
    labels: { ...config.labels },
    annotations: { ...config.annotations },
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: { resources: linuxResources(config.resources), securityContext: containerSecurity(config) },
  };
}

export function sandboxSummary(sandbox: cri.PodSandbox | cri.PodSandboxStatus): SandboxSummary {
  const { name = '', namespace = '', uid = '', attempt = 0 } = sandbox.metadata ?? {};
  return {
    id: sandbox.id ?? '',
    pod: { name, namespace, uid },
    attempt,
    isReady: (sandbox.state ?? 0) === 0,
    createdAtMs: millis(sandbox.createdAt),
    labels: sandbox.labels ?? {},
    annotations: sandbox.annotations ?? {},
  };
}

export function sandboxDetails(status: cri.PodSandboxStatus): Sandbox {
  const more = (status.network?.additionalIps ?? []).map((entry) => entry.ip ?? '');
  return {
    ...sandboxSummary(status),
    ips: [status.network?.ip ?? '', ...more].filter((ip) => ip !== ''),
    hostNetwork: status.linux?.namespaces?.options?.network === SCOPE.node,
  };
}

export function containerSummary(container: cri.Container): ContainerSummary {
  return {
    id: container.id ?? '',
    sandboxId: container.podSandboxId ?? '',
    name: container.metadata?.name ?? '',
    attempt: container.metadata?.attempt ?? 0,
    imageRef: container.imageRef ?? '',
    state: STATES[container.state ?? 0] ?? 'unknown',
    createdAtMs: millis(container.createdAt),
    labels: container.labels ?? {},
    annotations: container.annotations ?? {},
  };
}

export function containerDetails(status: cri.ContainerStatus): ContainerDetails {
  return {
    id: status.id ?? '',
    sandboxId: '',
    name: status.metadata?.name ?? '',
    attempt: status.metadata?.attempt ?? 0,
    state: STATES[status.state ?? 0] ?? 'unknown',
    createdAtMs: millis(status.createdAt),
    startedAtMs: millis(status.startedAt),
    finishedAtMs: millis(status.finishedAt),
    exitCode: status.exitCode ?? 0,
    image: status.image?.image ?? '',
    imageRef: status.imageRef ?? '',
    reason: status.reason ?? '',
    message: status.message ?? '',
    logPath: status.logPath ?? '',
    labels: status.labels ?? {},
    annotations: status.annotations ?? {},
  };
}

export function runtimeImage(image: cri.Image): RuntimeImage {
  return {
    id: image.id ?? '',
    repoTags: image.repoTags ?? [],
    repoDigests: image.repoDigests ?? [],
    sizeBytes: image.size ?? 0,
    ...(image.uid ? { userId: image.uid.value ?? 0 } : {}),
    username: image.username ?? '',
    isPinned: image.pinned ?? false,
  };
}

export function runtimeStatus(status: cri.RuntimeStatus | undefined): RuntimeStatus {
  const conditions = status?.conditions ?? [];
  const holds = (type: string) => conditions.find((condition) => condition.type === type)?.status ?? false;
  const failed = conditions.filter((condition) => !condition.status);
  return {
    runtimeReady: holds('RuntimeReady'),
    networkReady: holds('NetworkReady'),
    message: failed
      .map(
        ({ type, reason, message }) =>
          `container runtime network not ready: ${type}=false reason:${reason} message:${message}`,
      )
      .join(', '),
  };
}

export function filesystemUsage(usage: cri.FilesystemUsage | undefined): FilesystemUsage {
  return {
    mountpoint: usage?.fsId?.mountpoint ?? '',
    usedBytes: usage?.usedBytes?.value ?? 0,
    inodesUsed: usage?.inodesUsed?.value ?? 0,
  };
}

export function containerUsage(stats: cri.ContainerStats): ContainerUsage {
  return {
    containerId: stats.attributes?.id ?? '',
    name: stats.attributes?.metadata?.name ?? '',
    labels: stats.attributes?.labels ?? {},
    timestampMs: millis(stats.cpu?.timestamp),
    cpuNanoseconds: stats.cpu?.usageCoreNanoSeconds?.value ?? 0,
    memoryWorkingSetBytes: stats.memory?.workingSetBytes?.value ?? 0,
    memoryUsageBytes: stats.memory?.usageBytes?.value ?? 0,
    memoryRssBytes: stats.memory?.rssBytes?.value ?? 0,
    writableLayerBytes: stats.writableLayer?.usedBytes?.value ?? 0,
  };
}
