import { type Pod, type PodStatus, podKind, type ResourceRequirements, type Secret } from '@kubets/api';
import type { Disposable } from '@kubets/core';
import { hasReason } from '@kubets/core';
import type { PodServices } from '../context.ts';
import { ImageError } from '../images/puller.ts';
import type { ProbeTarget } from '../probes/handlers.ts';
import { ContainerProber } from '../probes/prober.ts';
import { type ContainerDetails, RuntimeError, type Sandbox, type SandboxConfig } from '../runtime.ts';
import { VolumeError } from '../volumes/volumes.ts';
import type { Rejection } from './admission.ts';
import { type BackOffEntry, CRASH_LOOP, formatDelay, raised } from './back-off.ts';
import { ContainerConfigError, containerConfig } from './container-config.ts';
import { allContainers, fieldPathOf, type PodContainer } from './containers.ts';
import { runHook } from './hooks.ts';
import { containerHash, describePod, isStaticPod, nameOf, namespaceOf, uidOf } from './identity.ts';
import {
  type Allocation,
  changedResources,
  demandOf,
  isGranted,
  knownAllocation,
  needsRestart,
  type PendingResize,
  withAllocation,
} from './resize.ts';
import { containerResources, podCgroup, podResources } from './resources.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { hasEnded, PASSING_CONDITIONS, podIps, podStatus } from './status.ts';
import { type ContainerStart, type ContainerStop, MIN_GRACE_SECONDS, type PodAction, stepPod } from './step.ts';
import type { ContainerHistory, PodView, ProbeState, Termination, WaitingReason } from './view.ts';

/** First and longest pause between attempts at volumes, sandboxes and containers that failed. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** How long after a failed start the containers of a pod are tried again. */
const START_RETRY_MS = 2_000;
/** Pauses between looks at a container that ended but is still shown as running: they double up to the last. */
const FIRST_EXIT_CHECK_MS = 20;
const LAST_EXIT_CHECK_MS = 3_000;

export interface WorkerOptions {
  readonly services: PodServices;
  readonly pod: Pod;
  /** The pod is unknown to the API server: only taken down. */
  readonly isOrphan?: boolean;
  /** Asked once, before anything is done for a pod that is new here: why the node does not take it, if so. */
  admit?(pod: Pod): Promise<Rejection | undefined>;
  /** Asked when the pod wants other resources than it was granted: why it does not get them, if so. */
  resize?(pod: Pod): PendingResize | undefined;
  /** Everything of the pod is gone from the node. */
  onGone(worker: PodWorker): void;
}

/**
 * Brings one pod on this node to what its spec says, until it is gone. It looks at the runtime, asks `stepPod` what to do,
 * does it in the background, and looks again when something happened.
 */
export class PodWorker {
  readonly uid: string;
  readonly #services: PodServices;
  readonly #options: WorkerOptions;
  /** The pod as its source has it; `#pod` has the resources that the node granted. */
  #wanted: Pod;
  #pod: Pod;
  #allocation: Allocation;
  #pendingResize: PendingResize | undefined;
  readonly #resizing = new Set<string>();
  #resizeError = '';
  #sandbox: Sandbox | undefined;
  #oldSandboxes: string[] = [];
  #history = new Map<string, ContainerHistory>();
  #details = new Map<string, ContainerDetails>();
  readonly #messages = new Map<string, string>();
  readonly #probers = new Map<string, ContainerProber>();
  readonly #waiting = new Map<string, WaitingReason>();
  readonly #backOff = new Map<string, BackOffEntry>();
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #held = new Map<string, number>();
  readonly #appliedResources = new Map<string, ResourceRequirements>();
  readonly #exiting = new Map<string, number>();
  #sandboxBusy = false;
  #starting = false;
  #retryAtMs = 0;
  #retryDelayMs = RETRY_MS;
  #termination: Termination | undefined;
  #startTimeMs: number;
  #isStale = true;
  #isFinished = false;
  #areVolumesUp = false;
  #isAdopted = false;
  #isRejected = false;
  #isGone = false;
  #wake: () => void = () => {};
  #isWoken = false;
  #timer: Disposable | undefined;
  readonly #lifetime = new AbortController();
  /** Resolves when the pod is no longer looked after: what the runtime does by then it finishes alone. */
  readonly #released = new Promise<void>((resolve) => {
    this.#lifetime.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  #sandboxConfig: SandboxConfig | undefined;
  #inFlight = new Set<Promise<unknown>>();

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#services = options.services;
    this.#wanted = options.pod;
    this.#allocation = knownAllocation(options.pod);
    this.#pod = withAllocation(options.pod, this.#allocation);
    this.uid = uidOf(options.pod);
    const { startTime } = options.pod.status ?? {};
    this.#startTimeMs = startTime ? Date.parse(startTime) : this.#services.clock.now();
    if (options.pod.metadata.deletionTimestamp) this.#noticeDeletion(options.pod);
    else if (hasEnded(options.pod.status)) this.terminate({ cause: 'completed', graceSeconds: 1 });
    void this.#run();
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The containers of the pod that the runtime knows, newest first for each name. */
  get history(): ReadonlyMap<string, ContainerHistory> {
    return this.#history;
  }

