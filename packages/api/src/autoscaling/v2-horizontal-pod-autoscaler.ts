import { defineKind, field, type Infer, int32, int64, list, message, quantity, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { clearStatus, keepStatus, statusStrategy } from '../status-rules.ts';
import { autoscalerColumns } from './autoscaler-columns.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation.ts';

export const MetricTarget = message('io.k8s.api.autoscaling.v2.MetricTarget', '', {
  type: field(1, string, '').required().default(''),
  value: field(2, quantity, '').pointer(),
  averageValue: field(3, quantity, '').pointer(),
  averageUtilization: field(4, int32, '').pointer(),
});
export interface MetricTarget extends Infer<typeof MetricTarget> {}

export const ContainerResourceMetricSource = message('io.k8s.api.autoscaling.v2.ContainerResourceMetricSource', '', {
  name: field(1, string, '').required().default(''),
  target: field(2, MetricTarget, '').required().default({}),
  container: field(3, string, '').required().default(''),
});
export interface ContainerResourceMetricSource extends Infer<typeof ContainerResourceMetricSource> {}

export const MetricValueStatus = message('io.k8s.api.autoscaling.v2.MetricValueStatus', '', {
  value: field(1, quantity, '').pointer(),
  averageValue: field(2, quantity, '').pointer(),
  averageUtilization: field(3, int32, '').pointer(),
});
export interface MetricValueStatus extends Infer<typeof MetricValueStatus> {}

export const ContainerResourceMetricStatus = message('io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus', '', {
  name: field(1, string, '').required().default(''),
  current: field(2, MetricValueStatus, '').required().default({}),
  container: field(3, string, '').required().default(''),
});
export interface ContainerResourceMetricStatus extends Infer<typeof ContainerResourceMetricStatus> {}

export const CrossVersionObjectReference = message('io.k8s.api.autoscaling.v2.CrossVersionObjectReference', '', {
  kind: field(1, string, '').required().default(''),
  name: field(2, string, '').required().default(''),
  apiVersion: field(3, string, ''),
});
export interface CrossVersionObjectReference extends Infer<typeof CrossVersionObjectReference> {}

export const MetricIdentifier = message('io.k8s.api.autoscaling.v2.MetricIdentifier', '', {
  name: field(1, string, '').required().default(''),
  selector: field(2, LabelSelector, ''),
});
export interface MetricIdentifier extends Infer<typeof MetricIdentifier> {}

export const ExternalMetricSource = message('io.k8s.api.autoscaling.v2.ExternalMetricSource', '', {
  metric: field(1, MetricIdentifier, '').required().default({}),
  target: field(2, MetricTarget, '').required().default({}),
});
export interface ExternalMetricSource extends Infer<typeof ExternalMetricSource> {}

export const ExternalMetricStatus = message('io.k8s.api.autoscaling.v2.ExternalMetricStatus', '', {
  metric: field(1, MetricIdentifier, '').required().default({}),
  current: field(2, MetricValueStatus, '').required().default({}),
});
export interface ExternalMetricStatus extends Infer<typeof ExternalMetricStatus> {}

export const HPAScalingPolicy = message('io.k8s.api.autoscaling.v2.HPAScalingPolicy', '', {
  type: field(1, string, '').required().default(''),
  value: field(2, int32, '').required().default(0),
  periodSeconds: field(3, int32, '').required().default(0),
});
export interface HPAScalingPolicy extends Infer<typeof HPAScalingPolicy> {}

export const HPAScalingRules = message('io.k8s.api.autoscaling.v2.HPAScalingRules', '', {
  selectPolicy: field(1, string, '').pointer(),
  policies: field(2, list(HPAScalingPolicy), '').atomic(),
  stabilizationWindowSeconds: field(3, int32, '').pointer(),
  tolerance: field(4, quantity, '').pointer(),
});
export interface HPAScalingRules extends Infer<typeof HPAScalingRules> {}

export const HorizontalPodAutoscalerBehavior = message(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior',
  '',
  {
    scaleUp: field(1, HPAScalingRules, ''),
    scaleDown: field(2, HPAScalingRules, ''),
  },
);
export interface HorizontalPodAutoscalerBehavior extends Infer<typeof HorizontalPodAutoscalerBehavior> {}

export const HorizontalPodAutoscalerCondition = message(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition',
  '',
  {
    type: field(1, string, '').required().default(''),
    status: field(2, string, '').required().default(''),
    lastTransitionTime: field(3, time, ''),
    reason: field(4, string, ''),
    message: field(5, string, ''),
  },
);
export interface HorizontalPodAutoscalerCondition extends Infer<typeof HorizontalPodAutoscalerCondition> {}

export const ObjectMetricSource = message('io.k8s.api.autoscaling.v2.ObjectMetricSource', '', {
  describedObject: field(1, CrossVersionObjectReference, '').required().default({}),
  target: field(2, MetricTarget, '').required().default({}),
  metric: field(3, MetricIdentifier, '').required().default({}),
});
export interface ObjectMetricSource extends Infer<typeof ObjectMetricSource> {}

export const PodsMetricSource = message('io.k8s.api.autoscaling.v2.PodsMetricSource', '', {
  metric: field(1, MetricIdentifier, '').required().default({}),
  target: field(2, MetricTarget, '').required().default({}),
});
export interface PodsMetricSource extends Infer<typeof PodsMetricSource> {}

export const ResourceMetricSource = message('io.k8s.api.autoscaling.v2.ResourceMetricSource', '', {
  name: field(1, string, '').required().default(''),
  target: field(2, MetricTarget, '').required().default({}),
});
export interface ResourceMetricSource extends Infer<typeof ResourceMetricSource> {}

export const MetricSpec = message('io.k8s.api.autoscaling.v2.MetricSpec', '', {
  type: field(1, string, '').required().default(''),
  object: field(2, ObjectMetricSource, ''),
  pods: field(3, PodsMetricSource, ''),
  resource: field(4, ResourceMetricSource, ''),
  external: field(5, ExternalMetricSource, ''),
  containerResource: field(7, ContainerResourceMetricSource, ''),
});
export interface MetricSpec extends Infer<typeof MetricSpec> {}

export const HorizontalPodAutoscalerSpec = message('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec', '', {
  scaleTargetRef: field(1, CrossVersionObjectReference, '').required().default({}),
  minReplicas: field(2, int32, '').pointer(),
  maxReplicas: field(3, int32, '').required().default(0),
  metrics: field(4, list(MetricSpec), '').atomic(),
  behavior: field(5, HorizontalPodAutoscalerBehavior, ''),
});
export interface HorizontalPodAutoscalerSpec extends Infer<typeof HorizontalPodAutoscalerSpec> {}

export const ObjectMetricStatus = message('io.k8s.api.autoscaling.v2.ObjectMetricStatus', '', {
  metric: field(1, MetricIdentifier, '').required().default({}),
  current: field(2, MetricValueStatus, '').required().default({}),
  describedObject: field(3, CrossVersionObjectReference, '').required().default({}),
});
export interface ObjectMetricStatus extends Infer<typeof ObjectMetricStatus> {}

export const PodsMetricStatus = message('io.k8s.api.autoscaling.v2.PodsMetricStatus', '', {
  metric: field(1, MetricIdentifier, '').required().default({}),
  current: field(2, MetricValueStatus, '').required().default({}),
});
export interface PodsMetricStatus extends Infer<typeof PodsMetricStatus> {}

export const ResourceMetricStatus = message('io.k8s.api.autoscaling.v2.ResourceMetricStatus', '', {
  name: field(1, string, '').required().default(''),
  current: field(2, MetricValueStatus, '').required().default({}),
});
export interface ResourceMetricStatus extends Infer<typeof ResourceMetricStatus> {}

export const MetricStatus = message('io.k8s.api.autoscaling.v2.MetricStatus', '', {
  type: field(1, string, '').required().default(''),
  object: field(2, ObjectMetricStatus, ''),
  pods: field(3, PodsMetricStatus, ''),
  resource: field(4, ResourceMetricStatus, ''),
  external: field(5, ExternalMetricStatus, ''),
  containerResource: field(7, ContainerResourceMetricStatus, ''),
});
export interface MetricStatus extends Infer<typeof MetricStatus> {}

export const HorizontalPodAutoscalerStatus = message('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus', '', {
  observedGeneration: field(1, int64, '').pointer(),
  lastScaleTime: field(2, time, ''),
  currentReplicas: field(3, int32, ''),
  desiredReplicas: field(4, int32, '').required().default(0),
  currentMetrics: field(5, list(MetricStatus), '').atomic(),
  conditions: field(6, list(HorizontalPodAutoscalerCondition), '').mapOf('type').mergeBy('type'),
});
export interface HorizontalPodAutoscalerStatus extends Infer<typeof HorizontalPodAutoscalerStatus> {}

export const HorizontalPodAutoscaler = message('io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, HorizontalPodAutoscalerSpec, '').required().default({}),
  status: field(3, HorizontalPodAutoscalerStatus, '').default({}),
});
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
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'HorizontalPodAutoscaler',
      form: 'object',
      strategy: statusStrategy<HorizontalPodAutoscaler>({ validateUpdate: validateAutoscalerStatus }),
    },
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
