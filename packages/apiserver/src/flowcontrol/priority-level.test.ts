import { VirtualClock } from '@kubets/core';
import { describe, expect, it } from 'vitest';
import type { FlowTicket } from './flow-control.ts';
import { dealHand, type LevelSettings, MAX_WAIT_MS, PriorityLevel } from './priority-level.ts';

const settings: LevelSettings = {
  uid: 'level',
  exempt: false,
  shares: 10,
  lendablePercent: 0,
  borrowingLimitPercent: undefined,
  queuing: { queues: 8, handSize: 2, queueLengthLimit: 2 },
};
const clock = new VirtualClock();
const levelOf = (more: Partial<LevelSettings> = {}, seats = 1) =>
  new PriorityLevel({ name: 'l', settings: { ...settings, ...more }, seats, clock, mayBorrow: () => false });
const schema = { uid: 'schema' };

describe('PriorityLevel', () => {
  it('seats requests at once while there is room, then in turn', async () => {
    const level = levelOf();
    const first = level.enter(schema, 'a') as FlowTicket;
    expect(first.priorityLevelUid).toBe('level');
    const second = level.enter(schema, 'a');
    expect([level.inUse, level.waiting]).toEqual([1, 1]);
    first.release();
    first.release();
    await expect(second).resolves.toMatchObject({ flowSchemaUid: 'schema' });
    expect([level.inUse, level.waiting]).toEqual([1, 0]);
  });

  it('is fair between flows', async () => {
    const level = levelOf({ queuing: { queues: 64, handSize: 1, queueLengthLimit: 50 } });
    const holder = level.enter(schema, 'x') as FlowTicket;
    const order: string[] = [];
    const enter = async (flow: string) => {
      const ticket = await level.enter(schema, flow);
      order.push(flow);
      ticket.release();
    };
    const all = [...Array.from({ length: 10 }, () => enter('greedy')), enter('modest')];
    holder.release();
    await Promise.all(all);
    expect(order.indexOf('modest')).toBeLessThan(3);
  });

  it('refuses beyond its queues, and those who wait too long', async () => {
    const level = levelOf({ queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } });
    level.enter(schema, 'a');
    const waiting = level.enter(schema, 'a') as Promise<FlowTicket>;
    expect(() => level.enter(schema, 'a')).toThrow('too many requests, please try again later.');
    const expired = expect(waiting).rejects.toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } });
    clock.advance(MAX_WAIT_MS);
    await expired;
    expect(() => levelOf({ queuing: undefined }, 0).enter(schema, 'a')).toThrow('too many requests');
  });

  it('deals each flow the same few queues', () => {
    expect(dealHand('flow', 64, 6)).toEqual(dealHand('flow', 64, 6));
    expect(new Set(dealHand('flow', 64, 6)).size).toBe(6);
    expect(dealHand('a', 128, 6)).not.toEqual(dealHand('b', 128, 6));
  });
});
