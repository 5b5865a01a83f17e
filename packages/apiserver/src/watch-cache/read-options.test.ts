import { describe, expect, test } from 'vitest';
import { decodeContinue } from './continue-token.ts';
import { listLimit, listRevision, watchStart } from './read-options.ts';

describe('a list', () => {
  test('at any revision is served whole, whatever its limit', () => {
    expect(listLimit({ limit: 2 })).toBe(2);
    expect(listLimit({ limit: 2, resourceVersion: '5' })).toBe(2);
    expect(listLimit({ limit: 2, resourceVersion: '0' })).toBe(Number.POSITIVE_INFINITY);
    expect(listLimit({ limit: -1 })).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    ['x', 'invalid syntax'],
    ['18446744073709551616', 'value out of range'],
  ])('at the revision %s', (resourceVersion, why) => {
    const message = `invalid resource version: resourceVersion: Invalid value: "${resourceVersion}": strconv.ParseUint: parsing "${resourceVersion}": ${why}`;
    expect(() => listRevision({ resourceVersion })).toThrow(message);
  });

  test.each([
    ['x', 'illegal base64 data at input byte 0'],
    ['e30', 'server does not recognize this encoded version '],
    [btoa('{"v":"v2","rv":5,"start":"x"}').replace(/=+$/, ''), 'server does not recognize this encoded version v2'],
  ])('that goes on at %s', (token, why) => {
    expect(() => decodeContinue(token)).toThrow(`invalid continue token: continue key is not valid: ${why}`);
  });
});

describe('a watch', () => {
  const initial = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } as const;

  test('marks the end of the initial events for those who take bookmarks', () => {
    expect(watchStart({ ...initial, allowWatchBookmarks: true }).markEnd).toBe(true);
    expect(watchStart(initial)).toMatchObject({ initialEvents: true, markEnd: false });
  });

  test('does not go on from a list', () => {
    expect(() => watchStart({ continue: 'x' })).toThrow('resourceVersionMatch is forbidden when continue is provided');
  });
});
