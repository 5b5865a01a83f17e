import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../object.ts';
import { seededRandom } from '../ports/random.ts';
import { AUTHORIZER_TYPE, authorizerValue } from './authorizer.ts';
import { compileCel } from './cel.ts';
import { celValueOfJson, jsonOfCelValue } from './json-values.ts';
import { CelCompileError } from './syntax.ts';
import { DYN, INT, openObjectType } from './types.ts';
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

  test('whatever is typed compiles or not, has a value or not, and nothing else', () => {
    const seeds = [
      'list.all(x, x.y > 1 && y["a"] in list).map(i, v, [?optional.of(v)])',
      'Object{spec: Object.spec{?a: list[?0], b: {"k": dyn(1)}}}.spec.b.k == 1 ? "a" : r"\\d"',
      'y.find("[a-z]+(b|c)*$").split(",", 2).join("-").format([y, 1.5, b"x"]).size() - 0x1f',
      'quantity("1Gi").add(quantity(y)).compareTo(quantity("2")) > 0 || cidr("10.0.0.0/8").containsIP(ip(y))',
      'timestamp("2024-01-01T00:00:00Z").getHours("Europe/Berlin") + duration("1h").getSeconds()',
      'url(y).getQuery()["a"].exists(q, q.matches(q)) && semver(y, true).major() == 1u',
      'list.transformMapEntry(i, v, {v: i}).sortBy(k, k).sum() == list.flatten().distinct().min()',
      'authorizer.group("").resource("pods").check(y).allowed() && sets.contains(list, [y])',
    ];
    const random = seededRandom(11);
    const below = (limit: number) => Math.floor(random.next() * limit);
    const pieces = [
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '.',
      '?',
      ',',
      '"',
      '\\',
      '0',
      '-',
      '!',
      'x',
      'y',
      'list',
      'null',
      '1u',
      'e9',
      ' ',
      '%s',
    ];
    const environment = {
      variables: { list: DYN, y: DYN, authorizer: AUTHORIZER_TYPE },
      messages: (name: string) => (name.startsWith('Object') ? openObjectType(name) : undefined),
    };
    const values: JsonValue[] = [null, 7, 'a,b', [1, 'x', null], { a: [1], y: 2 }, []];
    let compiled = 0;
    for (let run = 0; run < 4000; run++) {
      let source = seeds[below(seeds.length)]!;
      for (let edit = below(4); edit > 0; edit--) {
        const at = below(source.length);
        source = source.slice(0, at) + (below(2) ? pieces[below(pieces.length)] : '') + source.slice(at + below(4));
      }
      try {
        const program = compileCel(source, environment);
        compiled++;
        program.maxCost(() => below(100));
        const [list, y] = [values[below(values.length)]!, values[below(values.length)]!].map(celValueOfJson);
        const authorizer = authorizerValue(() => ({ isAllowed: true }));
        expect(program.evaluate({ list: list!, y: y!, authorizer })).toHaveProperty('cost');
      } catch (error) {
        if (!(error instanceof CelCompileError)) throw new Error(`${source}: ${(error as Error).stack}`);
      }
    }
    expect(compiled).toBeGreaterThan(500);
  });
});
