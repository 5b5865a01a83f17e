import { expect, it } from 'vitest';
import type { Event } from './event.ts';
import { validateEvent, validateEventUpdate } from './event-validation.ts';

const QUALIFIED_NAME =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const event = (change: Partial<Event> = {}): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'default' },
  involvedObject: { namespace: 'default' },
  ...change,
});
const complete = (change: Partial<Event> = {}): Event =>
  event({
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingComponent: 'example.com/c',
    reportingInstance: 'c-1',
    action: 'Did',
    reason: 'Because',
    type: 'Normal',
    ...change,
  });

const CORE = 'v1';
const EVENTS = 'events.k8s.io/v1';
const context = (requestApiVersion: string) => ({ subresource: '', nowMs: 0, requestApiVersion });

it.each<[what: string, version: string, event: Event, complaints: string[]]>([
  ['old ones need hardly anything', CORE, event(), []],
  ['those with a time need to be complete', CORE, complete(), []],
  [
    'and say who reports',
    CORE,
    complete({ reportingComponent: '' }),
    [
      'reportingComponent: Required value',
      'reportingComponent: Invalid value: "": name part must be non-empty',
      `reportingComponent: Invalid value: "": name part ${QUALIFIED_NAME}`,
    ],
  ],
  ['new ones need a time', EVENTS, event({ type: 'Normal' }), ['eventTime: Required value']],
  ['new ones have no count', EVENTS, complete({ count: 2 }), ['deprecatedCount: Invalid value: 2: needs to be unset']],
  [
    'a series is more than one',
    EVENTS,
    complete({ series: { count: 1, lastObservedTime: '2026-01-01T00:00:00.000000Z' } }),
    ['series.count: Invalid value: "": should be at least 2'],
  ],
])('%s', (_what, version, given, complaints) => {
  const errors = validateEvent(given, context(version));
  expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual(complaints);
});

it('what happened stays as it was reported', () => {
  const changed = complete({ reason: 'Other' });
  expect(validateEventUpdate(changed, complete(), context(CORE))).toEqual([]);
  expect(validateEventUpdate(changed, complete(), context(EVENTS)).map(({ field }) => field)).toEqual(['reason']);
});
