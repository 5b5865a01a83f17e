import { silentLogger, VirtualClock } from '@kubets/core';
import { expect, it } from 'vitest';
import type { HttpsCall } from '../webhooks/https-caller.ts';
import type { AuditEvent } from './event.ts';
import { AuditWebhook } from './webhook-backend.ts';

function setUp(codes: number[] = []) {
  const clock = new VirtualClock();
  const calls: HttpsCall[] = [];
  const caller = {
    async call(call: HttpsCall) {
      calls.push(call);
      return { code: codes.shift() ?? 200, headers: {}, body: '' };
    },
  };
  const endpoint = { url: 'https://audit.example.org/k8s', authorization: 'Bearer t' };
  const webhook = new AuditWebhook({ endpoint, caller, clock, logger: silentLogger });
  return { clock, calls, webhook };
}

/** Lets time pass a second at a time, with what comes of it. */
async function pass(clock: VirtualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1_000);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

const event = (auditID: string) => ({ auditID }) as AuditEvent;
const idsOf = ({ body }: HttpsCall) =>
  (JSON.parse(body ?? '') as { items: AuditEvent[] }).items.map(({ auditID }) => auditID);

it('sends what has gathered in half a minute', async () => {
  const { clock, calls, webhook } = setUp();
  webhook.record(event('a'));
  webhook.record(event('b'));
  await pass(clock, 29);
  expect(calls).toEqual([]);
  await pass(clock, 1);
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ method: 'POST', url: 'https://audit.example.org/k8s' });
  expect(calls[0]!.headers).toMatchObject({ authorization: 'Bearer t' });
  expect(JSON.parse(calls[0]!.body!)).toMatchObject({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {} });
  expect(idsOf(calls[0]!)).toEqual(['a', 'b']);
});

it('sends 400 at once, and drops what is more than 10,000', async () => {
  const { clock, calls, webhook } = setUp();
  for (let index = 0; index < 10_401; index++) webhook.record(event(String(index)));
  await pass(clock, 60);
  expect(calls.length).toBeGreaterThanOrEqual(25);
  expect(idsOf(calls[0]!)).toHaveLength(400);
  expect(calls.flatMap(idsOf).length + webhook.dropped).toBe(10_401);
});

it('tries again while the webhook is in trouble, and gives up when it refuses', async () => {
  const troubled = setUp([500, 429]);
  troubled.webhook.record(event('a'));
  await pass(troubled.clock, 120);
  expect(troubled.calls).toHaveLength(3);
  expect(troubled.webhook.dropped).toBe(0);
  const refusing = setUp([403]);
  refusing.webhook.record(event('a'));
  await pass(refusing.clock, 120);
  expect(refusing.calls).toHaveLength(1);
  expect(refusing.webhook.dropped).toBe(1);
});
