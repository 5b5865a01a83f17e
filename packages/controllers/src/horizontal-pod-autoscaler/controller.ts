import { type HorizontalPodAutoscaler, horizontalPodAutoscalerKind, type Scale } from '@kubets/api';
import { type Client, type EventRecorder, formatTime, type Informer, keyOf } from '@kubets/client';
import { type Clock, type KindDefinition, messageOf, parseApiVersion } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import {
  type Change,
  type Controller,
  type ControllerContext,
  type Requeue,
  type Watch,
  watch,
} from '../runner/controller.ts';
import { type Limited, limitReplicas, type Memory } from './behavior.ts';
import { Draft } from './draft.ts';
import { Measurement } from './measurement.ts';

const SYNC_PERIOD_MS = 15_000;
/** Longest period and window that a behaviour may name. */
const MEMORY_MS = 3_600_000;

const LIMITS: Readonly<Record<Limited['limit'], [status: string, reason: string, message: string]>> = {
  none: ['False', 'DesiredWithinRange', 'the desired count is within the acceptable range'],
  min: ['True', 'TooFewReplicas', 'the desired replica count is less than the minimum replica count'],
  max: ['True', 'TooManyReplicas', 'the desired replica count is more than the maximum replica count'],
  upRate: ['True', 'ScaleUpLimit', 'the desired replica count is increasing faster than the maximum scale rate'],
  downRate: ['True', 'ScaleDownLimit', 'the desired replica count is decreasing faster than the maximum scale rate'],
};

/** A change of a workload's size. */
interface Rescale {
  readonly kind: KindDefinition;
  readonly current: number;
  readonly replicas: number;
  readonly why: string;
  readonly draft: Draft;
  readonly counts: Partial<NonNullable<HorizontalPodAutoscaler['status']>>;
}

