/**
 * What the kubelet asks of the thing that runs containers. Implementations: `CriRuntime` (containerd and others over CRI) and
 * `simulatedRuntime` (for tests, the simulator and the browser). Failures are thrown as `RuntimeError`.
 */
export interface Runtime {
  version(): Promise<RuntimeVersion>;
  status(): Promise<RuntimeStatus>;

  /** Creates and starts a pod sandbox, its network included; returns its id. */
  runSandbox(config: SandboxConfig): Promise<string>;
  /** Stops what runs in the sandbox and takes its network down. Harmless when done before or when the sandbox is unknown. */
  stopSandbox(sandboxId: string): Promise<void>;
  /** Removes a sandbox with its containers. Harmless when it is unknown. */
  removeSandbox(sandboxId: string): Promise<void>;
  sandbox(sandboxId: string): Promise<Sandbox>;
  /** Sandboxes without addresses, in no order: all, or those of one pod. */
  listSandboxes(filter?: PodFilter): Promise<SandboxSummary[]>;

  /** Creates a container without starting it; returns its id. */
  createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string>;
  startContainer(containerId: string): Promise<void>;
  /** Sends the stop signal, and kills after `graceSeconds`. Resolves when the container has ended. */
  stopContainer(containerId: string, graceSeconds: number): Promise<void>;
  /** Does nothing for a container that is gone, or that somebody else removes at the moment. */
  removeContainer(containerId: string): Promise<void>;
  container(containerId: string): Promise<ContainerDetails>;
  listContainers(filter?: PodFilter): Promise<ContainerSummary[]>;
  updateContainerResources(containerId: string, resources: LinuxResources): Promise<void>;
  /** Starts a new log file at the container's log path, after the old one was renamed. */
  reopenContainerLog(containerId: string): Promise<void>;

  /** Runs a command to its end. Throws a `RuntimeError` with reason `Timeout` when it takes longer than `timeoutMs` (0: no limit). */
  execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult>;
  /** URLs at which the runtime serves one streaming session each, in SPDY/3.1 and WebSocket. */
  streamUrl(request: StreamRequest): Promise<string>;
  /** Log lines as written by the container, oldest first. */
  logs(container: ContainerDetails, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array>;

  listImages(): Promise<RuntimeImage[]>;
  /** The image that a name, digest or id refers to; undefined when it is not there. */
  image(reference: string): Promise<RuntimeImage | undefined>;
  /** Fetches an image; returns the reference to create containers with. */
  pullImage(reference: string, auth: RegistryAuth | undefined, sandbox: SandboxConfig): Promise<string>;
  removeImage(reference: string): Promise<void>;
  imageFilesystem(): Promise<FilesystemUsage>;

  stats(): Promise<ContainerUsage[]>;
  /** Tells when something happened to a container. A hint: events may be lost or doubled, and the consumer looks for itself. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
}

export type RuntimeErrorReason = 'NotFound' | 'Timeout' | 'Unavailable' | 'Unimplemented' | 'Failed';

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly reason: RuntimeErrorReason;

  constructor(reason: RuntimeErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

export interface RuntimeVersion {
  /** Such as containerd. */
  readonly name: string;
  readonly version: string;
}

export interface RuntimeStatus {
  readonly runtimeReady: boolean;
  readonly networkReady: boolean;
  /** Why not, in the runtime's words. */
  readonly message: string;
}

export type NamespaceScope = 'pod' | 'container' | 'node' | 'target';

export interface NamespaceOptions {
  readonly network: NamespaceScope;
  readonly pid: NamespaceScope;
  readonly ipc: NamespaceScope;
  /** The container whose process namespace is shared, for `target`. */
  readonly targetId?: string;
}

export interface SecurityProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}

