import { VirtualClock } from '@kubets/core';
import { expect, it } from 'vitest';
import { storeContract } from './contract.ts';
import { memoryStore } from './memory.ts';

storeContract('memory', async () => memoryStore({ clock: new VirtualClock() }));

it('ends a lease when its time has come', async () => {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  const leaseId = await store.grantLease(10);
  await store.create('/a', new Uint8Array(1), { leaseId });
  clock.advance(9_999);
  expect(await store.get('/a')).toBeDefined();
  clock.advance(1);
  expect(await store.get('/a')).toBeUndefined();
});
