import { type ConfigMap, configMapKind } from '@kubets/api';
import { createClient, type RequestOptions, type WatchEvent } from '@kubets/client';
import { hasReason, seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createApiServer } from './server.ts';

type Step = { kind: 'put' | 'delete'; name: string; label: string };

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    label: fc.constantFrom('x', 'y'),
  }),
  { minLength: 1, maxLength: 30 },
);

async function startServer({ isLending = true } = {}) {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  // As a store does that has to be asked over a network.
  if (!isLending) Object.defineProperty(store, 'borrowValue', { value: undefined });
  const server = await createApiServer({
    store,
    clock,
    random: seededRandom(1),
    kinds: [configMapKind as never],
    disabledAdmission: ['NamespaceLifecycle'],
  });
  return { server, store, configMaps: createClient(server.localTransport()).resource(configMapKind) };
}

type Server = Awaited<ReturnType<typeof startServer>>;
type State = Map<string, string>;

const stateOf = (items: readonly ConfigMap[]): State =>
  new Map(items.map(({ metadata, data }) => [metadata.name!, `${data?.step}@${metadata.resourceVersion}`]));

async function run({ configMaps }: Server, { kind, name, label }: Step, step: number): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', labels: { label } },
    data: { step: String(step) },
  } as unknown as ConfigMap;
  if (kind === 'delete') {
    await configMaps.delete('default', name).catch(ignoreNotFound);
    return;
  }
  await configMaps.update(object).catch((error) => {
    ignoreNotFound(error);
    return configMaps.create(object);
  });
}

function ignoreNotFound(error: unknown): void {
  if (!hasReason(error, 'NotFound')) throw error;
}

/** The state that a watch leads to, read until its bookmark or until it shows `wanted`. */
async function follow(
  { configMaps }: Server,
  { from, options, newest }: { from: State; options: RequestOptions; newest: number },
): Promise<State> {
  const state = new Map(from);
  const abort = new AbortController();
  let last = Number(options.resourceVersion ?? 0);
  const events = configMaps.watch('', options, abort.signal)[Symbol.asyncIterator]();
  for (;;) {
    // A watch has nothing more to say once it stays silent for a turn after everything was written.
    const next = await Promise.race([events.next(), silence()]);
    if (next === undefined) break;
    const event = next.value as WatchEvent<ConfigMap>;
    const { name, resourceVersion } = event.object.metadata;
    expect(Number(resourceVersion)).toBeGreaterThan(last);
    expect(Number(resourceVersion)).toBeLessThanOrEqual(newest);
    last = Number(resourceVersion);
    if (event.type === 'DELETED') expect(state.delete(name!)).toBe(true);
    else {
      expect(state.has(name!)).toBe(event.type === 'MODIFIED');
      state.set(name!, `${event.object.data?.step}@${resourceVersion}`);
    }
  }
  abort.abort();
  return state;
}

function silence(): Promise<undefined> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(0);
  });
}

it('leads from a list at any revision, by a watch from there, to what a list shows', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.constantFrom(undefined, 'label=x'),
      fc.boolean(),
      async (actions, labelSelector, isLending) => {
        const running = await startServer({ isLending });
        const selection = labelSelector ? { labelSelector } : {};
        const lists: { from: State; revision: string }[] = [];
        for (const [index, action] of actions.entries()) {
          const list = await running.configMaps.list('', selection);
          lists.push({ from: stateOf(list.items), revision: list.metadata.resourceVersion! });
          await run(running, action, index);
        }
        const newest = await running.store.revision();
        const final = stateOf((await running.configMaps.list('', selection)).items);
        for (const { from, revision } of lists) {
          const options = { ...selection, resourceVersion: revision };
          expect(await follow(running, { from, options, newest })).toEqual(final);
          const exact = { ...selection, resourceVersion: revision, resourceVersionMatch: 'Exact' } as const;
          expect(stateOf((await running.configMaps.list('', exact)).items)).toEqual(from);
        }
        await running.server.close();
      },
    ),
    { numRuns: 30 },
  );
});

it('leads from what the store has forgotten to what a list shows, as long as the cache has the events', async () => {
  for (const isLending of [true, false]) {
    const running = await startServer({ isLending });
    const put = (name: string, label: string, step: number) => run(running, { kind: 'put', name, label }, step);
    await put('a', 'x', 0);
    const selection = { labelSelector: 'label=x' };
    const list = await running.configMaps.list('', selection);
    for (let step = 1; step < 20; step++) await put(step % 2 ? 'a' : 'b', step % 3 ? 'x' : 'y', step);
    await run(running, { kind: 'delete', name: 'b', label: 'x' }, 20);
    const newest = await running.store.revision();
    running.server.registry.get('', 'configmaps').cache.beforeCompaction(newest);
    await running.store.compact(newest);
    const options = { ...selection, resourceVersion: list.metadata.resourceVersion! };
    const final = stateOf((await running.configMaps.list('', selection)).items);
    expect(await follow(running, { from: stateOf(list.items), options, newest })).toEqual(final);
    await running.server.close();
  }
});

it('ends a watch from a revision that is gone with 410', async () => {
  const running = await startServer();
  const { registry } = running.server;
  for (let i = 0; i < 5; i++) await run(running, { kind: 'put', name: 'a', label: 'x' }, i);
  const newest = await running.store.revision();
  await running.store.compact(newest);
  registry.get('', 'configmaps').cache.forget(newest);
  const watch = running.configMaps.watch('', { resourceVersion: '2' }, new AbortController().signal);
  const error = await watch[Symbol.asyncIterator]()
    .next()
    .catch((reason) => reason);
  expect(error).toMatchObject({ code: 410, reason: 'Expired', message: `too old resource version: 2 (${newest})` });
  await running.server.close();
});

it('goes on inconsistently with the token of a 410 when a paged list takes too long', async () => {
  const running = await startServer();
  for (const name of ['a', 'b', 'c', 'd'] as const) await run(running, { kind: 'put', name, label: 'x' }, 0);
  const { configMaps } = running;
  const first = await configMaps.list('', { limit: 2 });
  await run(running, { kind: 'put', name: 'c', label: 'y' }, 1);
  await running.store.compact(await running.store.revision());
  const error = await configMaps.list('', { limit: 2, continue: first.metadata.continue! }).catch((reason) => reason);
  expect(error).toMatchObject({ code: 410, reason: 'Expired', continueToken: expect.any(String) });
  const rest = await configMaps.list('', { continue: error.continueToken });
  expect(rest.items.map(({ metadata }) => metadata.name)).toEqual(['c', 'd']);
  await running.server.close();
});
