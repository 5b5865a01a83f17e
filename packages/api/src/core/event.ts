import { defineKind, field, type Infer, int32, message, microTime, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { eventColumns } from './event-columns.ts';
import { validateEvent, validateEventUpdate } from './event-validation.ts';
import { ObjectReference } from './reference.ts';

export const EventSeries = message(
  'io.k8s.api.core.v1.EventSeries',
  'How often an event has occurred, and when last.',
  {
    count: field(1, int32, 'Number of occurrences up to the last one seen.'),
    lastObservedTime: field(2, microTime, 'When the event was last seen.'),
  },
);
export interface EventSeries extends Infer<typeof EventSeries> {}

export const EventSource = message('io.k8s.api.core.v1.EventSource', 'Where an event comes from.', {
  component: field(1, string, 'Component that reported the event.'),
  host: field(2, string, 'Node on which the component runs.'),
});
export interface EventSource extends Infer<typeof EventSource> {}

export const Event = message(
  'io.k8s.api.core.v1.Event',
  'A report of something that happened to an object; kept for a while, not for ever.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .required()
      .default({}),
    involvedObject: field(2, ObjectReference, 'The object that the event is about.').required().default({}),
    reason: field(3, string, 'One CamelCase word for programs that says why it happened.'),
    message: field(4, string, 'What happened, in words for people.'),
    source: field(5, EventSource, 'Component that reported the event.').default({}),
    firstTimestamp: field(6, time, 'When the event was seen first.'),
    lastTimestamp: field(7, time, 'When the event was seen last.'),
    count: field(8, int32, 'How many times the event has been seen.'),
    type: field(9, string, 'Normal, or Warning for what needs attention.'),
    eventTime: field(10, microTime, 'When the event was seen first, to the microsecond.'),
    series: field(11, EventSeries, 'Data of the series that the event stands for, if it is more than one.'),
    action: field(12, string, 'What was done, or failed to be done, about the object.'),
    related: field(13, ObjectReference, 'A second object that the event involves.'),
    reportingComponent: field(
      14,
      string,
      'Name of the controller that reported the event, such as kubernetes.io/kubelet.',
    ).default(''),
    reportingInstance: field(15, string, 'Which instance of the controller it was, such as its pod or node.').default(
      '',
    ),
  },
);
export interface Event extends Infer<typeof Event> {}

export const eventKind = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  resource: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: Event,
  strategy: { allowCreateOnUpdate: true, validate: validateEvent, validateUpdate: validateEventUpdate },
  columns: eventColumns,
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || reportingComponent || '',
    type: ({ type }) => type ?? '',
  },
  storageVersionHash: 'r2yiGXH7wu8=',
});
