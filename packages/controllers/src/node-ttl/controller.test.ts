import { expect, it } from 'vitest';
import { ttlStep } from './controller.ts';

it.each([
  [0, 1, 0],
  [0, 100, 0],
  [0, 101, 1],
  [1, 90, 1],
  [1, 89, 0],
  [0, 5000, 4],
  [4, 10, 0],
])('goes from step %i with %i nodes to step %i', (from, nodes, to) => expect(ttlStep(from, nodes)).toBe(to));
