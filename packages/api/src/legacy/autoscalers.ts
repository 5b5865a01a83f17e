import { field, type Infer, int32, int64, list, message, quantity, string, time } from '@kubets/core';
import {
  metricFromOld,
  metricStatusFromOld,
  metricStatusToOld,
  metricToOld,
  type OldMetricSpec,
  type OldMetricStatus,
} from '../autoscaling/old-metrics.ts';
import {
  behaviorFromAnnotation,
  withBehaviorAnnotation,
  withoutRoundTripAnnotations,
} from '../autoscaling/v1-conversion.ts';
import {
  CrossVersionObjectReference,
  type HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  horizontalPodAutoscalerKind,
} from '../autoscaling/v2-horizontal-pod-autoscaler.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { olderVersion } from './older-version.ts';

const named = (name: string) => `io.k8s.api.autoscaling.v2beta1.${name}`;
const averageText = 'The value of the metric divided by the number of pods.';
const selectorText = 'Selects among the series of the metric; all of them without one.';

const ResourceSource = message(named('ResourceMetricSource'), 'Use of a resource by the pods.', {
  name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
  targetAverageUtilization: field(2, int32, 'Average use to aim at, as a percentage of what pods request.').pointer(),
  targetAverageValue: field(3, quantity, averageText),
});
const ContainerSource = message(
  named('ContainerResourceMetricSource'),
  'Use of a resource by one container of each pod.',
  {
    name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
    targetAverageUtilization: field(2, int32, 'Average use to aim at, as a percentage of what pods request.').pointer(),
    targetAverageValue: field(3, quantity, averageText),
    container: field(4, string, 'Name of the container.').required().default(''),
  },
);
const PodsSource = message(named('PodsMetricSource'), 'A metric of each pod, averaged over the pods.', {
  metricName: field(1, string, 'Name of the metric.').required().default(''),
  targetAverageValue: field(2, quantity, 'The average to aim at.').required(),
  selector: field(3, LabelSelector, selectorText),
});
const ObjectSource = message(named('ObjectMetricSource'), 'A metric of one object of the cluster.', {
  target: field(1, CrossVersionObjectReference, 'The object.').required().default({}),
  metricName: field(2, string, 'Name of the metric.').required().default(''),
  targetValue: field(3, quantity, 'The value to aim at.').required(),
  selector: field(4, LabelSelector, selectorText),
  averageValue: field(5, quantity, averageText),
});
const ExternalSource = message(named('ExternalMetricSource'), 'A metric that belongs to no object of the cluster.', {
  metricName: field(1, string, 'Name of the metric.').required().default(''),
  metricSelector: field(2, LabelSelector, selectorText),
  targetValue: field(3, quantity, 'The value to aim at.'),
  targetAverageValue: field(4, quantity, averageText),
});
const MetricSpec = message(named('MetricSpec'), 'One metric to scale by; the field named by type is set.', {
  type: field(1, string, 'Which kind of metric it is.').required().default(''),
  object: field(2, ObjectSource, 'A metric of one object of the cluster.'),
  pods: field(3, PodsSource, 'A metric of each pod.'),
  resource: field(4, ResourceSource, 'Use of a resource by the pods.'),
  external: field(5, ExternalSource, 'A metric that belongs to no object of the cluster.'),
  containerResource: field(7, ContainerSource, 'Use of a resource by one container of each pod.'),
});

const ResourceStatus = message(named('ResourceMetricStatus'), 'Observed use of a resource by the pods.', {
  name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
  currentAverageUtilization: field(2, int32, 'Average use now, as a percentage of what pods request.').pointer(),
  currentAverageValue: field(3, quantity, averageText).required(),
});
const ContainerStatus = message(
  named('ContainerResourceMetricStatus'),
  'Observed use of a resource by one container.',
  {
    name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
    currentAverageUtilization: field(2, int32, 'Average use now, as a percentage of what pods request.').pointer(),
    currentAverageValue: field(3, quantity, averageText).required(),
    container: field(4, string, 'Name of the container.').required().default(''),
  },
);
const PodsStatus = message(named('PodsMetricStatus'), 'Observed value of a metric of each pod.', {
  metricName: field(1, string, 'Name of the metric.').required().default(''),
  currentAverageValue: field(2, quantity, 'The average now.').required(),
  selector: field(3, LabelSelector, selectorText),
});
const ObjectStatus = message(named('ObjectMetricStatus'), 'Observed value of a metric of one object.', {
  target: field(1, CrossVersionObjectReference, 'The object.').required().default({}),
  metricName: field(2, string, 'Name of the metric.').required().default(''),
  currentValue: field(3, quantity, 'The value now.').required(),
  selector: field(4, LabelSelector, selectorText),
  averageValue: field(5, quantity, averageText),
});
const ExternalStatus = message(named('ExternalMetricStatus'), 'Observed value of an external metric.', {
  metricName: field(1, string, 'Name of the metric.').required().default(''),
  metricSelector: field(2, LabelSelector, selectorText),
  currentValue: field(3, quantity, 'The value now.').required(),
  currentAverageValue: field(4, quantity, averageText),
});
const MetricStatus = message(named('MetricStatus'), 'Observed value of one metric; the field named by type is set.', {
  type: field(1, string, 'Which kind of metric it is.').required().default(''),
  object: field(2, ObjectStatus, 'A metric of one object of the cluster.'),
  pods: field(3, PodsStatus, 'A metric of each pod.'),
  resource: field(4, ResourceStatus, 'Use of a resource by the pods.'),
  external: field(5, ExternalStatus, 'A metric that belongs to no object of the cluster.'),
  containerResource: field(7, ContainerStatus, 'Use of a resource by one container of each pod.'),
});

