import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  escapeFieldValue,
  formatSelector,
  labelSelectorOf,
  matches,
  matchesFields,
  parseFieldSelector,
  parseLabelSelector,
} from './selectors.ts';

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', replicas: '5', empty: '' };

  test.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier', true],
    ['app!=web', false],
    ['missing!=web', true],
    ['app in (api, web)', true],
    ['app notin (api,web)', false],
    ['missing notin (a)', true],
    ['!app', false],
    ['!missing', true],
    ['empty=', true],
    ['app=,tier', false],
    ['replicas>4', true],
    ['replicas<5', false],
    ['app in (,web)', true],
    ['app in ()', false],
    ['missing notin ()', true],
    ['in in (in)', false],
    ['app,tier=front,!x', true],
  ])('%s', (text, expected) => {
    expect(matches(parseLabelSelector(text), labels)).toBe(expected);
  });

  test.each([
    ['x=a||y=b', 'unable to parse requirement: values[0][x]: Invalid value: "a||y": a valid label must be'],
    ['app=web,', "found '', expected: identifier after ','"],
    ['app in', "unable to parse requirement: found '' expected: '('"],
    ['app in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
    ['-bad', 'unable to parse requirement: <nil>: Invalid value: "-bad": name part must consist'],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    [
      'a>b',
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be",
    ],
  ])('%s is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  test('formatting gives back what was parsed', () => {
    expect(formatSelector(parseLabelSelector('tier in (b,a), app=web,!x,y'))).toBe('app=web,tier in (a,b),!x,y');
    const word = fc.stringMatching(/^[a-z]([a-z0-9]{0,5})$/);
    fc.assert(
      fc.property(fc.dictionary(word, word), word, fc.array(word, { minLength: 1 }), (matchLabels, key, values) => {
        const selector = labelSelectorOf({ matchLabels, matchExpressions: [{ key, operator: 'NotIn', values }] });
        expect(parseLabelSelector(formatSelector(selector))).toEqual(selector);
      }),
    );
  });

  test('no selector matches nothing, an empty one everything', () => {
    expect(matches(labelSelectorOf(undefined), {})).toBe(false);
    expect(matches(labelSelectorOf({}), undefined)).toBe(true);
    expect(() => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Is' }] })).toThrow(
      '"Is" is not a valid label selector operator',
    );
  });
});

describe('field selectors', () => {
  const fields: Record<string, string> = { 'metadata.name': 'a,b=c\\', 'status.phase': 'Running' };
  const read = (field: string) => fields[field] ?? '';

  test.each([
    ['metadata.name=a\\,b\\=c\\\\', true],
    ['status.phase!=Running', false],
    ['status.phase==Running,,spec.nodeName=', true],
  ])('%s', (text, expected) => {
    expect(matchesFields(parseFieldSelector(text), read)).toBe(expected);
  });

  test('any value survives escaping', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(parseFieldSelector(`a=${escapeFieldValue(value)}`)).toEqual([{ field: 'a', operator: '=', value }]);
      }),
    );
  });

  test.each([
    ['abc', "invalid selector: 'abc'; can't understand 'abc'"],
    ['a=b\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ])('%s is refused', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });
});
