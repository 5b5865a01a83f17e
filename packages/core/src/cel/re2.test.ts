import { describe, expect, test } from 'vitest';
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

describe('errors', () => {
  const cases: [pattern: string, message: string][] = [
    ['a(?=b)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['[a', 'error parsing regexp: missing closing ]: `[a`'],
    ['a)', 'error parsing regexp: unexpected ): `a)`'],
    ['*a', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['a\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
  ];
  test.each(cases)('%s', (pattern, message) => expect(() => compilePattern(pattern)).toThrow(message));
});
