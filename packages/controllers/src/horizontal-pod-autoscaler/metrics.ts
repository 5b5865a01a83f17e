import type { MetricSpec, MetricStatus, Pod } from '@kubets/api';
import { Quantity } from '@kubets/core';
import { isPodActive, isPodReady } from '../pods/state.ts';

/** What the metrics API says of one pod: container name to resource to quantity. */
export interface PodMetrics {
  readonly metadata: { readonly name?: string };
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

export interface Recommendation {
  readonly replicas: number;
  /** What the recommendation rests on, as events name it. */
  readonly name: string;
  readonly status: MetricStatus;
}

export interface ResourceMetricInput {
  readonly spec: MetricSpec;
  readonly pods: readonly Pod[];
  readonly metrics: readonly PodMetrics[];
  readonly current: number;
  /** Deviations of the ratio from 1 that cause no scaling. */
  readonly tolerance: { readonly up: number; readonly down: number };
}

interface Source {
  readonly resource: string;
  readonly container: string | undefined;
  readonly target: NonNullable<MetricSpec['resource']>['target'];
}

function sourceOf({ resource, containerResource }: MetricSpec): Source | undefined {
  if (resource) return { resource: resource.name, container: undefined, target: resource.target };
  if (!containerResource) return undefined;
  return { resource: containerResource.name, container: containerResource.container, target: containerResource.target };
}

/** Thousandths of the resource's unit that a pod uses; undefined when the metrics do not tell. */
function usageOf({ containers }: PodMetrics, { resource, container }: Source): number | undefined {
  const counted = containers.filter(({ name }) => !container || name === container);
  if (counted.length === 0 || counted.some(({ usage }) => usage[resource] === undefined)) return undefined;
  return counted.reduce((sum, { usage }) => sum + Quantity.parse(usage[resource] ?? '0').milliValue(), 0);
}

function requestOf(pod: Pod, { resource, container }: Source): number {
  const sidecars = pod.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  const counted = [...pod.spec.containers, ...sidecars].filter(({ name }) => !container || name === container);
  return counted.reduce((sum, { name, resources }) => {
    const request = resources?.requests?.[resource];
    if (request === undefined) {
      throw new Error(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`);
    }
    return sum + Quantity.parse(request).milliValue();
  }, 0);
}

interface Sums {
  readonly usage: number;
  readonly requests: number;
  readonly count: number;
}

/** Pods without metrics count against the direction of the change: as idle when growing, as fully used when shrinking. */
export function recommend(input: ResourceMetricInput): Recommendation {
  const source = sourceOf(input.spec);
  if (!source) throw new Error(`invalid metric source: ${input.spec.type} metrics are not implemented`);
  const byUtilization = source.target.averageUtilization !== undefined;
  const active = input.pods.filter(isPodActive);
  const usages = new Map(input.metrics.map((metrics) => [metrics.metadata.name ?? '', usageOf(metrics, source)]));
  const measured = active.filter((pod) => isPodReady(pod) && usages.get(pod.metadata.name ?? '') !== undefined);
  const others = active.filter((pod) => !measured.includes(pod));
  if (measured.length === 0) throw new Error(`no metrics returned from resource metrics API`);
  const total = (pods: readonly Pod[], usage: (pod: Pod) => number): Sums => ({
    usage: pods.reduce((sum, pod) => sum + usage(pod), 0),
    requests: byUtilization ? pods.reduce((sum, pod) => sum + requestOf(pod, source), 0) : 0,
    count: pods.length,
  });
  const known = total(measured, (pod) => usages.get(pod.metadata.name ?? '') ?? 0);
  const ratio = ratioOf(known, source);
  const assumed = (pod: Pod) => (ratio > 1 ? 0 : byUtilization ? requestOf(pod, source) : targetMilli(source));
  const filled = others.length > 0 ? total(others, assumed) : { usage: 0, requests: 0, count: 0 };
  const all = { usage: known.usage + filled.usage, requests: known.requests + filled.requests, count: active.length };
  const finalRatio = others.length > 0 && ratio !== 1 ? ratioOf(all, source) : ratio;
  return {
    replicas: replicasFor({ input, ratio, finalRatio, count: others.length > 0 ? all.count : measured.length }),
    name: nameOf(source, byUtilization),
    status: statusOf(input.spec, source, known),
  };
}

function targetMilli({ target }: Source): number {
  return Quantity.parse(target.averageValue ?? target.value ?? '0').milliValue();
}

function ratioOf({ usage, requests, count }: Sums, source: Source): number {
  const { averageUtilization } = source.target;
  if (averageUtilization !== undefined) return (usage * 100) / requests / averageUtilization;
  return usage / count / targetMilli(source);
}

function replicasFor(options: {
  input: ResourceMetricInput;
  ratio: number;
  finalRatio: number;
  count: number;
}): number {
  const { input, ratio, finalRatio, count } = options;
  const { current, tolerance } = input;
  const within = (value: number) => value >= 1 - tolerance.down && value <= 1 + tolerance.up;
  const turned = (ratio > 1 && finalRatio < 1) || (ratio < 1 && finalRatio > 1);
  if (within(finalRatio) || turned) return current;
  const replicas = Math.ceil(finalRatio * count - 1e-9);
  const wrongWay = (finalRatio < 1 && replicas > current) || (finalRatio > 1 && replicas < current);
  return wrongWay ? current : replicas;
}

function nameOf({ resource, container }: Source, byUtilization: boolean): string {
  const subject = container ? `${resource} container resource` : `${resource} resource`;
  return byUtilization ? `${subject} utilization (percentage of request)` : subject;
}

function statusOf(spec: MetricSpec, source: Source, { usage, requests, count }: Sums): MetricStatus {
  const averageUtilization =
    source.target.averageUtilization === undefined ? {} : { averageUtilization: Math.trunc((usage * 100) / requests) };
  const current = { averageValue: Quantity.ofMilli(Math.trunc(usage / count)).toString(), ...averageUtilization };
  if (source.container === undefined) return { type: spec.type, resource: { name: source.resource, current } };
  return { type: spec.type, containerResource: { name: source.resource, container: source.container, current } };
}
