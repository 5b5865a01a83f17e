import { defineKind, field, type Infer, int32, message, microTime, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { eventColumns } from './event-columns.ts';
import { validateEvent, validateEventUpdate } from './event-validation.ts';
import { ObjectReference } from './reference.ts';

export const EventSeries = message('io.k8s.api.core.v1.EventSeries', '', {
  count: field(1, int32, ''),
  lastObservedTime: field(2, microTime, ''),
});
export interface EventSeries extends Infer<typeof EventSeries> {}

export const EventSource = message('io.k8s.api.core.v1.EventSource', '', {
  component: field(1, string, ''),
  host: field(2, string, ''),
});
export interface EventSource extends Infer<typeof EventSource> {}

export const Event = message('io.k8s.api.core.v1.Event', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').required().default({}),
  involvedObject: field(2, ObjectReference, '').required().default({}),
  reason: field(3, string, ''),
  message: field(4, string, ''),
  source: field(5, EventSource, '').default({}),
  firstTimestamp: field(6, time, ''),
  lastTimestamp: field(7, time, ''),
  count: field(8, int32, ''),
  type: field(9, string, ''),
  eventTime: field(10, microTime, ''),
  series: field(11, EventSeries, ''),
  action: field(12, string, ''),
  related: field(13, ObjectReference, ''),
  reportingComponent: field(14, string, '').default(''),
  reportingInstance: field(15, string, '').default(''),
});
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
