import type { Column } from '@kubets/core';
import { ageOf } from '../columns.ts';
import type { Event } from './event.ts';

function firstSeen({ firstTimestamp, eventTime }: Event, nowMs: number): string {
  return ageOf(firstTimestamp ?? eventTime, nowMs);
}

function lastSeen(event: Event, nowMs: number): string {
  if (event.series) return ageOf(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? ageOf(event.lastTimestamp, nowMs) : firstSeen(event, nowMs);
}

function involvedText({ involvedObject: { kind = '', name } }: Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const host = source?.host || reportingInstance;
  return host ? `${component}, ${host}` : component;
}

/** The table of events, the same for both groups that serve them. */
export const eventColumns: readonly Column<Event>[] = [
  {
    name: 'Last Seen',
    type: 'string',
    description: 'Time since it happened last.',
    cell: lastSeen,
  },
  {
    name: 'Type',
    type: 'string',
    description: 'Normal or Warning.',
    cell: ({ type }) => type ?? '',
  },
  {
    name: 'Reason',
    type: 'string',
    description: 'One word for what happened.',
    cell: ({ reason }) => reason ?? '',
  },
  {
    name: 'Object',
    type: 'string',
    description: 'Kind and name of the object that it happened to.',
    cell: involvedText,
  },
  {
    name: 'Subobject',
    type: 'string',
    priority: 1,
    description: 'The part of the object that it happened to.',
    cell: ({ involvedObject }) => involvedObject.fieldPath ?? '',
  },
  {
    name: 'Source',
    type: 'string',
    priority: 1,
    description: 'Component that reported it, and where.',
    cell: sourceText,
  },
  {
    name: 'Message',
    type: 'string',
    description: 'What happened, in words.',
    cell: ({ message }) => (message ?? '').trim(),
  },
  {
    name: 'First Seen',
    type: 'string',
    priority: 1,
    description: 'Time since it happened first.',
    cell: firstSeen,
  },
  {
    name: 'Count',
    type: 'string',
    priority: 1,
    description: 'How often it happened.',
    cell: ({ series, count }) => (series ? (series.count ?? 0) : count || 1),
  },
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    priority: 1,
    description: 'Name of the event.',
    cell: ({ metadata }) => metadata.name ?? '',
  },
];
