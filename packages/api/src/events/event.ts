import { defineKind, field, type Infer, int32, message, microTime, string, time } from '@kubets/core';
import { EventSource } from '../core/event.ts';
import { eventColumns } from '../core/event-columns.ts';
import { ObjectReference } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { eventFromEventsV1, eventToEventsV1 } from './conversion.ts';

export const EventsEventSeries = message('io.k8s.api.events.v1.EventSeries', '', {
  count: field(1, int32, '').required().default(0),
  lastObservedTime: field(2, microTime, '').required(),
});
export interface EventsEventSeries extends Infer<typeof EventsEventSeries> {}

export const EventsEvent = message('io.k8s.api.events.v1.Event', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  eventTime: field(2, microTime, '').required(),
  series: field(3, EventsEventSeries, ''),
  reportingController: field(4, string, ''),
  reportingInstance: field(5, string, ''),
  action: field(6, string, ''),
  reason: field(7, string, ''),
  regarding: field(8, ObjectReference, '').default({}),
  related: field(9, ObjectReference, ''),
  note: field(10, string, ''),
  type: field(11, string, ''),
  deprecatedSource: field(12, EventSource, '').default({}),
  deprecatedFirstTimestamp: field(13, time, ''),
  deprecatedLastTimestamp: field(14, time, ''),
  deprecatedCount: field(15, int32, ''),
});
export interface EventsEvent extends Infer<typeof EventsEvent> {}

/** Tables are made from the stored form, so that both groups show the same. */
const eventsEventColumns = eventColumns.map((column) => ({
  ...column,
  cell: (event: EventsEvent, nowMs: number) => column.cell(eventFromEventsV1(event), nowMs),
}));

export const eventsEventKind = defineKind<EventsEvent>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  resource: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: EventsEvent,
  columns: eventsEventColumns,
  selectableFields: {
    'regarding.kind': ({ regarding }) => regarding?.kind ?? '',
    'regarding.namespace': ({ regarding }) => regarding?.namespace ?? '',
    'regarding.name': ({ regarding }) => regarding?.name ?? '',
    'regarding.uid': ({ regarding }) => regarding?.uid ?? '',
    'regarding.apiVersion': ({ regarding }) => regarding?.apiVersion ?? '',
    'regarding.resourceVersion': ({ regarding }) => regarding?.resourceVersion ?? '',
    'regarding.fieldPath': ({ regarding }) => regarding?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },
  storagePrefix: 'events',
  storedAs: { group: '', version: 'v1', toStored: eventFromEventsV1, fromStored: eventToEventsV1 },
  storageVersionHash: 'r2yiGXH7wu8=',
});
