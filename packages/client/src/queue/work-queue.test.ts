import { VirtualClock } from '@kubets/core';
import { expect, it } from 'vitest';
import { WorkQueue } from './work-queue.ts';

it('hands a key out once, and again when it was added meanwhile', () => {
  const queue = new WorkQueue({ clock: new VirtualClock() });
  queue.add('a');
  queue.add('a');
  expect(queue.take()).toBe('a');
  queue.add('a');
  expect(queue.take()).toBeUndefined();
  queue.done('a');
  expect(queue.take()).toBe('a');
});

it('delays, the earliest of several delays counting, and backs off after failures', () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  queue.addAfter('a', 1_000);
  queue.addAfter('a', 100);
  queue.addAfter('a', 5_000);
  clock.advance(100);
  expect(queue.take()).toBe('a');
  queue.done('a');
  const delays: number[] = [];
  for (let i = 0; i < 4; i++) {
    queue.addRateLimited('a');
    delays.push(clock.nextDelayMs() ?? 0);
    clock.advance(delays.at(-1)!);
    queue.done(queue.take()!);
  }
  expect(delays).toEqual([5, 10, 20, 40]);
  queue.forget('a');
  queue.addRateLimited('a');
  expect(clock.nextDelayMs()).toBe(5);
  queue.dispose();
  expect(clock.nextDelayMs()).toBeUndefined();
});
