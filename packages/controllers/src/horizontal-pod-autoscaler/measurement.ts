import { type HorizontalPodAutoscaler, podKind, type Scale } from '@kubets/api';
import type { Client, EventRecorder } from '@kubets/client';
import { hasReason, type KubeList, type KubeObject, messageOf, Quantity } from '@kubets/core';
import type { Draft } from './draft.ts';
import { type PodMetrics, type Recommendation, recommend } from './metrics.ts';

const DEFAULT_TOLERANCE = 0.1;
const METRICS = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };

/** The recommendation that counts, and what every metric showed. */
export interface Measured extends Recommendation {
  readonly statuses: Recommendation['status'][];
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

function toleranceOf({ spec }: HorizontalPodAutoscaler): { up: number; down: number } {
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  const number = (text: string | undefined) =>
    text === undefined ? DEFAULT_TOLERANCE : Quantity.parse(text).toNumber();
  return { up: number(scaleUp?.tolerance), down: number(scaleDown?.tolerance) };
}

/** Asks the metrics API what pods use, and makes recommendations of it. */
export class Measurement {
  readonly #client: Client;
  readonly #recorder: EventRecorder;

  constructor(client: Client, recorder: EventRecorder) {
    this.#client = client;
    this.#recorder = recorder;
  }

  /** The recommendation of the metric that asks for most; undefined, with a condition that says why, when none is known. */
  async measure(hpa: HorizontalPodAutoscaler, scale: Scale, draft: Draft): Promise<Measured | undefined> {
    const { namespace = '' } = hpa.metadata;
    const tolerance = toleranceOf(hpa);
    try {
      const labelSelector = scale.status?.selector ?? '';
      const pods = (await this.#client.resource(podKind).list(namespace, { labelSelector })).items;
      const metrics = await this.#podMetrics(sourceOf(hpa)?.name ?? '', namespace, labelSelector);
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
      this.#recorder.event(hpa, 'Warning', 'FailedGetResourceMetric', why);
      this.#recorder.event(hpa, 'Warning', 'FailedComputeMetricsReplicas', invalidMetrics(hpa, why));
      return undefined;
    }
  }

  async #podMetrics(resource: string, namespace: string, labelSelector: string): Promise<readonly PodMetrics[]> {
    const request = {
      verb: 'list' as const,
      resource: METRICS,
      namespace,
      name: '',
      subresource: '',
      options: { labelSelector },
    };
    try {
      const { body } = await this.#client.transport.request(request);
      return (body as KubeList<KubeObject & PodMetrics>).items;
    } catch (error) {
      const what = hasReason(error, 'NotFound') ? ' (get pods.metrics.k8s.io)' : '';
      const why = `unable to fetch metrics from resource metrics API: ${messageOf(error)}${what}`;
      throw new Error(`unable to get metrics for resource ${resource}: ${why}`);
    }
  }
}
