import {
  byteLength,
  type FieldError,
  FieldPath,
  invalid,
  isQualifiedName,
  required,
  validateImmutable,
} from '@kubets/core';
import type { Event } from './event.ts';

const REPORTING_INSTANCE_MAX_BYTES = 128;
const ACTION_MAX_BYTES = 128;
const REASON_MAX_BYTES = 128;
const NOTE_MAX_BYTES = 1024;

/** Cluster-wide objects have their events here. */
const CLUSTER_EVENTS_NAMESPACE = 'default';

/** The old way of reporting has no eventTime, and few rules. */
export function validateEvent(event: Event): FieldError[] {
  const errors = namespaceErrors(event);
  if (!event.eventTime) return errors;
  return [...errors, ...validateNewEvent(event)];
}

function namespaceErrors({ metadata, involvedObject }: Event): FieldError[] {
  const path = new FieldPath('involvedObject').child('namespace');
  const { namespace = '' } = involvedObject;
  if (namespace === metadata.namespace) return [];
  if (namespace === '' && (metadata.namespace ?? CLUSTER_EVENTS_NAMESPACE) === CLUSTER_EVENTS_NAMESPACE) return [];
  return [invalid(path, namespace, 'does not match event.namespace')];
}

/** Rules of events.k8s.io, which also bind core events that have an eventTime. */
export function validateNewEvent(event: Event): FieldError[] {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '', type = '' } = event;
  const at = (name: string) => new FieldPath(name);
  return [
    ...controllerErrors(reportingComponent),
    ...textErrors(reportingInstance, at('reportingInstance'), REPORTING_INSTANCE_MAX_BYTES),
    ...textErrors(action, at('action'), ACTION_MAX_BYTES),
    ...textErrors(reason, at('reason'), REASON_MAX_BYTES),
    ...(byteLength(message) > NOTE_MAX_BYTES
      ? [invalid(at('message'), '', `can have at most ${NOTE_MAX_BYTES} characters`)]
      : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid(at('type'), '', `has invalid value: ${type}`)]),
    ...seriesErrors(event),
  ];
}

function controllerErrors(reportingComponent: string): FieldError[] {
  const path = new FieldPath('reportingController');
  if (!reportingComponent) return [required(path)];
  return isQualifiedName(reportingComponent).map((detail) => invalid(path, reportingComponent, detail));
}

function textErrors(text: string, path: FieldPath, maxBytes: number): FieldError[] {
  if (!text) return [required(path)];
  return byteLength(text) > maxBytes ? [invalid(path, '', `can have at most ${maxBytes} characters`)] : [];
}

function seriesErrors({ series }: Event): FieldError[] {
  if (!series) return [];
  const path = new FieldPath('series');
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(invalid(path.child('count'), '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required(path.child('lastObservedTime')));
  return errors;
}

/** Of a new-style event only the series may change. */
export function validateEventUpdate(event: Event, old: Event): FieldError[] {
  if (!event.eventTime && !old.eventTime) return [];
  const fields = [
    'involvedObject',
    'reason',
    'message',
    'source',
    'firstTimestamp',
    'lastTimestamp',
    'count',
    'reportingComponent',
    'reportingInstance',
    'action',
    'related',
    'type',
    'eventTime',
  ] as const;
  return fields.flatMap((field) => validateImmutable(event[field], old[field], new FieldPath(field)));
}
