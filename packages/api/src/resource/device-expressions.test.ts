import { FieldPath } from '@kubets/core';
import { describe, expect, it } from 'vitest';
import { deviceExpressionErrors } from './device-expressions.ts';

describe('expressions about devices', () => {
  const dear = (depth: number) => `${'device.attributes.all(a, '.repeat(depth)}true${')'.repeat(depth)}`;
  it.each<[expression: string, error: string | undefined]>([
    ['device.driver == "gpu.example.com"', undefined],
    ['device.attributes["gpu.example.com"].model == "a" && device.attributes["gpu.example.com"].count > 2', undefined],
    ['device.capacity["gpu.example.com"].memory.compareTo(quantity("4Gi")) >= 0', undefined],
    ['cel.bind(gpu, device.attributes["gpu.example.com"], gpu.fast && gpu.large)', undefined],
    ['device.attributes["gpu.example.com"].isFast', undefined],
    ['device.attributes["a"].v.isGreaterThan(semver("1.0.0"))', undefined],
    ['device.attributes["a"].text.contains("b")', undefined],
    [dear(2), undefined],
    [dear(5), 'Forbidden: too complex, exceeds cost limit'],
    ['device.driver', 'must evaluate to bool or the unknown type, not string'],
    ['device.nothing', "compilation failed: ERROR: <input>:1:7: undefined field 'nothing'"],
    ['claim.name == ""', "undeclared reference to 'claim' (in container '')"],
  ])('%s', (expression, error) => {
    const found = deviceExpressionErrors(expression, new FieldPath('expression')).map(({ message }) => message);
    expect(found).toEqual(error === undefined ? [] : [expect.stringContaining(error)]);
  });
});