const AutoscalerSpec = message(
  named('HorizontalPodAutoscalerSpec'),
  'What is scaled, within which bounds and by which metrics.',
  {
    scaleTargetRef: field(1, CrossVersionObjectReference, 'The object to scale.').required().default({}),
    minReplicas: field(2, int32, 'The fewest pods to scale to; 1 by default.').pointer(),
    maxReplicas: field(3, int32, 'The most pods to scale to.').required().default(0),
    metrics: field(4, list(MetricSpec), 'Metrics to scale by; the one that asks for most pods counts.').atomic(),
  },
);

const AutoscalerStatus = message(named('HorizontalPodAutoscalerStatus'), 'What the autoscaler last observed.', {
  observedGeneration: field(1, int64, 'Generation of the spec that this status was computed from.').pointer(),
  lastScaleTime: field(2, time, 'When the number of pods was last changed.'),
  currentReplicas: field(3, int32, 'Number of pods now.'),
  desiredReplicas: field(4, int32, 'Number of pods last computed to be right.').required().default(0),
  currentMetrics: field(5, list(MetricStatus), 'Values of the metrics now.').atomic(),
  conditions: field(6, list(HorizontalPodAutoscalerCondition), 'Latest observations.').mapOf('type').mergeBy('type'),
});

const Autoscaler = message(named('HorizontalPodAutoscaler'), 'Scales the number of pods by metrics.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, AutoscalerSpec, 'What is scaled and how.').required().default({}),
  status: field(3, AutoscalerStatus, 'What was last observed; written by the controller.').default({}),
});

/** A HorizontalPodAutoscaler of autoscaling/v2beta1. Behavior, which it has no field for, is in an annotation, as in version 1. */
export interface LegacyHorizontalPodAutoscaler extends Infer<typeof Autoscaler> {}

function toCurrent(autoscaler: LegacyHorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const { metrics, ...spec } = autoscaler.spec;
  const { currentMetrics, ...status } = autoscaler.status ?? { desiredReplicas: 0 };
  const behavior = behaviorFromAnnotation(autoscaler);
  return {
    ...autoscaler,
    metadata: withoutRoundTripAnnotations(autoscaler.metadata),
    spec: {
      ...spec,
      ...(metrics ? { metrics: (metrics as OldMetricSpec[]).map(metricFromOld) } : {}),
      ...(behavior ? { behavior } : {}),
    },
    status: {
      ...status,
      ...(currentMetrics ? { currentMetrics: (currentMetrics as OldMetricStatus[]).map(metricStatusFromOld) } : {}),
    },
  };
}

function fromCurrent(autoscaler: HorizontalPodAutoscaler): LegacyHorizontalPodAutoscaler {
  const { metrics, behavior, ...spec } = autoscaler.spec;
  const { currentMetrics, ...status } = autoscaler.status ?? { desiredReplicas: 0 };
  return {
    ...autoscaler,
    metadata: behavior ? withBehaviorAnnotation(autoscaler.metadata, behavior) : autoscaler.metadata,
    spec: { ...spec, ...(metrics ? { metrics: metrics.map(metricToOld) } : {}) },
    status: { ...status, ...(currentMetrics ? { currentMetrics: currentMetrics.map(metricStatusToOld) } : {}) },
  } as LegacyHorizontalPodAutoscaler;
}

export const legacyAutoscalerKinds = [
  olderVersion<LegacyHorizontalPodAutoscaler, HorizontalPodAutoscaler>(horizontalPodAutoscalerKind, {
    version: 'v2beta1',
    schema: Autoscaler,
    toCurrent,
    fromCurrent,
  }),
  olderVersion(horizontalPodAutoscalerKind, { version: 'v2beta2' }),
] as const;
