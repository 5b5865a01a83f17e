import {
  type ConfigMap,
  type CustomResourceDefinition,
  configMapKind,
  customResourceDefinitionKind,
} from '@kubets/api';
import { createClient, type WatchEvent } from '@kubets/client';
import { defineKind, type KindDefinition, type KubeObject, message, seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore, type Store } from '@kubets/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from '../server.ts';

interface Widget extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const widget = (version: string): KindDefinition<Widget> =>
  defineKind<Widget>({
    group: 'example.com',
    version,
    kind: 'Widget',
    resource: 'widgets',
    namespaced: true,
    schema: message('', '', {}),
  });
const v1 = widget('v1');

const schema = (properties: object) => ({
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', properties },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
});

function definition(change: Record<string, unknown> = {}): CustomResourceDefinition {
  const spec = {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
        schema: schema({ size: { type: 'integer', minimum: 0 }, color: { type: 'string', default: 'red' } }),
      },
    ],
    ...change,
  };
  const { plural } = spec.names as { plural: string };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec,
  } as unknown as CustomResourceDefinition;
}

const object = (name: string, spec: Record<string, unknown> = {}, more: Partial<Widget> = {}): Widget => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default' },
  spec,
  ...more,
});

let clock: VirtualClock;
let store: Store;
let server: ApiServer;

const start = () => createApiServer({ store, clock, random: seededRandom(1) });

beforeEach(async () => {
  clock = new VirtualClock();
  store = memoryStore({ clock });
  server = await start();
});
afterEach(() => server.close());

const client = () => createClient(server.localTransport());
const definitions = () => client().resource(customResourceDefinitionKind);
const widgets = (kind = v1) => client().resource(kind);

/** Resolves with the definition once it satisfies `until`; undefined stands for one that has gone. */
async function settled(
  name: string,
  until: (definition: CustomResourceDefinition | undefined) => boolean,
): Promise<CustomResourceDefinition | undefined> {
  const abort = new AbortController();
  const options = { fieldSelector: `metadata.name=${name}`, resourceVersion: '' };
  for await (const { type, object: seen } of definitions().watch('', options, abort.signal)) {
    const now = type === 'DELETED' ? undefined : seen;
    if (!until(now)) continue;
    abort.abort();
    return now;
  }
  throw new Error('the watch has ended');
}

const conditionsOf = (seen: CustomResourceDefinition | undefined) =>
  Object.fromEntries(seen?.status?.conditions?.map(({ type, status, reason }) => [type, `${status} ${reason}`]) ?? []);

const isEstablished = (seen: CustomResourceDefinition | undefined) =>
  conditionsOf(seen).Established === 'True InitialNamesAccepted';

async function drain(events: AsyncIterable<WatchEvent<Widget>>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { type, object: each } of events) seen.push(`${type} ${each.metadata.name}`);
  return seen;
}

describe('a definition', () => {
  it('is in force before its creation is answered, and says so soon after', async () => {
    await expect(widgets().list('default')).rejects.toMatchObject({ code: 404 });
    await definitions().create(definition());
    const created = await widgets().create(object('a', { size: 1 }));
    expect(created).toMatchObject({ spec: { size: 1, color: 'red' }, metadata: { generation: 1 } });
    const seen = await settled('widgets.example.com', isEstablished);
    expect(conditionsOf(seen)).toEqual({
      NamesAccepted: 'True NoConflicts',
      Established: 'True InitialNamesAccepted',
    });
    expect(seen?.status).toMatchObject({
      acceptedNames: {
        plural: 'widgets',
        singular: 'widget',
        kind: 'Widget',
        listKind: 'WidgetList',
        shortNames: ['wd'],
      },
      storedVersions: ['v1'],
    });
  });

  it('gets no name that another of its group has, until that one gives it up', async () => {
    await definitions().create(definition());
    await definitions().create(
      definition({ names: { plural: 'wodgets', kind: 'Widget', listKind: 'WodgetList', shortNames: ['wd', 'wo'] } }),
    );
    const refused = await settled('wodgets.example.com', (seen) => conditionsOf(seen).NamesAccepted !== undefined);
    expect(conditionsOf(refused)).toEqual({
      NamesAccepted: 'False KindConflict',
      Established: 'False NotAccepted',
    });
    expect(refused?.status?.conditions?.[0]?.message).toBe('"Widget" is already in use');
    expect(refused?.status?.acceptedNames).toMatchObject({ plural: 'wodgets', kind: '' });
    expect(refused?.status?.acceptedNames?.shortNames).toBeUndefined();
    await definitions().delete('', 'widgets.example.com');
    expect(conditionsOf(await settled('wodgets.example.com', isEstablished)).NamesAccepted).toBe('True NoConflicts');
  });

  it('is there again after a restart', async () => {
    await definitions().create(definition());
    await settled('widgets.example.com', isEstablished);
    await widgets().create(object('a', { size: 1 }));
    await server.close();
    server = await start();
    expect((await widgets().get('default', 'a')).spec).toEqual({ size: 1, color: 'red' });
  });

  it('has to be sound', async () => {
    const wrong = (version: object) => {
      const spec = { name: 'v1', served: true, storage: true, ...version };
      return definitions().create(definition({ versions: [spec] }));
    };
    await expect(wrong({ schema: schema({ a: {} }) })).rejects.toThrow(
      'spec.validation.openAPIV3Schema.properties[spec].properties[a].type: Required value: must not be empty for specified object fields',
    );
    await expect(wrong({ schema: schema({}), storage: false })).rejects.toThrow(
      'must have exactly one version marked as storage version',
    );
    await expect(definitions().create({ ...definition(), metadata: { name: 'x' } })).rejects.toThrow(
      'must be spec.names.plural+"."+spec.group',
    );
  });
});

