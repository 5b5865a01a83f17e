import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseYaml } from './yaml.ts';
import { formatYaml } from './yaml-writer.ts';

test('reads the dialect of the API', () => {
  const text = `
base: &base {a: 1}
merged:
  <<: *base
  b: 2
flag: yes
off: no
time: 2020-01-01T00:00:00Z
sexagesimal: 22:22
octal: 0777
1: one
true: yes
empty:
text: "yes"
`;
  expect(parseYaml(text).value).toEqual({
    base: { a: 1 },
    merged: { a: 1, b: 2 },
    flag: true,
    false: false,
    time: '2020-01-01T00:00:00Z',
    sexagesimal: '22:22',
    octal: 511,
    1: 'one',
    true: true,
    empty: null,
    text: 'yes',
  });
  expect(parseYaml('a: 1\n---\nb: 2\n').value).toEqual({ a: 1 });
  expect(parseYaml('').value).toBe(null);
});

test('takes words without digits for text, and ends a block where the text ends', () => {
  expect(parseYaml('[., e1, +, 0o7, 08, 1e3]').value).toEqual(['.', 'e1', '+', 7, 8, 1000]);
  expect(parseYaml('{.: {}}').value).toEqual({ '.': {} });
  expect(parseYaml('a: |\n  x').value).toEqual({ a: 'x' });
  expect(parseYaml('a: |\n  x\n').value).toEqual({ a: 'x\n' });
  expect(parseYaml('a: |\n  x\nb: >\n  y').value).toEqual({ a: 'x\n', b: 'y' });
});

test.each([
  ['{"a":', 'line 1: did not find expected node content'],
  ['{a: b', "line 1: did not find expected ',' or '}'"],
  ['[a\n', "line 1: did not find expected ',' or ']'"],
  ['key: value\n bad: indent', 'line 2: mapping values are not allowed in this context'],
  ['a: *b', "unknown anchor 'b' referenced"],
  ['\t- a', 'found character that cannot start any token'],
  ['a: b\n\tc: d', 'line 2: found a tab character that violates indentation'],
  ['a: @b', 'found character that cannot start any token'],
  ['a: "b', 'found unexpected end of stream'],
  ['a: 1\nfoo\nb: 2', "line 3: could not find expected ':'"],
  ['- a\nb: c', "line 1: did not find expected '-' indicator"],
  ['a: b\n- c', 'line 1: did not find expected key'],
  ['%', 'could not find expected directive name'],
  ['"\\q"', 'found unknown escape character'],
])('says what is wrong with %j', (text, message) => {
  expect(() => parseYaml(text)).toThrow(
    new RegExp(`^error converting YAML to JSON: yaml: ${message.replace(/[+|[\]{}]/g, '\\$&')}$`),
  );
});

test('says which keys are doubled', () => {
  expect(parseYaml('a: 1\nb:\n  c: 1\n  c: 2\n', { trackDuplicates: true })).toEqual({
    value: { a: 1, b: { c: 2 } },
    duplicateKeys: ['line 4: key "c" already set in map'],
  });
});

test('refuses what is wrong or hostile', () => {
  expect(() => parseYaml('a: b: c')).toThrow(
    /^error converting YAML to JSON: yaml: mapping values are not allowed in this context$/,
  );
  expect(() => parseYaml('['.repeat(10_000))).toThrow('yaml');
  expect(() => parseYaml(`a: ${'['.repeat(300)}${']'.repeat(300)}`)).toThrow('exceeded max depth');
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < 10; level++) {
    const [name, inner] = [String.fromCharCode(97 + level), String.fromCharCode(96 + level)];
    bomb.push(`${name}: &${name} [${new Array(10).fill(`*${inner}`).join(',')}]`);
  }
  expect(() => parseYaml(bomb.join('\n'))).toThrow('alias');
  expect(() => parseYaml('a: .inf')).toThrow('json: unsupported value: +Inf');
});

test('what is written is read back', () => {
  expect(formatYaml({ b: ['x', { d: 1, c: 'yes' }], a: {} })).toBe('a: {}\nb:\n- x\n- c: "yes"\n  d: 1\n');
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const plain = JSON.parse(JSON.stringify(value));
      expect(parseYaml(formatYaml(plain)).value).toEqual(plain);
    }),
    { numRuns: 200 },
  );
});
