import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalQuantity, compareQuantities, Quantity } from './quantity.ts';

test.each([
  ['0', '0'],
  ['0n', '0'],
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['0.1Ki', '102400m'],
  ['1023', '1023'],
  ['1Ki', '1Ki'],
  ['0.001Ki', '1024m'],
  ['100', '100'],
  ['10000', '10k'],
  ['12e6', '12e6'],
  ['1e4', '10e3'],
  ['1E3', '1e3'],
  ['100E', '100E'],
  ['.5', '500m'],
  ['-1.5k', '-1500'],
  ['+3', '3'],
  ['0.0000000001', '1n'],
  ['-0.0000000001', '-1n'],
  ['9223372036854775808', '9223372036854775807'],
  ['9Ei', '9223372036854775807'],
  ['129e6', '129e6'],
  ['128974848', '128974848'],
  ['1.', '1'],
  ['1.0Mi', '1Mi'],
  ['0.9Ki', '921600m'],
  ['500Mi', '500Mi'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
  expect(canonicalQuantity(canonical)).toBe(canonical);
});

test.each([
  ['', 'quantities must match the regular expression'],
  ['1.1.1', 'quantities must match the regular expression'],
  ['1+1.0M', 'quantities must match the regular expression'],
  ['abc', 'quantities must match the regular expression'],
  ['10ki', "unable to parse quantity's suffix"],
  ['1eE', "unable to parse quantity's suffix"],
])('%s is refused', (text, message) => {
  expect(() => canonicalQuantity(text)).toThrow(message);
});

describe('arithmetic', () => {
  test('rounds away from zero', () => {
    expect(Quantity.parse('1500m').value()).toBe(2);
    expect(Quantity.parse('-1500m').value()).toBe(-2);
    expect(Quantity.parse('1u').milliValue()).toBe(1);
    expect(Quantity.parse('2').milliValue()).toBe(2000);
  });

  test('a sum takes the format of its first part that is not zero', () => {
    expect(Quantity.parse('1Gi').add(Quantity.parse('1Mi')).toString()).toBe('1025Mi');
    expect(Quantity.parse('0').add(Quantity.parse('1Gi')).toString()).toBe('1Gi');
    expect(Quantity.parse('1').sub(Quantity.parse('250m')).toString()).toBe('750m');
    expect(compareQuantities('1Gi', '1G')).toBe(1);
    expect(compareQuantities('1000m', '1')).toBe(0);
  });

  test('canonical text means the same amount', () => {
    const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'e-3');
    const digits = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(digits, fc.nat(999), suffix, (whole, fraction, unit) => {
        const quantity = Quantity.parse(`${whole}.${fraction}${unit}`);
        expect(Quantity.parse(quantity.toString()).nanoValue()).toBe(quantity.nanoValue());
        expect(quantity.add(quantity).sub(quantity).equals(quantity)).toBe(true);
      }),
    );
  });
});
