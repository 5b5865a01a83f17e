import { defineKind, field, type Infer, int32, int64, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { autoscalerColumns } from './autoscaler-columns.ts';
import { horizontalPodAutoscalerFromV1, horizontalPodAutoscalerToV1 } from './v1-conversion.ts';
import { horizontalPodAutoscalerKind } from './v2-horizontal-pod-autoscaler.ts';

export const CrossVersionObjectReferenceV1 = message(
  'io.k8s.api.autoscaling.v1.CrossVersionObjectReference',
  'Names the object that is scaled.',
  {
    kind: field(1, string, 'Kind of the object.').required().default(''),
    name: field(2, string, 'Name of the object.').required().default(''),
    apiVersion: field(3, string, 'API version of the object.'),
  },
  { mapType: 'atomic' },
);
export interface CrossVersionObjectReferenceV1 extends Infer<typeof CrossVersionObjectReferenceV1> {}

export const HorizontalPodAutoscalerSpecV1 = message(
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec',
  'What is scaled, within which bounds and by which use of the processor.',
  {
    scaleTargetRef: field(1, CrossVersionObjectReferenceV1, 'The object to scale; it needs a scale subresource.')
      .required()
      .default({}),
    minReplicas: field(2, int32, 'The fewest pods to scale to; 1 by default.').pointer(),
    maxReplicas: field(3, int32, 'The most pods to scale to.').required().default(0),
    targetCPUUtilizationPercentage: field(
      4,
      int32,
      'Average use of the processor to aim at, as a percentage of what the pods request.',
    ).pointer(),
  },
);
export interface HorizontalPodAutoscalerSpecV1 extends Infer<typeof HorizontalPodAutoscalerSpecV1> {}

export const HorizontalPodAutoscalerStatusV1 = message(
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus',
  'What the autoscaler last observed.',
  {
    observedGeneration: field(1, int64, 'Generation of the spec that this status was computed from.').pointer(),
    lastScaleTime: field(2, time, 'When the number of pods was last changed.'),
    currentReplicas: field(3, int32, 'Number of pods now.').required().default(0),
    desiredReplicas: field(4, int32, 'Number of pods last computed to be right.').required().default(0),
    currentCPUUtilizationPercentage: field(
      5,
      int32,
      'Average use of the processor now, as a percentage of what the pods request.',
    ).pointer(),
  },
);
export interface HorizontalPodAutoscalerStatusV1 extends Infer<typeof HorizontalPodAutoscalerStatusV1> {}

export const HorizontalPodAutoscalerV1 = message(
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  'Scales the number of pods by their use of the processor.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, HorizontalPodAutoscalerSpecV1, 'What is scaled and how.').required().default({}),
    status: field(3, HorizontalPodAutoscalerStatusV1, 'What was last observed; written by the controller.').default({}),
  },
);
export interface HorizontalPodAutoscalerV1 extends Infer<typeof HorizontalPodAutoscalerV1> {}

const columnsV1 = autoscalerColumns.map((column) => ({
  ...column,
  cell: (autoscaler: HorizontalPodAutoscalerV1, nowMs: number) =>
    column.cell(horizontalPodAutoscalerFromV1(autoscaler), nowMs),
}));

export const horizontalPodAutoscalerV1Kind = defineKind<HorizontalPodAutoscalerV1>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: HorizontalPodAutoscalerV1,
  subresources: [
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'HorizontalPodAutoscaler', form: 'object' },
  ],
  strategy: {
    applyDefaults({ spec }) {
      spec.minReplicas ??= 1;
    },
  },
  columns: columnsV1,
  storedAs: {
    group: 'autoscaling',
    version: 'v2',
    toStored(autoscaler) {
      const stored = horizontalPodAutoscalerFromV1(autoscaler);
      horizontalPodAutoscalerKind.strategy.applyDefaults?.(stored);
      return stored;
    },
    fromStored: horizontalPodAutoscalerToV1,
  },
  storageVersionHash: 'qwQve8ut294=',
});
