import { expect, it } from 'vitest';
import { warningHeaders } from './warnings.ts';

it('quotes texts, tells each once, and spells out what is not ASCII', () => {
  expect(warningHeaders(['say "a\\b"', 'x', 'x', '', 'two\nlines'])).toEqual([
    '299 - "say \\"a\\\\b\\""',
    '299 - "x"',
    '299 - "two lines"',
  ]);
  const [header] = warningHeaders(['größer']);
  const bytes = Uint8Array.from([...header!].map((character) => character.charCodeAt(0)));
  expect(new TextDecoder().decode(bytes)).toBe('299 - "größer"');
});

it('sends long texts whole as long as all of them fit', () => {
  const texts = ['a', 'b'].map((letter) => letter.repeat(2048));
  expect(warningHeaders(texts).map((header) => header.length)).toEqual([2056, 2056]);
});

it('cuts each text when they do not fit, and leaves out the last ones', () => {
  const texts = Array.from({ length: 30 }, (_, index) => String(index % 10).repeat(300 + index));
  const headers = warningHeaders(texts);
  expect(headers).toHaveLength(16);
  expect(headers.every((header) => header.length === 256 + 8)).toBe(true);
});

it('keys that a YAML document has twice are warned of one by one', () => {
  const text = 'yaml: unmarshal errors:\n  line 3: key "a" already set in map\n  line 4: key "b" already set in map';
  expect(warningHeaders([text])).toEqual([
    '299 - "line 3: key \\"a\\" already set in map"',
    '299 - "line 4: key \\"b\\" already set in map"',
  ]);
});
