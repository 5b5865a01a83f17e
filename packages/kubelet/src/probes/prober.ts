import type { Probe } from '@kubets/api';
import { type Clock, type Disposable, messageOf } from '@kubets/core';
import type { ProbeState } from '../pod/view.ts';
import { type ProbeTarget, runProbe } from './handlers.ts';
import type { ProbeOutcome } from './transport.ts';

export interface ProberOptions extends ProbeTarget {
  readonly clock: Clock;
  readonly startedAtMs: number;
  /** What is assumed until the first result, for a container taken over from an earlier kubelet. */
  readonly adopted?: { readonly isStarted: boolean; readonly isReady: boolean };
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Told whenever `state` changed. */
  onChange(): void;
}

type ProbeType = 'startup' | 'liveness' | 'readiness';

const TITLE: Record<ProbeType, string> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };
/** Probes that could not be carried out are tried this often before the attempt counts as unknown. */
const MAX_TRIES = 3;

/** Runs the probes of one running container until it is disposed. */
export class ContainerProber implements Disposable {
  readonly #options: ProberOptions;
  readonly #timers = new Map<ProbeType, Disposable>();
  readonly #runs = new Map<ProbeType, { result: 'success' | 'failure'; count: number }>();
  #state: ProbeState;
  #disposed = false;
  #isTerminating = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    const { startupProbe, readinessProbe } = options.container;
    this.#state = {
      isStarted: options.adopted?.isStarted || startupProbe === undefined,
      isReady: options.adopted?.isReady || readinessProbe === undefined,
    };
    this.#begin();
  }

  get state(): ProbeState {
    return this.#state;
  }

  /** Only readiness is still of interest while a container ends. */
  terminate(): void {
    this.#isTerminating = true;
    for (const type of ['startup', 'liveness'] as const) this.#stop(type);
  }

  dispose(): void {
    this.#disposed = true;
    for (const type of [...this.#timers.keys()]) this.#stop(type);
  }

  #begin(): void {
    const { startupProbe, livenessProbe, readinessProbe } = this.#options.container;
    if (!this.#state.isStarted) {
      this.#schedule('startup', startupProbe);
      return;
    }
    this.#schedule('liveness', livenessProbe);
    this.#schedule('readiness', readinessProbe);
  }

  #stop(type: ProbeType): void {
    this.#timers.get(type)?.dispose();
    this.#timers.delete(type);
  }

  /** The first run comes after the initial delay, counted from the container's start. */
  #schedule(type: ProbeType, probe: Probe | undefined): void {
    if (!probe || this.#disposed || (this.#isTerminating && type !== 'readiness')) return;
    const { clock, startedAtMs } = this.#options;
    const dueMs = startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000;
    this.#after(type, probe, Math.max(0, dueMs - clock.now()));
  }

  #after(type: ProbeType, probe: Probe, delayMs: number): void {
    this.#stop(type);
    this.#timers.set(
      type,
      this.#options.clock.after(delayMs, () => void this.#tick(type, probe)),
    );
  }

  async #tick(type: ProbeType, probe: Probe): Promise<void> {
    const startMs = this.#options.clock.monotonicMs();
    const outcome = await this.#run(type, probe);
    if (this.#disposed || !this.#timers.has(type)) return;
    const isDone = this.#record(type, probe, outcome);
    if (isDone || this.#disposed) return;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    this.#after(type, probe, Math.max(0, periodMs - (this.#options.clock.monotonicMs() - startMs)));
  }

  async #run(type: ProbeType, probe: Probe): Promise<ProbeOutcome> {
    let outcome: ProbeOutcome = { result: 'unknown', output: '' };
    for (let attempt = 0; attempt < MAX_TRIES && outcome.result === 'unknown' && !this.#disposed; attempt++) {
      outcome = await runProbe(probe, this.#options).catch((error: unknown) => ({
        result: 'unknown' as const,
        output: messageOf(error),
      }));
    }
    if (this.#disposed) return outcome;
    const { event } = this.#options;
    if (outcome.result === 'failure') event('Warning', 'Unhealthy', `${TITLE[type]} probe failed: ${outcome.output}`);
    else if (outcome.result === 'warning')
      event('Warning', 'ProbeWarning', `${TITLE[type]} probe warning: ${outcome.output}`);
    else if (outcome.result === 'unknown')
      event('Warning', 'Unhealthy', `${TITLE[type]} probe errored and resulted in unknown state: ${outcome.output}`);
    return outcome;
  }

  /** Counts results in a row against the thresholds; true when this probe has nothing more to say. */
  #record(type: ProbeType, probe: Probe, outcome: ProbeOutcome): boolean {
    if (outcome.result === 'unknown') return false;
    const result = outcome.result === 'failure' ? 'failure' : 'success';
    const run = this.#runs.get(type);
    const count = run?.result === result ? run.count + 1 : 1;
    this.#runs.set(type, { result, count });
    const threshold = result === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
    if (count < threshold) return false;
    if (type === 'readiness') return this.#set({ isReady: result === 'success' }, false);
    if (result === 'failure') return this.#set({ failed: type }, true);
    if (type === 'liveness') return false;
    this.#stop('startup');
    this.#set({ isStarted: true }, true);
    this.#begin();
    return true;
  }

  #set(change: Partial<ProbeState>, isDone: boolean): boolean {
    const next = { ...this.#state, ...change };
    const isSame =
      next.isReady === this.#state.isReady &&
      next.isStarted === this.#state.isStarted &&
      next.failed === this.#state.failed;
    this.#state = next;
    if (!isSame) this.#options.onChange();
    return isDone;
  }
}
