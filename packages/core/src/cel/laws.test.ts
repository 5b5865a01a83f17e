import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../object.ts';
import { seededRandom } from '../ports/random.ts';
import { compileCel } from './cel.ts';
import { celValueOfJson, jsonOfCelValue } from './json-values.ts';
import { DYN, INT } from './types.ts';
import { celEquals } from './values.ts';

const RUNS = 200;
const LIMIT = 2n ** 63n;

function randomSource(seed: number) {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const int = () => BigInt.asIntN(64, (BigInt(below(2 ** 32)) << BigInt(below(33))) * (random.next() < 0.5 ? 1n : -1n));
  const json = (depth: number): JsonValue => {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0:
        return null;
      case 1:
        return random.next() < 0.5;
      case 2:
        return below(1000) - 500;
      case 3:
        return random.next() * 100 + 0.5;
      case 4:
        return String.fromCodePoint(...Array.from({ length: below(4) }, () => 0x40 + below(0x300)));
      case 5:
        return Array.from({ length: below(4) }, () => json(depth - 1));
      default:
        return Object.fromEntries(Array.from({ length: below(4) }, () => [`k${below(9)}`, json(depth - 1)]));
    }
  };
  return { int, json };
}

describe('laws', () => {
  test('arithmetic is that of 64-bit integers, and overflow is an error', () => {
    const { int } = randomSource(1);
    const environment = { variables: { a: INT, b: INT } };
    const operations: [string, (a: bigint, b: bigint) => bigint][] = [
      ['a + b', (a, b) => a + b],
      ['a - b', (a, b) => a - b],
      ['a * b', (a, b) => a * b],
    ];
    for (const [source, expected] of operations) {
      const program = compileCel(source, environment);
      for (let run = 0; run < RUNS; run++) {
        const [a, b] = [int(), int()];
        const exact = expected(a, b);
        const result = program.evaluate({ a, b });
        if (exact >= -LIMIT && exact < LIMIT) expect(result).toMatchObject({ value: exact });
        else expect(result).toMatchObject({ error: { message: 'integer overflow' } });
      }
    }
  });

  test('division and remainder fit together', () => {
    const { int } = randomSource(2);
    const program = compileCel('(a / b) * b + a % b == a', { variables: { a: INT, b: INT } });
    for (let run = 0; run < RUNS; run++) {
      const [a, b] = [int(), int() || 1n];
      if (a === -LIMIT && b === -1n) continue;
      expect(program.evaluate({ a, b })).toMatchObject({ value: true });
    }
  });

  test('equality is reflexive and symmetric, and JSON values survive the way there and back', () => {
    const { json } = randomSource(3);
    for (let run = 0; run < RUNS; run++) {
      const [a, b] = [json(3), json(3)];
      const [left, right] = [celValueOfJson(a), celValueOfJson(b)];
      expect(celEquals(left, celValueOfJson(a))).toBe(true);
      expect(celEquals(left, right)).toBe(celEquals(right, left));
      expect(jsonOfCelValue(left)).toEqual(a);
    }
  });

  test('all and exists are each other, denied', () => {
    const { json } = randomSource(4);
    const program = compileCel('list.all(x, x == y) == !list.exists(x, x != y)', { variables: { list: DYN, y: DYN } });
    for (let run = 0; run < RUNS; run++) {
      const list = [json(1), json(1), json(1)].map(celValueOfJson);
      expect(program.evaluate({ list, y: list[0]! })).toMatchObject({ value: true });
    }
  });
});
