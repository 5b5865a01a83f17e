import {
  applyPatch,
  differenceOfFields,
  fieldSetOfPaths,
  type JsonObject,
  type KubeObject,
  leavesOf,
  type ManagedFieldsEntry,
  pathsOf,
  pathText,
  StatusError,
  trackUpdate,
} from '@kubets/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigMap, Deployment, Pod, Service } from '../src/index.ts';

const T0 = '2026-01-01T00:00:00Z';
const T1 = '2026-01-01T00:00:01Z';
const T2 = '2026-01-01T00:00:02Z';

type AnySchema = typeof Deployment | typeof Pod | typeof ConfigMap | typeof Service;

/** One kind's objects, written by several managers in turn. */
class Story {
  live: KubeObject | undefined;
  readonly schema: AnySchema;
  readonly apiVersion: string;

  constructor(schema: AnySchema, apiVersion = 'v1') {
    this.schema = schema;
    this.apiVersion = apiVersion;
  }

  update(manager: string, object: object, { nowIso = T0, subresource = '' } = {}): KubeObject {
    const { schema, apiVersion, live } = this;
    const updated = object as KubeObject;
    this.live = trackUpdate({ live, updated, schema, manager, apiVersion, subresource, nowIso });
    return this.live;
  }

  apply(
    manager: string,
    applied: object,
    { nowIso = T1, subresource = '', force = false, reset = [] as string[][] } = {},
  ) {
    const { schema, apiVersion, live } = this;
    const resetFields = fieldSetOfPaths(...reset);
    const object = applied as JsonObject;
    const options = { live, applied: object, schema, manager, force, apiVersion, subresource, nowIso, resetFields };
    this.live = applyPatch(options);
    return this.live;
  }

  entry(manager: string): ManagedFieldsEntry | undefined {
    return this.live?.metadata.managedFields?.find((entry) => entry.manager === manager);
  }

  paths(manager: string): string[] {
    return pathsOf(this.entry(manager)?.fieldsV1 ?? {}).map(pathText);
  }
}

function failure(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('expected a StatusError');
}

const configMap = (data: Record<string, string>, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default', ...(labels ? { labels } : {}) },
  data,
});

const deployment = (spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec,
});

const template = (...containers: object[]) => ({ template: { spec: { containers } } });

