import {
  type HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerCondition,
  horizontalPodAutoscalerKind,
  podKind,
  type Scale,
} from '@kubets/api';
import { formatTime, keyOf } from '@kubets/client';
import {
  hasReason,
  type KindDefinition,
  type KubeList,
  type KubeObject,
  parseApiVersion,
  Quantity,
} from '@kubets/core';
import { withCondition } from '../conditions.ts';
import { deepEqual } from '../equality.ts';
import { messageOf } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { type Limited, limitReplicas, type Memory } from './behavior.ts';
import { type PodMetrics, recommend } from './metrics.ts';

const SYNC_PERIOD_MS = 15_000;
const DEFAULT_TOLERANCE = 0.1;
/** Longest period and window that a behaviour may name. */
const MEMORY_MS = 3_600_000;
const METRICS = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };

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

/** The bound that a size outside of the bounds goes to, whatever the metrics say. */
function boundOf({ spec }: HorizontalPodAutoscaler, current: number): Pick<Rescale, 'replicas' | 'why'> | undefined {
  const { minReplicas = 1, maxReplicas } = spec;
  if (current > maxReplicas) {
    return { replicas: maxReplicas, why: 'Current number of replicas above Spec.MaxReplicas' };
  }
  if (current >= minReplicas) return undefined;
  return { replicas: minReplicas, why: 'Current number of replicas below Spec.MinReplicas' };
}

/** What the first metric is about. */
function sourceOf({ spec }: HorizontalPodAutoscaler) {
  const [first] = spec.metrics ?? [];
  return first?.resource ?? first?.containerResource;
}

/** What could not be learnt of, as messages word it. */
function wantedOf(hpa: HorizontalPodAutoscaler): string {
  const source = sourceOf(hpa);
  return `${source?.name ?? ''} ${source?.target.type === 'Utilization' ? 'utilization' : 'usage'}`;
}

function invalidMetrics(hpa: HorizontalPodAutoscaler, why: string): string {
  const { length } = hpa.spec.metrics ?? [];
  const first = `failed to get ${sourceOf(hpa)?.name ?? ''} resource metric value: ${why}`;
  return `invalid metrics (${length} invalid out of ${length}), first error is: ${first}`;
}

