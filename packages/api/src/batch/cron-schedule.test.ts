import { expect, test } from 'vitest';
import { parseCronSchedule } from './cron-schedule.ts';

test('a schedule of five fields', () => {
  const schedule = parseCronSchedule('*/15 0-2 1,31 jan MON-FRI');
  if ('everyMs' in schedule) throw new Error('not a schedule of fields');
  expect([...schedule.minutes]).toEqual([0, 15, 30, 45]);
  expect([...schedule.hours]).toEqual([0, 1, 2]);
  expect([...schedule.daysOfMonth]).toEqual([1, 31]);
  expect([...schedule.months]).toEqual([1]);
  expect([...schedule.daysOfWeek]).toEqual([1, 2, 3, 4, 5]);
  expect(schedule.anyDayOfMonth).toBe(false);
});

test('descriptors', () => {
  expect(parseCronSchedule('@every 1h30m')).toEqual({ everyMs: 5_400_000 });
  expect(parseCronSchedule('@daily')).toEqual(parseCronSchedule('0 0 * * *'));
});

test.each([
  ['', 'empty spec string'],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['@often', 'unrecognized descriptor: @often'],
])('%j is refused', (text, message) => {
  expect(() => parseCronSchedule(text)).toThrow(message);
});
