import { type Column, humanDuration, type KubeObject } from '@kubets/core';
import type { PodSpec } from './core/pod.ts';
import type { LabelSelector } from './meta/selector.ts';

/** The first column of nearly every table. */
export const nameColumn: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique among its kind in its namespace.',
  cell: (object) => object.metadata.name ?? '',
};

/** How long ago the object was created. */
export const ageColumn: Column<KubeObject> = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
};

/** Tables of kinds without columns of their own have the name and the time of creation. */
export const createdAtColumn: Column<KubeObject> = {
  name: 'Created At',
  type: 'date',
  description: 'Time at which the object was created.',
  cell: (object) => object.metadata.creationTimestamp ?? null,
};

/** The wide columns of kinds that run pods: container names and images. */
export function containerColumns<T extends KubeObject>(podSpecOf: (object: T) => PodSpec | undefined): Column<T>[] {
  const containersOf = (object: T) => podSpecOf(object)?.containers ?? [];
  return [
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      description: 'Names of the containers in the template.',
      cell: (object) =>
        containersOf(object)
          .map((container) => container.name)
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      description: 'Images of the containers in the template.',
      cell: (object) =>
        containersOf(object)
          .map((container) => container.image ?? '')
          .join(','),
    },
  ];
}

interface Replicated extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly readyReplicas?: number };
}

/** How many pods an object wants, has, and has ready. */
export function replicaColumns<T extends Replicated>(): Column<T>[] {
  return [
    {
      name: 'Desired',
      type: 'integer',
      description: 'Number of pods wanted.',
      cell: ({ spec }) => spec?.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'Number of pods that exist.',
      cell: ({ status }) => status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'Number of pods that are ready.',
      cell: ({ status }) => status?.readyReplicas ?? 0,
    },
  ];
}

/** The wide column that shows which pods belong to the object. */
export function selectorColumn<T extends KubeObject>(selectorOf: (object: T) => LabelSelector | undefined): Column<T> {
  return {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Selector of the pods that belong to the object.',
    cell: (object) => formatLabelSelector(selectorOf(object)),
  };
}

/** A selector as tables show it, `<none>` where it selects everything or nothing. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  return labelSelectorText(selector) || '<none>';
}

/** A selector in the form that `kubectl -l` takes, its requirements ordered by key. */
export function labelSelectorText(selector: LabelSelector | undefined): string {
  const equalities = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values }) => ({
    key,
    text: requirementText(key, operator, values ?? []),
  }));
  return [...equalities, ...expressions]
    .sort((left, right) => compareText(left.key, right.key))
    .map(({ text }) => text)
    .join(',');
}

function requirementText(key: string, operator: string, values: readonly string[]): string {
  const set = `(${[...values].sort(compareText).join(',')})`;
  switch (operator) {
    case 'In':
      return `${key} in ${set}`;
    case 'NotIn':
      return `${key} notin ${set}`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return key;
  }
}

/** Labels as tables show them: `a=1,b=2`, or `<none>`. */
export function formatLabels(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort(compareText).join(',') || '<none>';
}

/** At most `shown` items; the rest is counted. */
export function listWithMore(items: readonly string[], shown: number): string {
  const text = items.slice(0, shown).join(',');
  return items.length > shown ? `${text} + ${items.length - shown} more...` : text;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The time since a timestamp, as a short text; `<unknown>` without one. */
export function ageOf(timestamp: string | undefined, nowMs: number): string {
  return timestamp ? humanDuration(nowMs - Date.parse(timestamp)) : '<unknown>';
}
