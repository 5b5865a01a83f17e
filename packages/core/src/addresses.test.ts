import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalCidr,
  canonicalIp,
  cidrContains,
  cidrsOverlap,
  formatIp,
  ipWarnings,
  isValidCidr,
  isValidIp,
  parseCidr,
  parseIp,
} from './addresses.ts';

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalIp(text)).toBe(canonical);
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '01.2.3.4',
  ':::',
  '1:2:3',
  '1::2::3',
  '1:2:3:4:5:6:7:8:9',
  'g::1',
  '1.2.3.4::',
])('%s is no address', (text) => {
  expect(parseIp(text)).toBeUndefined();
});

test('any address survives its text', () => {
  const bytes = (length: number) =>
    fc.array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: length, maxLength: length });
  fc.assert(
    fc.property(fc.oneof(bytes(4), bytes(16)), (address) => {
      const ip = { family: address.length === 4 ? (4 as const) : (6 as const), bytes: address };
      expect(parseIp(formatIp(ip))).toEqual(ip);
    }),
  );
});

test('blocks', () => {
  const block = parseCidr('10.1.2.3/20')!;
  expect(canonicalCidr('10.1.2.3/20')).toBe('10.1.0.0/20');
  expect(cidrContains(block, parseIp('10.1.15.255')!)).toBe(true);
  expect(cidrContains(block, parseIp('10.1.16.0')!)).toBe(false);
  expect(cidrContains(block, parseIp('::1')!)).toBe(false);
  expect(cidrsOverlap(block, parseCidr('10.0.0.0/8')!)).toBe(true);
  expect(cidrsOverlap(block, parseCidr('10.2.0.0/16')!)).toBe(false);
  expect(parseCidr('10.0.0.0/33')).toBeUndefined();
});

test('complaints and warnings', () => {
  expect(isValidIp('10.0.0.1')).toEqual([]);
  expect(isValidIp('x')).toEqual(['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
  expect(isValidIp('10.0.0.01')).toEqual(['must not have leading 0s']);
  expect(isValidIp('::ffff:1.2.3.4')).toEqual(['must not be an IPv4-mapped IPv6 address']);
  expect(isValidCidr('10.0.0.0/8')).toEqual([]);
  expect(isValidCidr('10.0.0.1/8')).toEqual(['must not have bits set beyond the prefix length']);
  expect(ipWarnings('spec.ip', '2001:DB8::1')).toEqual([
    'spec.ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
});
