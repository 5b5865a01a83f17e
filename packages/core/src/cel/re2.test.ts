import { describe, expect, test } from 'vitest';
import { seededRandom } from '../ports/random.ts';
import { linearFinder, parsePattern } from './linear-pattern.ts';
import { compilePattern } from './re2.ts';

describe('matching', () => {
  const cases: [pattern: string, matching: string[], others: string[]][] = [
    ['^[a-z]+$', ['abc'], ['Abc', 'a1', 'abc\n']],
    ['(?i)^abc$', ['aBC'], ['abcd']],
    ['(?i:a)b', ['Ab'], ['AB']],
    ['\\Aa\\z', ['a'], ['ab', 'a\n']],
    ['a.c', ['abc'], ['a\nc']],
    ['(?s)a.c', ['a\nc'], ['ac']],
    ['(?m)^b$', ['a\nb'], ['ab']],
    ['[[:alpha:]_]+[[:^digit:]]', ['ab', 'a_'], ['1']],
    ['\\Qa.b\\E', ['a.b'], ['axb']],
    ['^\\pL+$', ['\u00e9t\u00e9'], ['1']],
    ['^[\\d\\-.]+$', ['1-2.3'], ['a']],
    ['^a{2,3}$', ['aa', 'aaa'], ['a']],
    ['^a{,3}$', ['a{,3}'], ['aa']],
    ['(?P<year>\\d{4})', ['2024'], ['abc']],
    ['^[^/]+$', ['ab'], ['a/b']],
    ['^(?U)a+', ['a'], ['b']],
    ['[]a]', [']', 'a'], ['b']],
    ['^\\x41\\x{42}$', ['AB'], ['ab']],
    ['(?i)^[a-c]+$', ['aBC'], ['d']],
  ];
  test.each(cases)('%s', (pattern, matching, others) => {
    const expression = compilePattern(pattern);
    for (const text of matching) expect([text, expression.test(text)]).toEqual([text, true]);
    for (const text of others) expect([text, expression.test(text)]).toEqual([text, false]);
  });
});

describe('finding', () => {
  const cases: [pattern: string, text: string, all: string[]][] = [
    ['a*', 'baac', ['', 'aa', '']],
    ['a|ab', 'ab', ['a']],
    ['ab|a', 'ab', ['ab']],
    ['a+?', 'aa', ['a', 'a']],
    ['(a|ab)(c|bcd)', 'abcd', ['abcd']],
    ['\\b\\w+\\b', 'one, two', ['one', 'two']],
    ['(?m)^.+$', 'a\nbc', ['a', 'bc']],
    ['[^,]*', 'a,,b', ['a', '', 'b']],
    ['\\pL+', 'été 2', ['été']],
    ['.', 'a\u{1f451}b', ['a', '\u{1f451}', 'b']],
    ['(x{2}){2}', 'xxxxx', ['xxxx']],
    ['a{1,2}', 'aaa', ['aa', 'a']],
  ];
  test.each(cases)('%s in %s', (pattern, text, all) => {
    expect([...compilePattern(pattern).findAll(text)]).toEqual(all);
    expect(compilePattern(pattern).find(text)).toBe(all[0]);
    // Long texts are searched by other means.
    const padding = '\n'.repeat(300);
    const found = [...compilePattern(pattern).findAll(text + padding)].filter((part) => part.trim() !== '');
    if (!pattern.includes('^')) expect(found).toEqual(all.filter((part) => part !== ''));
  });

  test('never takes long', () => {
    const long = 'a'.repeat(20_000);
    for (const pattern of [
      '^(a+)+$',
      '^(a|a)*$',
      '(a*)*b',
      '^(a|aa)+$',
      `${'a?'.repeat(40)}${'a'.repeat(40)}b`,
      'a*a*a*b',
    ])
      expect(compilePattern(pattern).test(`${long}!`)).toBe(false);
    expect(compilePattern(`^${'(a|a)'.repeat(60)}$`).test(`${'a'.repeat(59)}!`)).toBe(false);
  });

  test('finds what the host finds', () => {
    const random = seededRandom(5);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)]!;
    const expression = (depth: number): string => {
      const atom = () =>
        depth > 0 && random.next() < 0.4
          ? `(${expression(depth - 1)})`
          : pick(['a', 'b', '[ab]', '[^]', '[^a]', '^', '$']);
      const part = () => {
        const source = atom();
        // The host refuses to repeat what takes nothing, which RE2 does not mind.
        if (new RegExp(`^(?:${source})$`, 'u').test('')) return source;
        return source + pick(['', '', '', '*', '+', '?', '*?', '+?', '{2}', '{1,3}', '{0,2}?']);
      };
      const sequence = () => Array.from({ length: 1 + Math.floor(random.next() * 3) }, part).join('');
      return random.next() < 0.3 ? `${sequence()}|${sequence()}` : sequence();
    };
    for (let run = 0; run < 3000; run++) {
      const source = expression(2);
      const text = Array.from({ length: Math.floor(random.next() * 8) }, () => pick(['a', 'b', 'c', '\n'])).join('');
      const onHost = new RegExp(source, 'u').exec(text);
      const own = linearFinder(parsePattern(source))(text, 0);
      expect([source, text, own?.[0]]).toEqual([source, text, onHost?.index]);
      if (own) expect([source, text, text.slice(...own)]).toEqual([source, text, onHost![0]]);
    }
  });
});

describe('errors', () => {
  const cases: [pattern: string, message: string][] = [
    ['a(?=b)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['[a', 'error parsing regexp: missing closing ]: `[a`'],
    ['a)', 'error parsing regexp: unexpected ): `a)`'],
    ['*a', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
    ['(a{100}){100}', 'error parsing regexp: invalid repeat count: `(a{100}){100}`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['a\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
  ];
  test.each(cases)('%s', (pattern, message) => expect(() => compilePattern(pattern)).toThrow(message));
});