describe('trackUpdate', () => {
  it('gives a new object to its creator', () => {
    const story = new Story(Deployment, 'apps/v1');
    story.update('kubectl-create', {
      ...deployment({
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
        ...template({ name: 'web', image: 'x', resources: {}, ports: [{ containerPort: 80, protocol: 'TCP' }] }),
      }),
      status: {},
    });
    expect(story.live?.metadata.managedFields).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: T0,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"web"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': {
                      '.': {},
                      'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                    },
                    'f:resources': {},
                  },
                },
              },
            },
          },
        },
      },
    ]);
  });

  it('moves what changed to its writer, and removes what is gone from all', () => {
    const story = new Story(ConfigMap);
    story.update('one', configMap({ a: '1', b: '1', c: '1' }));
    story.update('two', configMap({ a: '2', b: '1' }), { nowIso: T1 });
    expect(story.paths('one')).toEqual(['.data', '.data.b']);
    expect(story.paths('two')).toEqual(['.data.a']);
    expect(story.entry('one')?.time).toBe(T0);
    expect(story.entry('two')?.time).toBe(T1);
  });

  it('makes no entry for a writer who only removes', () => {
    const story = new Story(ConfigMap);
    story.update('one', configMap({ a: '1', b: '1' }));
    story.update('two', configMap({ a: '1' }), { nowIso: T1 });
    expect(story.entry('two')).toBeUndefined();
    expect(story.paths('one')).toEqual(['.data', '.data.a']);
  });

  it('drops an entry that has nothing left', () => {
    const story = new Story(ConfigMap);
    story.update('one', configMap({ a: '1' }));
    story.update('two', configMap({ a: '1', b: '1' }));
    story.update('one', configMap({ a: '1', b: '2' }));
    expect(story.entry('two')).toBeUndefined();
  });

  it('keeps a write without effect from changing managedFields, whatever the client sends back', () => {
    const story = new Story(ConfigMap);
    const live = story.update('one', configMap({ a: '1' }));
    const echoed = structuredClone(live);
    const result = story.update(
      'two',
      { ...echoed, metadata: { ...echoed.metadata, resourceVersion: '7' } },
      { nowIso: T2 },
    );
    expect(result.metadata.managedFields).toBe(live.metadata.managedFields);
  });

  it('keeps entries apart by subresource, and does not take managedFields through one', () => {
    const story = new Story(Pod);
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { nodeName: 'n' } };
    story.update('kubelet', pod);
    const status = { ...pod, metadata: { name: 'p', managedFields: [{}] }, status: { phase: 'Running' } };
    story.update('kubelet', status, { subresource: 'status', nowIso: T1 });
    const fields = story.live?.metadata.managedFields?.map(({ manager, subresource, time }) => [
      manager,
      subresource,
      time,
    ]);
    expect(fields).toEqual([
      ['kubelet', undefined, T0],
      ['kubelet', 'status', T1],
    ]);
  });

  it.each([[[]], [[{}]]])(
    'forgets all owners when managedFields is %j, and does not track from then on',
    (managedFields) => {
      const story = new Story(ConfigMap);
      story.update('one', configMap({ a: '1' }));
      const reset = configMap({ a: '2' });
      story.update('two', { ...reset, metadata: { ...reset.metadata, managedFields } });
      expect(story.live?.metadata).not.toHaveProperty('managedFields');
      story.update('three', configMap({ a: '3' }));
      expect(story.live?.metadata).not.toHaveProperty('managedFields');
    },
  );

  const bad: [string, ManagedFieldsEntry][] = [
    ['operation', { manager: 'x', operation: 'Delete', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }],
    ['apiVersion', { manager: 'x', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: {} }],
    ['fieldsType', { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsV1: {} }],
    ['element', { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { x: {} } }],
    ['key', { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'k:1': {} } }],
    ['set', { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': 1 } }],
  ];
  it.each(bad)('ignores managedFields with a bad %s', (_, entry) => {
    const story = new Story(ConfigMap);
    story.update('one', configMap({ a: '1' }));
    const sent = configMap({ a: '1' });
    story.update('two', { ...sent, metadata: { ...sent.metadata, managedFields: [entry] } });
    expect(story.paths('one')).toEqual(['.data', '.data.a']);
  });

  it('lets a client edit managedFields', () => {
    const story = new Story(ConfigMap);
    story.update('one', configMap({ a: '1' }));
    const sent = configMap({ a: '1' });
    const entry = {
      manager: 'two',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:a': {} } },
    };
    story.update('three', { ...sent, metadata: { ...sent.metadata, managedFields: [entry] } });
    expect(story.live?.metadata.managedFields).toEqual([entry]);
  });

  it('merges the oldest of more than ten updaters', () => {
    const story = new Story(ConfigMap);
    const data: Record<string, string> = {};
    for (let index = 0; index < 13; index++) {
      data[`k${index}`] = '1';
      story.update(`m${index}`, configMap({ ...data }), { nowIso: `2026-01-01T00:00:${10 + index}Z` });
    }
    const managers = story.live?.metadata.managedFields?.map(({ manager }) => manager);
    expect(managers).toEqual(['ancient-changes', ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((index) => `m${index}`)]);
    expect(story.paths('ancient-changes')).toEqual(['.data', '.data.k0', '.data.k1', '.data.k2', '.data.k3']);
    expect(story.entry('ancient-changes')?.time).toBe('2026-01-01T00:00:13Z');
  });

  it('takes strange keys for keys', () => {
    const story = new Story(ConfigMap);
    story.update('one', { ...configMap({}), data: JSON.parse('{"__proto__":"1","constructor":"2","toString":"3"}') });
    expect(story.paths('one')).toEqual(['.data', '.data.__proto__', '.data.constructor', '.data.toString']);
  });

  it('sees fields in the version that an entry was made in', () => {
    const story = new Story(ConfigMap);
    story.update('old', configMap({ a: '1' }));
    const live = story.live!;
    const versions = (apiVersion: string) =>
      apiVersion === 'v1' ? { schema: ConfigMap, convert: (object: KubeObject) => object } : undefined;
    const base = { schema: ConfigMap, manager: 'new', subresource: '', nowIso: T1, apiVersion: 'v2', versions };
    const changed = trackUpdate({ ...base, live, updated: configMap({ a: '2' }) as unknown as KubeObject });
    expect(changed.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['old', 'new']);
    const gone = trackUpdate({
      ...base,
      live,
      updated: configMap({ a: '2' }) as unknown as KubeObject,
      versions: () => undefined,
    });
    expect(gone.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['new']);
  });
});

