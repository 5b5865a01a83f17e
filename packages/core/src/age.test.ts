import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ageSince, formatGoDuration, humanDuration, parseGoDuration } from './age.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-3 * SECOND, '<invalid>'],
  [-SECOND, '0s'],
  [0, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [2 * MINUTE + SECOND, '2m1s'],
  [9 * MINUTE + 59 * SECOND, '9m59s'],
  [10 * MINUTE + SECOND, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 5 * MINUTE, '3h5m'],
  [8 * HOUR + 5 * MINUTE, '8h'],
  [47 * HOUR, '47h'],
  [48 * HOUR, '2d'],
  [2 * DAY + 3 * HOUR, '2d3h'],
  [8 * DAY + 3 * HOUR, '8d'],
  [2 * 365 * DAY, '2y'],
  [2 * 365 * DAY + 5 * DAY, '2y5d'],
  [9 * 365 * DAY, '9y'],
])('%d ms is %s', (durationMs, text) => {
  expect(humanDuration(durationMs)).toBe(text);
});

test('an age needs a time', () => {
  expect(ageSince('2020-01-01T00:00:00Z', Date.UTC(2020, 0, 1, 0, 5))).toBe('5m');
  expect(ageSince(undefined, 0)).toBe('<unknown>');
});

test.each([
  ['1m30s', 90_000_000_000n, '1m30s'],
  ['90s', 90_000_000_000n, '1m30s'],
  ['1h', 3_600_000_000_000n, '1h0m0s'],
  ['1.5h', 5_400_000_000_000n, '1h30m0s'],
  ['-0.5s', -500_000_000n, '-500ms'],
  ['100us', 100_000n, '100\u00b5s'],
  ['0', 0n, '0s'],
])('Go duration %s', (text, nanos, canonical) => {
  expect(parseGoDuration(text)).toBe(nanos);
  expect(formatGoDuration(nanos)).toBe(canonical);
});

test.each([
  ['', 'time: invalid duration ""'],
  ['5', 'time: missing unit in duration "5"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['.s', 'time: invalid duration ".s"'],
  ['99999999h', 'time: invalid duration "99999999h"'],
])('%s is refused', (text, message) => {
  expect(() => parseGoDuration(text)).toThrow(message);
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanos) => {
      expect(parseGoDuration(formatGoDuration(nanos))).toBe(nanos);
    }),
  );
});
