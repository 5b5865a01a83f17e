import { createServer } from 'node:net';
import { hostClock } from '@kubets/core/node';
import { expect, test } from 'vitest';
import { Deadline } from './deadline.ts';
import { networkProbes } from './transport.ts';

test('a probe counts what arrived while this process could not look', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const probing = networkProbes(hostClock).tcp({ host: '127.0.0.1', port, timeoutMs: 100 });
  for (const endMs = hostClock.monotonicMs() + 300; hostClock.monotonicMs() < endMs; );
  expect(await probing).toEqual({ result: 'success', output: '' });
  server.close();
});

test('a deadline passes', async () => {
  const deadline = new Deadline(hostClock, 1);
  await new Promise((resolve) => deadline.signal.addEventListener('abort', resolve));
  expect(deadline.signal.reason).toMatchObject({ name: 'TimeoutError' });
});