describe('applyPatch', () => {
  it('creates', () => {
    const story = new Story(ConfigMap);
    story.apply('me', configMap({ a: '1' }));
    expect(story.live).toMatchObject(configMap({ a: '1' }));
    expect(story.live?.metadata.managedFields).toEqual([
      {
        manager: 'me',
        operation: 'Apply',
        apiVersion: 'v1',
        time: T1,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ]);
  });

  it('reports one conflict as Kubernetes does', () => {
    const story = new Story(Deployment, 'apps/v1');
    story.update('kubectl-client-side-apply', deployment({ replicas: 1 }));
    const error = failure(() => story.apply('me', deployment({ replicas: 2 })));
    expect(error.toStatus()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
      code: 409,
    });
  });

  it('reports several conflicts by manager', () => {
    const story = new Story(Deployment, 'apps/v1');
    const spec = { replicas: 1, ...template({ name: 'web', image: 'x' }) };
    story.apply('other', deployment(spec));
    story.update('scaler', deployment({ ...spec, paused: true }), { subresource: 'scale' });
    const error = failure(() =>
      story.apply('me', deployment({ replicas: 2, paused: false, ...template({ name: 'web', image: 'y' }) })),
    );
    expect(error.message).toBe(
      [
        'Apply failed with 3 conflicts: conflicts with "other":',
        '- .spec.replicas',
        '- .spec.template.spec.containers[name="web"].image',
        'conflicts with "scaler" with subresource "scale" using apps/v1:',
        '- .spec.paused',
      ].join('\n'),
    );
  });

  it('shares fields of the same value and takes fields by force', () => {
    const story = new Story(ConfigMap);
    story.apply('one', configMap({ a: '1', b: '1' }));
    story.apply('two', configMap({ a: '1' }));
    expect([story.paths('one'), story.paths('two')]).toEqual([['.data.a', '.data.b'], ['.data.a']]);
    story.apply('two', configMap({ a: '2' }), { force: true });
    expect([story.paths('one'), story.paths('two')]).toEqual([['.data.b'], ['.data.a']]);
    expect(story.live).toMatchObject({ data: { a: '2', b: '1' } });
  });

  it('removes what it applied before and nobody else owns', () => {
    const story = new Story(ConfigMap);
    story.apply('one', configMap({ a: '1', b: '1', c: '1' }));
    story.apply('two', configMap({ b: '1' }));
    story.update('three', { ...story.live!, data: { a: '1', b: '1', c: '1', d: '1' } });
    story.apply('one', configMap({ a: '1' }));
    expect(story.live).toMatchObject(configMap({ a: '1', b: '1', d: '1' }));
    expect((story.live as unknown as { data: object }).data).not.toHaveProperty('c');
  });

  it('removes an item of a list, but not one that others have a share in', () => {
    const story = new Story(Deployment, 'apps/v1');
    story.apply(
      'one',
      deployment(template({ name: 'a', image: 'a' }, { name: 'b', image: 'b' }, { name: 'c', image: 'c' })),
    );
    story.apply('two', deployment(template({ name: 'b', tty: true })));
    story.apply('one', deployment(template({ name: 'a', image: 'a' })));
    expect(story.live).toMatchObject(deployment(template({ name: 'a', image: 'a' }, { name: 'b', tty: true })));
    const { spec } = story.live as unknown as { spec: { template: { spec: { containers: object[] } } } };
    expect(spec.template.spec.containers).toEqual([
      { name: 'a', image: 'a' },
      { name: 'b', tty: true },
    ]);
  });

  const orders: [live: string, applied: string, merged: string][] = [
    ['abc', 'cb', 'acb'],
    ['abc', 'xb', 'axbc'],
    ['ab', 'ba', 'ba'],
    ['ab', 'xy', 'abxy'],
    ['axb', 'ba', 'xba'],
    ['', 'ab', 'ab'],
  ];
  it.each(orders)('a list %j with %j applied becomes %j', (live, applied, merged) => {
    const story = new Story(Deployment, 'apps/v1');
    const listOf = (names: string) => deployment(template(...[...names].map((name) => ({ name }))));
    story.update('one', listOf(live));
    story.apply('two', listOf(applied));
    expect(story.live).toMatchObject(listOf(merged));
  });

  it('merges finalizers as a set and service ports by number and default protocol', () => {
    const story = new Story(Service);
    const service = (spec: object, finalizers: string[]) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', finalizers },
      spec,
    });
    story.update(
      'one',
      service(
        {
          ports: [
            { port: 80, protocol: 'TCP' },
            { port: 80, protocol: 'UDP' },
          ],
        },
        ['x', 'y'],
      ),
    );
    story.apply('two', service({ ports: [{ port: 80, name: 'web' }] }, ['z']));
    expect(story.live?.metadata.finalizers).toEqual(['x', 'y', 'z']);
    expect(story.live).toMatchObject({
      spec: {
        ports: [
          { port: 80, protocol: 'TCP', name: 'web' },
          { port: 80, protocol: 'UDP' },
        ],
      },
    });
    expect(story.paths('two')).toContain('.spec.ports[port=80,protocol="TCP"].name');
    expect(story.paths('two')).toContain('.metadata.finalizers[="z"]');
  });

  it('gives the live object itself back when nothing changes', () => {
    const story = new Story(Deployment, 'apps/v1');
    const applied = deployment({ replicas: 1, ...template({ name: 'web', image: 'x' }) });
    const live = story.apply('me', applied);
    expect(story.apply('me', structuredClone(applied), { nowIso: T2 })).toBe(live);
  });

  it('keeps a resourceVersion that the client relies on', () => {
    const story = new Story(ConfigMap);
    story.apply('me', configMap({ a: '1' }));
    story.live = { ...story.live!, metadata: { ...story.live!.metadata, resourceVersion: '2' } };
    const applied = configMap({ a: '1' });
    const result = story.apply('me', { ...applied, metadata: { ...applied.metadata, resourceVersion: '1' } });
    expect(result.metadata.resourceVersion).toBe('1');
  });

  it('leaves an untracked object to before-first-apply', () => {
    const story = new Story(ConfigMap);
    story.live = configMap({ a: '1' }) as unknown as KubeObject;
    expect(failure(() => story.apply('me', configMap({ a: '2' }))).message).toContain(
      '"before-first-apply" using v1: .data.a',
    );
    story.apply('me', configMap({ b: '1' }));
    expect(story.paths('before-first-apply')).toEqual(['.data', '.data.a']);
  });

  it('leaves reset fields alone', () => {
    const story = new Story(Deployment, 'apps/v1');
    story.apply('me', { ...deployment({ replicas: 1 }), status: { replicas: 4 } }, { reset: [['status']] });
    expect(story.paths('me')).toEqual(['.spec.replicas']);
  });

  const wrong: { applied: object; message: string }[] = [
    {
      applied: deployment({ ...template({ name: 'a' }, { name: 'a' }) }),
      message: '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    },
    {
      applied: deployment({ replicas: '3' }),
      message: '.spec.replicas: expected numeric (int or float), got string',
    },
    { applied: deployment({ foo: 1 }), message: '.spec.foo: field not declared in schema' },
    { applied: deployment({ template: 1 }), message: '.spec.template: expected map, got &{1}' },
  ];
  it.each(wrong)('refuses $message', ({ applied, message }) => {
    const error = failure(() => new Story(Deployment, 'apps/v1').apply('me', applied));
    const prefix = 'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ';
    expect(error).toMatchObject({ code: 400, reason: 'BadRequest', message: prefix + message });
  });

  it('refuses managedFields and another version', () => {
    const story = new Story(ConfigMap);
    const applied = configMap({});
    const owned = { ...applied, metadata: { ...applied.metadata, managedFields: [] } };
    expect(failure(() => story.apply('me', owned)).message).toBe('metadata.managedFields must be nil');
    const message = 'Incorrect version specified in apply patch. Specified patch version: v2, expected: v1';
    expect(failure(() => story.apply('me', { ...applied, apiVersion: 'v2' })).message).toBe(message);
  });
});

