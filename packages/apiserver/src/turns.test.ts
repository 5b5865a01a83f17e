import { VirtualClock } from '@kubets/core';
import { expect, it } from 'vitest';
import { Turns, yieldToLoop } from './turns.ts';

it('spreads a burst over several turns, none of them longer than it may be', async () => {
  const clock = new VirtualClock();
  const turns = new Turns(clock, 5);
  let done = 0;
  const burst = Array.from({ length: 20 }, async () => {
    const turn = turns.whenFree();
    if (turn) await turn;
    clock.advance(1);
    done++;
  });
  expect(done).toBe(5);
  await Promise.all(burst);
  expect(done).toBe(20);
});

it('puts work off once the time of the turn is used up', async () => {
  const clock = new VirtualClock();
  const turns = new Turns(clock);
  expect(turns.whenFree()).toBeUndefined();
  clock.advance(7);
  expect(turns.whenFree()).toBeUndefined();
  clock.advance(1);
  await turns.whenFree();
  await yieldToLoop();
  expect(turns.whenFree()).toBeUndefined();
});