/** Sizes workloads by what their pods use. */
export function horizontalPodAutoscalerController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const autoscalers = context.informers.informer(horizontalPodAutoscalerKind);
  const recorder = context.recorder('horizontal-pod-autoscaler');
  const memories = new Map<string, Memory>();

  return {
    name: 'horizontalpodautoscaling',
    watches: [watch(autoscalers, ({ type, object, old }) => specChanged(type, object, old))],
    async reconcile(key): Promise<Requeue | undefined> {
      const hpa = autoscalers.store.get(key);
      if (!hpa || hpa.metadata.deletionTimestamp) return forget(key);
      await sync(hpa);
      return { afterMs: SYNC_PERIOD_MS };
    },
  };

  function specChanged(
    type: string,
    object: HorizontalPodAutoscaler,
    old: HorizontalPodAutoscaler | undefined,
  ): string[] {
    return type === 'updated' && old && deepEqual(old.spec, object.spec) ? [] : [keyOf(object)];
  }

  function forget(key: string): undefined {
    memories.delete(key);
    return undefined;
  }

  async function sync(hpa: HorizontalPodAutoscaler): Promise<void> {
    const draft = new Draft(hpa, clock.now());
    const kind = targetKind(hpa);
    let scale: Scale;
    try {
      scale = await getScale(hpa, kind);
    } catch (error) {
      const message = `the HPA controller was unable to get the target's current scale: ${messageOf(error)}`;
      draft.set('AbleToScale', 'False', 'FailedGetScale', message);
      recorder.event(hpa, 'Warning', 'FailedGetScale', messageOf(error));
      return write(hpa, draft.status({}));
    }
    draft.set(
      'AbleToScale',
      'True',
      'SucceededGetScale',
      "the HPA controller was able to get the target's current scale",
    );
    const current = scale.spec?.replicas ?? 0;
    if (current === 0 && (hpa.spec.minReplicas ?? 1) !== 0) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      draft.set('ScalingActive', 'False', 'ScalingDisabled', message);
      return write(hpa, draft.status({ currentReplicas: 0, desiredReplicas: 0 }));
    }
    await decide(hpa, { scale, kind, current, draft });
  }

  async function decide(
    hpa: HorizontalPodAutoscaler,
    { scale, kind, current, draft }: { scale: Scale; kind: KindDefinition; current: number; draft: Draft },
  ): Promise<void> {
    const bound = boundOf(hpa, current);
    if (bound) return rescaled(hpa, { kind, current, draft, counts: { currentReplicas: current }, ...bound });
    const best = await measure(hpa, scale, draft);
    if (!best) return write(hpa, draft.status({ currentReplicas: current, desiredReplicas: current }));
    const memory = remember(hpa, { recommendation: best.replicas });
    const limited = limitReplicas({ hpa, current, desired: best.replicas, memory }, clock.now());
    const [limitStatus, limitReason, limitMessage] = LIMITS[limited.limit];
    if (limited.stabilized) {
      const reason = best.replicas < limited.replicas ? 'ScaleDownStabilized' : 'ScaleUpStabilized';
      draft.set(
        'AbleToScale',
        'True',
        reason,
        'recent recommendations were higher than current one, applying the highest recent recommendation',
      );
    } else draft.set('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
    draft.set('ScalingLimited', limitStatus, limitReason, limitMessage);
    const counts = { currentReplicas: current, desiredReplicas: limited.replicas, currentMetrics: best.statuses };
    if (limited.replicas === current) return write(hpa, draft.status(counts));
    const { replicas } = limited;
    const why = replicas > current ? `${best.name} above target` : 'All metrics below target';
    await rescaled(hpa, { kind, current, draft, counts, replicas, why });
  }

  async function rescaled(hpa: HorizontalPodAutoscaler, change: Rescale): Promise<void> {
    const { draft, replicas, counts } = change;
    await rescale(hpa, change);
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    draft.set('AbleToScale', 'True', 'SucceededRescale', message);
    const status = draft.status({ ...counts, desiredReplicas: replicas });
    await write(hpa, { ...status, lastScaleTime: formatTime(clock.now()) });
  }

  async function rescale(hpa: HorizontalPodAutoscaler, { kind, current, replicas, why }: Rescale): Promise<void> {
    const target = {
      namespace: hpa.metadata.namespace ?? '',
      name: hpa.spec.scaleTargetRef.name,
      subresource: 'scale',
    };
    await client.resource(kind).patch(target, 'merge', { spec: { replicas } });
    remember(hpa, { change: replicas - current });
    recorder.event(hpa, 'Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${why}`);
  }

  function targetKind({ spec }: HorizontalPodAutoscaler): KindDefinition {
    const { apiVersion = '', kind } = spec.scaleTargetRef;
    const found = context.kinds.find(parseApiVersion(apiVersion).group, kind);
    if (!found) throw new Error(`no matches for kind "${kind}" in group "${parseApiVersion(apiVersion).group}"`);
    return found;
  }

  async function getScale({ metadata, spec }: HorizontalPodAutoscaler, kind: KindDefinition): Promise<Scale> {
    const { group, version, resource } = kind;
    const { body } = await client.transport.request({
      verb: 'get',
      resource: { group, version, resource },
      namespace: metadata.namespace ?? '',
      name: spec.scaleTargetRef.name,
      subresource: 'scale',
      options: {},
    });
    return body as unknown as Scale;
  }

  /** The recommendation of the metric that asks for most; undefined, with a condition that says why, when none is known. */
  async function measure(hpa: HorizontalPodAutoscaler, scale: Scale, draft: Draft) {
    const { namespace = '' } = hpa.metadata;
    const { tolerance: upText } = hpa.spec.behavior?.scaleUp ?? {};
    const { tolerance: downText } = hpa.spec.behavior?.scaleDown ?? {};
    const number = (text: string | undefined) =>
      text === undefined ? DEFAULT_TOLERANCE : Quantity.parse(text).toNumber();
    const tolerance = { up: number(upText), down: number(downText) };
    try {
      const labelSelector = scale.status?.selector ?? '';
      const pods = (await client.resource(podKind).list(namespace, { labelSelector })).items;
      const metrics = await podMetrics(sourceOf(hpa)?.name ?? '', namespace, labelSelector);
      const current = scale.spec?.replicas ?? 0;
      const all = (hpa.spec.metrics ?? []).map((spec) => recommend({ spec, pods, metrics, current, tolerance }));
      const best = all.reduce((most, next) => (next.replicas > most.replicas ? next : most));
      const message = `the HPA was able to successfully calculate a replica count from ${best.name}`;
      draft.set('ScalingActive', 'True', 'ValidMetricFound', message);
      return { ...best, statuses: all.map(({ status }) => status) };
    } catch (error) {
      const why = `failed to get ${wantedOf(hpa)}: ${messageOf(error)}`;
      const message = `the HPA was unable to compute the replica count: ${why}`;
      draft.set('ScalingActive', 'False', 'FailedGetResourceMetric', message);
      recorder.event(hpa, 'Warning', 'FailedGetResourceMetric', why);
      recorder.event(hpa, 'Warning', 'FailedComputeMetricsReplicas', invalidMetrics(hpa, why));
      return undefined;
    }
  }

  async function podMetrics(
    resource: string,
    namespace: string,
    labelSelector: string,
  ): Promise<readonly PodMetrics[]> {
    const request = {
      verb: 'list' as const,
      resource: METRICS,
      namespace,
      name: '',
      subresource: '',
      options: { labelSelector },
    };
    try {
      const { body } = await client.transport.request(request);
      return (body as KubeList<KubeObject & PodMetrics>).items;
    } catch (error) {
      const what = hasReason(error, 'NotFound') ? ' (get pods.metrics.k8s.io)' : '';
      const why = `unable to fetch metrics from resource metrics API: ${messageOf(error)}${what}`;
      throw new Error(`unable to get metrics for resource ${resource}: ${why}`);
    }
  }

  function remember(hpa: HorizontalPodAutoscaler, event: { recommendation?: number; change?: number }): Memory {
    const nowMs = clock.now();
    const old = memories.get(keyOf(hpa)) ?? { recommendations: [], changes: [] };
    const recent = (past: Memory['changes'], value: number | undefined) => [
      ...past.filter(({ atMs }) => atMs > nowMs - MEMORY_MS),
      ...(value === undefined ? [] : [{ atMs: nowMs, value }]),
    ];
    const memory = {
      recommendations: recent(old.recommendations, event.recommendation),
      changes: recent(old.changes, event.change),
    };
    memories.set(keyOf(hpa), memory);
    return memory;
  }

  async function write(
    hpa: HorizontalPodAutoscaler,
    status: NonNullable<HorizontalPodAutoscaler['status']>,
  ): Promise<void> {
    if (deepEqual(hpa.status, status)) return;
    await client.resource(horizontalPodAutoscalerKind).updateStatus({ ...hpa, status });
  }
}

/** The status being put together. */
class Draft {
  readonly #hpa: HorizontalPodAutoscaler;
  readonly #nowMs: number;
  #conditions: HorizontalPodAutoscalerCondition[];

  constructor(hpa: HorizontalPodAutoscaler, nowMs: number) {
    this.#hpa = hpa;
    this.#nowMs = nowMs;
    this.#conditions = [...(hpa.status?.conditions ?? [])];
  }

  set(type: string, status: string, reason: string, message: string): void {
    this.#conditions = withCondition(this.#conditions, { type, status, reason, message }, this.#nowMs);
  }

  status(
    next: Partial<NonNullable<HorizontalPodAutoscaler['status']>>,
  ): NonNullable<HorizontalPodAutoscaler['status']> {
    const { generation } = this.#hpa.metadata;
    return {
      ...this.#hpa.status,
      ...(generation ? { observedGeneration: generation } : {}),
      desiredReplicas: this.#hpa.status?.desiredReplicas ?? 0,
      ...next,
      conditions: this.#conditions,
    };
  }
}
