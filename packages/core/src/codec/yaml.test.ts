import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatYaml, parseYaml } from './yaml.ts';

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

test('says which keys are doubled', () => {
  expect(parseYaml('a: 1\nb:\n  c: 1\n  c: 2\n', { trackDuplicates: true })).toEqual({
    value: { a: 1, b: { c: 2 } },
    duplicateKeys: ['line 4: key "c" already set in map'],
  });
});

test('refuses what is wrong or hostile', () => {
  expect(() => parseYaml('a: b: c')).toThrow(/^error converting YAML to JSON: yaml: line 1: /);
  expect(() => parseYaml('['.repeat(10_000))).toThrow('yaml');
  expect(() => parseYaml(`a: ${'['.repeat(300)}${']'.repeat(300)}`)).toThrow('exceeded max depth');
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < 10; level++) {
    const [name, inner] = [String.fromCharCode(97 + level), String.fromCharCode(96 + level)];
    bomb.push(`${name}: &${name} [${new Array(10).fill(`*${inner}`).join(',')}]`);
  }
  expect(() => parseYaml(bomb.join('\n'))).toThrow('alias');
  expect(() => parseYaml('a: .inf')).toThrow('unsupported value');
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
