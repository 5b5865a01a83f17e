import type { Column } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from './v2-horizontal-pod-autoscaler.ts';

const SHOWN_METRICS = 2;

/** The table of autoscalers, the same for both versions. */
export const autoscalerColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  {
    name: 'Reference',
    type: 'string',
    description: 'Kind and name of what is scaled.',
    cell: ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
  },
  {
    name: 'Targets',
    type: 'string',
    description: 'For each metric its value now and the value aimed at.',
    cell: ({ spec, status }) => metricsText(spec.metrics ?? [], status?.currentMetrics ?? []),
  },
  {
    name: 'MinPods',
    type: 'string',
    description: 'The fewest pods to scale to.',
    cell: ({ spec }) => spec.minReplicas?.toString() ?? '<unset>',
  },
  {
    name: 'MaxPods',
    type: 'string',
    description: 'The most pods to scale to.',
    cell: ({ spec }) => spec.maxReplicas,
  },
  {
    name: 'Replicas',
    type: 'string',
    description: 'Number of pods now.',
    cell: ({ status }) => status?.currentReplicas ?? 0,
  },
  ageColumn,
];

function metricsText(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.map((spec, index) => metricText(spec, statuses[index]));
  const shown = texts.slice(0, SHOWN_METRICS).join(', ');
  return texts.length > SHOWN_METRICS ? `${shown} + ${texts.length - SHOWN_METRICS} more...` : shown;
}

const UNKNOWN = '<unknown>';

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'Resource':
      return spec.resource ? resourceText(spec.resource, status?.resource) : UNKNOWN;
    case 'ContainerResource':
      return spec.containerResource ? resourceText(spec.containerResource, status?.containerResource) : UNKNOWN;
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? UNKNOWN}/${spec.pods?.target.averageValue ?? ''}`;
    case 'Object':
      return amountText(spec.object, status?.object);
    case 'External':
      return amountText(spec.external, status?.external);
    default:
      return '<unknown type>';
  }
}

type Resource = NonNullable<MetricSpec['resource']>;
type ResourceNow = NonNullable<MetricStatus['resource']>;

function resourceText({ name, target }: Resource, status: ResourceNow | undefined): string {
  if (target.averageValue !== undefined) {
    return `${name}: ${status?.current.averageValue ?? UNKNOWN}/${target.averageValue}`;
  }
  const now = status?.current.averageUtilization;
  const wanted = target.averageUtilization;
  return `${name}: ${now === undefined ? UNKNOWN : `${now}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`;
}

type Amount = Pick<Resource, 'target'>;
type AmountNow = Pick<ResourceNow, 'current'>;

function amountText(spec: Amount | undefined, status: AmountNow | undefined): string {
  if (spec?.target.averageValue !== undefined) {
    return `${status?.current.averageValue ?? UNKNOWN}/${spec.target.averageValue} (avg)`;
  }
  return `${status?.current.value ?? UNKNOWN}/${spec?.target.value ?? ''}`;
}
