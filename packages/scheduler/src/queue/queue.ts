import type { Pod } from '@kubets/api';
import { keyOf } from '@kubets/client';
import type { Clock, Disposable } from '@kubets/core';
import { priorityOf } from '../cache/node-info.ts';
import type { ClusterEvent } from '../framework/plugin.ts';
import { Heap } from './heap.ts';

const INITIAL_BACK_OFF_MS = 1_000;
const MAX_BACK_OFF_MS = 10_000;
/** Refused pods get another try after this time even though no event spoke for them. */
const MAX_UNSCHEDULABLE_MS = 5 * 60_000;
const FLUSH_PERIOD_MS = 30_000;

/** A pod on its way to a node. */
export interface QueuedPod {
  readonly key: string;
  pod: Pod;
  attempts: number;
  /** Order among pods of one priority. */
  readonly sequence: number;
  triedMs: number;
  refusedBy: ReadonlySet<string>;
  place: 'active' | 'backOff' | 'refused' | 'gated' | 'inFlight' | 'gone';
}

export interface QueueOptions {
  readonly clock: Clock;
  /** Whether an event may help a pod that these plugins refused. */
  readonly helps: (event: ClusterEvent, refusedBy: ReadonlySet<string>) => boolean;
  /** A pod can be taken. */
  readonly onReady: () => void;
}

/**
 * Pods that wait for a node: active ones by priority and age; those that failed a moment ago, backing off; refused ones, until an
 * event gives them hope; gated ones, until their gates are gone.
 */
export class SchedulingQueue implements Disposable {
  readonly #options: QueueOptions;
  readonly #entries = new Map<string, QueuedPod>();
  readonly #refused = new Set<QueuedPod>();
  readonly #timers = new Map<string, Disposable>();
  readonly #active = new Heap<QueuedPod>((left, right) => {
    const difference = priorityOf(left.pod) - priorityOf(right.pod);
    return difference > 0 || (difference === 0 && left.sequence < right.sequence);
  });
  #activeCount = 0;
  #sequence = 0;
  #flushTimer: Disposable | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#scheduleFlush();
  }

  /** Pods that could be taken now. */
  get activeCount(): number {
    return this.#activeCount;
  }

  get(key: string): QueuedPod | undefined {
    return this.#entries.get(key);
  }

  /** Takes in a pod without a node, or its newer state. */
  put(pod: Pod, changed: boolean): void {
    const key = keyOf(pod);
    const known = this.#entries.get(key);
    if (known && known.pod.metadata.uid === pod.metadata.uid) {
      known.pod = pod;
      if (known.place === 'gated' && !isGated(pod)) this.#activate(known);
      else if (changed && known.place === 'refused' && this.#options.helps('podChanged', known.refusedBy)) {
        this.#wake(known);
      }
      return;
    }
    this.remove(key);
    const sequence = this.#sequence++;
    const entry: QueuedPod = { key, pod, attempts: 0, sequence, triedMs: 0, refusedBy: new Set(), place: 'gone' };
    this.#entries.set(key, entry);
    if (isGated(pod)) entry.place = 'gated';
    else this.#activate(entry);
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    if (entry.place === 'active') this.#activeCount--;
    entry.place = 'gone';
    this.#entries.delete(key);
    this.#refused.delete(entry);
    this.#timers.get(key)?.dispose();
    this.#timers.delete(key);
  }

  take(): QueuedPod | undefined {
    for (let entry = this.#active.pop(); entry; entry = this.#active.pop()) {
      if (entry.place !== 'active' || this.#entries.get(entry.key) !== entry) continue;
      this.#activeCount--;
      entry.place = 'inFlight';
      entry.attempts++;
      entry.triedMs = this.#options.clock.monotonicMs();
      return entry;
    }
    return undefined;
  }

  /** Puts a taken pod aside until an event that these plugins care about. */
  refuse(entry: QueuedPod, refusedBy: ReadonlySet<string>): void {
    if (entry.place !== 'inFlight') return;
    entry.refusedBy = refusedBy;
    entry.place = 'refused';
    this.#refused.add(entry);
  }

  /** Puts a taken pod aside for a while: something went wrong that has nothing to do with the pod. */
  retry(entry: QueuedPod): void {
    if (entry.place === 'inFlight') this.#backOff(entry);
  }

  /** Gives another try to all refused pods that the event may help. */
  notify(event: ClusterEvent): void {
    if (this.#refused.size === 0) return;
    for (const entry of [...this.#refused]) if (this.#options.helps(event, entry.refusedBy)) this.#wake(entry);
  }

  /** Gives another try to one pod, whatever refused it. */
  wake(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.place === 'refused') this.#wake(entry);
  }

  dispose(): void {
    this.#flushTimer?.dispose();
    for (const timer of this.#timers.values()) timer.dispose();
    this.#timers.clear();
    this.#entries.clear();
    this.#refused.clear();
  }

  #wake(entry: QueuedPod): void {
    this.#refused.delete(entry);
    this.#backOff(entry);
  }

  #activate(entry: QueuedPod): void {
    entry.place = 'active';
    this.#activeCount++;
    this.#active.push(entry);
    this.#options.onReady();
  }

  #backOff(entry: QueuedPod): void {
    const { clock } = this.#options;
    const lengthMs = Math.min(MAX_BACK_OFF_MS, INITIAL_BACK_OFF_MS * 2 ** (entry.attempts - 1));
    const leftMs = entry.triedMs + lengthMs - clock.monotonicMs();
    if (leftMs <= 0) {
      this.#activate(entry);
      return;
    }
    entry.place = 'backOff';
    const timer = clock.after(leftMs, () => {
      this.#timers.delete(entry.key);
      if (entry.place === 'backOff') this.#activate(entry);
    });
    this.#timers.set(entry.key, timer);
  }

  #scheduleFlush(): void {
    const { clock } = this.#options;
    this.#flushTimer = clock.after(FLUSH_PERIOD_MS, () => {
      const limitMs = clock.monotonicMs() - MAX_UNSCHEDULABLE_MS;
      for (const entry of [...this.#refused]) if (entry.triedMs < limitMs) this.#wake(entry);
      this.#scheduleFlush();
    });
  }
}

export function isGated({ spec }: Pod): boolean {
  return (spec.schedulingGates?.length ?? 0) > 0;
}
