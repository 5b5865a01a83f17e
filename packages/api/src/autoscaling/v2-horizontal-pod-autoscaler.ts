import { defineKind, field, type Infer, int32, int64, list, message, quantity, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { autoscalerColumns } from './autoscaler-columns.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation.ts';

export const MetricTarget = message('io.k8s.api.autoscaling.v2.MetricTarget', 'The value of a metric to aim at.', {
  type: field(1, string, 'Which kind of value it is: Utilization, Value or AverageValue.').required().default(''),
  value: field(2, quantity, 'The value of the metric as a whole.').pointer(),
  averageValue: field(3, quantity, 'The value of the metric divided by the number of pods.').pointer(),
  averageUtilization: field(4, int32, 'Average over the pods, as a percentage of what they request.').pointer(),
});
export interface MetricTarget extends Infer<typeof MetricTarget> {}

export const ContainerResourceMetricSource = message(
  'io.k8s.api.autoscaling.v2.ContainerResourceMetricSource',
  'Use of a resource by one container of each pod.',
  {
    name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
    target: field(2, MetricTarget, 'The use to aim at.').required().default({}),
    container: field(3, string, 'Name of the container.').required().default(''),
  },
);
export interface ContainerResourceMetricSource extends Infer<typeof ContainerResourceMetricSource> {}

export const MetricValueStatus = message(
  'io.k8s.api.autoscaling.v2.MetricValueStatus',
  'The value that a metric has now.',
  {
    value: field(1, quantity, 'The value of the metric as a whole.').pointer(),
    averageValue: field(2, quantity, 'The value of the metric divided by the number of pods.').pointer(),
    averageUtilization: field(3, int32, 'Average over the pods, as a percentage of what they request.').pointer(),
  },
);
export interface MetricValueStatus extends Infer<typeof MetricValueStatus> {}

export const ContainerResourceMetricStatus = message(
  'io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus',
  'Observed use of a resource by one container of each pod.',
  {
    name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
    current: field(2, MetricValueStatus, 'The use now.').required().default({}),
    container: field(3, string, 'Name of the container.').required().default(''),
  },
);
export interface ContainerResourceMetricStatus extends Infer<typeof ContainerResourceMetricStatus> {}

export const CrossVersionObjectReference = message(
  'io.k8s.api.autoscaling.v2.CrossVersionObjectReference',
  'Names an object whose version does not matter.',
  {
    kind: field(1, string, 'Kind of the object.').required().default(''),
    name: field(2, string, 'Name of the object.').required().default(''),
    apiVersion: field(3, string, 'API version of the object.'),
  },
);
export interface CrossVersionObjectReference extends Infer<typeof CrossVersionObjectReference> {}

export const MetricIdentifier = message('io.k8s.api.autoscaling.v2.MetricIdentifier', 'Names a metric.', {
  name: field(1, string, 'Name of the metric.').required().default(''),
  selector: field(2, LabelSelector, 'Selects among the series of the metric; all of them without one.'),
});
export interface MetricIdentifier extends Infer<typeof MetricIdentifier> {}

export const ExternalMetricSource = message(
  'io.k8s.api.autoscaling.v2.ExternalMetricSource',
  'A metric that belongs to no object of the cluster.',
  {
    metric: field(1, MetricIdentifier, 'The metric.').required().default({}),
    target: field(2, MetricTarget, 'The value to aim at.').required().default({}),
  },
);
export interface ExternalMetricSource extends Infer<typeof ExternalMetricSource> {}

export const ExternalMetricStatus = message(
  'io.k8s.api.autoscaling.v2.ExternalMetricStatus',
  'Observed value of an external metric.',
  {
    metric: field(1, MetricIdentifier, 'The metric.').required().default({}),
    current: field(2, MetricValueStatus, 'The value now.').required().default({}),
  },
);
export interface ExternalMetricStatus extends Infer<typeof ExternalMetricStatus> {}

export const HPAScalingPolicy = message(
  'io.k8s.api.autoscaling.v2.HPAScalingPolicy',
  'How far one step of scaling may go within a period.',
  {
    type: field(1, string, 'Whether value counts pods (Pods) or is a percentage of them (Percent).')
      .required()
      .default(''),
    value: field(2, int32, 'The most that may change within the period.').required().default(0),
    periodSeconds: field(3, int32, 'Length of the period in seconds, at most 1800.').required().default(0),
  },
);
export interface HPAScalingPolicy extends Infer<typeof HPAScalingPolicy> {}

export const HPAScalingRules = message(
  'io.k8s.api.autoscaling.v2.HPAScalingRules',
  'How fast to scale in one direction.',
  {
    selectPolicy: field(
      1,
      string,
      'Which policy counts: Max the one that allows most, Min the least, Disabled none at all.',
    ).pointer(),
    policies: field(2, list(HPAScalingPolicy), 'Limits on each step; at least one.').atomic(),
    stabilizationWindowSeconds: field(
      3,
      int32,
      'Seconds of past recommendations that are weighed to keep the number of pods from swinging.',
    ).pointer(),
    tolerance: field(4, quantity, 'Deviation from the target, as a fraction, that causes no scaling.').pointer(),
  },
);
export interface HPAScalingRules extends Infer<typeof HPAScalingRules> {}

export const HorizontalPodAutoscalerBehavior = message(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior',
  'How fast to scale up and down.',
  {
    scaleUp: field(
      1,
      HPAScalingRules,
      'Rules for scaling up; at once, to the double or by four pods each 15 seconds, by default.',
    ),
    scaleDown: field(2, HPAScalingRules, 'Rules for scaling down; after five minutes, to any number, by default.'),
  },
);
export interface HorizontalPodAutoscalerBehavior extends Infer<typeof HorizontalPodAutoscalerBehavior> {}

export const HorizontalPodAutoscalerCondition = message(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition',
  'One observation about the state of an autoscaler.',
  {
    type: field(1, string, 'Which observation it is.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
  },
);
export interface HorizontalPodAutoscalerCondition extends Infer<typeof HorizontalPodAutoscalerCondition> {}

export const ObjectMetricSource = message(
  'io.k8s.api.autoscaling.v2.ObjectMetricSource',
  'A metric of one object of the cluster.',
  {
    describedObject: field(1, CrossVersionObjectReference, 'The object.').required().default({}),
    target: field(2, MetricTarget, 'The value to aim at.').required().default({}),
    metric: field(3, MetricIdentifier, 'The metric.').required().default({}),
  },
);
export interface ObjectMetricSource extends Infer<typeof ObjectMetricSource> {}

export const PodsMetricSource = message(
  'io.k8s.api.autoscaling.v2.PodsMetricSource',
  'A metric of each pod, averaged over the pods.',
  {
    metric: field(1, MetricIdentifier, 'The metric.').required().default({}),
    target: field(2, MetricTarget, 'The average to aim at.').required().default({}),
  },
);
export interface PodsMetricSource extends Infer<typeof PodsMetricSource> {}

export const ResourceMetricSource = message(
  'io.k8s.api.autoscaling.v2.ResourceMetricSource',
  'Use of a resource by the pods, all containers together.',
  {
    name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
    target: field(2, MetricTarget, 'The use to aim at.').required().default({}),
  },
);
export interface ResourceMetricSource extends Infer<typeof ResourceMetricSource> {}

export const MetricSpec = message(
  'io.k8s.api.autoscaling.v2.MetricSpec',
  'One metric to scale by; the field named by type is set.',
  {
    type: field(1, string, 'Which kind of metric it is: Resource, ContainerResource, Pods, Object or External.')
      .required()
      .default(''),
    object: field(2, ObjectMetricSource, 'A metric of one object of the cluster.'),
    pods: field(3, PodsMetricSource, 'A metric of each pod.'),
    resource: field(4, ResourceMetricSource, 'Use of a resource by the pods.'),
    external: field(5, ExternalMetricSource, 'A metric that belongs to no object of the cluster.'),
    containerResource: field(7, ContainerResourceMetricSource, 'Use of a resource by one container of each pod.'),
  },
);
export interface MetricSpec extends Infer<typeof MetricSpec> {}

export const HorizontalPodAutoscalerSpec = message(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec',
  'What is scaled, within which bounds and by which metrics.',
  {
    scaleTargetRef: field(1, CrossVersionObjectReference, 'The object to scale; it needs a scale subresource.')
      .required()
      .default({}),
    minReplicas: field(2, int32, 'The fewest pods to scale to; 1 by default.').pointer(),
    maxReplicas: field(3, int32, 'The most pods to scale to.').required().default(0),
    metrics: field(4, list(MetricSpec), 'Metrics to scale by; the one that asks for most pods counts.').atomic(),
    behavior: field(5, HorizontalPodAutoscalerBehavior, 'How fast to scale up and down.'),
  },
);
export interface HorizontalPodAutoscalerSpec extends Infer<typeof HorizontalPodAutoscalerSpec> {}

export const ObjectMetricStatus = message(
  'io.k8s.api.autoscaling.v2.ObjectMetricStatus',
  'Observed value of a metric of one object.',
  {
    metric: field(1, MetricIdentifier, 'The metric.').required().default({}),
    current: field(2, MetricValueStatus, 'The value now.').required().default({}),
    describedObject: field(3, CrossVersionObjectReference, 'The object.').required().default({}),
  },
);
export interface ObjectMetricStatus extends Infer<typeof ObjectMetricStatus> {}

export const PodsMetricStatus = message(
  'io.k8s.api.autoscaling.v2.PodsMetricStatus',
  'Observed value of a metric of each pod.',
  {
    metric: field(1, MetricIdentifier, 'The metric.').required().default({}),
    current: field(2, MetricValueStatus, 'The value now.').required().default({}),
  },
);
export interface PodsMetricStatus extends Infer<typeof PodsMetricStatus> {}

export const ResourceMetricStatus = message(
  'io.k8s.api.autoscaling.v2.ResourceMetricStatus',
  'Observed use of a resource by the pods.',
  {
    name: field(1, string, 'Resource, such as cpu or memory.').required().default(''),
    current: field(2, MetricValueStatus, 'The use now.').required().default({}),
  },
);
export interface ResourceMetricStatus extends Infer<typeof ResourceMetricStatus> {}

export const MetricStatus = message(
  'io.k8s.api.autoscaling.v2.MetricStatus',
  'Observed value of one metric; the field named by type is set.',
  {
    type: field(1, string, 'Which kind of metric it is.').required().default(''),
    object: field(2, ObjectMetricStatus, 'A metric of one object of the cluster.'),
    pods: field(3, PodsMetricStatus, 'A metric of each pod.'),
    resource: field(4, ResourceMetricStatus, 'Use of a resource by the pods.'),
    external: field(5, ExternalMetricStatus, 'A metric that belongs to no object of the cluster.'),
    containerResource: field(7, ContainerResourceMetricStatus, 'Use of a resource by one container of each pod.'),
  },
);
export interface MetricStatus extends Infer<typeof MetricStatus> {}

export const HorizontalPodAutoscalerStatus = message(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus',
  'What the autoscaler last observed.',
  {
    observedGeneration: field(1, int64, 'Generation of the spec that this status was computed from.').pointer(),
    lastScaleTime: field(2, time, 'When the number of pods was last changed.'),
    currentReplicas: field(3, int32, 'Number of pods now.'),
    desiredReplicas: field(4, int32, 'Number of pods last computed to be right.').required().default(0),
    currentMetrics: field(5, list(MetricStatus), 'Values of the metrics now.').atomic().neverOmitted(),
    conditions: field(
      6,
      list(HorizontalPodAutoscalerCondition),
      'Latest observations, such as AbleToScale and ScalingLimited.',
    )
      .mapOf('type')
      .mergeBy('type'),
  },
);
export interface HorizontalPodAutoscalerStatus extends Infer<typeof HorizontalPodAutoscalerStatus> {}

export const HorizontalPodAutoscaler = message(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'Scales the number of pods by metrics.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, HorizontalPodAutoscalerSpec, 'What is scaled and how.').required().default({}),
    status: field(3, HorizontalPodAutoscalerStatus, 'What was last observed; written by the controller.').default({}),
  },
);
export interface HorizontalPodAutoscaler extends Infer<typeof HorizontalPodAutoscaler> {}

const DEFAULT_CPU_UTILIZATION = 80;

function applyAutoscalerDefaults({ spec }: HorizontalPodAutoscaler): void {
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) {
    const target = { type: 'Utilization', averageUtilization: DEFAULT_CPU_UTILIZATION };
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  if (spec.behavior) {
    spec.behavior.scaleUp = { ...scaleUpDefaults(), ...spec.behavior.scaleUp };
    spec.behavior.scaleDown = { ...scaleDownDefaults(), ...spec.behavior.scaleDown };
  }
}

/** Up: at once, by four pods or to the double each 15 seconds, whichever is more. */
const scaleUpDefaults = (): HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
});

/** Down: as far as wanted, after the window that the controller is configured with. */
const scaleDownDefaults = (): HPAScalingRules => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
});

export const horizontalPodAutoscalerKind = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: HorizontalPodAutoscaler,
  subresources: [
    statusSubresource<HorizontalPodAutoscaler>('HorizontalPodAutoscaler', { validateUpdate: validateAutoscalerStatus }),
  ],
  strategy: {
    applyDefaults: applyAutoscalerDefaults,
    prepareForCreate: (draft) => clearStatus(draft, HorizontalPodAutoscalerStatus),
    prepareForUpdate: keepStatus,
    validate: validateAutoscaler,
  },
  columns: autoscalerColumns,
  storageVersionHash: 'qwQve8ut294=',
});
