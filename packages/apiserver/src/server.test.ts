import { type ConfigMap, configMapKind, deploymentKind, namespaceKind, podKind } from '@kubets/api';
import { createClient, type WatchEvent } from '@kubets/client';
import { seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from './server.ts';

let server: ApiServer;
let clock: VirtualClock;

beforeEach(async () => {
  clock = new VirtualClock();
  server = await createApiServer({ store: memoryStore({ clock }), clock, random: seededRandom(1) });
});
afterEach(() => server.close());

const client = () => createClient(server.localTransport());
const configMaps = () => client().resource(configMapKind);

function configMap(name: string, data: Record<string, string> = {}, namespace = 'default'): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data } as ConfigMap;
}

/** Reads events until `count` have come. */
async function take<T extends ConfigMap>(
  events: AsyncIterable<WatchEvent<T>>,
  count: number,
): Promise<WatchEvent<T>[]> {
  const taken: WatchEvent<T>[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

describe('create, get, update and delete', () => {
  it('stores an object with what only the server chooses', async () => {
    const created = await configMaps().create(configMap('a', { k: 'v' }));
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.creationTimestamp).toBe('2030-01-01T00:00:00Z');
    expect(Number(created.metadata.resourceVersion)).toBeGreaterThan(1);
    expect(await configMaps().get('default', 'a')).toBe(await configMaps().get('default', 'a'));
    expect(await configMaps().get('default', 'a')).toEqual(created);
  });

  it('answers 404, 409 and 422', async () => {
    await configMaps().create(configMap('a'));
    await expect(configMaps().get('default', 'b')).rejects.toThrow('configmaps "b" not found');
    await expect(configMaps().create(configMap('a'))).rejects.toThrow('configmaps "a" already exists');
    await expect(configMaps().create(configMap('A'))).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
  });

  it('guards updates by resource version and skips those that change nothing', async () => {
    const created = await configMaps().create(configMap('a', { k: '1' }));
    const updated = await configMaps().update({ ...created, data: { k: '2' } });
    await expect(configMaps().update({ ...created, data: { k: '3' } })).rejects.toMatchObject({ code: 409 });
    const again = await configMaps().update(updated);
    expect(again.metadata.resourceVersion).toBe(updated.metadata.resourceVersion);
  });

  it('generates names', async () => {
    const template = configMap('x');
    const metadata = { generateName: 'web-', namespace: 'default' };
    const created = await configMaps().create({ ...template, metadata } as ConfigMap);
    expect(created.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
  });

  it('lets finalizers hold a deleted object', async () => {
    const held = configMap('a');
    held.metadata.finalizers = ['example.com/hold'];
    await configMaps().create(held);
    await configMaps().delete('default', 'a');
    const lingering = await configMaps().get('default', 'a');
    expect(lingering.metadata.deletionTimestamp).toBeDefined();
    await configMaps().patch({ namespace: 'default', name: 'a' }, 'merge', { metadata: { finalizers: null } });
    await expect(configMaps().get('default', 'a')).rejects.toMatchObject({ code: 404 });
  });

  it('writes nothing in a dry run', async () => {
    await configMaps().create(configMap('a'), { dryRun: true });
    await expect(configMaps().get('default', 'a')).rejects.toMatchObject({ code: 404 });
  });

  it('shows in a dry run the revision of what it would have changed', async () => {
    const { metadata } = await configMaps().create(configMap('a', { one: '1' }));
    const tried = await configMaps().update(configMap('a', { one: '2' }), { dryRun: true });
    expect(tried.data).toEqual({ one: '2' });
    expect(tried.metadata.resourceVersion).toBe(metadata.resourceVersion);
    expect((await configMaps().get('default', 'a')).data).toEqual({ one: '1' });
  });
});

describe('patch', () => {
  it('applies each type of patch', async () => {
    await configMaps().create(configMap('a', { one: '1' }));
    const target = { namespace: 'default', name: 'a' };
    await configMaps().patch(target, 'merge', { data: { two: '2' } });
    await configMaps().patch(target, 'json', [{ op: 'remove', path: '/data/one' }]);
    const patched = await configMaps().patch(target, 'strategic', { metadata: { labels: { a: 'b' } } });
    expect(patched.data).toEqual({ two: '2' });
    expect(patched.metadata.labels).toEqual({ a: 'b' });
  });
});

describe('list', () => {
  it('pages over a consistent snapshot', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await configMaps().create(configMap(name));
    const first = await configMaps().list('default', { limit: 2 });
    expect(first.items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(2);
    await configMaps().delete('default', 'c');
    const second = await configMaps().list('default', { limit: 2, continue: first.metadata.continue! });
    expect(second.items.map((item) => item.metadata.name)).toEqual(['c', 'd']);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  });

  it('selects by labels and by name', async () => {
    const labelled = configMap('a');
    labelled.metadata.labels = { app: 'web' };
    await configMaps().create(labelled);
    await configMaps().create(configMap('b'));
    const names = async (options: object) =>
      (await configMaps().list('default', options)).items.map((i) => i.metadata.name);
    expect(await names({ labelSelector: 'app=web' })).toEqual(['a']);
    expect(await names({ labelSelector: '!app' })).toEqual(['b']);
    expect(await names({ fieldSelector: 'metadata.name=b' })).toEqual(['b']);
  });
});

describe('watch', () => {
  it('sends what is there, then every change, and resumes from a revision', async () => {
    const created = await configMaps().create(configMap('a'));
    const abort = new AbortController();
    const events = take(configMaps().watch('default', {}, abort.signal), 3);
    await configMaps().update({ ...created, data: { k: 'v' } });
    await configMaps().delete('default', 'a');
    expect((await events).map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    const options = { resourceVersion: created.metadata.resourceVersion! };
    const resumed = await take(configMaps().watch('default', options, abort.signal), 2);
    expect(resumed.map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED']);
  });

  it('turns a change of labels into an addition or a deletion', async () => {
    const abort = new AbortController();
    const created = await configMaps().create(configMap('a'));
    const options = { labelSelector: 'app', resourceVersion: created.metadata.resourceVersion! };
    const events = take(configMaps().watch('', options, abort.signal), 2);
    const target = { namespace: 'default', name: 'a' };
    await configMaps().patch(target, 'merge', { metadata: { labels: { app: 'web' } } });
    const last = await configMaps().patch(target, 'merge', { metadata: { labels: null } });
    const [added, deleted] = await events;
    expect(added!.type).toBe('ADDED');
    expect(deleted!.type).toBe('DELETED');
    expect(deleted!.object.metadata.labels).toEqual({ app: 'web' });
    expect(deleted!.object.metadata.resourceVersion).toBe(last.metadata.resourceVersion);
  });

  it('marks the end of streamed initial events', async () => {
    await configMaps().create(configMap('a'));
    const options = {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    } as const;
    const [added, mark] = await take(configMaps().watch('default', options, new AbortController().signal), 2);
    expect(added!.type).toBe('ADDED');
    expect(mark!.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });
});

describe('deletecollection', () => {
  it('deletes what the selection shows', async () => {
    for (let i = 0; i < 600; i++) await configMaps().create(configMap(`c-${i}`));
    await configMaps().deleteCollection('default', { fieldSelector: 'metadata.name!=c-7' });
    const left = await configMaps().list('default');
    expect(left.items.map((item) => item.metadata.name)).toEqual(['c-7']);
  });
});

it('serves every built-in kind', () => {
  expect(server.registry.get('', 'pods').kind).toBe(podKind);
  expect(server.registry.get('apps', 'deployments').kind).toBe(deploymentKind);
  expect(server.registry.get('', 'namespaces').kind).toBe(namespaceKind);
});