  get sandbox(): Sandbox | undefined {
    return this.#sandbox;
  }

  /** The newest status, sent to the API server or not. */
  get status(): PodStatus | undefined {
    return this.#apiStatus();
  }

  /** True for the ids of the pod's own containers and sandbox. */
  knows(id: string): boolean {
    return this.#details.has(id) || this.#sandbox?.id === id;
  }

  get isTerminating(): boolean {
    return this.#termination !== undefined;
  }

  /** The pod changed at its source. */
  update(pod: Pod): void {
    const old = this.#pod;
    this.#wanted = pod;
    this.#grant();
    if (pod.metadata.deletionTimestamp) this.#noticeDeletion(pod);
    if (this.#areVolumesUp && metadataDiffers(old, pod)) this.refreshVolumes();
    this.wake();
  }

  /** There may be room now for what the pod was not granted before. */
  reconsiderResize(): void {
    if (!this.#pendingResize) return;
    this.#grant();
    this.wake();
  }

  /** Grants what the pod asks for now, if it fits. */
  #grant(): void {
    const demand = demandOf(this.#wanted);
    this.#pendingResize = undefined;
    if (!isGranted(this.#allocation, demand)) this.#pendingResize = this.#options.resize?.(this.#wanted);
    if (!this.#pendingResize) this.#allocation = demand;
    this.#pod = withAllocation(this.#wanted, this.#allocation);
  }

  /** The pod is to end. A later call may only shorten the time left. */
  terminate(termination: Omit<Termination, 'startedAtMs'>): void {
    const startedAtMs = this.#services.clock.now();
    const known = this.#termination;
    if (!known) this.#termination = { ...termination, startedAtMs };
    else if (termination.cause === 'deleted' && known.cause !== 'deleted')
      this.#termination = {
        ...known,
        cause: 'deleted',
        graceSeconds: Math.min(known.graceSeconds, termination.graceSeconds),
      };
    else if (termination.graceSeconds < known.graceSeconds) this.#shorten(termination.graceSeconds);
    else return;
    for (const prober of this.#probers.values()) prober.terminate();
    this.wake();
  }

  /** Ends the pod to protect its node. */
  evict(options: { message: string; graceSeconds: number; isDisruption: boolean }): void {
    this.#event('Warning', 'Evicted', options.message);
    this.terminate({ cause: 'evicted', reason: 'Evicted', ...options });
  }

  /** Something happened to one of the pod's containers, or may have. */
  stale(): void {
    this.#isStale = true;
    this.wake();
  }

  /**
   * A container or sandbox of the pod is said to have ended. The runtime tells of the end before its own records show it, so
   * it is asked until they do.
   */
  exited(id: string): void {
    this.#exiting.set(id, FIRST_EXIT_CHECK_MS);
    this.stale();
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Contents of volumes may have changed at their source. */
  refreshVolumes(): void {
    if (!this.#areVolumesUp) {
      this.#retryAtMs = 0;
      this.wake();
      return;
    }
    this.#background(
      this.#services.volumes.setUp(this.#pod, this.#downward()).catch((error: unknown) => {
        this.#services.logger.log('debug', 'volumes were not brought up to date', {
          pod: describePod(this.#pod),
          error: String(error),
        });
      }),
    );
  }

  /** Stops looking after the pod; containers go on. */
  async dispose(): Promise<void> {
    this.#isGone = true;
    this.#lifetime.abort();
    this.#timer?.dispose();
    for (const prober of this.#probers.values()) prober.dispose();
    this.#wake();
    await Promise.allSettled([...this.#inFlight]);
  }

  // The loop.

  async #run(): Promise<void> {
    await this.#admit();
    while (!this.#isGone) {
      this.#isWoken = false;
      try {
        if (this.#isStale) await this.#look();
        if (this.#isGone) return;
        this.#advance();
      } catch (error) {
        this.#services.logger.log('warn', 'a pod could not be looked after', {
          pod: describePod(this.#pod),
          error: String(error),
        });
        this.#isStale = true;
        this.#wakeAt(this.#services.clock.now() + RETRY_MS);
      }
      await this.#nextWake();
    }
  }

  /** Lets the node refuse a pod that it has not taken before. */
  async #admit(): Promise<void> {
    if (this.#termination || this.#pod.status?.startTime) return;
    const rejection = await this.#options.admit?.(this.#pod);
    if (!rejection || this.#termination) return;
    const { reason, message } = rejection;
    this.#isRejected = true;
    this.#event('Warning', reason, message);
    this.terminate({ cause: 'evicted', graceSeconds: 0, reason, message: `Pod was rejected: ${message}` });
  }

  #nextWake(): Promise<void> {
    if (this.#isWoken || this.#isGone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeAt(ms: number): void {
    this.#timer?.dispose();
    this.#timer = this.#services.clock.after(Math.max(0, ms - this.#services.clock.now()), () => this.wake());
  }

  /** Runs work in the background; when it ends, the pod is looked at again. */
  #background(work: Promise<unknown>): void {
    const tracked: Promise<unknown> = work
      .catch((error: unknown) => {
        this.#services.logger.log('error', 'unexpected failure', { pod: describePod(this.#pod), error });
      })
      .finally(() => {
        this.#inFlight.delete(tracked);
        this.stale();
      });
    this.#inFlight.add(tracked);
  }

  /** Brings running containers to the resources that they were granted, where these were changed in place. */
  #syncResources(): void {
    for (const container of allContainers(this.#pod)) {
      const { spec, kind } = container;
      const latest = this.#history.get(spec.name)?.latest;
      if (latest?.state !== 'running' || kind === 'ephemeral' || this.#termination) continue;
      const granted = spec.resources ?? {};
      const applied = this.#appliedResources.get(latest.id);
      this.#appliedResources.set(latest.id, granted);
      const changed = applied ? changedResources(applied, granted) : [];
      if (changed.length > 0) this.#background(this.#resizeContainer(container, latest.id, changed));
    }
    for (const id of [...this.#appliedResources.keys()]) if (!this.#details.has(id)) this.#appliedResources.delete(id);
  }

  async #resizeContainer(container: PodContainer, containerId: string, changed: readonly string[]): Promise<void> {
    const { runtime, cgroups, config, logger } = this.#services;
    const { spec } = container;
    const path = podCgroup(this.#pod, config.cgroupRoot);
    const limitPod = () => cgroups.ensure(path, podResources(this.#pod));
    this.#resizing.add(containerId);
    try {
      // The pod's limits must never be below those of its containers: they are raised before and lowered after.
      await limitPod().catch(() => undefined);
      if (needsRestart(spec, changed)) {
        const message = `Container ${spec.name} resize requires restart`;
        const graceSeconds = this.#pod.spec.terminationGracePeriodSeconds ?? 30;
        await this.#stopContainer({ containerId, name: spec.name, message, graceSeconds });
      } else {
        const wanted = containerResources(this.#pod, spec, this.#services.memoryCapacityBytes());
        await runtime.updateContainerResources(containerId, wanted);
      }
      await limitPod();
      this.#resizeError = '';
    } catch (error) {
      this.#resizeError = textOf(error);
      const pod = describePod(this.#pod);
      logger.log('warn', 'resources could not be changed in place', { pod, error: this.#resizeError });
    } finally {
      this.#resizing.delete(containerId);
    }
  }

  #advance(): void {
    this.#syncResources();
    const view = this.#view();
    const step = stepPod(view);
    this.#syncHolds(step.actions);
    this.#publish();
    const isHeld = this.#retryAtMs > view.nowMs;
    for (const action of step.actions) if (!isHeld || !isRetried(action)) this.#perform(action);
    const wakes = [step.wakeAtMs, isHeld ? this.#retryAtMs : undefined].filter((ms) => ms !== undefined);
    if (wakes.length > 0) this.#wakeAt(Math.min(...wakes));
  }

  #perform(action: PodAction): void {
    switch (action.type) {
      case 'createSandbox':
        this.#sandboxBusy = true;
        this.#background(this.#createSandbox(action.attempt));
        return;
      case 'stopSandbox':
        this.#sandboxBusy = true;
        this.#background(this.#stopSandbox(action.sandboxId, action.isReplaced));
        return;
      case 'start':
        this.#starting = true;
        this.#background(this.#startContainers(action.containers));
        return;
      case 'stop':
        this.#background(this.#stopContainer(action.stop));
        return;
      case 'terminate':
        this.terminate({
          cause: action.cause,
          graceSeconds: this.#graceSeconds(),
          ...(action.reason ? { reason: action.reason } : {}),
          ...(action.message ? { message: action.message } : {}),
        });
        return;
      case 'finish':
        this.#finish();
        return;
      case 'hold':
        return;
    }
  }

  // What is known.

  #view(): PodView {
    const probes = new Map<string, ProbeState>([...this.#probers].map(([id, prober]) => [id, prober.state]));
    return {
      pod: this.#pod,
      nowMs: this.#services.clock.now(),
      sandbox: this.#sandbox,
      containers: this.#history,
      probes,
      waiting: this.#waiting,
      backOff: this.#backOff,
      held: this.#held,
      busy: { sandbox: this.#sandboxBusy, starting: this.#starting, stopping: new Set(this.#stopping.keys()) },
      termination: this.#termination,
      isRejected: this.#isRejected,
      resize: {
        ...(this.#pendingResize ? { pending: this.#pendingResize } : {}),
        isInProgress: this.#resizing.size > 0,
        error: this.#resizeError,
      },
      startTimeMs: this.#startTimeMs,
      hashOf: containerHash,
    };
  }

  /** Reads the pod's sandboxes and containers from the runtime. */
  async #look(): Promise<void> {
    this.#isStale = false;
    const { runtime } = this.#services;
    const [sandboxes, containers] = await Promise.all([
      runtime.listSandboxes({ podUid: this.uid }),
      runtime.listContainers({ podUid: this.uid }),
    ]);
    const [newest, ...older] = sandboxes.sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs);
    const isKnown = newest && this.#sandbox?.id === newest.id && this.#sandbox.isReady === newest.isReady;
    if (!newest) this.#sandbox = undefined;
    else if (!isKnown) this.#sandbox = await runtime.sandbox(newest.id);
    this.#oldSandboxes = older.map(({ id }) => id);
    const details = await Promise.all(
      containers.map(async (summary) => {
        const known = this.#details.get(summary.id);
        if (known?.state === 'exited' && summary.state === 'exited') return known;
        const read = await runtime.container(summary.id).catch(ignoreMissing);
        return read && { ...read, sandboxId: summary.sandboxId };
      }),
    );
    await this.#take(details.filter((each) => each !== undefined));
    this.#adopt();
    this.#checkExiting();
  }

  #checkExiting(): void {
    for (const [id, delayMs] of this.#exiting) {
      const isSandboxUp = this.#sandbox?.id === id && this.#sandbox.isReady;
      if ((this.#details.get(id)?.state !== 'running' && !isSandboxUp) || delayMs > LAST_EXIT_CHECK_MS) {
        this.#exiting.delete(id);
        continue;
      }
      this.#exiting.set(id, delayMs * 2);
      this.#services.clock.after(delayMs, () => this.stale());
    }
  }

  /** Takes over what an earlier kubelet left running. */
  #adopt(): void {
    if (this.#isAdopted) return;
    this.#isAdopted = true;
    if (this.#sandbox?.isReady && !this.#termination) this.#background(this.#setUpVolumes());
  }

  async #take(containers: readonly ContainerDetails[]): Promise<void> {
    this.#details = new Map(containers.map((each) => [each.id, each]));
    const byName = new Map<string, ContainerDetails[]>();
    for (const each of containers) byName.set(each.name, [...(byName.get(each.name) ?? []), each]);
    this.#history = new Map();
    for (const [name, all] of byName) {
      const [latest, previous, ...rest] = all.sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs);
      if (!latest) continue;
      this.#history.set(name, previous ? { latest, previous } : { latest });
      for (const { id, state } of rest)
        if (state !== 'running') this.#background(this.#services.runtime.removeContainer(id));
    }
    for (const each of containers)
      if (each.state === 'exited' && !this.#messages.has(each.id))
        this.#messages.set(each.id, await this.#services.volumes.terminationMessage(each).catch(() => ''));
    for (const id of [...this.#messages.keys()]) if (!this.#details.has(id)) this.#messages.delete(id);
    this.#syncProbers();
  }

  /** A prober for each running container, and none for others. */
  #syncProbers(): void {
    for (const [id, prober] of this.#probers) {
      if (this.#details.get(id)?.state === 'running') continue;
      prober.dispose();
      this.#probers.delete(id);
    }
    for (const container of allContainers(this.#pod)) {
      const latest = this.#history.get(container.spec.name)?.latest;
      if (latest?.state === 'running' && container.kind !== 'ephemeral' && !this.#probers.has(latest.id))
        this.#addProber(container, latest);
    }
  }

  #addProber(container: PodContainer, details: ContainerDetails): void {
    const known = [
      ...(this.#pod.status?.containerStatuses ?? []),
      ...(this.#pod.status?.initContainerStatuses ?? []),
    ].find(({ containerID }) => containerID?.endsWith(details.id));
    const prober = new ContainerProber({
      ...this.#probeTarget(container, details.id),
      clock: this.#services.clock,
      startedAtMs: details.startedAtMs,
      ...(known ? { adopted: { isStarted: known.started ?? false, isReady: known.ready } } : {}),
      event: (type, reason, message) => this.#event(type, reason, message, container),
      onChange: () => this.wake(),
    });
    this.#probers.set(details.id, prober);
    if (this.#termination) prober.terminate();
  }

  #probeTarget(container: PodContainer, containerId: string): ProbeTarget {
    const { runtime, transport } = this.#services;
    return {
      pod: this.#pod,
      container: container.spec,
      containerId,
      podIp: this.#podIps()[0] ?? '',
      runtime,
      transport,
    };
  }

  #podIps(): readonly string[] {
    return podIps({ view: this.#view(), old: this.#apiStatus(), hostIps: this.#services.hostIps() });
  }

  #apiStatus(): PodStatus | undefined {
    return this.#services.writer.latest(this.uid) ?? this.#pod.status;
  }

  #downward() {
    const { hostIps, allocatable } = this.#services;
    return { podIps: this.#podIps(), hostIps: hostIps(), allocatable: allocatable() };
  }

  #graceSeconds(): number {
    return this.#pod.metadata.deletionGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30;
  }

  #noticeDeletion(pod: Pod): void {
    this.terminate({
      cause: 'deleted',
      graceSeconds: pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30,
    });
  }

  // Telling the API server.

  #publish(): void {
    if (this.#options.isOrphan) return;
    // Conditions of others come from the object, our own newest state from the writer.
    const latest = this.#apiStatus();
    const old = latest && { ...latest, conditions: mergedConditions(this.#pod.status, latest) };
    const status = podStatus({
      view: this.#view(),
      old,
      hostIps: this.#services.hostIps(),
      terminationMessages: this.#messages,
      isFinished: this.#isFinished,
    });
    this.#services.writer.set(this.#pod, status);
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, container?: PodContainer): void {
    const { apiVersion, kind, metadata } = this.#pod;
    const fieldPath = container ? { fieldPath: fieldPathOf(container) } : {};
    this.#services.recorder.event(
      { apiVersion: apiVersion || 'v1', kind: kind || 'Pod', metadata, ...fieldPath },
      type,
      reason,
      message,
    );
  }

  /** Containers that wait out a back-off show so; the event comes once for each new hold. */
  #syncHolds(actions: readonly PodAction[]): void {
    for (const action of actions) {
      if (action.type !== 'hold') continue;
      const where = describePod(this.#pod);
      const message = `back-off ${formatDelay(action.delayMs)} restarting failed container=${action.container} pod=${where}`;
      if (this.#waiting.get(action.container)?.message === message) continue;
      this.#waiting.set(action.container, { reason: 'CrashLoopBackOff', message });
      const container = allContainers(this.#pod).find(({ spec }) => spec.name === action.container);
      this.#event(
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${action.container} in pod ${where}`,
        container,
      );
    }
  }

  // Doing.

  #failed(): void {
    this.#retryAtMs = this.#services.clock.now() + this.#retryDelayMs;
    this.#retryDelayMs = Math.min(this.#retryDelayMs * 2, MAX_RETRY_MS);
  }

  #succeeded(): void {
    this.#retryAtMs = 0;
    this.#retryDelayMs = RETRY_MS;
  }

  async #makeSandboxConfig(attempt: number): Promise<SandboxConfig> {
    const { config, security, dns } = this.#services;
    const runtimeHandler = await this.#runtimeHandler();
    this.#sandboxConfig = sandboxConfig({ pod: this.#pod, attempt, config, security, dns: dns(), runtimeHandler });
    return this.#sandboxConfig;
  }

  async #runtimeHandler(): Promise<string> {
    const name = this.#pod.spec.runtimeClassName;
    if (!name) return '';
    const found = await this.#services.sources.forPod(this.uid).runtimeClass(name);
    if (!found) throw new Error(`runtimeclass.node.k8s.io ${JSON.stringify(name)} not found`);
    return found.handler;
  }

  async #createSandbox(attempt: number): Promise<void> {
    const { runtime, cgroups, config } = this.#services;
    try {
      if (!(await this.#setUpVolumes())) return;
      if (this.#termination) return;
      await cgroups.ensure(podCgroup(this.#pod, config.cgroupRoot), podResources(this.#pod));
      const sandboxId = await runtime.runSandbox(await this.#makeSandboxConfig(attempt));
      this.#succeeded();
      for (const id of this.#oldSandboxes) await runtime.removeSandbox(id).catch(() => undefined);
      this.#sandbox = await runtime.sandbox(sandboxId);
    } catch (error) {
      this.#failed();
      this.#event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${textOf(error)}`);
    } finally {
      this.#sandboxBusy = false;
    }
  }

  async #setUpVolumes(): Promise<boolean> {
    try {
      await this.#services.volumes.setUp(this.#pod, this.#downward());
      this.#areVolumesUp = true;
      return true;
    } catch (error) {
      this.#failed();
      const message =
        error instanceof VolumeError
          ? `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`
          : textOf(error);
      this.#event('Warning', 'FailedMount', message);
      return false;
    }
  }

  async #stopSandbox(sandboxId: string, isReplaced: boolean): Promise<void> {
    try {
      if (isReplaced) {
        this.#event('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
        const running = [...this.#history.values()].filter(({ latest }) => latest.state === 'running');
        await Promise.all(
          running.map(({ latest }) =>
            this.#stopContainer({
              containerId: latest.id,
              name: latest.name,
              message: '',
              graceSeconds: this.#graceSeconds(),
            }),
          ),
        );
      }
      await this.#services.runtime.stopSandbox(sandboxId);
      this.#succeeded();
    } catch (error) {
      this.#failed();
      this.#event('Warning', 'FailedKillPod', `error killing pod: ${textOf(error)}`);
    } finally {
      this.#sandboxBusy = false;
    }
  }

  /** Starts containers in their order. One that fails does not keep the others back. */
  async #startContainers(starts: readonly ContainerStart[]): Promise<void> {
    try {
      if (!this.#areVolumesUp && !(await this.#setUpVolumes())) return;
      const secrets = await this.#pullSecrets();
      for (const start of starts) {
        if (this.#termination || this.#isGone) return;
        const retryAtMs = await this.#startContainer(start, secrets);
        if (retryAtMs === undefined) this.#held.delete(start.container.spec.name);
        else this.#held.set(start.container.spec.name, retryAtMs);
      }
      this.#succeeded();
    } finally {
      this.#starting = false;
    }
  }

  async #pullSecrets(): Promise<Secret[]> {
    const sources = this.#services.sources.forPod(this.uid);
    const names = (this.#pod.spec.imagePullSecrets ?? []).map(({ name }) => name ?? '');
    const found = await Promise.all(names.map((name) => sources.secret(namespaceOf(this.#pod), name)));
    const missing = names.filter((_name, index) => found[index] === undefined);
    if (missing.length > 0)
      this.#event(
        'Warning',
        'FailedToRetrieveImagePullSecret',
        `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
      );
    return found.filter((secret) => secret !== undefined);
  }

  /** Starts one container; returns when to try again if it failed. */
  async #startContainer(start: ContainerStart, secrets: readonly Secret[]): Promise<number | undefined> {
    const { container, attempt, lastFinishedMs } = start;
    const { name } = container.spec;
    const { puller, runtime, clock } = this.#services;
    const event = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      this.#event(type, reason, message, container);
    const sandbox = this.#sandbox;
    if (!sandbox) return undefined;
    if (lastFinishedMs !== undefined)
      this.#backOff.set(name, raised(this.#backOff.get(name), lastFinishedMs, CRASH_LOOP));
    const sandboxConfiguration = this.#sandboxConfig ?? (await this.#makeSandboxConfig(sandbox.attempt));
    let stage = 'CreateContainerConfigError';
    try {
      const image = await puller.ensure({
        pod: this.#pod,
        container: container.spec,
        secrets,
        sandbox: sandboxConfiguration,
        event,
      });
      const config = await containerConfig(
        { view: this.#view(), container, attempt, image, podIps: this.#podIps() },
        this.#services,
      );
      stage = 'CreateContainerError';
      const containerId = await runtime.createContainer(sandbox.id, config, sandboxConfiguration);
      event('Normal', 'Created', 'Container created');
      stage = 'RunContainerError';
      await runtime.startContainer(containerId);
      event('Normal', 'Started', 'Container started');
      this.#waiting.delete(name);
      await this.#postStart(container, containerId);
      return undefined;
    } catch (error) {
      const message = ownWordsOf(error);
      const reason =
        error instanceof ImageError
          ? error.reason
          : error instanceof ContainerConfigError
            ? 'CreateContainerConfigError'
            : stage;
      this.#waiting.set(name, { reason, message });
      event('Warning', 'Failed', `Error: ${error instanceof ImageError ? reason : message}`);
      return error instanceof ImageError && error.retryAtMs !== undefined
        ? error.retryAtMs
        : clock.now() + START_RETRY_MS;
    } finally {
      this.stale();
    }
  }

  async #postStart(container: PodContainer, containerId: string): Promise<void> {
    const hook = container.spec.lifecycle?.postStart;
    if (!hook) return;
    try {
      await runHook(hook, this.#probeTarget(container, containerId), this.#services.clock, this.#lifetime.signal);
    } catch (error) {
      this.#event('Warning', 'FailedPostStartHook', `PostStartHook failed`, container);
      this.#services.logger.log('warn', 'a postStart hook failed', {
        pod: describePod(this.#pod),
        error: textOf(error),
      });
      const message = 'FailedPostStartHook';
      await this.#stopContainer({
        containerId,
        name: container.spec.name,
        message,
        graceSeconds: this.#graceSeconds(),
      });
    }
  }

  #stopContainer(stop: ContainerStop): Promise<void> {
    const known = this.#stopping.get(stop.containerId);
    if (known) return known;
    const work = this.#stop(stop).finally(() => {
      this.#stopping.delete(stop.containerId);
      this.stale();
    });
    this.#stopping.set(stop.containerId, work);
    return work;
  }

  async #stop({ containerId, name, message, graceSeconds }: ContainerStop): Promise<void> {
    const { clock, runtime, logger } = this.#services;
    const container = allContainers(this.#pod).find(({ spec }) => spec.name === name);
    this.#event('Normal', 'Killing', message || `Stopping container ${name}`, container);
    const startMs = clock.monotonicMs();
    const hook = container?.spec.lifecycle?.preStop;
    if (container && hook && graceSeconds > 0) await this.#preStop(container, containerId, graceSeconds);
    const usedSeconds = (clock.monotonicMs() - startMs) / 1000;
    const left = Math.max(MIN_GRACE_SECONDS, Math.ceil(graceSeconds - usedSeconds));
    try {
      await this.#whileLookedAfter(runtime.stopContainer(containerId, left));
    } catch (error) {
      if (error instanceof RuntimeError && error.reason === 'NotFound') return;
      logger.log('warn', 'a container could not be stopped', {
        pod: describePod(this.#pod),
        name,
        error: textOf(error),
      });
      await clock.sleep(RETRY_MS, this.#lifetime.signal).catch(() => undefined);
    }
  }

  /** Runs the preStop hook, for at most the grace period. */
  async #preStop(container: PodContainer, containerId: string, graceSeconds: number): Promise<void> {
    const hook = container.spec.lifecycle?.preStop;
    if (!hook) return;
    const limit = new AbortController();
    const timer = this.#services.clock.after(graceSeconds * 1000, () => limit.abort());
    const over = new Promise<void>((resolve) =>
      limit.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    try {
      const work = runHook(hook, this.#probeTarget(container, containerId), this.#services.clock, limit.signal);
      await this.#whileLookedAfter(Promise.race([work, over]));
      work.catch(() => undefined);
    } catch (error) {
      this.#event('Warning', 'FailedPreStopHook', 'PreStopHook failed', container);
      this.#services.logger.log('debug', 'a preStop hook failed', {
        pod: describePod(this.#pod),
        error: textOf(error),
      });
    } finally {
      timer.dispose();
    }
  }

  /** Less time is left than was given first: running stops are asked to hurry. */
  #shorten(graceSeconds: number): void {
    if (!this.#termination) return;
    this.#termination = { ...this.#termination, graceSeconds };
    for (const id of this.#stopping.keys())
      this.#background(
        this.#whileLookedAfter(
          this.#services.runtime.stopContainer(id, Math.max(MIN_GRACE_SECONDS, graceSeconds)).catch(() => undefined),
        ),
      );
  }

  /** Waits for work that may take as long as a grace period, but not beyond the time that the pod is looked after. */
  async #whileLookedAfter(work: Promise<unknown>): Promise<void> {
    await Promise.race([work, this.#released]);
    if (this.#lifetime.signal.aborted) work.catch(() => undefined);
  }

  // The end.

  #finish(): void {
    if (!this.#isFinished) {
      this.#isFinished = true;
      this.#publish();
      this.#background(this.#releaseResources());
      return;
    }
    if (this.#areVolumesUp || this.#inFlight.size > 0) return;
    if (this.#options.isOrphan || this.#termination?.cause === 'deleted') this.#leave();
  }

  /** Frees what a pod that does not run does not need. */
  async #releaseResources(): Promise<void> {
    const { volumes, cgroups, config, clock, logger } = this.#services;
    while (!this.#isGone) {
      try {
        await volumes.tearDown(this.uid);
        await cgroups.remove(podCgroup(this.#pod, config.cgroupRoot));
        this.#areVolumesUp = false;
        return;
      } catch (error) {
        logger.log('warn', 'a pod could not be cleaned up yet', { pod: describePod(this.#pod), error: textOf(error) });
        await clock.sleep(RETRY_MS, this.#lifetime.signal).catch(() => undefined);
      }
    }
  }

  #isLeaving = false;

  /** Removes the pod from the API server and from the node. */
  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#background(
      (async () => {
        const { runtime, writer, volumes, sources, puller } = this.#services;
        await writer.flushed(this.uid);
        if (!this.#options.isOrphan && !isStaticPod(this.#pod)) await this.#deleteFromApi();
        for (const { id } of await runtime.listSandboxes({ podUid: this.uid })) await runtime.removeSandbox(id);
        await volumes.removeLogs(this.#pod);
        sources.release(this.uid);
        puller.forget(this.uid);
        writer.forget(this.uid);
        this.#isGone = true;
        this.#lifetime.abort();
        this.#timer?.dispose();
        this.#options.onGone(this);
      })().catch((error: unknown) => {
        this.#isLeaving = false;
        this.#services.logger.log('warn', 'a pod could not be removed yet', {
          pod: describePod(this.#pod),
          error: textOf(error),
        });
        this.#wakeAt(this.#services.clock.now() + RETRY_MS);
      }),
    );
  }

  async #deleteFromApi(): Promise<void> {
    const options = { gracePeriodSeconds: 0, preconditions: { uid: this.uid } };
    try {
      await this.#services.client.resource(podKind).delete(namespaceOf(this.#pod), nameOf(this.#pod), options);
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
    }
  }

  /** True when the pod has run to its end, whatever is still to be cleaned up. */
  get hasEnded(): boolean {
    return hasEnded(this.#apiStatus());
  }
}

const isRetried = (action: PodAction) =>
  action.type === 'createSandbox' || action.type === 'start' || action.type === 'stopSandbox';

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong with a container, without how the runtime was asked. */
function ownWordsOf(error: unknown): string {
  return textOf(error instanceof RuntimeError && error.cause instanceof Error ? error.cause : error);
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof RuntimeError && error.reason === 'NotFound') return undefined;
  throw error;
}

function metadataDiffers(a: Pod, b: Pod): boolean {
  return (
    JSON.stringify([a.metadata.labels, a.metadata.annotations]) !==
    JSON.stringify([b.metadata.labels, b.metadata.annotations])
  );
}

/** Own conditions from the newest status, those of others from the API server. */
function mergedConditions(api: PodStatus | undefined, latest: PodStatus): NonNullable<PodStatus['conditions']> {
  const own = latest.conditions ?? [];
  const isOwn = (type: string) => own.some((each) => each.type === type) || PASSING_CONDITIONS.includes(type);
  return [...own, ...(api?.conditions ?? []).filter(({ type }) => !isOwn(type))];
}
