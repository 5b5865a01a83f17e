import {
  type ConfigMap,
  configMapKind,
  type Event,
  eventKind,
  eventsEventKind,
  horizontalPodAutoscalerKind,
  horizontalPodAutoscalerV1Kind,
  podKind,
} from '@kubets/api';
import { createClient, type RequestOptions, type Transport } from '@kubets/client';
import { type KubeObject, seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from './server.ts';

let server: ApiServer;
let transport: Transport;
let clock: VirtualClock;

beforeEach(async () => {
  clock = new VirtualClock();
  server = await createApiServer({ store: memoryStore({ clock }), clock, random: seededRandom(1) });
  transport = server.localTransport();
});
afterEach(() => server.close());

const configMaps = () => createClient(transport).resource(configMapKind);
const object = (name: string, more: object = {}) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, ...more }) as unknown as ConfigMap;

function request(verb: 'create' | 'update' | 'list', body: unknown, more: object = {}) {
  const resource = { group: '', version: 'v1', resource: 'configmaps' };
  return transport.request({
    verb,
    resource,
    namespace: 'default',
    name: '',
    subresource: '',
    options: {},
    body,
    ...more,
  });
}

describe('bodies', () => {
  it.each([
    ['no object', [], 400, 'the body of the request was empty or not an object'],
    ['another kind', { kind: 'Pod', apiVersion: 'v1' }, 400, 'Pod in version "v1" cannot be handled as a ConfigMap'],
    [
      'another version',
      { apiVersion: 'v2' },
      400,
      'the API version in the data (v2) does not match the expected API version (v1)',
    ],
    [
      'another namespace',
      object('a', { metadata: { name: 'a', namespace: 'x' } }),
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['no name', { metadata: {} }, 422, 'metadata.name: Required value: name or generateName is required'],
    [
      'a resource version',
      { metadata: { name: 'a', resourceVersion: '5' } },
      400,
      'resourceVersion should not be set on objects to be created',
    ],
    [
      'a wrong type',
      { metadata: { name: 'a' }, data: { a: 1 } },
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: ',
    ],
  ])('are refused with %s', async (_, body, code, message) => {
    await expect(request('create', body)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('may have unknown fields, with a warning, unless validation is strict', async () => {
    const unknown = { ...object('a'), spec: { foo: 1 } };
    const warned = await request('create', unknown, { options: { fieldValidation: 'Warn' } });
    expect(warned.warnings).toEqual(['unknown field "spec"']);
    const ignored = await request(
      'create',
      { ...unknown, metadata: { name: 'b' } },
      { options: { fieldValidation: 'Ignore' } },
    );
    expect(ignored.warnings).toBeUndefined();
    const strict = request(
      'create',
      { ...unknown, metadata: { name: 'c' } },
      { options: { fieldValidation: 'Strict' } },
    );
    await expect(strict).rejects.toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec"',
    });
  });

  it('must agree with the name in the URL', async () => {
    const wrong = request('update', object('b'), { name: 'a' });
    await expect(wrong).rejects.toMatchObject({
      code: 400,
      message: 'the name of the object (b) does not match the name on the URL (a)',
    });
  });
});

describe('preconditions', () => {
  it('of an update: uid and resource version', async () => {
    const created = await configMaps().create(object('a'));
    const other = { ...created, metadata: { name: 'a', namespace: 'default', uid: 'x' } };
    await expect(configMaps().update(other)).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining('Precondition failed: UID in precondition: x'),
    });
    await configMaps().update({ ...created, data: { k: 'v' } });
    await expect(configMaps().update(created)).rejects.toMatchObject({
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('of a deletion', async () => {
    await configMaps().create(object('a'));
    const wrong = configMaps().delete('default', 'a', { preconditions: { uid: 'x' } });
    await expect(wrong).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('let patches change neither the UID nor the type of a field', async () => {
    await configMaps().create(object('a'));
    const change = (patch: object) => configMaps().patch({ namespace: 'default', name: 'a' }, 'merge', patch as never);
    await expect(change({ metadata: { uid: 'x' } })).rejects.toMatchObject({
      code: 422,
      message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "x": field is immutable',
    });
    await expect(change({ data: 5 })).rejects.toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: expect.stringContaining('json: cannot unmarshal number into Go struct field ConfigMap.data'),
    });
  });

  it('let patches without a resource version win over concurrent writers', async () => {
    await configMaps().create(object('a'));
    const patches = Array.from({ length: 5 }, (_, i) =>
      configMaps().patch({ namespace: 'default', name: 'a' }, 'merge', { data: { [`k${i}`]: `${i}` } }),
    );
    await Promise.all(patches);
    expect(Object.keys((await configMaps().get('default', 'a')).data ?? {})).toHaveLength(5);
  });
});

describe('deletion', () => {
  it('answers with a Status, and leaves finalizers to the garbage collector', async () => {
    const created = await configMaps().create(object('a'));
    expect(await configMaps().delete('default', 'a')).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: created.metadata.uid },
    });
    await configMaps().create(object('b'));
    const lingering = await configMaps().delete('default', 'b', { propagationPolicy: 'Foreground' });
    expect(lingering).toMatchObject({
      metadata: { finalizers: ['foregroundDeletion'], deletionGracePeriodSeconds: 0 },
    });
    await configMaps().create(object('c'));
    expect(await configMaps().delete('default', 'c', { propagationPolicy: 'Orphan' })).toMatchObject({
      metadata: { finalizers: ['orphan'] },
    });
    await expect(configMaps().delete('default', 'c', { propagationPolicy: 'X' as never })).rejects.toMatchObject({
      code: 422,
    });
  });

  it('refuses new finalizers on its way', async () => {
    await configMaps().create(object('a', { metadata: { name: 'a', namespace: 'default', finalizers: ['x.io/a'] } }));
    await configMaps().delete('default', 'a');
    const added = configMaps().patch({ namespace: 'default', name: 'a' }, 'merge', {
      metadata: { finalizers: ['x.io/a', 'x.io/b'] },
    });
    await expect(added).rejects.toMatchObject({ code: 422 });
  });
});

describe('revisions of a list', () => {
  const list = (options: RequestOptions) => configMaps().list('default', options);
  const names = async (options: RequestOptions) => (await list(options)).items.map(({ metadata }) => metadata.name);

  it('follow the table of resourceVersion and resourceVersionMatch', async () => {
    const first = await configMaps().create(object('a'));
    const resourceVersion = first.metadata.resourceVersion!;
    await configMaps().create(object('b'));
    expect(await names({})).toEqual(['a', 'b']);
    expect(await names({ resourceVersion: '0' })).toEqual(['a', 'b']);
    expect(await names({ resourceVersion })).toEqual(['a', 'b']);
    expect(await names({ resourceVersion, resourceVersionMatch: 'NotOlderThan' })).toEqual(['a', 'b']);
    expect(await names({ resourceVersion, resourceVersionMatch: 'Exact' })).toEqual(['a']);
    expect(await names({ resourceVersion, limit: 5 })).toEqual(['a']);
    expect((await list({ resourceVersion, resourceVersionMatch: 'Exact' })).metadata.resourceVersion).toBe(
      resourceVersion,
    );
  });

  it.each([
    [{ resourceVersionMatch: 'Exact' }, 422, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
    [
      { resourceVersionMatch: 'Exact', resourceVersion: '0' },
      422,
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [{ resourceVersion: 'x' }, 400, 'invalid syntax'],
    [{ continue: 'x' }, 400, 'continue key is not valid'],
    [{ sendInitialEvents: true }, 422, 'sendInitialEvents is forbidden for list'],
    [{ labelSelector: 'a b c' }, 400, ''],
    [
      { fieldSelector: 'spec.x=1' },
      400,
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
  ])('refuse %j', async (options, code, message) => {
    await expect(list(options as RequestOptions)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('wait for one to come, but not for long', async () => {
    const pending = list({ resourceVersion: '1000' }).catch((error) => error);
    for (let i = 0; i < 100; i++) {
      await Promise.resolve();
      clock.advance(100);
      await new Promise<void>((resolve) => queueMicrotask(resolve));
    }
    expect(await pending).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
  });
});

describe('watches', () => {
  it('end after their time, and send bookmarks meanwhile', async () => {
    const abort = new AbortController();
    const options = { timeoutSeconds: 90, allowWatchBookmarks: true, resourceVersion: '1' };
    const events = configMaps().watch('default', options, abort.signal)[Symbol.asyncIterator]();
    const first = events.next();
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(60_000);
    expect((await first).value).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap' } });
    const second = events.next();
    clock.advance(60_000);
    expect((await second).done).toBe(true);
  });

  it('resume over a restart of the server', async () => {
    const store = memoryStore({ clock });
    const start = () => createApiServer({ store, clock, random: seededRandom(2) });
    const first = await start();
    const before = createClient(first.localTransport()).resource(configMapKind);
    const created = await before.create(object('a'));
    await before.patch({ namespace: 'default', name: 'a' }, 'merge', { metadata: { labels: { app: 'web' } } });
    await before.delete('default', 'a');
    await first.close();
    const second = await start();
    const after = createClient(second.localTransport()).resource(configMapKind);
    const options = { resourceVersion: created.metadata.resourceVersion!, labelSelector: 'app=web' };
    const types: string[] = [];
    for await (const event of after.watch('', options, new AbortController().signal)) {
      types.push(event.type);
      if (types.length === 2) break;
    }
    expect(types).toEqual(['ADDED', 'DELETED']);
    await second.close();
  });

  it('end when nobody reads them', async () => {
    let pending = 0;
    let ended = false;
    const user = { name: 'a', groups: ['system:masters'] };
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    const target = { resource, namespace: '', name: '', subresource: '', options: {}, user };
    server.watch(
      { ...target, verb: 'watch' },
      {
        onEvents: () => {
          pending += 9 << 20;
        },
        onEnd: () => {
          ended = true;
        },
        pendingBytes: () => pending,
      },
    );
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (const name of ['a', 'b', 'c']) await configMaps().create(object(name));
    expect(ended).toBe(true);
  });
});

describe('kinds in two versions', () => {
  it('share their objects', async () => {
    const client = createClient(transport);
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      reason: 'Started',
      message: 'up',
      source: { component: 'kubelet' },
      type: 'Normal',
    } as unknown as Event;
    const created = await client.resource(eventKind).create(event);
    const seen = await client.resource(eventsEventKind).get('default', 'e');
    expect(seen).toMatchObject({ apiVersion: 'events.k8s.io/v1', regarding: { name: 'p' }, note: 'up' });
    expect(seen.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    const listed = await client.resource(eventsEventKind).list('default', { fieldSelector: 'metadata.name=e' });
    expect(listed.items).toHaveLength(1);
    const scaler = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', namespace: 'default' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 50,
      },
    };
    await client.resource(horizontalPodAutoscalerV1Kind).create(scaler as never);
    const metrics = (await client.resource(horizontalPodAutoscalerKind).get('default', 'h')).spec?.metrics;
    expect(metrics).toMatchObject([
      { type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 50 } } },
    ]);
  });
});

it('forgets events after an hour', async () => {
  const events = createClient(transport).resource(eventKind);
  const regarding = { kind: 'Pod', namespace: 'default', name: 'p' };
  const metadata = { name: 'e', namespace: 'default' };
  await events.create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: regarding,
    source: { component: 'k' },
  } as never);
  clock.advance(3600_000);
  await events.get('default', 'e');
  clock.advance(60_000);
  await expect(events.get('default', 'e')).rejects.toMatchObject({ code: 404 });
});

it('finds the pods of a node by index', async () => {
  const pods = createClient(transport).resource(podKind);
  const spec = (nodeName: string) => ({ nodeName, containers: [{ name: 'main', image: 'x' }] });
  const pod = (name: string, nodeName: string) =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: spec(nodeName),
    }) as KubeObject as never;
  await pods.create(pod('a', 'n1'));
  await pods.create(pod('b', 'n2'));
  await pods.create(pod('c', 'n1'));
  const found = await pods.list('', { fieldSelector: 'spec.nodeName=n1' });
  expect(found.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
  await pods.delete('default', 'a', { gracePeriodSeconds: 0 });
  expect((await pods.list('', { fieldSelector: 'spec.nodeName=n1' })).items).toHaveLength(1);
});
