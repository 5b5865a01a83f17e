import { type Pod, type PodCondition, type PodDisruptionBudget, podKind } from '@kubets/api';
import { type Client, type EventRecorder, formatTime, keyOf, type ReadStore } from '@kubets/client';
import { type Clock, type Disposable, hasReason, type Logger, messageOf, type Random, StatusError } from '@kubets/core';
import type { Binder } from './binder.ts';
import { SchedulerCache } from './cache/cache.ts';
import { priorityOf } from './cache/node-info.ts';
import { Algorithm, type Diagnosis } from './framework/algorithm.ts';
import { explain } from './framework/message.ts';
import type { ClusterEvent, Plugin } from './framework/plugin.ts';
import { decideVolumes, type VolumeStores } from './plugins/volumes.ts';
import { type Candidate, planPreemption } from './preemption/preemption.ts';
import { type QueuedPod, SchedulingQueue } from './queue/queue.ts';

/** Bindings and status writes under way at the same time. */
const MAX_WRITES_IN_FLIGHT = 128;
/** How long placing pods may keep the process from other work. */
const MAX_PUMP_MS = 5;

export interface SchedulerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: EventRecorder;
  readonly plugins: readonly Plugin[];
  readonly binder: Binder;
  readonly volumes: VolumeStores;
  readonly budgets: ReadStore<PodDisruptionBudget>;
}

/** Decides pod by pod; writes what it decided in the background, counting on it meanwhile. */
export class Scheduler implements Disposable {
  readonly cache = new SchedulerCache();
  readonly queue: SchedulingQueue;
  readonly #options: SchedulerOptions;
  readonly #algorithm: Algorithm;
  readonly #nominations = new Map<string, { pod: Pod; node: string }>();
  #inFlight = 0;
  #started = false;
  #stopped = false;
  #pumping = false;
  #onIdle: () => void = () => {};

  constructor(options: SchedulerOptions) {
    const { clock, plugins, random } = options;
    this.#options = options;
    this.queue = new SchedulingQueue({ clock, helps: makeHelps(plugins), onReady: () => this.#pumpSoon() });
    this.#algorithm = new Algorithm({ plugins, random, nominated: (node, pod) => this.#nominatedOn(node, pod) });
  }

  get busy(): boolean {
    return this.#inFlight > 0 || (this.#started && this.queue.activeCount > 0);
  }

  start(): void {
    this.#started = true;
    this.#pumpSoon();
  }

  /** Tells of a change that may let refused pods in. */
  notify(event: ClusterEvent): void {
    this.queue.notify(event);
  }

  nominate(pod: Pod): void {
    const node = pod.status?.nominatedNodeName;
    if (node) this.#nominations.set(keyOf(pod), { pod, node });
    else this.#nominations.delete(keyOf(pod));
  }

  denominate(key: string): void {
    this.#nominations.delete(key);
  }

  dispose(): void {
    this.#stopped = true;
    this.queue.dispose();
  }

  /** Resolves when no write is under way any more. */
  async whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Changes come in bunches: let the whole bunch arrive, so that priorities are compared among all of it. */
  #pumpSoon(): void {
    if (this.#pumping || !this.#started) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    while (!this.#stopped && this.#inFlight < MAX_WRITES_IN_FLIGHT) {
      if (clock.monotonicMs() - startedMs > MAX_PUMP_MS) {
        this.#pumpLater();
        return;
      }
      const entry = this.queue.take();
      if (!entry) return;
      this.#scheduleOne(entry);
    }
  }

  #pumpLater(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#options.clock.after(0, () => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #scheduleOne(entry: QueuedPod): void {
    const { pod } = entry;
    if (pod.metadata.deletionTimestamp || this.cache.has(entry.key)) return;
    try {
      const verdict = this.#algorithm.schedule(pod, this.cache);
      if (verdict.type === 'fits') this.#place(entry, verdict.node);
      else this.#refuse(entry, verdict.diagnosis);
    } catch (error) {
      this.#options.logger.log('error', 'scheduling failed', { pod: entry.key, error });
      this.queue.retry(entry);
    }
  }

