import { builtInKinds } from '@kubets/api';
import { type Client, createClient, type ResourceClient, type WatchEvent } from '@kubets/client';
import { type KindDefinition, type KubeObject, seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sample, samples } from '../test/lifecycle-samples.ts';
import { type ApiServer, createApiServer } from './server.ts';

type Loose = KubeObject & { status?: unknown };

let server: ApiServer;
let client: Client;

beforeAll(async () => {
  const clock = new VirtualClock();
  server = await createApiServer({ store: memoryStore({ clock }), clock, random: seededRandom(1) });
  client = createClient(server.localTransport());
});
afterAll(() => server.close());

function kindOf({ apiVersion, kind }: Sample): KindDefinition<KubeObject> {
  const found = builtInKinds.find((each) => {
    const version = each.group ? `${each.group}/${each.version}` : each.version;
    return each.kind === kind && version === apiVersion;
  });
  if (!found) throw new Error(`no kind ${apiVersion} ${kind}`);
  return found;
}

class Lifecycle {
  readonly #sample: Sample;
  readonly kind: KindDefinition<KubeObject>;
  readonly resource: ResourceClient<KubeObject>;
  readonly namespace: string;
  readonly name: string;

  constructor(sample: Sample) {
    this.#sample = sample;
    this.kind = kindOf(sample);
    this.resource = client.resource(this.kind);
    this.namespace = this.kind.namespaced ? 'default' : '';
    this.name = sample.name ?? 'lifecycle';
  }

  object(name = this.name): KubeObject {
    const { apiVersion, kind, body } = this.#sample;
    const metadata = { name, namespace: this.namespace, labels: { 'e2e-life': 'yes' } };
    return { apiVersion, kind, metadata, ...structuredClone(body) } as KubeObject;
  }

  get target() {
    return { namespace: this.namespace, name: this.name };
  }

  /** Events of objects with the label, from `resourceVersion` on, up to the deletion. */
  async events(resourceVersion: string): Promise<string[]> {
    const seen: string[] = [];
    const ended = new AbortController();
    const watch = this.resource.watch('', { resourceVersion, labelSelector: 'e2e-life' }, ended.signal);
    for await (const event of watch as AsyncIterable<WatchEvent>) {
      seen.push(event.type);
      if (event.type === 'DELETED') ended.abort();
    }
    return seen;
  }
}

describe.each(samples.map((sample) => [`${sample.apiVersion} ${sample.kind}`, sample] as const))('%s', (_, sample) => {
  it('lives through create, get, list, patch, update, watch and deletecollection', async () => {
    const life = new Lifecycle(sample);
    const { resource, namespace, name, target } = life;
    const selection = { labelSelector: 'e2e-life=yes' };
    const before = (await resource.list('', selection)).metadata.resourceVersion!;
    const created = await resource.create(life.object());
    expect(created.metadata).toMatchObject({ name, uid: expect.any(String), resourceVersion: expect.any(String) });
    expect(await resource.get(namespace, name)).toEqual(created);
    expect((await resource.list('', selection)).items).toHaveLength(1);
    expect((await resource.list(namespace, { fieldSelector: `metadata.name=${name}` })).items).toHaveLength(1);

    const patched = await resource.patch(target, 'merge', { metadata: { annotations: { patched: 'true' } } });
    expect(patched.metadata.annotations).toMatchObject({ patched: 'true' });
    const strategic = await resource.patch(target, 'strategic', { metadata: { labels: { b: 'c' } } });
    expect(strategic.metadata.labels).toMatchObject({ 'e2e-life': 'yes', b: 'c' });
    const annotations = { ...strategic.metadata.annotations, updated: 'true' };
    const updated = await resource.update({ ...strategic, metadata: { ...strategic.metadata, annotations } });
    expect(updated.metadata.annotations).toMatchObject({ patched: 'true', updated: 'true' });
    const applied = await resource.patch(target, 'apply', life.object(), { fieldManager: 'm', force: true });
    expect(applied.metadata.uid).toBe(created.metadata.uid);

    if (life.kind.verbs.includes('deletecollection')) {
      await resource.deleteCollection(namespace, selection, { gracePeriodSeconds: 0 });
    } else {
      await resource.delete(namespace, name);
      const ending = await resource.get(namespace, name);
      await resource.updateSubresource('finalize', { ...ending, spec: { finalizers: [] } } as unknown as KubeObject);
    }
    for (const left of (await resource.list('', selection)).items) {
      const finalizers = { metadata: { finalizers: null } };
      await resource.patch({ namespace, name: left.metadata.name! }, 'merge', finalizers);
    }
    expect((await resource.list('', selection)).items).toEqual([]);
    const events = await life.events(before);
    expect(events[0]).toBe('ADDED');
    expect(events.at(-1)).toBe('DELETED');
    expect(events.slice(1, -1).every((type) => type === 'MODIFIED')).toBe(true);
    expect(events.length).toBeGreaterThanOrEqual(5);
  });

  const { status } = sample;
  if (!status) return;
  it('has a status that is read, patched and updated, and leaves the rest alone', async () => {
    const life = new Lifecycle(sample);
    const { resource, namespace, name } = life;
    const created = await resource.create(life.object());
    const target = { namespace, name, subresource: 'status' };
    const patched = await resource.patch(target, 'merge', {
      metadata: { annotations: { patchedstatus: 'true' } },
      status,
    });
    expect((patched as Loose).status).toMatchObject(status);
    if (!sample.isStatusOnly) expect(patched.metadata.annotations).toMatchObject({ patchedstatus: 'true' });
    expect((patched as { spec?: unknown }).spec).toEqual((created as { spec?: unknown }).spec);
    const metadata = { ...patched.metadata, annotations: { ...patched.metadata.annotations, updatedstatus: 'true' } };
    const updated = await resource.updateStatus({ ...patched, metadata });
    if (!sample.isStatusOnly) expect(updated.metadata.annotations).toMatchObject({ updatedstatus: 'true' });
    expect((updated as Loose).status).toEqual((patched as Loose).status);
    const replaced = await resource.update({ ...updated, status: undefined } as unknown as KubeObject);
    expect((replaced as Loose).status).toEqual((patched as Loose).status);
    await resource.delete(namespace, name, { gracePeriodSeconds: 0 });
    const left = await resource.list('', { labelSelector: 'e2e-life=yes' });
    if (left.items.length > 0 && sample.kind !== 'Namespace') {
      await resource.patch({ namespace, name }, 'merge', { metadata: { finalizers: null } });
    }
  });
});
