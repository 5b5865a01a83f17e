import type { Event } from '@kubets/api';
import { expect, it } from 'vitest';
import { EventCorrelator } from './correlator.ts';

const event = (message: string, name = 'e'): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'n' },
  involvedObject: { kind: 'Pod', name: 'p', namespace: 'n' },
  reason: 'R',
  type: 'Normal',
  message,
  count: 1,
  firstTimestamp: '2030-01-01T00:00:00Z',
});

it('counts a repeated event', () => {
  const correlator = new EventCorrelator();
  expect(correlator.correlate(event('same', 'first'), 0).type).toBe('create');
  const again = correlator.correlate(event('same', 'second'), 1_000);
  expect(again).toMatchObject({ type: 'count', event: { count: 2, metadata: { name: 'first' } } });
});

it('joins similar events from the tenth on', () => {
  const correlator = new EventCorrelator();
  const results = Array.from({ length: 11 }, (_, i) => correlator.correlate(event(`message ${i}`), i));
  const messages = results.map((result) => (result.type === 'drop' ? '' : result.event.message));
  expect(messages[8]).toBe('message 8');
  expect(messages[9]).toBe('(combined from similar events): message 9');
  expect(results[10]?.type).toBe('count');
});

it('stops a flood, and lets one through every five minutes', () => {
  const correlator = new EventCorrelator();
  const types = Array.from({ length: 30 }, () => correlator.correlate(event('flood'), 0).type);
  expect(types.filter((type) => type !== 'drop')).toHaveLength(25);
  expect(correlator.correlate(event('flood'), 299_000).type).toBe('drop');
  expect(correlator.correlate(event('flood'), 600_000).type).toBe('count');
});
