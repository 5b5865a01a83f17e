import type { Clock, Disposable, Random } from '@kubets/core';
import type { HttpProbe, ProbeOutcome, ProbeTransport, TcpProbe } from '../probes/transport.ts';
import {
  type ContainerConfig,
  type ContainerDetails,
  type ExecResult,
  type LogOptions,
  type PodFilter,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeImage,
  type Sandbox,
  type SandboxConfig,
} from '../runtime.ts';

/** How a simulated container behaves; each field has a peaceful default. */
export interface ContainerBehaviour {
  /** Ends by itself after this time; undefined runs until it is stopped. */
  readonly runsForMs?: number;
  readonly exitCode?: number;
  /** How long it takes to end after the stop signal; longer than the grace period means it is killed. */
  readonly stopsAfterMs?: number;
  /** The start fails with this message. */
  readonly startError?: string;
  /** Lines that it writes when it starts. */
  readonly logs?: readonly string[];
  /** Its answer to HTTP, TCP and gRPC probes, and to exec ones. Default: success. */
  probe?(request: SimulatedProbe): ProbeOutcome['result'];
  exec?(command: readonly string[]): { exitCode: number; stdout?: string; stderr?: string };
}

export type SimulatedProbe =
  | { readonly type: 'http'; readonly probe: HttpProbe }
  | { readonly type: 'tcp' | 'grpc'; readonly probe: TcpProbe }
  | { readonly type: 'exec'; readonly command: readonly string[] };

export interface SimulatedBehaviours {
  /** Time that a sandbox, a container's start and an image pull take. */
  readonly sandboxDelayMs?: number;
  readonly startDelayMs?: number;
  readonly pullDelayMs?: number;
  /** Images that cannot be pulled: name to error message. Everything else can. */
  pullError?(image: string): string | undefined;
  container?(config: ContainerConfig, sandbox: SandboxConfig): ContainerBehaviour | undefined;
}

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly behaviours?: SimulatedBehaviours;
  /** First three octets of the pods' addresses. */
  readonly podNetwork?: string;
}

/** A runtime without containers, for tests, the simulator and the browser; it also answers probes. */
export interface SimulatedRuntime extends Runtime, ProbeTransport {
  /** Ends a container as if it crashed. */
  kill(containerId: string, exitCode: number): void;
  /** Ends a sandbox and all inside, as a reboot would. */
  loseSandbox(sandboxId: string): void;
  /** Adds an image, as if it had been loaded onto the node. */
  addImage(name: string, sizeBytes?: number): void;
}

interface SimulatedSandbox {
  readonly config: SandboxConfig;
  sandbox: Sandbox;
}

interface SimulatedContainer {
  readonly config: ContainerConfig;
  readonly behaviour: ContainerBehaviour;
  details: ContainerDetails;
  readonly lines: { timeMs: number; text: string }[];
  timer: Disposable | undefined;
  onExit: (() => void)[];
}

const DEFAULT_IMAGE_BYTES = 10_000_000;
const KILLED_EXIT_CODE = 137;
const MAX_PODS_PER_NETWORK = 254;

export function simulatedRuntime(options: SimulatedRuntimeOptions): SimulatedRuntime {
  return new Simulation(options);
}

class Simulation implements SimulatedRuntime {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #behaviours: SimulatedBehaviours;
  readonly #network: string;
  readonly #sandboxes = new Map<string, SimulatedSandbox>();
  readonly #containers = new Map<string, SimulatedContainer>();
  readonly #images = new Map<string, RuntimeImage>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  #nextAddress = 1;

  constructor(options: SimulatedRuntimeOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#behaviours = options.behaviours ?? {};
    this.#network = options.podNetwork ?? '10.244.0';
  }

  async version() {
    return { name: 'simulated', version: '1.0.0' };
  }

  async status() {
    return { runtimeReady: true, networkReady: true, message: '' };
  }

  // Sandboxes.

