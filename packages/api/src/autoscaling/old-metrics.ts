import type { KubeObject } from '@kubets/core';
import type { LabelSelector } from '../meta/selector.ts';
import type {
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from './v2-horizontal-pod-autoscaler.ts';

/**
 * Metrics as autoscaling/v2beta1 wrote them, with a field for each kind of target. autoscaling/v1 has no metrics but processor
 * use; it carries the others in annotations, in this form.
 */
export interface OldMetricSpec {
  type: string;
  resource?: OldResourceSource;
  containerResource?: OldResourceSource & { container: string };
  pods?: { metricName: string; targetAverageValue: string; selector?: LabelSelector };
  object?: {
    target: CrossVersionObjectReference;
    metricName: string;
    targetValue: string;
    selector?: LabelSelector;
    averageValue?: string;
  };
  external?: {
    metricName: string;
    metricSelector?: LabelSelector;
    targetValue?: string;
    targetAverageValue?: string;
  };
}

interface OldResourceSource {
  name: string;
  targetAverageUtilization?: number;
  targetAverageValue?: string;
}

/** What was measured, in the old form. */
export interface OldMetricStatus {
  type: string;
  resource?: OldResourceStatus;
  containerResource?: OldResourceStatus & { container: string };
  pods?: { metricName: string; currentAverageValue: string; selector?: LabelSelector };
  object?: {
    target: CrossVersionObjectReference;
    metricName: string;
    currentValue: string;
    selector?: LabelSelector;
    averageValue?: string;
  };
  external?: {
    metricName: string;
    metricSelector?: LabelSelector;
    currentValue: string;
    currentAverageValue?: string;
  };
}

interface OldResourceStatus {
  name: string;
  currentAverageUtilization?: number;
  currentAverageValue: string;
}

/** An object without the properties that are undefined. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

const metric = (name: string, selector: LabelSelector | undefined): MetricIdentifier => defined({ name, selector });

/** A utilization where there is one, an average amount otherwise. */
function resourceTarget({ targetAverageUtilization, targetAverageValue }: OldResourceSource): MetricTarget {
  return targetAverageUtilization !== undefined
    ? { type: 'Utilization', averageUtilization: targetAverageUtilization }
    : defined({ type: 'AverageValue', averageValue: targetAverageValue });
}

export function metricFromOld(old: OldMetricSpec): MetricSpec {
  const { type, resource, containerResource, pods, object, external } = old;
  if (resource) return { type, resource: { name: resource.name, target: resourceTarget(resource) } };
  if (containerResource) {
    const { name, container } = containerResource;
    return { type, containerResource: { name, container, target: resourceTarget(containerResource) } };
  }
  if (pods) {
    const target = { type: 'AverageValue', averageValue: pods.targetAverageValue };
    return { type, pods: { metric: metric(pods.metricName, pods.selector), target } };
  }
  if (object) {
    const target: MetricTarget =
      object.averageValue === undefined
        ? { type: 'Value', value: object.targetValue }
        : { type: 'AverageValue', value: object.targetValue, averageValue: object.averageValue };
    const identifier = metric(object.metricName, object.selector);
    return { type, object: { describedObject: object.target, metric: identifier, target } };
  }
  if (external) {
    const { targetValue: value, targetAverageValue: averageValue } = external;
    const target = defined({ type: value === undefined ? 'AverageValue' : 'Value', value, averageValue });
    return { type, external: { metric: metric(external.metricName, external.metricSelector), target } };
  }
  return { type };
}

export function metricToOld(spec: MetricSpec): OldMetricSpec {
  const { type, resource, containerResource, pods, object, external } = spec;
  const average = ({ averageUtilization, averageValue }: MetricTarget) =>
    defined({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue });
  if (resource) return { type, resource: { name: resource.name, ...average(resource.target) } };
  if (containerResource) {
    const { name, container, target } = containerResource;
    return { type, containerResource: { name, container, ...average(target) } };
  }
  if (pods) {
    const { metric: identifier, target } = pods;
    const targetAverageValue = target.averageValue ?? '0';
    return { type, pods: defined({ metricName: identifier.name, selector: identifier.selector, targetAverageValue }) };
  }
  if (object) {
    const { describedObject, metric: identifier, target } = object;
    const { name: metricName, selector } = identifier;
    const { value: targetValue = '0', averageValue } = target;
    return { type, object: defined({ target: describedObject, metricName, selector, targetValue, averageValue }) };
  }
  if (external) {
    const { metric: identifier, target } = external;
    const { name: metricName, selector: metricSelector } = identifier;
    const { value: targetValue, averageValue: targetAverageValue } = target;
    return { type, external: defined({ metricName, metricSelector, targetValue, targetAverageValue }) };
  }
  return { type };
}

export function metricStatusFromOld(old: OldMetricStatus): MetricStatus {
  const { type, resource, containerResource, pods, object, external } = old;
  const current = (status: OldResourceStatus): MetricValueStatus =>
    defined({ averageUtilization: status.currentAverageUtilization, averageValue: status.currentAverageValue });
  if (resource) return { type, resource: { name: resource.name, current: current(resource) } };
  if (containerResource) {
    const { name, container } = containerResource;
    return { type, containerResource: { name, container, current: current(containerResource) } };
  }
  if (pods) {
    const identifier = metric(pods.metricName, pods.selector);
    return { type, pods: { metric: identifier, current: { averageValue: pods.currentAverageValue } } };
  }
  if (object) {
    const value = defined({ value: object.currentValue, averageValue: object.averageValue });
    const identifier = metric(object.metricName, object.selector);
    return { type, object: { describedObject: object.target, metric: identifier, current: value } };
  }
  if (external) {
    const value = defined({ value: external.currentValue, averageValue: external.currentAverageValue });
    return { type, external: { metric: metric(external.metricName, external.metricSelector), current: value } };
  }
  return { type };
}

export function metricStatusToOld(status: MetricStatus): OldMetricStatus {
  const { type, resource, containerResource, pods, object, external } = status;
  const current = ({ averageUtilization, averageValue = '0' }: MetricValueStatus) =>
    defined({ currentAverageUtilization: averageUtilization, currentAverageValue: averageValue });
  if (resource) return { type, resource: { name: resource.name, ...current(resource.current) } };
  if (containerResource) {
    const { name, container } = containerResource;
    return { type, containerResource: { name, container, ...current(containerResource.current) } };
  }
  if (pods) {
    const { name: metricName, selector } = pods.metric;
    return { type, pods: defined({ metricName, selector, currentAverageValue: pods.current.averageValue ?? '0' }) };
  }
  if (object) {
    const { name: metricName, selector } = object.metric;
    const { value: currentValue = '0', averageValue } = object.current;
    return {
      type,
      object: defined({ target: object.describedObject, metricName, selector, currentValue, averageValue }),
    };
  }
  if (external) {
    const { name: metricName, selector: metricSelector } = external.metric;
    const { value: currentValue = '0', averageValue: currentAverageValue } = external.current;
    return { type, external: defined({ metricName, metricSelector, currentValue, currentAverageValue }) };
  }
  return { type };
}

/** What an annotation of an object holds as JSON; undefined where it is absent or no JSON. */
export function parseAnnotation<T>(object: KubeObject, name: string): T | undefined {
  const text = object.metadata.annotations?.[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
