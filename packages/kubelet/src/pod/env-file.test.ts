import { expect, test } from 'vitest';
import { parseEnvFile } from './env-file.ts';

test.each<[string, string, Record<string, string>]>([
  ['plain', "A='1'\nB='two words'\n", { A: '1', B: 'two words' }],
  ['blank lines and comments', "\n  # hello\n  A='1' # why\n", { A: '1' }],
  ['several lines, taken as they are', "A='x\n#$B\\n'\nB='y'", { A: 'x\n#$B\\n', B: 'y' }],
  ['nothing, or a space behind the sign', "A=\nB= 'x'\n", { A: '', B: '' }],
])('%s', (_what, text, variables) => {
  expect(Object.fromEntries(parseEnvFile(text))).toEqual(variables);
});

test.each([
  ['nonsense', "line 1: missing '='"],
  ["\n='x'", 'line 2: empty variable name'],
  ["A ='x'", 'line 1: whitespace'],
  ['A=x', 'line 1: value must be enclosed in single quotes'],
  ["A='1'\nB='x", 'line 2: unclosed single quote'],
  ["A='1'x", 'line 1: unexpected content after closing quote'],
])('%j is refused', (text, message) => {
  expect(() => parseEnvFile(text)).toThrow(message);
});