describe('apply after client-side apply', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const clientApplied = (data: Record<string, string>) => {
    const object = configMap(data);
    const annotations = { [annotation]: JSON.stringify(object) };
    return { ...object, metadata: { ...object.metadata, annotations } };
  };

  it('takes over, for the manager kubectl, what client-side apply put there', () => {
    const story = new Story(ConfigMap);
    story.update('kubectl-client-side-apply', clientApplied({ a: '1', b: '1' }));
    expect(failure(() => story.apply('me', configMap({ a: '2' }))).code).toBe(409);
    story.apply('kubectl', configMap({ a: '2', b: '1' }));
    expect(story.paths('kubectl')).toEqual(['.data.a', '.data.b']);
    expect(story.live?.metadata.annotations?.[annotation]).toBe(
      '{"apiVersion":"v1","data":{"a":"2","b":"1"},"kind":"ConfigMap","metadata":{"name":"a","namespace":"default"}}\n',
    );
  });

  it('still reports what somebody changed since', () => {
    const story = new Story(ConfigMap);
    const live = story.update('kubectl-client-side-apply', clientApplied({ a: '1', b: '1' }));
    story.update('editor', { ...live, data: { a: '9', b: '1' } });
    const error = failure(() => story.apply('kubectl', configMap({ a: '2', b: '2' })));
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "editor" using v1: .data.a');
  });
});

