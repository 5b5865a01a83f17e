import { defineKind, field, type Infer, int32, int64, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { autoscalerColumns } from './autoscaler-columns.ts';
import { horizontalPodAutoscalerFromV1, horizontalPodAutoscalerToV1 } from './v1-conversion.ts';

export const CrossVersionObjectReferenceV1 = message(
  'io.k8s.api.autoscaling.v1.CrossVersionObjectReference',
  '',
  {
    kind: field(1, string, '').required().default(''),
    name: field(2, string, '').required().default(''),
    apiVersion: field(3, string, ''),
  },
  { mapType: 'atomic' },
);
export interface CrossVersionObjectReferenceV1 extends Infer<typeof CrossVersionObjectReferenceV1> {}

export const HorizontalPodAutoscalerSpecV1 = message('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec', '', {
  scaleTargetRef: field(1, CrossVersionObjectReferenceV1, '').required().default({}),
  minReplicas: field(2, int32, '').pointer(),
  maxReplicas: field(3, int32, '').required().default(0),
  targetCPUUtilizationPercentage: field(4, int32, '').pointer(),
});
export interface HorizontalPodAutoscalerSpecV1 extends Infer<typeof HorizontalPodAutoscalerSpecV1> {}

export const HorizontalPodAutoscalerStatusV1 = message('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus', '', {
  observedGeneration: field(1, int64, '').pointer(),
  lastScaleTime: field(2, time, ''),
  currentReplicas: field(3, int32, '').required().default(0),
  desiredReplicas: field(4, int32, '').required().default(0),
  currentCPUUtilizationPercentage: field(5, int32, '').pointer(),
});
export interface HorizontalPodAutoscalerStatusV1 extends Infer<typeof HorizontalPodAutoscalerStatusV1> {}

export const HorizontalPodAutoscalerV1 = message('io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, HorizontalPodAutoscalerSpecV1, '').required().default({}),
  status: field(3, HorizontalPodAutoscalerStatusV1, '').default({}),
});
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
    toStored: horizontalPodAutoscalerFromV1,
    fromStored: horizontalPodAutoscalerToV1,
  },
  storageVersionHash: 'qwQve8ut294=',
});
