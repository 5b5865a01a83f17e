import { type ConfigMap, configMapKind } from '@kubets/api';
import { expired, seededRandom, silentLogger, VirtualClock } from '@kubets/core';
import { afterEach, expect, it } from 'vitest';
import { createClient } from '../create-client.ts';
import type { Transport, WatchEvent } from '../transport.ts';
import { ListWatchInformer } from './informer.ts';

const map = (name: string, resourceVersion: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', uid: name, resourceVersion },
});

/** A server in the hands of the test: it says what a list shows, and what watches see. */
class Script implements Transport {
  lists: ConfigMap[][] = [];
  watches: { revision: string | undefined; push(event: WatchEvent): void; fail(error: unknown): void }[] = [];
  revision = 10;

  async request() {
    const items = this.lists.length > 1 ? this.lists.shift()! : (this.lists[0] ?? []);
    const metadata = { resourceVersion: String(this.revision) };
    return { code: 200, body: { apiVersion: 'v1', kind: 'ConfigMapList', metadata, items } };
  }

  async *watch(...[request, signal]: Parameters<Transport['watch']>): AsyncGenerator<WatchEvent> {
    const queue: (WatchEvent | Error)[] = [];
    let wake = () => {};
    const put = (item: WatchEvent | Error) => {
      queue.push(item);
      wake();
    };
    this.watches.push({ revision: request.options.resourceVersion, push: put, fail: (error) => put(error as Error) });
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const item = queue.shift();
      if (item instanceof Error) throw item;
      if (item) yield item;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}

const script = () => {
  const server = new Script();
  const clock = new VirtualClock();
  const options = { client: createClient(server), clock, random: seededRandom(1), logger: silentLogger };
  const informer = new ListWatchInformer({ ...options, kind: configMapKind });
  const seen: string[] = [];
  informer.addHandler({
    added: ({ metadata }) => seen.push(`+${metadata.name}`),
    updated: ({ metadata }, old) =>
      seen.push(`${metadata.name}:${old.metadata.resourceVersion}>${metadata.resourceVersion}`),
    deleted: ({ metadata }) => seen.push(`-${metadata.name}`),
  });
  return { server, clock, informer, seen };
};
let running: ListWatchInformer<ConfigMap> | undefined;
afterEach(() => running?.dispose());
const flush = async () => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

it('lists, follows, and resumes where it was after an interruption', async () => {
  const { server, clock, informer, seen } = script();
  running = informer;
  server.lists = [[map('a', '5')]];
  void informer.run();
  await informer.whenSynced();
  await flush();
  server.watches[0]?.push({ type: 'ADDED', object: map('b', '11') });
  server.watches[0]?.push({ type: 'MODIFIED', object: map('a', '12') });
  server.watches[0]?.push({ type: 'BOOKMARK', object: { ...map('', '20'), metadata: { resourceVersion: '20' } } });
  await flush();
  server.watches[0]?.fail(new Error('connection reset'));
  await flush();
  expect(server.watches).toHaveLength(1);
  clock.advance(2_000);
  await flush();
  expect(seen).toEqual(['+a', '+b', 'a:5>12']);
});

it('lists again when its revision is gone, and tells only of differences', async () => {
  const { server, clock, informer, seen } = script();
  running = informer;
  server.lists = [
    [map('a', '5'), map('b', '6')],
    [map('b', '6'), map('c', '30')],
  ];
  void informer.run();
  await informer.whenSynced();
  await flush();
  server.revision = 30;
  server.watches[0]?.fail(expired('too old resource version'));
  await flush();
  clock.advance(2_000);
  await flush();
  expect(seen).toEqual(['+a', '+b', '+c', '-a']);
  expect(server.watches.map(({ revision }) => revision)).toEqual(['10', '30']);
});

it('lets a writer wait for its own write', async () => {
  const { server, informer } = script();
  running = informer;
  void informer.run();
  await informer.whenSynced();
  await flush();
  let arrived = false;
  void informer.whenSeen(map('x', '15')).then(() => {
    arrived = true;
  });
  await flush();
  expect(arrived).toBe(false);
  server.watches[0]?.push({ type: 'ADDED', object: map('x', '15') });
  await flush();
  expect(arrived).toBe(true);
});