/** Objects with maps, lists with keys, sets and atomic lists. */
const specs = fc.record(
  {
    replicas: fc.nat(3),
    paused: fc.boolean(),
    template: fc.record(
      {
        metadata: fc.record(
          { labels: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom('1', '2')) },
          { requiredKeys: [] },
        ),
        spec: fc.record(
          {
            containers: fc.uniqueArray(
              fc.record(
                {
                  name: fc.constantFrom('a', 'b', 'c'),
                  image: fc.constantFrom('x', 'y'),
                  args: fc.array(fc.constantFrom('1', '2'), { maxLength: 2 }),
                  env: fc.uniqueArray(
                    fc.record({ name: fc.constantFrom('A', 'B'), value: fc.constantFrom('1', '2') }),
                    {
                      selector: ({ name }) => name,
                    },
                  ),
                },
                { requiredKeys: ['name'] },
              ),
              { selector: ({ name }) => name, maxLength: 3 },
            ),
            nodeSelector: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2')),
            securityContext: fc.record({ runAsUser: fc.nat(2) }, { requiredKeys: [] }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const managers = fc.constantFrom('one', 'two', 'three');
const writes = fc.array(
  fc.record({ manager: managers, spec: specs, kind: fc.constantFrom<'apply' | 'update'>('apply', 'update') }),
  { maxLength: 5 },
);

function played(history: readonly { manager: string; spec: object; kind: 'apply' | 'update' }[]): Story {
  const story = new Story(Deployment, 'apps/v1');
  for (const { manager, spec, kind } of history) {
    if (kind === 'apply') story.apply(manager, deployment(spec), { force: true });
    else
      story.update(manager, {
        ...deployment(spec),
        metadata: { ...story.live?.metadata, ...deployment(spec).metadata },
      });
  }
  return story;
}

describe('laws of ownership', () => {
  it('apply is idempotent', () => {
    fc.assert(
      fc.property(writes, specs, (history, spec) => {
        const story = played(history);
        const once = story.apply('me', deployment(spec), { force: true });
        expect(story.apply('me', deployment(spec), { nowIso: T2 })).toBe(once);
      }),
    );
  });

  it('applying the live state changes no value', () => {
    fc.assert(
      fc.property(writes, (history) => {
        const story = played([{ manager: 'zero', spec: {}, kind: 'update' }, ...history]);
        const { metadata: _, ...before } = structuredClone(story.live!) as unknown as JsonObject;
        const applied = deployment(before.spec as object);
        const { metadata: __, ...after } = story.apply('me', applied) as unknown as JsonObject;
        expect(after).toEqual(before);
      }),
    );
  });

  it('every field that a write changes is its writer’s and nobody else’s', () => {
    fc.assert(
      fc.property(writes, specs, (history, spec) => {
        const story = played(history);
        const live = story.live;
        const changed = new Story(Deployment, 'apps/v1');
        changed.live = live && { ...live, metadata: { ...live.metadata, managedFields: [PROBE] } };
        const metadata = { ...live?.metadata, ...deployment(spec).metadata, managedFields: undefined };
        changed.update('me', { ...deployment(spec), metadata });
        const mine = leavesOf(changed.entry('me')?.fieldsV1 ?? {});
        story.update('me', { ...deployment(spec), metadata });
        if (!live?.metadata.managedFields) return;
        expect(differenceOfFields(mine, story.entry('me')?.fieldsV1 ?? {})).toEqual({});
        for (const other of ['one', 'two', 'three']) {
          const theirs = new Set(story.paths(other));
          expect(
            pathsOf(mine)
              .map(pathText)
              .filter((path) => theirs.has(path)),
          ).toEqual([]);
        }
      }),
    );
  });

  it('without force, apply never changes a field that another manager owns', () => {
    fc.assert(
      fc.property(writes, specs, (history, spec) => {
        const story = played(history);
        const owned = ['one', 'two', 'three'].map((manager) => [manager, story.paths(manager)] as const);
        const before = story.live;
        try {
          story.apply('me', deployment(spec));
        } catch (error) {
          expect(error).toMatchObject({ code: 409 });
          expect(story.live).toBe(before);
          return;
        }
        for (const [manager, paths] of owned) expect(story.paths(manager)).toEqual(paths);
      }),
    );
  });

  it('what a manager stops applying goes, and what others own stays', () => {
    fc.assert(
      fc.property(specs, specs, (first, second) => {
        const story = new Story(Deployment, 'apps/v1');
        story.apply('one', deployment(first));
        const alone = structuredClone((story.live as unknown as JsonObject).spec ?? {});
        story.apply('two', deployment(second), { force: true });
        story.apply('two', deployment({}));
        story.apply('one', deployment(first), { force: true });
        expect(withoutEmpty((story.live as unknown as JsonObject).spec ?? {})).toEqual(withoutEmpty(alone));
      }),
    );
  });

  it('never changes its input', () => {
    fc.assert(
      fc.property(writes, specs, (history, spec) => {
        const story = played(history);
        const [live, copy] = [story.live, structuredClone(story.live)];
        story.apply('me', deployment(spec), { force: true });
        expect(live).toEqual(copy);
      }),
    );
  });
});

/** An entry that keeps an object tracked and owns nothing that a test changes. */
const PROBE: ManagedFieldsEntry = {
  manager: 'probe',
  operation: 'Update',
  apiVersion: 'apps/v1',
  time: T0,
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:probe': {} },
};

/** Maps and lists with parts come back without their empty shells. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, withoutEmpty(child)] as const);
  return Object.fromEntries(entries.filter(([, child]) => !isHollow(child)));
}

function isHollow(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
