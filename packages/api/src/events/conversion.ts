import type { KubeObject } from '@kubets/core';
import type { Event } from '../core/event.ts';
import type { EventsEvent } from './event.ts';

/** Events are stored as core events; events.k8s.io shows the same objects under other field names. */
export function eventToEventsV1(event: KubeObject): EventsEvent {
  const {
    involvedObject,
    message,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    reportingComponent,
    series,
    eventTime,
    ...same
  } = event as Event;
  return {
    ...same,
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    // JSON has a null here for events that were reported in the old way.
    eventTime: eventTime as string,
    ...(reportingComponent ? { reportingController: reportingComponent } : {}),
    ...(series ? { series: { count: series.count ?? 0, lastObservedTime: series.lastObservedTime ?? '' } } : {}),
    ...(message === undefined ? {} : { note: message }),
    ...(source === undefined ? {} : { deprecatedSource: source }),
    ...(firstTimestamp === undefined ? {} : { deprecatedFirstTimestamp: firstTimestamp }),
    ...(lastTimestamp === undefined ? {} : { deprecatedLastTimestamp: lastTimestamp }),
    ...(count === undefined ? {} : { deprecatedCount: count }),
  };
}

/** The inverse of `eventToEventsV1`. */
export function eventFromEventsV1(event: EventsEvent): Event {
  const {
    regarding,
    note,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    reportingController,
    reportingInstance,
    ...same
  } = event;
  return {
    ...same,
    apiVersion: 'v1',
    involvedObject: regarding ?? {},
    reportingComponent: reportingController ?? '',
    reportingInstance: reportingInstance ?? '',
    ...(note === undefined ? {} : { message: note }),
    ...(deprecatedSource === undefined ? {} : { source: deprecatedSource }),
    ...(deprecatedFirstTimestamp === undefined ? {} : { firstTimestamp: deprecatedFirstTimestamp }),
    ...(deprecatedLastTimestamp === undefined ? {} : { lastTimestamp: deprecatedLastTimestamp }),
    ...(deprecatedCount === undefined ? {} : { count: deprecatedCount }),
  };
}
