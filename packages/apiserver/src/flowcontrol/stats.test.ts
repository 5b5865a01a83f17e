import { VirtualClock } from '@kubets/core';
import { expect, it } from 'vitest';
import type { FlowTicket } from './flow-control.ts';
import { PriorityLevel } from './priority-level.ts';
import { FlowStatsRegistry } from './stats.ts';

it('requests are counted while they wait, are served, and when they are refused', async () => {
  const clock = new VirtualClock();
  const registry = new FlowStatsRegistry();
  const stats = registry.of('s', 'l');
  const queuing = { queues: 1, handSize: 1, queueLengthLimit: 1 };
  const settings = {
    uid: 'l',
    exempt: false,
    shares: 1,
    lendablePercent: 0,
    borrowingLimitPercent: undefined,
    queuing,
  };
  const level = new PriorityLevel({ name: 'l', settings, seats: 1, clock, mayBorrow: () => false });
  const schema = { uid: 's', stats };
  const first = level.enter(schema, 'a') as FlowTicket;
  const second = level.enter(schema, 'a') as Promise<FlowTicket>;
  expect(() => level.enter(schema, 'a')).toThrow('too many requests');
  expect([stats.executing, stats.waiting, stats.dispatched]).toEqual([1, 1, 1]);
  clock.advance(1500);
  first.release();
  (await second).release();
  expect([stats.executing, stats.waiting, stats.dispatched]).toEqual([0, 0, 2]);
  expect([...stats.rejected]).toEqual([['queue-full', 1]]);
  const lines = [...stats.waitLines('w')];
  const served = 'execute="true",flow_schema="s",priority_level="l"';
  expect(lines).toContain(`w_bucket{${served},le="0"} 1`);
  expect(lines).toContain(`w_bucket{${served},le="2"} 2`);
  expect(lines).toContain(`w_sum{${served}} 1.5`);
  expect(lines).toContain('w_count{execute="false",flow_schema="s",priority_level="l"} 1');
  expect(registry.of('s', 'l')).toBe(stats);
});
