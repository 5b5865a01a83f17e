import type { AsyncDisposable, Clock } from '@kubets/core';
import { LABEL } from '../../pod/identity.ts';
import {
  type ContainerConfig,
  type ContainerDetails,
  type ContainerSummary,
  type ContainerUsage,
  type ExecResult,
  type FilesystemUsage,
  type LinuxResources,
  type LogOptions,
  type PodFilter,
  type RegistryAuth,
  type Runtime,
  RuntimeError,
  type RuntimeErrorReason,
  type RuntimeEvent,
  type RuntimeImage,
  type RuntimeStatus,
  type RuntimeVersion,
  type Sandbox,
  type SandboxConfig,
  type SandboxSummary,
  type StreamRequest,
} from '../../runtime.ts';
import { readLog } from '../logs/read.ts';
import { containerdEvents } from './events.ts';
import { GRPC, GrpcClient, GrpcError } from './grpc.ts';
import { imageService, runtimeService } from './services.ts';
import {
  containerConfig,
  containerDetails,
  containerSummary,
  containerUsage,
  filesystemUsage,
  linuxResources,
  runtimeImage,
  runtimeStatus,
  sandboxConfig,
  sandboxDetails,
  sandboxSummary,
} from './translation.ts';

export interface CriRuntimeOptions {
  /** Path of the runtime's unix socket, with or without `unix://`. */
  readonly endpoint: string;
  readonly clock: Clock;
  /** containerd namespace that the CRI plugin uses. */
  readonly containerdNamespace?: string;
}

/** How long a call may take that is not waiting for something of the pod's own. */
const CALL_LIMITS = { timeoutMs: 2 * 60_000 };
/** Calls fail with `unavailable` while the runtime restarts; how often and how long apart they are tried again. */
const UNAVAILABLE_ATTEMPTS = 6;
const UNAVAILABLE_DELAY_MS = 250;
/** How much longer than the grace period a stop may take. */
const STOP_SLACK_MS = 2 * 60_000;
/** How much longer than its own limit the call of a command may take. */
const EXEC_SLACK_MS = 5_000;

const REASONS: Record<number, RuntimeErrorReason> = {
  [GRPC.notFound]: 'NotFound',
  [GRPC.deadlineExceeded]: 'Timeout',
  [GRPC.unavailable]: 'Unavailable',
  [GRPC.unimplemented]: 'Unimplemented',
};

interface CallLimits {
  readonly timeoutMs?: number;
}

/** A runtime reached over CRI. */
export class CriRuntime implements Runtime, AsyncDisposable {
  readonly grpc: GrpcClient;
  readonly #run: ReturnType<typeof runtimeService>;
  readonly #images: ReturnType<typeof imageService>;
  readonly #clock: Clock;
  readonly #containerdNamespace: string;

