import type { IPAddress, ServiceCIDR } from '@kubets/api';
import { expect, it } from 'vitest';
import { isHeld } from './controller.ts';

const range = (name: string, cidr: string, more: object = {}) =>
  ({ metadata: { name, uid: name, ...more }, spec: { cidrs: [cidr] } }) as ServiceCIDR;
const address = (name: string, manager = 'ipallocator.k8s.io') =>
  ({ metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': manager } } }) as unknown as IPAddress;

it.each([
  ['nothing uses it', [], [address('10.0.0.1')], false],
  ['an address of a service is in no other range', [], [address('203.0.113.7')], true],
  ['the address is not of a service', [], [address('203.0.113.7', 'somebody')], false],
  ['a wider range has the address too', [range('wide', '203.0.0.0/16')], [address('203.0.113.7')], false],
  ['another range has only part of them', [range('half', '203.0.113.0/25')], [address('203.0.113.200')], true],
  [
    'the other range goes as well',
    [range('wide', '203.0.0.0/16', { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    [address('203.0.113.7')],
    true,
  ],
])('a range is kept as long as its addresses are in use: %s', (_, others, addresses, expected) => {
  const going = range('going', '203.0.113.0/24');
  expect(isHeld(going, [going, ...others], addresses)).toBe(expected);
});