export interface SeLinuxOptions {
  readonly user?: string;
  readonly role?: string;
  readonly type?: string;
  readonly level?: string;
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface SandboxSecurity {
  readonly namespaces: NamespaceOptions;
  readonly privileged: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly seccomp: SecurityProfile;
  readonly appArmor?: SecurityProfile;
  readonly seLinux?: SeLinuxOptions;
}

export interface PodIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

export interface SandboxConfig {
  readonly pod: PodIdentity;
  /** Counts the sandboxes of one pod, from 0. */
  readonly attempt: number;
  /** '' for pods in the node's network. */
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns: DnsConfig;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly security: SandboxSecurity;
  readonly resources: LinuxResources;
  /** '' for the default. */
  readonly runtimeHandler: string;
}

export interface PodFilter {
  readonly podUid: string;
}

export interface SandboxSummary {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly attempt: number;
  readonly isReady: boolean;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Sandbox extends SandboxSummary {
  /** Addresses, the primary one first; empty for pods in the node's network. */
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
}

export interface LinuxResources {
  readonly cpuPeriodMicroseconds?: number;
  /** -1 for no limit. */
  readonly cpuQuotaMicroseconds?: number;
  readonly cpuShares?: number;
  readonly memoryLimitBytes?: number;
  readonly memorySwapLimitBytes?: number;
  readonly oomScoreAdj?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly unified?: Readonly<Record<string, string>>;
}

export type MountPropagation = 'None' | 'HostToContainer' | 'Bidirectional';

export interface RuntimeMount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  readonly propagation: MountPropagation;
}

export interface RuntimeDevice {
  readonly containerPath: string;
  readonly hostPath: string;
  /** Of r, w and m. */
  readonly permissions: string;
}

export interface ContainerSecurity {
  readonly namespaces: NamespaceOptions;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly privileged: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly noNewPrivileges: boolean;
  readonly runAsUser?: number;
  readonly runAsUsername?: string;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly maskedPaths: readonly string[];
  readonly readOnlyPaths: readonly string[];
  readonly seccomp: SecurityProfile;
  readonly appArmor?: SecurityProfile;
  readonly seLinux?: SeLinuxOptions;
}

export interface ContainerConfig {
  readonly name: string;
  /** Counts the containers of that name in one pod, from 0: the restart count. */
  readonly attempt: number;
  /** The reference that `pullImage` or `image` gave. */
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly RuntimeMount[];
  readonly devices: readonly RuntimeDevice[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly security: ContainerSecurity;
}

export type ContainerRunState = 'created' | 'running' | 'exited' | 'unknown';

export interface ContainerSummary {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  /** What the image resolved to: a digest or an id. */
  readonly imageRef: string;
  readonly state: ContainerRunState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerDetails extends ContainerSummary {
  /** 0 when it did not start. */
  readonly startedAtMs: number;
  /** 0 while it has not ended. */
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** The name that the image was asked for by. */
  readonly image: string;
  /** Completed, Error, OOMKilled, StartError, ... */
  readonly reason: string;
  readonly message: string;
  /** Absolute path of the log file; '' where there is none. */
  readonly logPath: string;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

export type StreamRequest =
  | {
      readonly type: 'exec';
      readonly containerId: string;
      readonly command: readonly string[];
      readonly tty: boolean;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
    }
  | {
      readonly type: 'attach';
      readonly containerId: string;
      readonly tty: boolean;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
    }
  | { readonly type: 'portForward'; readonly sandboxId: string; readonly ports: readonly number[] };

export interface LogOptions {
  readonly follow?: boolean;
  readonly tailLines?: number;
  /** Only lines written at or after this time. */
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  readonly stream?: 'All' | 'Stdout' | 'Stderr';
}

export interface RuntimeImage {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** Numeric user that the image runs as; undefined where it names one, or none. */
  readonly userId?: number;
  /** The user's name where it is not numeric; '' otherwise. */
  readonly username: string;
  readonly isPinned: boolean;
}

export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface FilesystemUsage {
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

export interface ContainerUsage {
  readonly containerId: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly cpuNanoseconds: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryUsageBytes: number;
  readonly memoryRssBytes: number;
  readonly writableLayerBytes: number;
}

export interface RuntimeEvent {
  readonly type: 'started' | 'exited' | 'oom' | 'changed';
  /** A container's or sandbox's id; '' when anything may have changed. */
  readonly id: string;
}