/** Says why the size that came out is not the one that the metrics asked for. */
function explainLimits(draft: Draft, recommended: number, { replicas, stabilized, limit }: Limited): void {
  if (stabilized) {
    const reason = recommended < replicas ? 'ScaleDownStabilized' : 'ScaleUpStabilized';
    const message = 'recent recommendations were higher than current one, applying the highest recent recommendation';
    draft.set('AbleToScale', 'True', reason, message);
  } else draft.set('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
  draft.set('ScalingLimited', ...LIMITS[limit]);
}

/** The bound that a size outside of the bounds goes to, whatever the metrics say. */
function boundOf({ spec }: HorizontalPodAutoscaler, current: number): Pick<Rescale, 'replicas' | 'why'> | undefined {
  const { minReplicas = 1, maxReplicas } = spec;
  if (current > maxReplicas) {
    return { replicas: maxReplicas, why: 'Current number of replicas above Spec.MaxReplicas' };
  }
  if (current >= minReplicas) return undefined;
  return { replicas: minReplicas, why: 'Current number of replicas below Spec.MinReplicas' };
}

function specChanged({ type, object, old }: Change<HorizontalPodAutoscaler>): string[] {
  return type === 'updated' && old && deepEqual(old.spec, object.spec) ? [] : [keyOf(object)];
}

/** Sizes workloads by what their pods use. */
export class HorizontalPodAutoscalerController implements Controller {
  readonly name = 'horizontalpodautoscaling';
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #autoscalers: Informer<HorizontalPodAutoscaler>;
  readonly #recorder: EventRecorder;
  readonly #measurement: Measurement;
  readonly #memories = new Map<string, Memory>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#client = context.client;
    this.#clock = context.clock;
    this.#autoscalers = context.informers.informer(horizontalPodAutoscalerKind);
    this.#recorder = context.recorder('horizontal-pod-autoscaler');
    this.#measurement = new Measurement(this.#client, this.#recorder);
    this.watches = [watch(this.#autoscalers, specChanged)];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const hpa = this.#autoscalers.store.get(key);
    if (!hpa || hpa.metadata.deletionTimestamp) return this.#forget(key);
    await this.#sync(hpa);
    return { afterMs: SYNC_PERIOD_MS };
  }

  #forget(key: string): undefined {
    this.#memories.delete(key);
    return undefined;
  }

  async #sync(hpa: HorizontalPodAutoscaler): Promise<void> {
    const draft = new Draft(hpa, this.#clock.now());
    const kind = this.#targetKind(hpa);
    let scale: Scale;
    try {
      scale = await this.#getScale(hpa, kind);
    } catch (error) {
      const message = `the HPA controller was unable to get the target's current scale: ${messageOf(error)}`;
      draft.set('AbleToScale', 'False', 'FailedGetScale', message);
      this.#recorder.event(hpa, 'Warning', 'FailedGetScale', messageOf(error));
      return this.#write(hpa, draft.status({}));
    }
    const known = "the HPA controller was able to get the target's current scale";
    draft.set('AbleToScale', 'True', 'SucceededGetScale', known);
    const current = scale.spec?.replicas ?? 0;
    if (current === 0 && (hpa.spec.minReplicas ?? 1) !== 0) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      draft.set('ScalingActive', 'False', 'ScalingDisabled', message);
      return this.#write(hpa, draft.status({ currentReplicas: 0, desiredReplicas: 0 }));
    }
    await this.#decide(hpa, { scale, kind, current, draft });
  }

  async #decide(
    hpa: HorizontalPodAutoscaler,
    { scale, kind, current, draft }: { scale: Scale; kind: KindDefinition; current: number; draft: Draft },
  ): Promise<void> {
    const bound = boundOf(hpa, current);
    if (bound) return this.#rescaled(hpa, { kind, current, draft, counts: { currentReplicas: current }, ...bound });
    const best = await this.#measurement.measure(hpa, scale, draft);
    if (!best) return this.#write(hpa, draft.status({ currentReplicas: current, desiredReplicas: current }));
    const memory = this.#remember(hpa, { recommendation: best.replicas });
    const limited = limitReplicas({ hpa, current, desired: best.replicas, memory }, this.#clock.now());
    explainLimits(draft, best.replicas, limited);
    const counts = { currentReplicas: current, desiredReplicas: limited.replicas, currentMetrics: best.statuses };
    if (limited.replicas === current) return this.#write(hpa, draft.status(counts));
    const { replicas } = limited;
    const why = replicas > current ? `${best.name} above target` : 'All metrics below target';
    await this.#rescaled(hpa, { kind, current, draft, counts, replicas, why });
  }

  async #rescaled(hpa: HorizontalPodAutoscaler, change: Rescale): Promise<void> {
    const { draft, replicas, counts } = change;
    await this.#rescale(hpa, change);
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    draft.set('AbleToScale', 'True', 'SucceededRescale', message);
    const status = draft.status({ ...counts, desiredReplicas: replicas });
    await this.#write(hpa, { ...status, lastScaleTime: formatTime(this.#clock.now()) });
  }

  async #rescale(hpa: HorizontalPodAutoscaler, { kind, current, replicas, why }: Rescale): Promise<void> {
    const target = {
      namespace: hpa.metadata.namespace ?? '',
      name: hpa.spec.scaleTargetRef.name,
      subresource: 'scale',
    };
    await this.#client.resource(kind).patch(target, 'merge', { spec: { replicas } });
    this.#remember(hpa, { change: replicas - current });
    this.#recorder.event(hpa, 'Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${why}`);
  }

  #targetKind({ spec }: HorizontalPodAutoscaler): KindDefinition {
    const { apiVersion = '', kind } = spec.scaleTargetRef;
    const found = this.#context.kinds.find(parseApiVersion(apiVersion).group, kind);
    if (!found) throw new Error(`no matches for kind "${kind}" in group "${parseApiVersion(apiVersion).group}"`);
    return found;
  }

  async #getScale({ metadata, spec }: HorizontalPodAutoscaler, kind: KindDefinition): Promise<Scale> {
    const { group, version, resource } = kind;
    const { body } = await this.#client.transport.request({
      verb: 'get',
      resource: { group, version, resource },
      namespace: metadata.namespace ?? '',
      name: spec.scaleTargetRef.name,
      subresource: 'scale',
      options: {},
    });
    return body as unknown as Scale;
  }

  #remember(hpa: HorizontalPodAutoscaler, event: { recommendation?: number; change?: number }): Memory {
    const nowMs = this.#clock.now();
    const old = this.#memories.get(keyOf(hpa)) ?? { recommendations: [], changes: [] };
    const recent = (past: Memory['changes'], value: number | undefined) => [
      ...past.filter(({ atMs }) => atMs > nowMs - MEMORY_MS),
      ...(value === undefined ? [] : [{ atMs: nowMs, value }]),
    ];
    const memory = {
      recommendations: recent(old.recommendations, event.recommendation),
      changes: recent(old.changes, event.change),
    };
    this.#memories.set(keyOf(hpa), memory);
    return memory;
  }

  async #write(hpa: HorizontalPodAutoscaler, status: NonNullable<HorizontalPodAutoscaler['status']>): Promise<void> {
    if (deepEqual(hpa.status, status)) return;
    await this.#client.resource(horizontalPodAutoscalerKind).updateStatus({ ...hpa, status });
  }
}