  async runSandbox(config: SandboxConfig): Promise<string> {
    await this.#delay(this.#behaviours.sandboxDelayMs);
    const id = this.#id();
    const hostNetwork = config.security.namespaces.network === 'node';
    const sandbox: Sandbox = {
      id,
      pod: config.pod,
      attempt: config.attempt,
      isReady: true,
      createdAtMs: this.#clock.now(),
      labels: config.labels,
      annotations: config.annotations,
      ips: hostNetwork ? [] : [this.#address()],
      hostNetwork,
    };
    this.#sandboxes.set(id, { config, sandbox });
    this.#emit('started', id);
    return id;
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    for (const container of this.#containers.values())
      if (container.details.sandboxId === sandboxId) this.#end(container, KILLED_EXIT_CODE, 'Error');
    this.#markStopped(sandboxId);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    await this.stopSandbox(sandboxId);
    for (const [id, { details }] of this.#containers) if (details.sandboxId === sandboxId) this.#containers.delete(id);
    this.#sandboxes.delete(sandboxId);
  }

  async sandbox(sandboxId: string): Promise<Sandbox> {
    const found = this.#sandboxes.get(sandboxId);
    if (!found) throw new RuntimeError('NotFound', `sandbox ${JSON.stringify(sandboxId)} not found`);
    return found.sandbox;
  }

  async listSandboxes(filter?: PodFilter) {
    const all = [...this.#sandboxes.values()].map(({ sandbox }) => sandbox);
    return filter ? all.filter(({ pod }) => pod.uid === filter.podUid) : all;
  }

  loseSandbox(sandboxId: string): void {
    for (const container of this.#containers.values())
      if (container.details.sandboxId === sandboxId) this.#end(container, KILLED_EXIT_CODE, 'Error');
    this.#markStopped(sandboxId);
  }

  // Containers.

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string> {
    if (!this.#sandboxes.get(sandboxId)?.sandbox.isReady)
      throw new RuntimeError('NotFound', `sandbox ${JSON.stringify(sandboxId)} is not running`);
    const image = await this.image(config.image);
    if (!image) throw new RuntimeError('NotFound', `image ${JSON.stringify(config.image)} not found`);
    const id = this.#id();
    const details: ContainerDetails = {
      id,
      sandboxId,
      name: config.name,
      attempt: config.attempt,
      imageRef: image.id,
      state: 'created',
      createdAtMs: this.#clock.now(),
      labels: config.labels,
      annotations: config.annotations,
      startedAtMs: 0,
      finishedAtMs: 0,
      exitCode: 0,
      image: image.repoTags[0] ?? config.image,
      reason: '',
      message: '',
      logPath: `${sandbox.logDirectory}/${config.logPath}`,
    };
    const behaviour = this.#behaviours.container?.(config, sandbox) ?? {};
    this.#containers.set(id, { config, behaviour, details, lines: [], timer: undefined, onExit: [] });
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    const container = this.#find(containerId);
    await this.#delay(this.#behaviours.startDelayMs);
    const { behaviour } = container;
    if (behaviour.startError) {
      this.#end(container, 128, 'StartError', behaviour.startError);
      throw new RuntimeError('Failed', behaviour.startError);
    }
    const nowMs = this.#clock.now();
    container.details = { ...container.details, state: 'running', startedAtMs: nowMs };
    for (const text of behaviour.logs ?? []) container.lines.push({ timeMs: nowMs, text });
    if (behaviour.runsForMs !== undefined)
      container.timer = this.#clock.after(behaviour.runsForMs, () => this.kill(containerId, behaviour.exitCode ?? 0));
    this.#emit('started', containerId);
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    const container = this.#find(containerId);
    if (container.details.state !== 'running') return;
    const stopsAfterMs = container.behaviour.stopsAfterMs ?? 0;
    const isKilled = stopsAfterMs > graceSeconds * 1000;
    const ended = new Promise<void>((resolve) => container.onExit.push(resolve));
    const timer = this.#clock.after(Math.min(stopsAfterMs, graceSeconds * 1000), () =>
      this.#end(container, isKilled ? KILLED_EXIT_CODE : (container.behaviour.exitCode ?? 0), ''),
    );
    await ended;
    timer.dispose();
  }

  async removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container) this.#end(container, KILLED_EXIT_CODE, 'Error');
    this.#containers.delete(containerId);
  }

  async container(containerId: string): Promise<ContainerDetails> {
    return this.#find(containerId).details;
  }

  async listContainers(filter?: PodFilter) {
    const all = [...this.#containers.values()].map(({ details }) => details);
    if (!filter) return all;
    return all.filter(({ sandboxId }) => this.#sandboxes.get(sandboxId)?.sandbox.pod.uid === filter.podUid);
  }

  async updateContainerResources(): Promise<void> {}

  async reopenContainerLog(): Promise<void> {}

  kill(containerId: string, exitCode: number): void {
    const container = this.#containers.get(containerId);
    if (container) this.#end(container, exitCode, '');
  }

  // Sessions.

  async execSync(containerId: string, command: readonly string[]): Promise<ExecResult> {
    const { behaviour, details } = this.#find(containerId);
    if (details.state !== 'running') throw new RuntimeError('Failed', `container ${containerId} is not running`);
    const encoder = new TextEncoder();
    const result = behaviour.exec?.(command) ?? {
      exitCode: this.#probe(behaviour, { type: 'exec', command }) === 'failure' ? 1 : 0,
    };
    return {
      exitCode: result.exitCode,
      stdout: encoder.encode(result.stdout ?? ''),
      stderr: encoder.encode(result.stderr ?? ''),
    };
  }

  async streamUrl(): Promise<string> {
    throw new RuntimeError('Unimplemented', 'streaming sessions are not implemented by the simulated runtime');
  }

  async *logs(container: ContainerDetails, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const found = this.#find(container.id);
    const since = found.lines.filter(({ timeMs }) => timeMs >= (options.sinceMs ?? 0));
    const chosen = options.tailLines === undefined ? since : since.slice(Math.max(0, since.length - options.tailLines));
    for (const { timeMs, text } of chosen) {
      const prefix = options.timestamps ? `${new Date(timeMs).toISOString()} ` : '';
      yield new TextEncoder().encode(`${prefix}${text}\n`);
    }
    if (!options.follow || found.details.state !== 'running') return;
    await new Promise<void>((resolve) => {
      found.onExit.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  // Images.

  async listImages() {
    return [...new Set(this.#images.values())];
  }

  async image(reference: string) {
    return this.#images.get(reference) ?? [...this.#images.values()].find(({ id }) => id === reference);
  }

  async pullImage(reference: string): Promise<string> {
    await this.#delay(this.#behaviours.pullDelayMs);
    const error = this.#behaviours.pullError?.(reference);
    if (error) throw new RuntimeError('Failed', error);
    this.addImage(reference);
    return reference;
  }

  async removeImage(reference: string): Promise<void> {
    for (const [name, { id }] of this.#images) if (name === reference || id === reference) this.#images.delete(name);
  }

  async imageFilesystem() {
    const usedBytes = (await this.listImages()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { mountpoint: '/', usedBytes, inodesUsed: 0 };
  }

  addImage(name: string, sizeBytes = DEFAULT_IMAGE_BYTES): void {
    if (this.#images.has(name)) return;
    const id = `sha256:${hex(this.#random.bytes(32))}`;
    this.#images.set(name, {
      id,
      repoTags: [name],
      repoDigests: [],
      sizeBytes,
      userId: 0,
      username: '',
      isPinned: false,
    });
  }

  // Probes and figures.

  async http(probe: HttpProbe): Promise<ProbeOutcome> {
    const result = this.#probeAt(probe.host, { type: 'http', probe });
    return result === 'failure' ? { result, output: 'HTTP probe failed with statuscode: 500' } : { result, output: '' };
  }

  async tcp(probe: TcpProbe): Promise<ProbeOutcome> {
    const result = this.#probeAt(probe.host, { type: 'tcp', probe });
    const output = `dial tcp ${probe.host}:${probe.port}: connect: connection refused`;
    return result === 'failure' ? { result, output } : { result, output: '' };
  }

  async grpc(probe: TcpProbe): Promise<ProbeOutcome> {
    const result = this.#probeAt(probe.host, { type: 'grpc', probe });
    return result === 'failure'
      ? { result, output: 'service unhealthy (responded with "NOT_SERVING")' }
      : { result, output: '' };
  }

  async stats() {
    const running = [...this.#containers.values()].filter(({ details }) => details.state === 'running');
    return running.map(({ details }) => ({
      containerId: details.id,
      name: details.name,
      labels: details.labels,
      timestampMs: this.#clock.now(),
      cpuNanoseconds: (this.#clock.now() - details.startedAtMs) * 1_000,
      memoryWorkingSetBytes: 2 ** 20,
      memoryUsageBytes: 2 ** 20,
      memoryRssBytes: 2 ** 20,
      writableLayerBytes: 0,
    }));
  }

  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake = () => {};
    const listener = (event: RuntimeEvent) => {
      queue.push(event);
      wake();
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        const event = queue.shift();
        if (event) yield event;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  // Inside.

  #find(containerId: string): SimulatedContainer {
    const found = this.#containers.get(containerId);
    if (!found) throw new RuntimeError('NotFound', `container ${JSON.stringify(containerId)} not found`);
    return found;
  }

  #id(): string {
    return hex(this.#random.bytes(32));
  }

  #address(): string {
    const index = this.#nextAddress++;
    const [a = '10', b = '244', c = '0'] = this.#network.split('.');
    const third = Number(c) + Math.floor(index / MAX_PODS_PER_NETWORK);
    return `${a}.${b}.${third}.${(index % MAX_PODS_PER_NETWORK) + 1}`;
  }

  async #delay(ms: number | undefined): Promise<void> {
    if (ms) await this.#clock.sleep(ms);
  }

  #emit(type: RuntimeEvent['type'], id: string): void {
    for (const listener of this.#listeners) listener({ type, id });
  }

  #markStopped(sandboxId: string): void {
    const found = this.#sandboxes.get(sandboxId);
    if (!found?.sandbox.isReady) return;
    found.sandbox = { ...found.sandbox, isReady: false };
    this.#emit('exited', sandboxId);
  }

  #end(container: SimulatedContainer, exitCode: number, reason: string, message = ''): void {
    if (container.details.state === 'exited') return;
    container.timer?.dispose();
    container.details = {
      ...container.details,
      state: 'exited',
      exitCode,
      reason: reason || (exitCode === 0 ? 'Completed' : 'Error'),
      message,
      startedAtMs: container.details.startedAtMs,
      finishedAtMs: this.#clock.now(),
    };
    for (const done of container.onExit.splice(0)) done();
    this.#emit('exited', container.details.id);
  }

  #probe(behaviour: ContainerBehaviour, request: SimulatedProbe): ProbeOutcome['result'] {
    return behaviour.probe?.(request) ?? 'success';
  }

  /** The answer of the first running container of the pod with that address. */
  #probeAt(ip: string, request: SimulatedProbe): ProbeOutcome['result'] {
    for (const { details, behaviour } of this.#containers.values()) {
      const ips = this.#sandboxes.get(details.sandboxId)?.sandbox.ips ?? [];
      if (details.state === 'running' && ips.includes(ip)) return this.#probe(behaviour, request);
    }
    return 'failure';
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
