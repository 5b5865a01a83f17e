import { defineKind, field, type Infer, int32, message, microTime, string, time } from '@kubets/core';
import { EventSource } from '../core/event.ts';
import { eventColumns } from '../core/event-columns.ts';
import { ObjectReference } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { eventFromEventsV1, eventToEventsV1 } from './conversion.ts';

export const EventsEventSeries = message(
  'io.k8s.api.events.v1.EventSeries',
  'Says how often an event has been repeated.',
  {
    count: field(1, int32, 'Number of occurrences so far.').required().default(0),
    lastObservedTime: field(2, microTime, 'When it was last observed.').required(),
  },
);
export interface EventsEventSeries extends Infer<typeof EventsEventSeries> {}

export const EventsEvent = message(
  'io.k8s.api.events.v1.Event',
  'A report of something that happened in the cluster.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    eventTime: field(2, microTime, 'When it was first observed.').required(),
    series: field(3, EventsEventSeries, 'Repetitions of the event; none for a single one.'),
    reportingController: field(4, string, 'Controller that reports, such as kubernetes.io/kubelet.'),
    reportingInstance: field(5, string, 'Instance of the controller that reports.'),
    action: field(6, string, 'What was done or failed.'),
    reason: field(7, string, 'One word for why.'),
    regarding: field(8, ObjectReference, 'Object that it happened to.').default({}),
    related: field(9, ObjectReference, 'Another object involved in it.'),
    note: field(10, string, 'What happened, in words.'),
    type: field(11, string, 'Normal or Warning.'),
    deprecatedSource: field(12, EventSource, 'Component that reports, as older versions of the API had it.').default(
      {},
    ),
    deprecatedFirstTimestamp: field(13, time, 'First time, as older versions of the API had it.'),
    deprecatedLastTimestamp: field(14, time, 'Last time, as older versions of the API had it.'),
    deprecatedCount: field(15, int32, 'Number of occurrences, as older versions of the API had it.'),
  },
);
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
