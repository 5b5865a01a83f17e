import {
  byteLength,
  type FieldError,
  FieldPath,
  invalid,
  isQualifiedName,
  required,
  validateImmutable,
  type WriteContext,
} from '@kubets/core';
import { validateText } from '../field-rules.ts';
import type { Event } from './event.ts';

const TEXT_MAX_BYTES = 128;
const MESSAGE_MAX_BYTES = 1024;
/** Events of cluster-wide objects are in one of these. */
const CLUSTER_EVENT_NAMESPACES = ['default', 'kube-system'];
const STRICT_VERSION = 'events.k8s.io/v1';

const at = (name: string) => new FieldPath(name);
const isStrict = ({ requestApiVersion }: WriteContext) => requestApiVersion === STRICT_VERSION;

/**
 * Events in the core group have few rules, and hardly any without an eventTime. Those that are written as events.k8s.io/v1 must
 * be complete, and must leave the older fields alone.
 */
export function validateEvent(event: Event, context: WriteContext): FieldError[] {
  const errors = event.eventTime ? validateReport(event, context) : validateOldNamespace(event);
  if (!isStrict(context)) return errors;
  const isNew = !event.metadata.resourceVersion;
  return [...errors, ...validateSeries(event), ...(isNew ? validateNew(event) : [])];
}

function validateOldNamespace({ metadata, involvedObject }: Event): FieldError[] {
  const { namespace = '' } = involvedObject;
  if (namespace === metadata.namespace || (namespace === '' && metadata.namespace === CLUSTER_EVENT_NAMESPACES[0])) {
    return [];
  }
  return [foreignNamespace(namespace)];
}

function foreignNamespace(namespace: string): FieldError {
  return invalid(at('involvedObject').child('namespace'), namespace, 'does not match event.namespace');
}

function validateReport(event: Event, context: WriteContext): FieldError[] {
  const { metadata, involvedObject, reportingComponent, message = '' } = event;
  const errors: FieldError[] = [];
  if (!involvedObject.namespace && !CLUSTER_EVENT_NAMESPACES.includes(metadata.namespace ?? '')) {
    errors.push(foreignNamespace(''));
  }
  const controllerAt = at(isStrict(context) ? 'reportingController' : 'reportingComponent');
  errors.push(
    ...(reportingComponent ? [] : [required(controllerAt)]),
    ...validateText(reportingComponent ?? '', controllerAt, isQualifiedName),
  );
  for (const name of ['reportingInstance', 'action', 'reason'] as const) {
    errors.push(...validateShortText(event[name] ?? '', at(name)));
  }
  if (byteLength(message) > MESSAGE_MAX_BYTES) {
    errors.push(invalid(at('message'), '', `can have at most ${MESSAGE_MAX_BYTES} characters`));
  }
  return errors;
}

function validateShortText(text: string, path: FieldPath): FieldError[] {
  if (!text) return [required(path)];
  return byteLength(text) > TEXT_MAX_BYTES ? [invalid(path, '', `can have at most ${TEXT_MAX_BYTES} characters`)] : [];
}

function validateNew(event: Event): FieldError[] {
  const { eventTime, type = '', source } = event;
  const errors: FieldError[] = eventTime ? [] : [required(at('eventTime'))];
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalid(at('type'), '', `has invalid value: ${type}`));
  const unset = [
    ['deprecatedFirstTimestamp', event.firstTimestamp],
    ['deprecatedLastTimestamp', event.lastTimestamp],
    ['deprecatedCount', event.count],
    ['deprecatedSource', source?.component || source?.host],
  ] as const;
  for (const [name, value] of unset) if (value) errors.push(invalid(at(name), value, 'needs to be unset'));
  return errors;
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  const path = at('series');
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(invalid(path.child('count'), '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required(path.child('lastObservedTime')));
  return errors;
}

/** What happened stays as it was reported; only the series of such an event goes on. */
const FIXED_FIELDS = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'reportingComponent',
  'reportingInstance',
  'type',
  'eventTime',
  'action',
  'related',
] as const;

export function validateEventUpdate(event: Event, old: Event, context: WriteContext): FieldError[] {
  if (!isStrict(context)) return [];
  return FIXED_FIELDS.flatMap((field) => validateImmutable(event[field], old[field], at(field)));
}
