import { VirtualClock } from '@kubets/core';
import { expect, it } from 'vitest';
import { Turns, yieldToLoop } from './turns.ts';

it('begins a burst of requests in several turns, all of them in the end', async () => {
  const turns = new Turns(new VirtualClock());
  let begun = 0;
  const requests = Array.from({ length: 100 }, async () => {
    const turn = turns.begin();
    if (turn) await turn;
    begun++;
  });
  expect(begun).toBe(32);
  await Promise.all(requests);
  expect(begun).toBe(100);
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