describe('a changed definition', () => {
  it('rules at once, shows its defaults in what is stored, and ends watches', async () => {
    await definitions().create(definition());
    await widgets().create(object('a', { size: 1 }));
    const established = (await settled('widgets.example.com', isEstablished))!;
    const watched = drain(widgets().watch('default', {}, new AbortController().signal));
    const versions = established.spec.versions.map((version) => ({
      ...version,
      schema: schema({ size: { type: 'integer', maximum: 5 }, shape: { type: 'string', default: 'round' } }),
    }));
    await definitions().update({ ...established, spec: { ...established.spec, versions } } as CustomResourceDefinition);
    expect(await watched).toEqual(['ADDED a']);
    const seen = await widgets().get('default', 'a');
    expect(seen.spec).toEqual({ size: 1, shape: 'round' });
    await expect(widgets().update({ ...seen, spec: { size: 6 } })).rejects.toThrow(
      'spec.size: Invalid value: 6: spec.size in body should be less than or equal to 5',
    );
  });

  it('may store objects in another version; an update that changes nothing migrates them', async () => {
    const two = (stored: string) => ({
      versions: ['v1', 'v2'].map((name) => ({
        name,
        served: true,
        storage: name === stored,
        schema: schema({ size: { type: 'integer' } }),
      })),
    });
    await definitions().create(definition(two('v1')));
    await widgets().create(object('a', { size: 1 }));
    const established = (await settled('widgets.example.com', isEstablished))!;
    const spec = { ...established.spec, ...two('v2') } as unknown as CustomResourceDefinition['spec'];
    await definitions().update({ ...established, spec });
    const changed = await settled('widgets.example.com', (seen) => seen?.status?.storedVersions?.length === 2);
    expect(changed?.status?.storedVersions).toEqual(['v1', 'v2']);
    const before = await widgets(widget('v2')).get('default', 'a');
    expect(before).toMatchObject({ apiVersion: 'example.com/v2', spec: { size: 1 } });
    expect(await widgets().get('default', 'a')).toMatchObject({ apiVersion: 'example.com/v1' });
    const after = await widgets(widget('v2')).update(before);
    expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
    const again = await widgets(widget('v2')).update(after);
    expect(again.metadata.resourceVersion).toBe(after.metadata.resourceVersion);
  });

  it('no longer shows a version that is not served, though objects are stored in it', async () => {
    const versions = ['v1', 'v2'].map((name) => ({
      name,
      served: name === 'v2',
      storage: name === 'v1',
      schema: schema({ size: { type: 'integer' } }),
    }));
    await definitions().create(definition({ versions }));
    await expect(widgets().list('')).rejects.toMatchObject({ code: 404 });
    const second = widgets(widget('v2'));
    await second.create({ ...object('a', { size: 1 }), apiVersion: 'example.com/v2' });
    expect((await second.list('')).items).toHaveLength(1);
    await definitions().delete('', 'widgets.example.com');
    await settled('widgets.example.com', (seen) => seen === undefined);
  });
});

