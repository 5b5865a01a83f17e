import type { Secret } from '@kubets/api';
import { messageOf } from '@kubets/core';
import { ImageError, type ImageRequest } from '../images/puller.ts';
import { type ContainerConfig, RuntimeError, type RuntimeImage, type Sandbox } from '../runtime.ts';
import { type BackOffEntry, CRASH_LOOP, formatDelay, raised } from './back-off.ts';
import { ContainerConfigError, containerConfig } from './container-config.ts';
import { type ContainerStops, graceSecondsOf } from './container-stops.ts';
import { allContainers, type PodContainer } from './containers.ts';
import { runHook } from './hooks.ts';
import { describePod, namespaceOf } from './identity.ts';
import type { PodSandboxes } from './pod-sandboxes.ts';
import type { ContainerStart, PodAction } from './step.ts';
import type { WaitingReason } from './view.ts';
import { probeTarget, type WorkerScope } from './worker-scope.ts';

/** How long after a failed start the containers of a pod are tried again. */
const START_RETRY_MS = 2_000;

/** Which part of a start failed, as the container's status names it. */
type Stage = 'CreateContainerConfigError' | 'CreateContainerError' | 'RunContainerError';

/** Starts the containers of one pod, and remembers why those that do not run do not. */
export class ContainerStarts {
  readonly #scope: WorkerScope;
  readonly #sandboxes: PodSandboxes;
  readonly #stops: ContainerStops;
  readonly #waiting = new Map<string, WaitingReason>();
  readonly #backOff = new Map<string, BackOffEntry>();
  readonly #held = new Map<string, number>();
  #isBusy = false;

  constructor(scope: WorkerScope, sandboxes: PodSandboxes, stops: ContainerStops) {
    this.#scope = scope;
    this.#sandboxes = sandboxes;
    this.#stops = stops;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Why containers are not running, by name. */
  get waiting(): ReadonlyMap<string, WaitingReason> {
    return this.#waiting;
  }

  get backOff(): ReadonlyMap<string, BackOffEntry> {
    return this.#backOff;
  }

  /** Containers whose last start failed, and when the next may be tried. */
  get held(): ReadonlyMap<string, number> {
    return this.#held;
  }

  start(starts: readonly ContainerStart[]): void {
    this.#isBusy = true;
    this.#scope.background(this.#startAll(starts));
  }

  /** Containers that wait out a back-off show so; the event comes once for each new hold. */
  syncHolds(actions: readonly PodAction[]): void {
    for (const action of actions) {
      if (action.type !== 'hold') continue;
      const { container: name, delayMs } = action;
      const where = describePod(this.#scope.pod());
      const message = `back-off ${formatDelay(delayMs)} restarting failed container=${name} pod=${where}`;
      if (this.#waiting.get(name)?.message === message) continue;
      this.#waiting.set(name, { reason: 'CrashLoopBackOff', message });
      const container = allContainers(this.#scope.pod()).find(({ spec }) => spec.name === name);
      const text = `Back-off restarting failed container ${name} in pod ${where}`;
      this.#scope.event('Warning', 'BackOff', text, container);
    }
  }

  /** Starts containers in their order. One that fails does not keep the others back. */
  async #startAll(starts: readonly ContainerStart[]): Promise<void> {
    try {
      if (!this.#sandboxes.areVolumesUp && !(await this.#sandboxes.setUpVolumes())) return;
      const secrets = await this.#pullSecrets();
      for (const start of starts) {
        if (this.#scope.isEnding() || this.#scope.signal.aborted) return;
        const retryAtMs = await this.#start(start, secrets);
        if (retryAtMs === undefined) this.#held.delete(start.container.spec.name);
        else this.#held.set(start.container.spec.name, retryAtMs);
      }
      this.#sandboxes.succeeded();
    } finally {
      this.#isBusy = false;
    }
  }

  async #pullSecrets(): Promise<Secret[]> {
    const pod = this.#scope.pod();
    const sources = this.#scope.services.sources.forPod(this.#scope.uid);
    const names = (pod.spec.imagePullSecrets ?? []).map(({ name }) => name ?? '');
    const found = await Promise.all(names.map((name) => sources.secret(namespaceOf(pod), name)));
    const missing = names.filter((_name, index) => found[index] === undefined);
    if (missing.length > 0) {
      const message = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
      this.#scope.event('Warning', 'FailedToRetrieveImagePullSecret', message);
    }
    return found.filter((secret) => secret !== undefined);
  }

  /** Starts one container; returns when to try again if it failed. */
  async #start(start: ContainerStart, secrets: readonly Secret[]): Promise<number | undefined> {
    const { container, lastFinishedMs } = start;
    const { name } = container.spec;
    const { sandbox } = this.#scope.view();
    if (!sandbox) return undefined;
    if (lastFinishedMs !== undefined)
      this.#backOff.set(name, raised(this.#backOff.get(name), lastFinishedMs, CRASH_LOOP));
    return this.#startIn(sandbox, start, secrets);
  }

  async #startIn(sandbox: Sandbox, start: ContainerStart, secrets: readonly Secret[]): Promise<number | undefined> {
    const { container } = start;
    const { puller, runtime } = this.#scope.services;
    const event = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      this.#scope.event(type, reason, message, container);
    const configuration = await this.#sandboxes.config(sandbox.attempt);
    let stage: Stage = 'CreateContainerConfigError';
    try {
      const wanted = { pod: this.#scope.pod(), container: container.spec, secrets, sandbox: configuration, event };
      const image = await puller.ensure(wanted);
      await this.#addImageVolumes(wanted);
      const config = await this.#containerConfig(start, image);
      stage = 'CreateContainerError';
      const containerId = await runtime.createContainer(sandbox.id, config, configuration);
      event('Normal', 'Created', 'Container created');
      stage = 'RunContainerError';
      await runtime.startContainer(containerId);
      event('Normal', 'Started', 'Container started');
      this.#waiting.delete(container.spec.name);
      await this.#postStart(container, containerId);
      return undefined;
    } catch (error) {
      return this.#failed(container, stage, error);
    } finally {
      this.#scope.stale();
    }
  }

  /** Sees to the images that a container has as volumes, by the same rules as its own. */
  async #addImageVolumes(wanted: ImageRequest): Promise<void> {
    const { puller, volumes } = this.#scope.services;
    const { pod, container } = wanted;
    for (const { name, image: source } of pod.spec.volumes ?? []) {
      if (!source?.reference || !container.volumeMounts?.some((mount) => mount.name === name)) continue;
      const { imagePullPolicy: _own, ...rest } = container;
      const { reference, pullPolicy } = source;
      const asked = { ...rest, image: reference, ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}) };
      await volumes.addImage({ pod, volume: name, image: await puller.ensure({ ...wanted, container: asked }) });
    }
  }

