import { expect, it } from 'vitest';
import { differenceText } from './difference.ts';

it.each<[before: unknown, after: unknown, text: string]>([
  [{ a: 1 }, { a: 1 }, ''],
  [{ a: { b: 1 } }, { a: { b: 2 } }, '- a.b: 1\n+ a.b: 2\n'],
  [{ a: [1] }, { a: [1, 2] }, '+ a[1]: 2\n'],
  [{ a: 1 }, {}, '- a: 1\n'],
])('%j and %j', (before, after, text) => expect(differenceText(before, after)).toBe(text));
