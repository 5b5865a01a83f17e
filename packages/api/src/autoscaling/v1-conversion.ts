import type { KubeObject } from '@kubets/core';
import {
  defined,
  metricFromOld,
  metricStatusFromOld,
  metricStatusToOld,
  metricToOld,
  type OldMetricSpec,
  type OldMetricStatus,
  parseAnnotation,
} from './old-metrics.ts';
import type { HorizontalPodAutoscalerV1 } from './v1-horizontal-pod-autoscaler.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerCondition,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
} from './v2-horizontal-pod-autoscaler.ts';

/** Where autoscaling/v1 keeps what it has no fields for. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const ROUND_TRIP_ANNOTATIONS = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

/** Behavior in its annotation has capitalized names. */
interface AnnotatedRules {
  SelectPolicy?: string;
  StabilizationWindowSeconds?: number | null;
  Policies?: { Type: string; Value: number; PeriodSeconds: number }[];
  Tolerance?: string;
}

const cpuUtilization = (averageUtilization: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

const isCpuUtilization = ({ type, resource }: MetricSpec) =>
  type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;

export function horizontalPodAutoscalerFromV1(autoscaler: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: target } = autoscaler.spec;
  const annotated = parseAnnotation<OldMetricSpec[]>(autoscaler, METRICS) ?? [];
  const metrics = [...annotated.map(metricFromOld), ...(target === undefined ? [] : [cpuUtilization(target)])];
  const behavior = behaviorFromAnnotation(autoscaler);
  return {
    ...autoscaler,
    apiVersion: 'autoscaling/v2',
    metadata: withoutRoundTripAnnotations(autoscaler.metadata),
    spec: defined({ scaleTargetRef, minReplicas, maxReplicas, metrics, behavior }),
    status: statusFromV1(autoscaler),
  };
}

function statusFromV1(autoscaler: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler['status'] {
  const { currentCPUUtilizationPercentage: utilization, ...status } = autoscaler.status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  const annotated = parseAnnotation<OldMetricStatus[]>(autoscaler, CURRENT_METRICS);
  const cpu: MetricStatus[] =
    utilization === undefined
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: utilization } } }];
  const currentMetrics = annotated ? annotated.map(metricStatusFromOld) : cpu;
  const conditions = parseAnnotation<HorizontalPodAutoscalerCondition[]>(autoscaler, CONDITIONS);
  return defined({
    ...status,
    currentMetrics: currentMetrics.length > 0 ? currentMetrics : undefined,
    conditions,
  });
}

export function horizontalPodAutoscalerToV1(stored: KubeObject): HorizontalPodAutoscalerV1 {
  const autoscaler = stored as HorizontalPodAutoscaler;
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [], behavior } = autoscaler.spec;
  const { currentMetrics = [], conditions = [], ...status } = autoscaler.status ?? { desiredReplicas: 0 };
  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  const annotations: Record<string, string> = {
    ...withoutRoundTripAnnotations(autoscaler.metadata).annotations,
    ...(others.length > 0 ? { [METRICS]: JSON.stringify(others.map(metricToOld)) } : {}),
    ...(currentMetrics.length > 0 ? { [CURRENT_METRICS]: JSON.stringify(currentMetrics.map(metricStatusToOld)) } : {}),
    ...(conditions.length > 0 ? { [CONDITIONS]: JSON.stringify(conditions) } : {}),
    ...(behavior ? { [BEHAVIOR]: JSON.stringify(behaviorToAnnotation(behavior)) } : {}),
  };
  const target = metrics.find(isCpuUtilization)?.resource?.target.averageUtilization;
  const cpuStatus = currentMetrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.current;
  return {
    ...autoscaler,
    apiVersion: 'autoscaling/v1',
    metadata: defined({
      ...autoscaler.metadata,
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    }),
    spec: defined({ scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: target }),
    status: defined({
      ...status,
      currentReplicas: status.currentReplicas ?? 0,
      currentCPUUtilizationPercentage: cpuStatus?.averageUtilization,
    }),
  };
}

/** Metadata without what the old versions keep in annotations. */
export function withoutRoundTripAnnotations(metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([name]) => !ROUND_TRIP_ANNOTATIONS.includes(name));
  return defined({ ...metadata, annotations: kept.length > 0 ? Object.fromEntries(kept) : undefined });
}

/** Metadata with the behavior that an old version has no field for. */
export function withBehaviorAnnotation(
  metadata: KubeObject['metadata'],
  behavior: HorizontalPodAutoscalerBehavior,
): KubeObject['metadata'] {
  return {
    ...metadata,
    annotations: { ...metadata.annotations, [BEHAVIOR]: JSON.stringify(behaviorToAnnotation(behavior)) },
  };
}

export function behaviorFromAnnotation(object: KubeObject): HorizontalPodAutoscalerBehavior | undefined {
  const behavior = parseAnnotation<{ ScaleUp?: AnnotatedRules; ScaleDown?: AnnotatedRules }>(object, BEHAVIOR);
  if (!behavior) return undefined;
  return defined({ scaleUp: rulesFrom(behavior.ScaleUp), scaleDown: rulesFrom(behavior.ScaleDown) });
}

function rulesFrom(rules: AnnotatedRules | undefined): HPAScalingRules | undefined {
  if (!rules) return undefined;
  return defined({
    stabilizationWindowSeconds: rules.StabilizationWindowSeconds ?? undefined,
    selectPolicy: rules.SelectPolicy,
    policies: rules.Policies?.map(({ Type, Value, PeriodSeconds }) => ({
      type: Type,
      value: Value,
      periodSeconds: PeriodSeconds,
    })),
    tolerance: rules.Tolerance,
  });
}

function behaviorToAnnotation({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): object {
  return defined({ ScaleUp: rulesTo(scaleUp), ScaleDown: rulesTo(scaleDown) });
}

function rulesTo(rules: HPAScalingRules | undefined): AnnotatedRules | undefined {
  if (!rules) return undefined;
  return defined({
    StabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? null,
    SelectPolicy: rules.selectPolicy,
    Policies: rules.policies?.map(({ type, value, periodSeconds }) => ({
      Type: type,
      Value: value,
      PeriodSeconds: periodSeconds,
    })),
    Tolerance: rules.tolerance,
  });
}
