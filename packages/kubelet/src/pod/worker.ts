import { type Pod, type PodStatus, podKind } from '@kubets/api';
import { type Disposable, hasReason, messageOf } from '@kubets/core';
import type { PodServices } from '../context.ts';
import type { Sandbox } from '../runtime.ts';
import type { Rejection } from './admission.ts';
import { ContainerStarts } from './container-starts.ts';
import { ContainerStops, graceSecondsOf } from './container-stops.ts';
import { fieldPathOf, type PodContainer } from './containers.ts';
import { containerHash, describePod, isStaticPod, nameOf, namespaceOf, uidOf } from './identity.ts';
import { PodObservation } from './observation.ts';
import { PodProbers } from './pod-probers.ts';
import { PodSandboxes } from './pod-sandboxes.ts';
import type { PendingResize } from './resize.ts';
import { InPlaceResize, ResourceGrants } from './resource-grants.ts';
import { hasEnded, PASSING_CONDITIONS, podIps, podStatus } from './status.ts';
import { type PodAction, stepPod } from './step.ts';
import type { ContainerHistory, PodView, Termination } from './view.ts';
import type { WorkerScope } from './worker-scope.ts';

/** Pause before the pod is looked at again after something unexpected went wrong. */
const RETRY_MS = 1_000;

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
 * has its parts do it in the background, and looks again when something happened.
 */
export class PodWorker {
  readonly uid: string;
  readonly #services: PodServices;
  readonly #options: WorkerOptions;
  readonly #lifetime = new AbortController();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #grants: ResourceGrants;
  readonly #seen: PodObservation;
  readonly #probers: PodProbers;
  readonly #stops: ContainerStops;
  readonly #sandboxes: PodSandboxes;
  readonly #starts: ContainerStarts;
  readonly #resize: InPlaceResize;
  readonly #startTimeMs: number;
  #termination: Termination | undefined;
  #isStale = true;
  #isFinished = false;
  #isAdopted = false;
  #isRejected = false;
  #isLeaving = false;
  #isGone = false;
  #wake: () => void = () => {};
  #isWoken = false;
  #timer: Disposable | undefined;

  constructor(options: WorkerOptions) {
    const { pod, services } = options;
    this.#options = options;
    this.#services = services;
    this.uid = uidOf(pod);
    this.#grants = new ResourceGrants(pod, (wanted) => options.resize?.(wanted));
    const scope = this.#scope();
    this.#seen = new PodObservation(scope);
    this.#probers = new PodProbers(scope);
    this.#stops = new ContainerStops(scope);
    this.#sandboxes = new PodSandboxes(scope, this.#seen, this.#stops);
    this.#starts = new ContainerStarts(scope, this.#sandboxes, this.#stops);
    this.#resize = new InPlaceResize(scope, this.#stops);
    const { startTime } = pod.status ?? {};
    this.#startTimeMs = startTime ? Date.parse(startTime) : services.clock.now();
    if (pod.metadata.deletionTimestamp) this.#noticeDeletion(pod);
    else if (hasEnded(pod.status)) this.terminate({ cause: 'completed', graceSeconds: 1 });
    void this.#run();
  }

  /** The pod with the resources that the node granted, in place of those that it asks for. */
  get pod(): Pod {
    return this.#grants.pod;
  }

  /** The containers of the pod that the runtime knows, newest first for each name. */
  get history(): ReadonlyMap<string, ContainerHistory> {
    return this.#seen.history;
  }

  get sandbox(): Sandbox | undefined {
    return this.#seen.sandbox;
  }

  /** The newest status, sent to the API server or not. */
  get status(): PodStatus | undefined {
    return this.#services.writer.latest(this.uid) ?? this.pod.status;
  }

  get isTerminating(): boolean {
    return this.#termination !== undefined;
  }

  /** True when the pod has run to its end, whatever is still to be cleaned up. */
  get hasEnded(): boolean {
    return hasEnded(this.status);
  }

  /** True for the ids of the pod's own containers and sandbox. */
  knows(id: string): boolean {
    return this.#seen.knows(id);
  }

