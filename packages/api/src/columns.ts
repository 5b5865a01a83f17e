import type { Column, KubeObject } from '@kubets/core';
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
  return timestamp ? durationText(nowMs - Date.parse(timestamp)) : '<unknown>';
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

/** A duration in at most two units, as people read it: 90s, 5m30s, 3h, 2d4h, 400d, 2y35d. */
export function durationText(durationMs: number): string {
  if (durationMs <= -2 * SECOND_MS) return '<invalid>';
  const ms = Math.max(0, durationMs);
  if (ms < 2 * MINUTE_MS) return `${Math.floor(ms / SECOND_MS)}s`;
  if (ms < 10 * MINUTE_MS) return twoUnits(ms, [MINUTE_MS, 'm'], [SECOND_MS, 's']);
  if (ms < 3 * HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m`;
  if (ms < 8 * HOUR_MS) return twoUnits(ms, [HOUR_MS, 'h'], [MINUTE_MS, 'm']);
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)}h`;
  if (ms < 8 * DAY_MS) return twoUnits(ms, [DAY_MS, 'd'], [HOUR_MS, 'h']);
  if (ms < 2 * YEAR_MS) return `${Math.floor(ms / DAY_MS)}d`;
  if (ms < 8 * YEAR_MS) return twoUnits(ms, [YEAR_MS, 'y'], [DAY_MS, 'd']);
  return `${Math.floor(ms / YEAR_MS)}y`;
}

type Unit = readonly [ms: number, letter: string];

function twoUnits(ms: number, [largeMs, large]: Unit, [smallMs, small]: Unit): string {
  const rest = Math.floor((ms % largeMs) / smallMs);
  return `${Math.floor(ms / largeMs)}${large}${rest ? `${rest}${small}` : ''}`;
}
