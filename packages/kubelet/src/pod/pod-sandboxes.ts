import { messageOf } from '@kubets/core';
import type { SandboxConfig } from '../runtime.ts';
import { VolumeError } from '../volumes/volumes.ts';
import { type ContainerStops, graceSecondsOf } from './container-stops.ts';
import { describePod } from './identity.ts';
import type { PodObservation } from './observation.ts';
import { podCgroup, podResources } from './resources.ts';
import { sandboxConfig } from './sandbox-config.ts';
import type { WorkerScope } from './worker-scope.ts';

/** First and longest pause between attempts at volumes, sandboxes and containers that failed. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** What containers of a pod need before they can start: its sandbox and its volumes. */
export class PodSandboxes {
  readonly #scope: WorkerScope;
  readonly #seen: PodObservation;
  readonly #stops: ContainerStops;
  #config: SandboxConfig | undefined;
  #isBusy = false;
  #areVolumesUp = false;
  #retryAtMs = 0;
  #retryDelayMs = RETRY_MS;

  constructor(scope: WorkerScope, seen: PodObservation, stops: ContainerStops) {
    this.#scope = scope;
    this.#seen = seen;
    this.#stops = stops;
  }

  /** A sandbox is being made or stopped. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  get areVolumesUp(): boolean {
    return this.#areVolumesUp;
  }

  /** When what failed may be tried again. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  create(attempt: number): void {
    this.#isBusy = true;
    this.#scope.background(this.#create(attempt));
  }

  stop(sandboxId: string, isReplaced: boolean): void {
    this.#isBusy = true;
    this.#scope.background(this.#stop(sandboxId, isReplaced));
  }

  /** The configuration that the present sandbox was made with. */
  async config(attempt: number): Promise<SandboxConfig> {
    return this.#config ?? (await this.#makeConfig(attempt));
  }

  /** False when the volumes could not be set up, which is tried again later. */
  async setUpVolumes(): Promise<boolean> {
    try {
      await this.#scope.services.volumes.setUp(this.#scope.pod(), this.#downward());
      this.#areVolumesUp = true;
      return true;
    } catch (error) {
      this.#failed();
      const message =
        error instanceof VolumeError
          ? `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`
          : messageOf(error);
      this.#scope.event('Warning', 'FailedMount', message);
      return false;
    }
  }

  /** Contents of volumes may have changed at their source. */
  refreshVolumes(): void {
    if (!this.#areVolumesUp) {
      this.#retryAtMs = 0;
      this.#scope.wake();
      return;
    }
    const { volumes, logger } = this.#scope.services;
    const pod = this.#scope.pod();
    this.#scope.background(
      volumes.setUp(pod, this.#downward()).catch((error: unknown) => {
        logger.log('debug', 'volumes were not brought up to date', { pod: describePod(pod), error: String(error) });
      }),
    );
  }

  /** Takes the volumes and the cgroup of a pod that does not run down. */
  async release(): Promise<void> {
    const { volumes, cgroups, config } = this.#scope.services;
    await volumes.tearDown(this.#scope.uid);
    await cgroups.remove(podCgroup(this.#scope.pod(), config.cgroupRoot));
    this.#areVolumesUp = false;
  }

  /** An attempt has gone well: the next one need not wait. */
  succeeded(): void {
    this.#retryAtMs = 0;
    this.#retryDelayMs = RETRY_MS;
  }

  #failed(): void {
    this.#retryAtMs = this.#scope.services.clock.now() + this.#retryDelayMs;
    this.#retryDelayMs = Math.min(this.#retryDelayMs * 2, MAX_RETRY_MS);
  }

  #downward() {
    const { hostIps, allocatable } = this.#scope.services;
    return { podIps: this.#scope.podIps(), hostIps: hostIps(), allocatable: allocatable() };
  }

  async #create(attempt: number): Promise<void> {
    const { runtime, cgroups, config } = this.#scope.services;
    try {
      if (!(await this.setUpVolumes())) return;
      if (this.#scope.isEnding()) return;
      const pod = this.#scope.pod();
      await cgroups.ensure(podCgroup(pod, config.cgroupRoot), podResources(pod));
      const sandboxId = await runtime.runSandbox(await this.#makeConfig(attempt));
      this.succeeded();
      for (const id of this.#seen.oldSandboxes) await runtime.removeSandbox(id).catch(() => undefined);
      this.#seen.sandboxMade(await runtime.sandbox(sandboxId));
    } catch (error) {
      this.#failed();
      this.#scope.event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${messageOf(error)}`);
    } finally {
      this.#isBusy = false;
    }
  }

  async #makeConfig(attempt: number): Promise<SandboxConfig> {
    const { config, security, dns } = this.#scope.services;
    const runtimeHandler = await this.#runtimeHandler();
    this.#config = sandboxConfig({ pod: this.#scope.pod(), attempt, config, security, dns: dns(), runtimeHandler });
    return this.#config;
  }

  async #runtimeHandler(): Promise<string> {
    const name = this.#scope.pod().spec.runtimeClassName;
    if (!name) return '';
    const found = await this.#scope.services.sources.forPod(this.#scope.uid).runtimeClass(name);
    if (!found) throw new Error(`runtimeclass.node.k8s.io ${JSON.stringify(name)} not found`);
    return found.handler;
  }

  async #stop(sandboxId: string, isReplaced: boolean): Promise<void> {
    try {
      if (isReplaced) {
        this.#scope.event('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
        await this.#stopContainers();
      }
      await this.#scope.services.runtime.stopSandbox(sandboxId);
      this.succeeded();
    } catch (error) {
      this.#failed();
      this.#scope.event('Warning', 'FailedKillPod', `error killing pod: ${messageOf(error)}`);
    } finally {
      this.#isBusy = false;
    }
  }

  async #stopContainers(): Promise<void> {
    const graceSeconds = graceSecondsOf(this.#scope.pod());
    const running = [...this.#seen.history.values()].filter(({ latest }) => latest.state === 'running');
    const stops = running.map(({ latest: { id, name } }) =>
      this.#stops.stop({ containerId: id, name, message: '', graceSeconds }),
    );
    await Promise.all(stops);
  }
}