  /** The pod changed at its source. */
  update(pod: Pod): void {
    const old = this.pod;
    this.#grants.grant(pod);
    if (pod.metadata.deletionTimestamp) this.#noticeDeletion(pod);
    if (this.#sandboxes.areVolumesUp && metadataDiffers(old, pod)) this.refreshVolumes();
    this.wake();
  }

  /** There may be room now for what the pod was not granted before. */
  reconsiderResize(): void {
    if (!this.#grants.pending) return;
    this.#grants.grant();
    this.wake();
  }

  /** The pod is to end. A later call may only shorten the time left. */
  terminate(termination: Omit<Termination, 'startedAtMs'>): void {
    const known = this.#termination;
    const { cause, graceSeconds } = termination;
    if (!known) this.#termination = { ...termination, startedAtMs: this.#services.clock.now() };
    else if (cause === 'deleted' && known.cause !== 'deleted')
      this.#termination = { ...known, cause, graceSeconds: Math.min(known.graceSeconds, graceSeconds) };
    else if (graceSeconds < known.graceSeconds) {
      this.#termination = { ...known, graceSeconds };
      this.#stops.hurry(graceSeconds);
    } else return;
    this.#probers.terminate();
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

  /** A container or sandbox of the pod is said to have ended. */
  exited(id: string): void {
    this.#seen.exited(id);
    this.stale();
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Contents of volumes may have changed at their source. */
  refreshVolumes(): void {
    this.#sandboxes.refreshVolumes();
  }

  /** Stops looking after the pod; containers go on. */
  async dispose(): Promise<void> {
    this.#end();
    this.#probers.dispose();
    this.#wake();
    await Promise.allSettled([...this.#inFlight]);
  }

  #scope(): WorkerScope {
    return {
      uid: this.uid,
      services: this.#services,
      signal: this.#lifetime.signal,
      pod: () => this.pod,
      view: () => this.#view(),
      podIps: () => this.#podIps(),
      isEnding: () => this.isTerminating,
      event: (type, reason, message, container) => this.#event(type, reason, message, container),
      background: (work) => this.#background(work),
      stale: () => this.stale(),
      wake: () => this.wake(),
    };
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
        this.#log('warn', 'a pod could not be looked after', error);
        this.#isStale = true;
        this.#wakeAt(this.#services.clock.now() + RETRY_MS);
      }
      await this.#nextWake();
    }
  }

  /** Lets the node refuse a pod that it has not taken before. */
  async #admit(): Promise<void> {
    if (this.#termination || this.pod.status?.startTime) return;
    const rejection = await this.#options.admit?.(this.pod);
    if (!rejection || this.#termination) return;
    const { reason, message } = rejection;
    this.#isRejected = true;
    this.#event('Warning', reason, message);
    this.terminate({ cause: 'evicted', graceSeconds: 0, reason, message: `Pod was rejected: ${message}` });
  }

  async #look(): Promise<void> {
    this.#isStale = false;
    await this.#seen.look();
    this.#probers.sync(this.#seen);
    this.#adopt();
    this.#seen.checkExiting();
  }

  /** Takes over what an earlier kubelet left running. */
  #adopt(): void {
    if (this.#isAdopted) return;
    this.#isAdopted = true;
    if (this.sandbox?.isReady && !this.#termination) this.#background(this.#sandboxes.setUpVolumes());
  }

  #advance(): void {
    this.#resize.sync(this.#seen);
    const view = this.#view();
    const step = stepPod(view);
    this.#starts.syncHolds(step.actions);
    this.#publish();
    const { retryAtMs } = this.#sandboxes;
    const isHeld = retryAtMs > view.nowMs;
    for (const action of step.actions) if (!isHeld || !isRetried(action)) this.#perform(action);
    const wakes = [step.wakeAtMs, isHeld ? retryAtMs : undefined].filter((ms) => ms !== undefined);
    if (wakes.length > 0) this.#wakeAt(Math.min(...wakes));
  }

  #perform(action: PodAction): void {
    switch (action.type) {
      case 'createSandbox':
        this.#sandboxes.create(action.attempt);
        return;
      case 'stopSandbox':
        this.#sandboxes.stop(action.sandboxId, action.isReplaced);
        return;
      case 'start':
        this.#starts.start(action.containers);
        return;
      case 'stop':
        this.#background(this.#stops.stop(action.stop));
        return;
      case 'terminate': {
        const { cause, reason, message } = action;
        const why = { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
        this.terminate({ cause, graceSeconds: graceSecondsOf(this.pod), ...why });
        return;
      }
      case 'finish':
        this.#finish();
        return;
      case 'hold':
        return;
    }
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

  #background(work: Promise<unknown>): void {
    const tracked: Promise<unknown> = work
      .catch((error: unknown) => {
        this.#services.logger.log('error', 'unexpected failure', { pod: describePod(this.pod), error });
      })
      .finally(() => {
        this.#inFlight.delete(tracked);
        this.stale();
      });
    this.#inFlight.add(tracked);
  }

  // What is known.

  #view(): PodView {
    const { pending } = this.#grants;
    return {
      pod: this.pod,
      nowMs: this.#services.clock.now(),
      sandbox: this.#seen.sandbox,
      containers: this.#seen.history,
      probes: this.#probers.states,
      waiting: this.#starts.waiting,
      backOff: this.#starts.backOff,
      held: this.#starts.held,
      busy: { sandbox: this.#sandboxes.isBusy, starting: this.#starts.isBusy, stopping: this.#stops.underWay },
      termination: this.#termination,
      isRejected: this.#isRejected,
      resize: { ...(pending ? { pending } : {}), ...this.#resize.state },
      startTimeMs: this.#startTimeMs,
      hashOf: containerHash,
    };
  }

  #podIps(): readonly string[] {
    return podIps({ view: this.#view(), old: this.status, hostIps: this.#services.hostIps() });
  }

  #noticeDeletion(pod: Pod): void {
    this.terminate({ cause: 'deleted', graceSeconds: graceSecondsOf(pod) });
  }

  // Telling others.

  #publish(): void {
    if (this.#options.isOrphan) return;
    // Conditions of others come from the object, our own newest state from the writer.
    const latest = this.status;
    const old = latest && { ...latest, conditions: mergedConditions(this.pod.status, latest) };
    const status = podStatus({
      view: this.#view(),
      old,
      hostIps: this.#services.hostIps(),
      terminationMessages: this.#seen.terminationMessages,
      isFinished: this.#isFinished,
    });
    this.#services.writer.set(this.pod, status);
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, container?: PodContainer): void {
    const { apiVersion, kind, metadata } = this.pod;
    const fieldPath = container ? { fieldPath: fieldPathOf(container) } : {};
    const subject = { apiVersion: apiVersion || 'v1', kind: kind || 'Pod', metadata, ...fieldPath };
    this.#services.recorder.event(subject, type, reason, message);
  }

  #log(level: 'warn' | 'debug', message: string, error: unknown): void {
    this.#services.logger.log(level, message, { pod: describePod(this.pod), error: messageOf(error) });
  }

  // The end.

  #finish(): void {
    if (!this.#isFinished) {
      this.#isFinished = true;
      this.#publish();
      this.#background(this.#releaseResources());
      return;
    }
    if (this.#sandboxes.areVolumesUp || this.#inFlight.size > 0) return;
    if (this.#options.isOrphan || this.#termination?.cause === 'deleted') this.#leave();
  }

  /** Frees what a pod that does not run does not need. */
  async #releaseResources(): Promise<void> {
    while (!this.#isGone) {
      try {
        return await this.#sandboxes.release();
      } catch (error) {
        this.#log('warn', 'a pod could not be cleaned up yet', error);
        await this.#services.clock.sleep(RETRY_MS, this.#lifetime.signal).catch(() => undefined);
      }
    }
  }

  /** Removes the pod from the API server and from the node. */
  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#background(
      this.#removeEverywhere().catch((error: unknown) => {
        this.#isLeaving = false;
        this.#log('warn', 'a pod could not be removed yet', error);
        this.#wakeAt(this.#services.clock.now() + RETRY_MS);
      }),
    );
  }

  async #removeEverywhere(): Promise<void> {
    const { runtime, writer, volumes, sources, puller } = this.#services;
    await writer.flushed(this.uid);
    if (!this.#options.isOrphan && !isStaticPod(this.pod)) await this.#deleteFromApi();
    for (const { id } of await runtime.listSandboxes({ podUid: this.uid })) await runtime.removeSandbox(id);
    await volumes.removeLogs(this.pod);
    sources.release(this.uid);
    puller.forget(this.uid);
    writer.forget(this.uid);
    this.#end();
    this.#options.onGone(this);
  }

  async #deleteFromApi(): Promise<void> {
    const options = { gracePeriodSeconds: 0, preconditions: { uid: this.uid } };
    try {
      await this.#services.client.resource(podKind).delete(namespaceOf(this.pod), nameOf(this.pod), options);
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
    }
  }

  #end(): void {
    this.#isGone = true;
    this.#lifetime.abort();
    this.#timer?.dispose();
  }
}

const isRetried = (action: PodAction) =>
  action.type === 'createSandbox' || action.type === 'start' || action.type === 'stopSandbox';

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
