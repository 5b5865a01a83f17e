import { type PodTemplate, podTemplateKind } from '@kubets/api';
import { createClient, type RequestOptions } from '@kubets/client';
import { StatusError, seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from './server.ts';

const TOTAL = 40;
let clock: VirtualClock;
let server: ApiServer;
let store: ReturnType<typeof memoryStore>;

beforeEach(async () => {
  clock = new VirtualClock();
  store = memoryStore({ clock });
  server = await createApiServer({ store, clock, random: seededRandom(1) });
  for (let i = 0; i < TOTAL; i++) await templates().create(template(i));
});
afterEach(() => server.close());

const templates = () => createClient(server.localTransport()).resource(podTemplateKind);
const nameOf = (i: number) => `template-${String(i).padStart(4, '0')}`;
const template = (i: number): PodTemplate => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: nameOf(i), namespace: 'default' },
  template: { spec: { containers: [{ name: 'test', image: 'test2' }] } },
});

/** Reads page after page, and says at which revision each was. */
async function readAll(options: RequestOptions, found: number): Promise<Set<string | undefined>> {
  const revisions = new Set<string | undefined>();
  for (let next: string | undefined = options.continue ?? ''; next !== undefined; ) {
    const page = await templates().list('default', { ...options, ...(next ? { continue: next } : {}) });
    revisions.add(page.metadata.resourceVersion);
    for (const { metadata } of page.items) expect(metadata.name).toBe(nameOf(found++));
    next = page.metadata.continue || undefined;
    const left = page.metadata.remainingItemCount;
    expect(left).toBe(next ? TOTAL - found : undefined);
  }
  expect(found).toBe(TOTAL);
  return revisions;
}

it('reads a list in pages of one revision, whatever is written meanwhile', async () => {
  expect(await readAll({ limit: 7 }, 0)).toHaveProperty('size', 1);
  const all = await templates().list('default', { limit: TOTAL + 1 });
  expect(all.items).toHaveLength(TOTAL);
  expect(all.metadata.continue).toBeUndefined();
  const first = await templates().list('default', { limit: 30 });
  await templates().delete('default', nameOf(35));
  const rest = await templates().list('default', { limit: 30, continue: first.metadata.continue! });
  expect(rest.items).toHaveLength(10);
  expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
});

it('goes on from the last key when the revision of the first page is compacted away', async () => {
  const first = await templates().list('default', { limit: 4 });
  await templates().patch({ namespace: 'default', name: nameOf(9) }, 'merge', { metadata: { labels: { a: 'b' } } });
  await store.compact(await store.revision());
  const expired = await templates()
    .list('default', { limit: 4, continue: first.metadata.continue! })
    .then(
      () => undefined,
      (error) => error as StatusError,
    );
  expect(expired).toBeInstanceOf(StatusError);
  expect(expired).toMatchObject({ code: 410, reason: 'Expired' });
  const token = expired?.toStatus().metadata.continue;
  const revisions = await readAll({ limit: 4, continue: token! }, 4);
  expect(revisions.size).toBe(1);
  expect(revisions.has(first.metadata.resourceVersion)).toBe(false);
});

it('keeps the revision of a first page for five minutes, and hardly longer', async () => {
  const first = await templates().list('default', { limit: 4 });
  // It does not matter that what is listed stays as it was.
  await store.create('/elsewhere', new Uint8Array(1));
  const next = () => templates().list('default', { limit: 4, continue: first.metadata.continue! });
  for (let minute = 1; minute <= 5; minute++) await passMinute();
  expect((await next()).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  await passMinute();
  await expect(next()).rejects.toMatchObject({ code: 410, reason: 'Expired' });
});

/** Lets what the server does by itself come to rest before the next minute begins. */
async function passMinute(): Promise<void> {
  clock.advance(60_000);
  await new Promise((resolve) => setImmediate(resolve));
}