  #place(entry: QueuedPod, node: string): void {
    const { pod } = entry;
    const info = this.cache.node(node);
    const volumes = info && decideVolumes(pod, info.node, this.#options.volumes);
    const placed: Pod = { ...pod, spec: { ...pod.spec, nodeName: node } };
    this.cache.assume(placed, node);
    this.#write(this.#options.binder.bind(pod, node, volumes), entry, {
      done: () => {
        this.denominate(entry.key);
        const message = `Successfully assigned ${entry.key} to ${node}`;
        this.#options.recorder.event(pod, 'Normal', 'Scheduled', message);
      },
      failed: (error) => this.#bindingFailed(entry, error),
    });
  }

  #bindingFailed(entry: QueuedPod, error: unknown): void {
    const { pod } = entry;
    this.cache.forget({ ...pod, spec: { ...pod.spec } });
    if (hasReason(error, 'NotFound')) return;
    const message = `binding rejected: ${messageOf(error)}`;
    this.#options.recorder.event(pod, 'Warning', 'FailedScheduling', message);
    this.queue.retry(entry);
  }

  #refuse(entry: QueuedPod, diagnosis: Diagnosis): void {
    const { pod } = entry;
    const { recorder } = this.#options;
    const { message, candidate } = this.#tryPreemption(pod, diagnosis);
    const refusedBy = candidate ? new Set([...diagnosis.refusedBy, 'NodeResourcesFit']) : diagnosis.refusedBy;
    this.queue.refuse(entry, refusedBy);
    const why = explain(diagnosis, message);
    recorder.event(pod, 'Warning', 'FailedScheduling', why);
    if (candidate) this.#nominations.set(entry.key, { pod, node: candidate.node });
    else if (!candidate && pod.status?.nominatedNodeName && !message?.startsWith('not eligible')) {
      this.denominate(entry.key);
    }
    const write = this.#reportRefusal(pod, why, candidate);
    this.#write(write, entry, { done: () => {}, failed: (error) => this.#reportFailed(entry, error) });
  }

  #tryPreemption(pod: Pod, diagnosis: Diagnosis): { message?: string; candidate?: Candidate } {
    if (diagnosis.totalNodes === 0) return {};
    const { plugins, budgets, random } = this.#options;
    const offset = Math.floor(random.next() * diagnosis.totalNodes);
    const input = { pod, diagnosis, view: this.cache, plugins, budgets: budgets.list(), offset };
    const result = planPreemption(input);
    return result.type === 'nominate' ? { candidate: result.candidate } : { message: result.message };
  }

  async #reportRefusal(pod: Pod, message: string, candidate: Candidate | undefined): Promise<void> {
    if (candidate) await Promise.all(candidate.victims.map((victim) => this.#evict(victim, pod, candidate.node)));
    const condition = this.#condition(pod, message);
    const nominatedNodeName = candidate?.node;
    if (!condition && !nominatedNodeName) return;
    const status = {
      ...(condition ? { conditions: [condition] } : {}),
      ...(nominatedNodeName ? { nominatedNodeName } : {}),
    };
    const { namespace = '', name = '', uid } = pod.metadata;
    const target = { namespace, name, subresource: 'status' };
    await this.#options.client.resource(podKind).patch(target, 'strategic', { metadata: { uid }, status });
  }

  /** Undefined when the pod shows it already. */
  #condition(pod: Pod, message: string): PodCondition | undefined {
    const old = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (old?.status === 'False' && old.reason === 'Unschedulable' && old.message === message) return undefined;
    const now = formatTime(this.#options.clock.now());
    const lastTransitionTime = old?.status === 'False' ? (old.lastTransitionTime ?? now) : now;
    const observedGeneration = pod.metadata.generation;
    return {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime,
      ...(observedGeneration ? { observedGeneration } : {}),
    };
  }

  /** Tells a victim why, then deletes it with its own grace period. */
  async #evict(victim: Pod, preemptor: Pod, node: string): Promise<void> {
    const { client, clock, recorder } = this.#options;
    const { namespace = '', name = '', uid, generation } = victim.metadata;
    const by = preemptor.spec.schedulerName ?? 'default-scheduler';
    const pods = client.resource(podKind);
    const condition: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${by}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: formatTime(clock.now()),
      ...(generation ? { observedGeneration: generation } : {}),
    };
    try {
      if (victim.metadata.deletionTimestamp) return;
      const status = { conditions: [condition] };
      await pods.patch({ namespace, name, subresource: 'status' }, 'strategic', { metadata: { uid }, status });
      await pods.delete(namespace, name, uid ? { preconditions: { uid } } : {});
      recorder.event(victim, 'Normal', 'Preempted', `Preempted by pod ${preemptor.metadata.uid} on node ${node}`);
    } catch (error) {
      if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }

  #reportFailed(entry: QueuedPod, error: unknown): void {
    if (hasReason(error, 'NotFound')) return;
    this.#options.logger.log('warn', 'could not report an unschedulable pod', { pod: entry.key, error });
    this.queue.wake(entry.key);
  }

  #write(write: Promise<void>, entry: QueuedPod, after: { done(): void; failed(error: unknown): void }): void {
    this.#inFlight++;
    const finish = () => {
      this.#inFlight--;
      if (this.#inFlight === 0) this.#onIdle();
      this.#pumpSoon();
    };
    write.then(
      () => {
        if (!this.#stopped) after.done();
        finish();
      },
      (error) => {
        if (!this.#stopped) after.failed(error);
        this.#options.logger.log('debug', 'write failed', { pod: entry.key, error: String(error) });
        finish();
      },
    );
  }

  /** Pods at least as important that wait for their room on this node. */
  #nominatedOn(node: string, pod: Pod): readonly Pod[] {
    if (this.#nominations.size === 0) return [];
    const priority = priorityOf(pod);
    return [...this.#nominations.values()]
      .filter((nominated) => nominated.node === node && nominated.pod.metadata.uid !== pod.metadata.uid)
      .filter((nominated) => priorityOf(nominated.pod) >= priority && !this.cache.has(keyOf(nominated.pod)))
      .map((nominated) => nominated.pod);
  }
}

/** A pod that nobody in particular refused is helped by everything. */
function makeHelps(plugins: readonly Plugin[]) {
  const wakes = new Map(plugins.map(({ name, wakesOn }) => [name, new Set(wakesOn)]));
  return (event: ClusterEvent, refusedBy: ReadonlySet<string>) => {
    if (refusedBy.size === 0) return true;
    for (const name of refusedBy) if (wakes.get(name)?.has(event)) return true;
    return false;
  };
}