  constructor({ endpoint, clock, containerdNamespace = 'k8s.io' }: CriRuntimeOptions) {
    this.grpc = new GrpcClient({ socketPath: endpoint.replace(/^unix:\/\//, '') });
    this.#run = runtimeService(this.grpc);
    this.#images = imageService(this.grpc);
    this.#clock = clock;
    this.#containerdNamespace = containerdNamespace;
  }

  async version(): Promise<RuntimeVersion> {
    const answer = await this.#call((limits) => this.#run.version({ version: '0.1.0' }, limits));
    return { name: answer.runtimeName ?? '', version: answer.runtimeVersion ?? '' };
  }

  async status(): Promise<RuntimeStatus> {
    return runtimeStatus((await this.#call((limits) => this.#run.status({}, limits))).status);
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const message = { config: sandboxConfig(config), runtimeHandler: config.runtimeHandler };
    return (await this.#call((limits) => this.#run.runPodSandbox(message, limits))).podSandboxId ?? '';
  }

  async stopSandbox(podSandboxId: string): Promise<void> {
    await this.#call((limits) => this.#run.stopPodSandbox({ podSandboxId }, limits));
  }

  async removeSandbox(podSandboxId: string): Promise<void> {
    await this.#call((limits) => this.#run.removePodSandbox({ podSandboxId }, limits));
  }

  async sandbox(podSandboxId: string): Promise<Sandbox> {
    const { status } = await this.#call((limits) => this.#run.podSandboxStatus({ podSandboxId }, limits));
    return sandboxDetails(status ?? {});
  }

  async listSandboxes(filter?: PodFilter): Promise<SandboxSummary[]> {
    const { items = [] } = await this.#call((limits) => this.#run.listPodSandbox(selection(filter), limits));
    return items.map(sandboxSummary);
  }

  async createContainer(podSandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string> {
    const message = { podSandboxId, config: containerConfig(config), sandboxConfig: sandboxConfig(sandbox) };
    return (await this.#call((limits) => this.#run.createContainer(message, limits))).containerId ?? '';
  }

  async startContainer(containerId: string): Promise<void> {
    await this.#call((limits) => this.#run.startContainer({ containerId }, limits));
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    const timeoutMs = graceSeconds * 1000 + STOP_SLACK_MS;
    await this.#call((limits) => this.#run.stopContainer({ containerId, timeout: graceSeconds }, limits), {
      timeoutMs,
    });
  }

  async removeContainer(containerId: string): Promise<void> {
    try {
      await this.#call((limits) => this.#run.removeContainer({ containerId }, limits));
    } catch (error) {
      if (!isBeingRemoved(error)) throw error;
    }
  }

  async container(containerId: string): Promise<ContainerDetails> {
    const { status } = await this.#call((limits) => this.#run.containerStatus({ containerId }, limits));
    return containerDetails(status ?? {});
  }

  async listContainers(filter?: PodFilter): Promise<ContainerSummary[]> {
    const { containers = [] } = await this.#call((limits) => this.#run.listContainers(selection(filter), limits));
    return containers.map(containerSummary);
  }

  async updateContainerResources(containerId: string, resources: LinuxResources): Promise<void> {
    const message = { containerId, linux: linuxResources(resources) };
    await this.#call((limits) => this.#run.updateContainerResources(message, limits));
  }

  async reopenContainerLog(containerId: string): Promise<void> {
    await this.#call((limits) => this.#run.reopenContainerLog({ containerId }, limits));
  }

  async execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const message = { containerId, cmd: [...command], timeout: Math.ceil(timeoutMs / 1000) };
    const patience = timeoutMs > 0 ? { timeoutMs: timeoutMs + EXEC_SLACK_MS } : {};
    const answer = await this.#call((limits) => this.#run.execSync(message, limits), patience);
    return {
      exitCode: answer.exitCode ?? 0,
      stdout: Buffer.from(answer.stdout ?? '', 'base64'),
      stderr: Buffer.from(answer.stderr ?? '', 'base64'),
    };
  }

  async streamUrl(request: StreamRequest): Promise<string> {
    if (request.type === 'portForward') {
      const message = { podSandboxId: request.sandboxId, port: [...request.ports] };
      return (await this.#call((limits) => this.#run.portForward(message, limits))).url ?? '';
    }
    const { containerId, tty, stdin, stdout, stderr } = request;
    const streams = { containerId, tty, stdin, stdout, stderr };
    if (request.type === 'attach') return (await this.#call((limits) => this.#run.attach(streams, limits))).url ?? '';
    const message = { ...streams, cmd: [...request.command] };
    return (await this.#call((limits) => this.#run.exec(message, limits))).url ?? '';
  }

  logs(container: ContainerDetails, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const isRunning = async () => (await this.container(container.id)).state === 'running';
    return readLog({ path: container.logPath, options, signal, clock: this.#clock, isRunning });
  }

  async listImages(): Promise<RuntimeImage[]> {
    const { images = [] } = await this.#call((limits) => this.#images.listImages({}, limits));
    return images.map(runtimeImage);
  }

  async image(reference: string): Promise<RuntimeImage | undefined> {
    const request = { image: { image: reference } };
    const { image } = await this.#call((limits) => this.#images.imageStatus(request, limits));
    return image?.id ? runtimeImage(image) : undefined;
  }

  async pullImage(reference: string, auth: RegistryAuth | undefined, sandbox: SandboxConfig): Promise<string> {
    const message = { image: { image: reference }, auth: auth && { ...auth }, sandboxConfig: sandboxConfig(sandbox) };
    return (await this.#call((limits) => this.#images.pullImage(message, limits), {})).imageRef ?? '';
  }

  async removeImage(reference: string): Promise<void> {
    await this.#call((limits) => this.#images.removeImage({ image: { image: reference } }, limits));
  }

  async imageFilesystem(): Promise<FilesystemUsage> {
    const { imageFilesystems = [] } = await this.#call((limits) => this.#images.imageFsInfo({}, limits));
    return filesystemUsage(imageFilesystems[0]);
  }

  async stats(): Promise<ContainerUsage[]> {
    const { stats = [] } = await this.#call((limits) => this.#run.listContainerStats({}, limits));
    return stats.map(containerUsage);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return containerdEvents({ grpc: this.grpc, namespace: this.#containerdNamespace, signal, clock: this.#clock });
  }

  dispose(): Promise<void> {
    return this.grpc.dispose();
  }

  /** Calls again while the runtime is restarting, and turns failures into `RuntimeError`s. */
  async #call<T>(make: (limits: CallLimits) => Promise<T>, limits: CallLimits = CALL_LIMITS): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await make(limits);
      } catch (error) {
        const isUnavailable = error instanceof GrpcError && error.code === GRPC.unavailable;
        if (!isUnavailable || attempt >= UNAVAILABLE_ATTEMPTS) throw toRuntimeError(error);
        await this.#clock.sleep(UNAVAILABLE_DELAY_MS * attempt);
      }
    }
  }
}

function selection(filter: PodFilter | undefined) {
  return filter ? { filter: { labelSelector: { [LABEL.podUid]: filter.podUid } } } : {};
}

/** Somebody else was faster, such as the removal of the container's pod. */
function isBeingRemoved(error: unknown): boolean {
  if (!(error instanceof RuntimeError)) return false;
  return error.reason === 'NotFound' || error.message.includes('already in removing state');
}

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
