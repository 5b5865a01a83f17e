import { expect, it } from 'vitest';
import { parseSchedule } from './schedule.ts';

const next = (line: string, after: string, zone?: string) => {
  const ms = parseSchedule(line, zone).next(Date.parse(after));
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);
};

it.each([
  ['*/15 * * * *', '2030-01-01T00:07:30Z', '2030-01-01T00:15'],
  ['0 9 * * mon-fri', '2030-01-04T10:00:00Z', '2030-01-07T09:00'],
  ['30 2 29 2 *', '2030-01-01T00:00:00Z', '2032-02-29T02:30'],
  ['0 0 13 * fri', '2030-01-01T00:00:00Z', '2030-01-04T00:00'],
  ['@hourly', '2030-01-01T00:00:00Z', '2030-01-01T01:00'],
  ['@every 90m', '2030-01-01T00:00:00Z', '2030-01-01T01:30'],
  ['5/20 1 * * *', '2030-01-01T01:06:00Z', '2030-01-01T01:25'],
  ['0 0 30 2 *', '2030-01-01T00:00:00Z', undefined],
])('%s after %s', (line, after, expected) => {
  expect(next(line, after)).toBe(expected);
});

it('follows the wall clock of a time zone', () => {
  expect(next('0 9 * * *', '2030-07-01T00:00:00Z', 'Europe/Berlin')).toBe('2030-07-01T07:00');
  expect(next('0 9 * * *', '2030-01-01T00:00:00Z', 'Europe/Berlin')).toBe('2030-01-01T08:00');
  expect(next('TZ=Asia/Tokyo 0 9 * * *', '2030-01-01T01:00:00Z')).toBe('2030-01-02T00:00');
});

it.each(['', '* * * *', '61 * * * *', 'a b c d e', '*/0 * * * *'])('rejects %j', (line) => {
  expect(() => parseSchedule(line)).toThrow();
});
