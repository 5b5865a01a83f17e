import type { Pod } from '@kubets/api';
import { messageOf } from '@kubets/core';
import { RuntimeError } from '../runtime.ts';
import { allContainers, type PodContainer } from './containers.ts';
import { runHook } from './hooks.ts';
import { describePod } from './identity.ts';
import { type ContainerStop, MIN_GRACE_SECONDS } from './step.ts';
import { probeTarget, type WorkerScope } from './worker-scope.ts';

/** Pause after a stop that failed. */
const RETRY_MS = 1_000;

/** How long a pod's containers have to end. */
export function graceSecondsOf({ metadata, spec }: Pod): number {
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
}

/** Stops the containers of one pod, each at most once at a time. */
export class ContainerStops {
  readonly #scope: WorkerScope;
  readonly #stopping = new Map<string, Promise<void>>();
  /** Resolves when the pod is no longer looked after: what the runtime does by then it finishes alone. */
  readonly #released: Promise<void>;

  constructor(scope: WorkerScope) {
    this.#scope = scope;
    this.#released = new Promise((resolve) => scope.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Ids of containers being stopped. */
  get underWay(): ReadonlySet<string> {
    return new Set(this.#stopping.keys());
  }

  /** Resolves when the container has ended, or could not be stopped for now. */
  stop(stop: ContainerStop): Promise<void> {
    const known = this.#stopping.get(stop.containerId);
    if (known) return known;
    const work = this.#stop(stop).finally(() => {
      this.#stopping.delete(stop.containerId);
      this.#scope.stale();
    });
    this.#stopping.set(stop.containerId, work);
    return work;
  }

  /** Less time is left than was given first: running stops are asked to hurry. */
  hurry(graceSeconds: number): void {
    const { runtime } = this.#scope.services;
    const left = Math.max(MIN_GRACE_SECONDS, graceSeconds);
    for (const id of this.#stopping.keys())
      this.#scope.background(this.#whileLookedAfter(runtime.stopContainer(id, left).catch(() => undefined)));
  }

  async #stop({ containerId, name, message, graceSeconds }: ContainerStop): Promise<void> {
    const { clock } = this.#scope.services;
    const container = allContainers(this.#scope.pod()).find(({ spec }) => spec.name === name);
    this.#scope.event('Normal', 'Killing', message || `Stopping container ${name}`, container);
    const startMs = clock.monotonicMs();
    if (container && graceSeconds > 0) await this.#preStop(container, containerId, graceSeconds);
    const usedSeconds = (clock.monotonicMs() - startMs) / 1000;
    const left = Math.max(MIN_GRACE_SECONDS, Math.ceil(graceSeconds - usedSeconds));
    await this.#stopNow(containerId, name, left);
  }

  async #stopNow(containerId: string, name: string, graceSeconds: number): Promise<void> {
    const { clock, runtime, logger } = this.#scope.services;
    try {
      await this.#whileLookedAfter(runtime.stopContainer(containerId, graceSeconds));
    } catch (error) {
      if (error instanceof RuntimeError && error.reason === 'NotFound') return;
      const pod = describePod(this.#scope.pod());
      logger.log('warn', 'a container could not be stopped', { pod, name, error: messageOf(error) });
      await clock.sleep(RETRY_MS, this.#scope.signal).catch(() => undefined);
    }
  }

  /** Runs the preStop hook, for at most the grace period. */
  async #preStop(container: PodContainer, containerId: string, graceSeconds: number): Promise<void> {
    const { clock, logger } = this.#scope.services;
    const hook = container.spec.lifecycle?.preStop;
    if (!hook) return;
    const limit = new AbortController();
    const timer = clock.after(graceSeconds * 1000, () => limit.abort());
    const over = new Promise<void>((resolve) =>
      limit.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    try {
      const work = runHook(hook, probeTarget(this.#scope, container, containerId), clock, limit.signal);
      await this.#whileLookedAfter(Promise.race([work, over]));
      work.catch(() => undefined);
    } catch (error) {
      this.#scope.event('Warning', 'FailedPreStopHook', 'PreStopHook failed', container);
      const pod = describePod(this.#scope.pod());
      logger.log('debug', 'a preStop hook failed', { pod, error: messageOf(error) });
    } finally {
      timer.dispose();
    }
  }

  /** Waits for work that may take as long as a grace period, but not beyond the time that the pod is looked after. */
  async #whileLookedAfter(work: Promise<unknown>): Promise<void> {
    await Promise.race([work, this.#released]);
    if (this.#scope.signal.aborted) work.catch(() => undefined);
  }
}