describe('a deleted definition', () => {
  it('waits for its objects, takes no new ones, and ends in 404', async () => {
    await definitions().create(definition());
    await widgets().create(object('plain'));
    await widgets().create({
      ...object('held'),
      metadata: { name: 'held', namespace: 'default', finalizers: ['a.io/b'] },
    });
    const watched = drain(widgets().watch('default', { resourceVersion: '0' }, new AbortController().signal));
    await definitions().delete('', 'widgets.example.com');
    const reason = 'True InstanceDeletionInProgress';
    const deleting = await settled('widgets.example.com', (seen) => conditionsOf(seen).Terminating === reason);
    expect(deleting?.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    await expect(widgets().create(object('late'))).rejects.toMatchObject({
      code: 403,
      message:
        'widgets.example.com "late" is forbidden: create not allowed while custom resource definition is terminating',
    });
    await widgets().patch({ namespace: 'default', name: 'held' }, 'merge', { metadata: { finalizers: null } });
    await settled('widgets.example.com', (seen) => seen === undefined);
    await expect(widgets().list('')).rejects.toMatchObject({ code: 404 });
    expect((await watched).slice(-1)).toEqual(['DELETED held']);
    await definitions().create(definition());
    expect((await widgets().list('')).items).toEqual([]);
  });
});

describe('subresources', () => {
  beforeEach(async () => {
    await definitions().create(definition());
  });

  it('keep status and the rest apart', async () => {
    const created = await widgets().create(object('a', { size: 1 }, { status: { size: 9 } }));
    expect(created.status).toBeUndefined();
    const reported = await widgets().updateStatus({ ...created, spec: { size: 5 }, status: { size: 1 } });
    expect(reported).toMatchObject({ spec: { size: 1 }, status: { size: 1 }, metadata: { generation: 1 } });
    const changed = await widgets().update({ ...reported, spec: { size: 2 }, status: {} });
    expect(changed).toMatchObject({ spec: { size: 2 }, status: { size: 1 }, metadata: { generation: 2 } });
  });

  it('scale by paths', async () => {
    await widgets().create(object('a', { size: 1 }));
    const target = { namespace: 'default', name: 'a', subresource: 'scale' };
    const scaled = await widgets().patch(target, 'merge', { spec: { replicas: 4 } });
    expect(scaled).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { replicas: 0 } });
    expect(await widgets().get('default', 'a')).toMatchObject({ spec: { size: 4 }, metadata: { generation: 2 } });
    const put = await widgets().updateSubresource('scale', { ...scaled, spec: { replicas: 6 } } as KubeObject);
    expect(put).toMatchObject({ kind: 'Scale', spec: { replicas: 6 } });
    const wrong = widgets().patch(target, 'merge', { spec: { replicas: -1 } });
    await expect(wrong).rejects.toMatchObject({ code: 422 });
    const stale = widgets().updateSubresource('scale', scaled);
    await expect(stale).rejects.toMatchObject({ code: 409 });
  });
});

describe('patches', () => {
  it('that create an object by applying must name it', async () => {
    await definitions().create(definition());
    const { metadata: _, ...nameless } = object('a', { size: 1 });
    const target = { namespace: 'default', name: 'a' };
    const created = widgets().patch(target, 'apply', nameless, { fieldManager: 'x' });
    const message = 'the name of the object (a based on URL) was undeterminable: name must be provided';
    await expect(created).rejects.toMatchObject({ code: 400, message });
    await widgets().create(object('a', { size: 1 }));
    const applied = await widgets().patch(target, 'apply', nameless, { fieldManager: 'x' });
    expect(applied.metadata).toMatchObject({ name: 'a', managedFields: [{ operation: 'Apply' }, {}] });
  });

  it('are JSON, merge and apply, and no strategic merges', async () => {
    await definitions().create(definition());
    await widgets().create(object('a', { size: 1 }));
    const target = { namespace: 'default', name: 'a' };
    await widgets().patch(target, 'json', [{ op: 'replace', path: '/spec/size', value: 2 }]);
    await widgets().patch(target, 'merge', { spec: { color: 'blue', unknown: 1 } });
    expect((await widgets().get('default', 'a')).spec).toEqual({ size: 2, color: 'blue' });
    await expect(widgets().patch(target, 'strategic', {})).rejects.toMatchObject({
      code: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    });
    const applied = object('a', { size: 7 });
    await expect(widgets().patch(target, 'apply', applied, { fieldManager: 'x' })).rejects.toMatchObject({ code: 409 });
    const forced = await widgets().patch(target, 'apply', applied, { fieldManager: 'x', force: true });
    expect(forced.spec).toEqual({ size: 7, color: 'blue' });
  });
});

describe('finalizers', () => {
  it('need a domain on built-in kinds only', async () => {
    await definitions().create({ ...definition(), metadata: { name: 'widgets.example.com', finalizers: ['plain'] } });
    const held = object('a', {}, { metadata: { name: 'a', namespace: 'default', finalizers: ['plain'] } });
    expect((await widgets().create(held)).metadata.finalizers).toEqual(['plain']);
    const config = { ...held, apiVersion: 'v1', kind: 'ConfigMap' } as unknown as ConfigMap;
    await expect(client().resource(configMapKind).create(config)).rejects.toThrow(
      'name is neither a standard finalizer',
    );
  });
});