  #containerConfig({ container, attempt }: ContainerStart, image: RuntimeImage): Promise<ContainerConfig> {
    const view = this.#scope.view();
    return containerConfig({ view, container, attempt, image, podIps: this.#scope.podIps() }, this.#scope.services);
  }

  /** Shows why a container could not be started; returns when to try again. */
  #failed(container: PodContainer, stage: Stage, error: unknown): number {
    const message = ownWordsOf(error);
    const retryAtMs = this.#scope.services.clock.now() + START_RETRY_MS;
    if (error instanceof ImageError) {
      this.#waiting.set(container.spec.name, { reason: error.reason, message });
      this.#scope.event('Warning', 'Failed', `Error: ${error.reason}`, container);
      return error.retryAtMs ?? retryAtMs;
    }
    const reason = error instanceof ContainerConfigError ? 'CreateContainerConfigError' : stage;
    this.#waiting.set(container.spec.name, { reason, message });
    this.#scope.event('Warning', 'Failed', `Error: ${message}`, container);
    return retryAtMs;
  }

  async #postStart(container: PodContainer, containerId: string): Promise<void> {
    const { clock, logger } = this.#scope.services;
    const { name, lifecycle } = container.spec;
    const pod = this.#scope.pod();
    if (!lifecycle?.postStart) return;
    try {
      const target = probeTarget(this.#scope, container, containerId);
      await runHook(lifecycle.postStart, target, clock, this.#scope.signal);
    } catch (error) {
      this.#scope.event('Warning', 'FailedPostStartHook', 'PostStartHook failed', container);
      logger.log('warn', 'a postStart hook failed', { pod: describePod(pod), error: messageOf(error) });
      const graceSeconds = graceSecondsOf(this.#scope.pod());
      await this.#stops.stop({ containerId, name, message: 'FailedPostStartHook', graceSeconds });
    }
  }
}

/** What went wrong with a container, without how the runtime was asked. */
function ownWordsOf(error: unknown): string {
  return messageOf(error instanceof RuntimeError && error.cause instanceof Error ? error.cause : error);
}
