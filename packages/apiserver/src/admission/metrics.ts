import type { Clock } from '@kubets/core';
import type { MetricFamily } from '../pipeline/metrics.ts';
import { Histogram, Histograms, labels, Samples } from '../pipeline/series.ts';
import type { AdmissionPlugin, Operation } from './admission.ts';

export type Phase = 'admit' | 'validate';

const BUCKETS_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const WEBHOOK_BUCKETS_SECONDS = [...BUCKETS_SECONDS, 10, 25];
const POLICY_BUCKETS_SECONDS = [0.0000005, 0.001, 0.01, 0.1, 1];
const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

/** What is known of one plugin in one phase of one operation. */
interface PluginTimes {
  /** Of runs that it was waited for; the others take no time worth telling. */
  readonly waited: Histogram;
  readonly rejected: Histogram;
}

/** What is known of all plugins together. */
interface StepTimes {
  readonly passed: Histogram;
  readonly rejected: Histogram;
}

/** The runs of all plugins in one phase of one operation. */
class Passes {
  count = 0;
  readonly plugins: readonly (PluginTimes | undefined)[];
  readonly step: StepTimes;

  constructor(plugins: readonly AdmissionPlugin[], phase: Phase, operation: Operation) {
    const histogram = (rejected: boolean, more: Readonly<Record<string, string>> = {}) =>
      new Histogram(BUCKETS_SECONDS, labels({ ...more, operation, rejected: String(rejected), type: phase }));
    this.step = { passed: histogram(false), rejected: histogram(true) };
    this.plugins = plugins.map((plugin) => {
      const takesPart = (phase === 'admit' ? plugin.mutate : plugin.validate) && plugin.handles(operation);
      if (!takesPart) return undefined;
      const { name } = plugin;
      return { waited: histogram(false, { name }), rejected: histogram(true, { name }) };
    });
  }

  *lines(name: string): Iterable<string> {
    // Plugins behind one that refuses do not run.
    let passed = this.count;
    for (const times of this.plugins) {
      if (!times) continue;
      passed -= times.rejected.count;
      if (passed > 0) yield* times.waited.lines(name, passed - times.waited.count);
      if (times.rejected.count > 0) yield* times.rejected.lines(name);
    }
  }
}

/** How long admission takes, as /metrics shows it. */
export class AdmissionMetrics {
  readonly #clock: Clock;
  readonly #passes: ReadonlyMap<string, Passes>;
  readonly #webhooks = new Histograms(WEBHOOK_BUCKETS_SECONDS);
  readonly #policyTotals = new Samples();
  readonly #policyTimes = new Histograms(POLICY_BUCKETS_SECONDS);

  constructor(plugins: readonly AdmissionPlugin[], clock: Clock) {
    this.#clock = clock;
    const phases: readonly Phase[] = ['admit', 'validate'];
    this.#passes = new Map(
      phases.flatMap((phase) =>
        OPERATIONS.map((operation) => [phase + operation, new Passes(plugins, phase, operation)] as const),
      ),
    );
  }

  begin(phase: Phase, operation: Operation): AdmissionRun {
    const passes = this.#passes.get(phase + operation)!;
    passes.count++;
    return new AdmissionRun(this.#clock, passes);
  }

  webhookAsked(
    name: string,
    { phase, operation, rejected, startMs }: { phase: Phase; operation: Operation; rejected: boolean; startMs: number },
  ): void {
    const values = () => ({ name, operation, rejected: String(rejected), type: phase });
    const seconds = (this.#clock.monotonicMs() - startMs) / 1000;
    this.#webhooks.of(`${name} ${phase} ${operation} ${rejected}`, values)?.observe(seconds);
  }

  /** What a policy with a binding came to: deny, audit, warn or allow. */
  policyChecked(check: { policy: string; binding: string; action: string; errorType: string; seconds: number }): void {
    const { policy, binding, action, errorType, seconds } = check;
    const key = `${policy} ${binding} ${action} ${errorType}`;
    const values = { enforcement_action: action, error_type: errorType, policy, policy_binding: binding };
    const total = this.#policyTotals.of(key, () => values);
    if (total) total.count++;
    this.#policyTimes.of(key, () => values)?.observe(seconds);
  }

  families(): MetricFamily[] {
    return [...this.#admissionFamilies(), ...this.#policyFamilies()];
  }

  #policyFamilies(): MetricFamily[] {
    const prefix = 'apiserver_validating_admission_policy_check';
    return [
      this.#policyTotals.family(
        `${prefix}_total`,
        '[BETA] Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.',
        'counter',
      ),
      this.#policyTimes.family(
        `${prefix}_duration_seconds`,
        '[BETA] Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.',
      ),
    ];
  }

  #admissionFamilies(): MetricFamily[] {
    const prefix = 'apiserver_admission';
    const controllers = `${prefix}_controller_admission_duration_seconds`;
    const steps = `${prefix}_step_admission_duration_seconds`;
    const passes = this.#passes;
    return [
      {
        name: controllers,
        help: '[STABLE] Admission controller latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
        type: 'histogram',
        *lines() {
          for (const each of passes.values()) if (each.count > 0) yield* each.lines(controllers);
        },
      },
      {
        name: steps,
        help: '[STABLE] Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).',
        type: 'histogram',
        *lines() {
          for (const { step } of passes.values())
            for (const each of [step.passed, step.rejected]) if (each.count > 0) yield* each.lines(steps);
        },
      },
      this.#webhooks.family(
        `${prefix}_webhook_admission_duration_seconds`,
        '[STABLE] Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
      ),
    ];
  }
}

/** One request's way through the plugins in one phase. */
export class AdmissionRun {
  readonly #clock: Clock;
  readonly #passes: Passes;
  readonly #startMs: number;
  #pluginStartMs: number;

  constructor(clock: Clock, passes: Passes) {
    this.#clock = clock;
    this.#passes = passes;
    this.#startMs = clock.monotonicMs();
    this.#pluginStartMs = this.#startMs;
  }

  /** A plugin is going to be waited for. */
  waiting(): void {
    this.#pluginStartMs = this.#clock.monotonicMs();
  }

  waited(index: number): void {
    this.#passes.plugins[index]?.waited.observe(this.#secondsSince(this.#pluginStartMs));
  }

  rejected(index: number): void {
    this.#passes.plugins[index]?.rejected.observe(this.#secondsSince(this.#pluginStartMs));
    this.#passes.step.rejected.observe(this.#secondsSince(this.#startMs));
  }

  done(): void {
    this.#passes.step.passed.observe(this.#secondsSince(this.#startMs));
  }

  #secondsSince(startMs: number): number {
    return (this.#clock.monotonicMs() - startMs) / 1000;
  }
}
