import type { AsyncDisposable, Clock } from '@kubets/core';
import { LABEL } from '../../pod/identity.ts';
import {
  type ContainerConfig,
  type ContainerDetails,
  type ContainerRunState,
  type ContainerSummary,
  type LinuxResources,
  type MountPropagation,
  type NamespaceOptions,
  type NamespaceScope,
  type PodFilter,
  type Runtime,
  RuntimeError,
  type RuntimeErrorReason,
  type RuntimeEvent,
  type RuntimeImage,
  type Sandbox,
  type SandboxConfig,
  type SandboxSummary,
  type SecurityProfile,
  type SeLinuxOptions,
  type StreamRequest,
} from '../../runtime.ts';
import { readLog } from '../logs/read.ts';
import { containerdEvents } from './events.ts';
import { GRPC, type GrpcClient, GrpcError, grpcClient } from './grpc.ts';
import type * as cri from './messages.ts';
import { imageService, runtimeService } from './services.ts';

export interface CriRuntimeOptions {
  /** Path of the runtime's unix socket, with or without `unix://`. */
  readonly endpoint: string;
  readonly clock: Clock;
  /** containerd namespace that the CRI plugin uses. */
  readonly containerdNamespace?: string;
}

/** A runtime reached over CRI. */
export interface CriRuntime extends Runtime, AsyncDisposable {
  readonly grpc: GrpcClient;
}

/** How long a call may take that is not waiting for something of the pod's own. */
const CALL_TIMEOUT_MS = 2 * 60_000;
/** Calls fail with `unavailable` while the runtime restarts; how often and how long apart they are tried again. */
const UNAVAILABLE_ATTEMPTS = 6;
const UNAVAILABLE_DELAY_MS = 250;
/** How much longer than the grace period a stop may take. */
const STOP_SLACK_MS = 2 * 60_000;

const SCOPE: Record<NamespaceScope, number> = { pod: 0, container: 1, node: 2, target: 3 };
const PROPAGATION: Record<MountPropagation, number> = { None: 0, HostToContainer: 1, Bidirectional: 2 };
const PROTOCOL = { TCP: 0, UDP: 1, SCTP: 2 } as const;
const PROFILE = { RuntimeDefault: 0, Unconfined: 1, Localhost: 2 } as const;
const STATES: readonly ContainerRunState[] = ['created', 'running', 'exited', 'unknown'];
const REASONS: Record<number, RuntimeErrorReason> = {
  [GRPC.notFound]: 'NotFound',
  [GRPC.deadlineExceeded]: 'Timeout',
  [GRPC.unavailable]: 'Unavailable',
  [GRPC.unimplemented]: 'Unimplemented',
};

const millis = (nanoseconds: number | undefined) => Math.floor((nanoseconds ?? 0) / 1e6);
const podLabel = (filter: PodFilter) => ({ [LABEL.podUid]: filter.podUid });
const boxed = (value: number | undefined) => (value === undefined ? undefined : { value });

function toRuntimeError(error: unknown): unknown {
  if (!(error instanceof GrpcError)) return error;
  const text = `rpc error: code = ${codeName(error.code)} desc = ${error.message}`;
  return new RuntimeError(REASONS[error.code] ?? 'Failed', text, error);
}

