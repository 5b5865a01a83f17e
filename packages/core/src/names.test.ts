import { expect, test } from 'vitest';
import {
  dnsSubdomainName,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  isValidPercent,
  isValidPortName,
  isValidPortNumber,
} from './names.ts';

test('names that are fine', () => {
  for (const name of ['a', 'ab', '0', 'a-b', 'a--b', 'a'.repeat(63)]) expect(isDns1123Label(name)).toEqual([]);
  for (const name of ['a.b', '1.2.3', 'a-1.b-2']) expect(isDns1123Subdomain(name)).toEqual([]);
  for (const name of [
    'simple',
    'now-with-dashes',
    '1-starts-with-num',
    'simple/simple',
    'example.com/a_b.c',
    'UpperCase',
  ])
    expect(isQualifiedName(name)).toEqual([]);
  for (const value of ['', 'a', 'A.b_c-9', 'x'.repeat(63)]) expect(isValidLabelValue(value)).toEqual([]);
  for (const name of ['http', 'a', '9090a', 'a-b']) expect(isValidPortName(name)).toEqual([]);
  expect(isValidPercent('93%')).toEqual([]);
});

test('complaints are worded as the API words them', () => {
  expect(isDns1123Subdomain('Bad_Name')).toEqual([
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
  expect(isDns1123Label('a.b')).toEqual(['must not contain dots']);
  expect(isDns1035Label('1a')).toEqual([
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  ]);
  expect(isDns1123Label('a'.repeat(64))).toEqual(['must be no more than 63 characters']);
  expect(isValidPortNumber(0)).toEqual(['must be between 1 and 65535, inclusive']);
  expect(isQualifiedName('/a')).toEqual(['prefix part must be non-empty']);
  expect(isQualifiedName('a/b/c')[0]).toMatch(
    /^a valid label key must consist .* with an optional DNS subdomain prefix/,
  );
  expect(isQualifiedName('')).toHaveLength(2);
  expect(isValidPortName('-a--')).toEqual([
    'must not contain consecutive hyphens',
    'must not begin or end with a hyphen',
  ]);
});

test('a prefix may end in a dash', () => {
  expect(dnsSubdomainName('web-', true)).toEqual([]);
  expect(dnsSubdomainName('web-', false)).toHaveLength(1);
});