/** Status codes as gRPC spells them in its errors. */
function codeName(code: number): string {
  const names = ['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists'];
  const more = ['PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted', 'OutOfRange'];
  return [...names, ...more, 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss'][code] ?? `Code(${code})`;
}

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

function linuxResources(resources: LinuxResources): cri.LinuxContainerResources {
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

function sandboxConfig(config: SandboxConfig): cri.PodSandboxConfig {
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

function containerConfig(config: ContainerConfig): cri.ContainerConfig {
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

function sandboxSummary(sandbox: cri.PodSandbox | cri.PodSandboxStatus): SandboxSummary {
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

function sandboxDetails(status: cri.PodSandboxStatus): Sandbox {
  const more = (status.network?.additionalIps ?? []).map((entry) => entry.ip ?? '');
  return {
    ...sandboxSummary(status),
    ips: [status.network?.ip ?? '', ...more].filter((ip) => ip !== ''),
    hostNetwork: status.linux?.namespaces?.options?.network === SCOPE.node,
  };
}

function containerSummary(container: cri.Container): ContainerSummary {
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

function containerDetails(status: cri.ContainerStatus): ContainerDetails {
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

function runtimeImage(image: cri.Image): RuntimeImage {
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

export function criRuntime(options: CriRuntimeOptions): CriRuntime {
  const grpc = grpcClient({ socketPath: options.endpoint.replace(/^unix:\/\//, '') });
  const run = runtimeService(grpc);
  const images = imageService(grpc);
  const namespace = options.containerdNamespace ?? 'k8s.io';

  /** Calls again while the runtime is restarting, and turns failures into `RuntimeError`s. */
  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await call();
      } catch (error) {
        const isUnavailable = error instanceof GrpcError && error.code === GRPC.unavailable;
        if (!isUnavailable || tries >= UNAVAILABLE_ATTEMPTS) throw toRuntimeError(error);
        await options.clock.sleep(UNAVAILABLE_DELAY_MS * tries);
      }
    }
  }
  const limit = { timeoutMs: CALL_TIMEOUT_MS };
  const call = <T>(make: (limits: { timeoutMs: number }) => Promise<T>) => attempt(() => make(limit));

  async function streamUrl(request: StreamRequest): Promise<string> {
    if (request.type === 'portForward') {
      const message = { podSandboxId: request.sandboxId, port: [...request.ports] };
      return (await call((limits) => run.portForward(message, limits))).url ?? '';
    }
    const { containerId, tty, stdin, stdout, stderr } = request;
    const streams = { containerId, tty, stdin, stdout, stderr };
    if (request.type === 'attach') return (await call((limits) => run.attach(streams, limits))).url ?? '';
    return (await call((limits) => run.exec({ ...streams, cmd: [...request.command] }, limits))).url ?? '';
  }

  return {
    grpc,
    async version() {
      const answer = await call((limits) => run.version({ version: '0.1.0' }, limits));
      return { name: answer.runtimeName ?? '', version: answer.runtimeVersion ?? '' };
    },
    async status() {
      const { status } = await call((limits) => run.status({}, limits));
      const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
      const failed = (status?.conditions ?? []).filter((each) => !each.status);
      return {
        runtimeReady: condition('RuntimeReady')?.status ?? false,
        networkReady: condition('NetworkReady')?.status ?? false,
        message: failed
          .map(
            (each) =>
              `container runtime network not ready: ${each.type}=false reason:${each.reason} message:${each.message}`,
          )
          .join(', '),
      };
    },

    async runSandbox(config) {
      const message = { config: sandboxConfig(config), runtimeHandler: config.runtimeHandler };
      return (await call((limits) => run.runPodSandbox(message, limits))).podSandboxId ?? '';
    },
    async stopSandbox(podSandboxId) {
      await call((limits) => run.stopPodSandbox({ podSandboxId }, limits));
    },
    async removeSandbox(podSandboxId) {
      await call((limits) => run.removePodSandbox({ podSandboxId }, limits));
    },
    async sandbox(podSandboxId) {
      const { status } = await call((limits) => run.podSandboxStatus({ podSandboxId }, limits));
      return sandboxDetails(status ?? {});
    },
    async listSandboxes(filter) {
      const request = filter ? { filter: { labelSelector: podLabel(filter) } } : {};
      return ((await call((limits) => run.listPodSandbox(request, limits))).items ?? []).map(sandboxSummary);
    },

    async createContainer(podSandboxId, config, sandbox) {
      const message = { podSandboxId, config: containerConfig(config), sandboxConfig: sandboxConfig(sandbox) };
      return (await call((limits) => run.createContainer(message, limits))).containerId ?? '';
    },
    async startContainer(containerId) {
      await call((limits) => run.startContainer({ containerId }, limits));
    },
    async stopContainer(containerId, graceSeconds) {
      const timeoutMs = graceSeconds * 1000 + STOP_SLACK_MS;
      await attempt(() => run.stopContainer({ containerId, timeout: graceSeconds }, { timeoutMs }));
    },
    async removeContainer(containerId) {
      await call((limits) => run.removeContainer({ containerId }, limits));
    },
    async container(containerId) {
      const { status } = await call((limits) => run.containerStatus({ containerId }, limits));
      return containerDetails(status ?? {});
    },
    async listContainers(filter) {
      const request = filter ? { filter: { labelSelector: podLabel(filter) } } : {};
      return ((await call((limits) => run.listContainers(request, limits))).containers ?? []).map(containerSummary);
    },
    async updateContainerResources(containerId, resources) {
      const message = { containerId, linux: linuxResources(resources) };
      await call((limits) => run.updateContainerResources(message, limits));
    },
    async reopenContainerLog(containerId) {
      await call((limits) => run.reopenContainerLog({ containerId }, limits));
    },

    async execSync(containerId, command, timeoutMs) {
      const message = { containerId, cmd: [...command], timeout: Math.ceil(timeoutMs / 1000) };
      const limits = timeoutMs > 0 ? { timeoutMs: timeoutMs + 5_000 } : {};
      const answer = await attempt(() => run.execSync(message, limits));
      return {
        exitCode: answer.exitCode ?? 0,
        stdout: Buffer.from(answer.stdout ?? '', 'base64'),
        stderr: Buffer.from(answer.stderr ?? '', 'base64'),
      };
    },
    streamUrl,
    logs: (container, logOptions, signal) =>
      readLog({
        path: container.logPath,
        options: logOptions,
        signal,
        clock: options.clock,
        isRunning: async () =>
          (await call((limits) => run.containerStatus({ containerId: container.id }, limits))).status?.state === 1,
      }),

    async listImages() {
      return ((await call((limits) => images.listImages({}, limits))).images ?? []).map(runtimeImage);
    },
    async image(reference) {
      const { image } = await call((limits) => images.imageStatus({ image: { image: reference } }, limits));
      return image?.id ? runtimeImage(image) : undefined;
    },
    async pullImage(reference, auth, sandbox) {
      const message = { image: { image: reference }, auth: auth && { ...auth }, sandboxConfig: sandboxConfig(sandbox) };
      return (await attempt(() => images.pullImage(message, {}))).imageRef ?? '';
    },
    async removeImage(reference) {
      await call((limits) => images.removeImage({ image: { image: reference } }, limits));
    },
    async imageFilesystem() {
      const usage = (await call((limits) => images.imageFsInfo({}, limits))).imageFilesystems?.[0];
      return {
        mountpoint: usage?.fsId?.mountpoint ?? '',
        usedBytes: usage?.usedBytes?.value ?? 0,
        inodesUsed: usage?.inodesUsed?.value ?? 0,
      };
    },

    async stats() {
      const { stats = [] } = await call((limits) => run.listContainerStats({}, limits));
      return stats.map((entry) => ({
        containerId: entry.attributes?.id ?? '',
        name: entry.attributes?.metadata?.name ?? '',
        labels: entry.attributes?.labels ?? {},
        timestampMs: millis(entry.cpu?.timestamp),
        cpuNanoseconds: entry.cpu?.usageCoreNanoSeconds?.value ?? 0,
        memoryWorkingSetBytes: entry.memory?.workingSetBytes?.value ?? 0,
        memoryUsageBytes: entry.memory?.usageBytes?.value ?? 0,
        memoryRssBytes: entry.memory?.rssBytes?.value ?? 0,
        writableLayerBytes: entry.writableLayer?.usedBytes?.value ?? 0,
      }));
    },
    events: (signal): AsyncIterable<RuntimeEvent> =>
      containerdEvents({ grpc, namespace, signal, clock: options.clock }),
    dispose: () => grpc.dispose(),
  };
}
