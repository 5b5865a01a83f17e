import { applyStrategicMergePatch, type JsonObject, type JsonValue, StatusError } from '@kubets/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigMap, Deployment, Node, Pod, Service } from '../src/index.ts';

function podWith(spec: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
}

function patchedSpec(spec: JsonObject, patch: JsonObject): JsonValue | undefined {
  const document = podWith(spec);
  const before = structuredClone(document);
  const result = applyStrategicMergePatch(document, { spec: patch }, Pod);
  expect(document).toEqual(before);
  return result.spec;
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

const containers = (...names: string[]) => names.map((name) => ({ name, image: `${name}:1` }));
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('strategic merge patch of a Pod', () => {
  const cases: { title: string; spec: JsonObject; patch: JsonObject; result: JsonObject }[] = [
    {
      title: 'merges list items by their key',
      spec: { containers: containers('a', 'b') },
      patch: { containers: [{ name: 'b', image: 'b:2' }] },
      result: {
        containers: [
          { name: 'a', image: 'a:1' },
          { name: 'b', image: 'b:2' },
        ],
      },
    },
    {
      title: 'puts new items first when no order is asked for',
      spec: { containers: containers('a', 'b') },
      patch: { containers: containers('c') },
      result: { containers: containers('c', 'a', 'b') },
    },
    {
      title: 'puts items in the order asked for',
      spec: { containers: containers('a', 'b') },
      patch: {
        '$setElementOrder/containers': named('b', 'c', 'a'),
        containers: containers('c'),
      },
      result: { containers: containers('b', 'c', 'a') },
    },
    {
      title: 'keeps items of the server between ordered ones',
      spec: { containers: containers('a', 'server', 'b') },
      patch: { '$setElementOrder/containers': named('a', 'b') },
      result: { containers: containers('a', 'server', 'b') },
    },
    {
      title: 'deletes an item',
      spec: { containers: containers('a', 'b') },
      patch: { containers: [{ name: 'a', $patch: 'delete' }] },
      result: { containers: containers('b') },
    },
    {
      title: 'replaces a list',
      spec: { containers: containers('a', 'b') },
      patch: { containers: [{ $patch: 'replace' }, ...containers('c')] },
      result: { containers: containers('c') },
    },
    {
      title: 'replaces a list without a merge key',
      spec: { tolerations: [{ key: 'a' }, { key: 'b' }] },
      patch: { tolerations: [{ key: 'c' }] },
      result: { tolerations: [{ key: 'c' }] },
    },
    {
      title: 'deletes by null, also inside an item',
      spec: { nodeName: 'n', containers: [{ name: 'a', image: 'a:1', command: ['x'] }] },
      patch: { nodeName: null, containers: [{ name: 'a', command: null }] },
      result: { containers: [{ name: 'a', image: 'a:1' }] },
    },
    {
      title: 'replaces a map',
      spec: { securityContext: { runAsUser: 1, fsGroup: 2 } },
      patch: { securityContext: { $patch: 'replace', runAsUser: 3 } },
      result: { securityContext: { runAsUser: 3 } },
    },
    {
      title: 'empties a map',
      spec: { securityContext: { runAsUser: 1 } },
      patch: { securityContext: { $patch: 'delete' } },
      result: { securityContext: {} },
    },
    {
      title: 'retains keys',
      spec: { volumes: [{ name: 'v', emptyDir: {} }] },
      patch: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
      result: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] },
    },
    {
      title: 'drops directives and nulls from what is new',
      spec: {},
      patch: {
        securityContext: { runAsUser: 1, fsGroup: null },
        '$setElementOrder/containers': named('a'),
        containers: [
          { name: 'a', '$setElementOrder/ports': [], image: 'a', command: null },
          { name: 'b', $patch: 'delete' },
        ],
      },
      result: { securityContext: { runAsUser: 1 }, containers: [{ name: 'a', image: 'a' }] },
    },
    {
      title: 'merges unknown fields like a merge patch',
      spec: { unknown: { a: 1, list: [1] } },
      patch: { unknown: { b: 2, list: [2] } },
      result: { unknown: { a: 1, list: [2], b: 2 } },
    },
  ];
  it.each(cases)('$title', ({ spec, patch, result }) => {
    expect(patchedSpec(spec, patch)).toEqual(result);
  });

  const malformed: { patch: JsonObject; message: string }[] = [
    {
      patch: { containers: [{ image: 'b' }] },
      message: 'map: map[image:b] does not contain declared merge key: name',
    },
    {
      patch: { containers: [{ $patch: 'delete' }] },
      message: 'map: map[$patch:delete] does not contain declared merge key: name',
    },
    {
      patch: { containers: [{ name: 'a', $patch: 'merge' }] },
      message: 'merging lists cannot yet be specified in the patch',
    },
    {
      patch: { containers: [{ name: 'a', $patch: 'x' }] },
      message: 'unknown patch type: x in map: map[$patch:x name:a]',
    },
    { patch: { securityContext: { $patch: 'merge' } }, message: 'unknown patch type: merge in map: map[$patch:merge]' },
    { patch: { $retainKeys: 'a' }, message: 'invalid patch format of retainKeys' },
    { patch: { $retainKeys: ['a'], nodeName: 'x' }, message: 'invalid patch format of retainKeys' },
    { patch: { $setElementOrder: [] }, message: 'invalid patch format of setElementOrder list' },
    { patch: { $deleteFromPrimitiveList: [] }, message: 'invalid patch format of primitive list' },
    {
      patch: { '$setElementOrder/containers': [{ name: 'x' }], containers: [{ name: 'a' }] },
      message: "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:x]]\n",
    },
    { patch: { containers: [1] }, message: 'list element types are not identical: [[map[image:a:1 name:a]] [1]]' },
  ];
  it.each(malformed)('refuses $patch', ({ patch, message }) => {
    const spec = { containers: containers('a'), securityContext: { runAsUser: 1 } };
    expect(failure(() => patchedSpec(spec, patch))).toMatchObject({ code: 400, message });
  });

  it('refuses lists of lists', () => {
    expect(failure(() => patchedSpec({ containers: [] }, { containers: [[]] })).code).toBe(422);
  });
});

describe('strategic merge patch of lists of scalars', () => {
  const node = (finalizers: string[]): JsonObject => ({ metadata: { name: 'n', finalizers } });
  const finalizersAfter = (before: string[], metadata: JsonObject) =>
    (applyStrategicMergePatch(node(before), { metadata }, Node).metadata as JsonObject).finalizers;

  it('adds, deletes and orders', () => {
    expect(finalizersAfter(['a', 'b'], { finalizers: ['c'] })).toEqual(['c', 'a', 'b']);
    expect(finalizersAfter(['a', 'b'], { finalizers: ['b'] })).toEqual(['a', 'b']);
    expect(finalizersAfter(['a', 'b', 'c'], { '$deleteFromPrimitiveList/finalizers': ['b'] })).toEqual(['a', 'c']);
    const order = { '$setElementOrder/finalizers': ['c', 'a'], finalizers: ['c'] };
    expect(finalizersAfter(['a', 'b'], { ...order, '$deleteFromPrimitiveList/finalizers': ['b'] })).toEqual(['c', 'a']);
  });
});

it('changes the strategy of a Deployment as kubectl asks for it', () => {
  const document = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
  expect(applyStrategicMergePatch(document, patch, Deployment)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
});

it('merges the ports of a Service by their number', () => {
  const document: JsonObject = { spec: { ports: [{ port: 80, name: 'http' }, { port: 443 }] } };
  const patch = { spec: { ports: [{ port: 443, name: 'https' }] } };
  const result = {
    spec: {
      ports: [
        { port: 80, name: 'http' },
        { port: 443, name: 'https' },
      ],
    },
  };
  expect(applyStrategicMergePatch(document, patch, Service)).toEqual(result);
});

const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.constantFrom('1', '2')));
const items = fc.uniqueArray(
  fc.record(
    { name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('x', 'y') },
    { requiredKeys: ['name'] },
  ),
  { selector: ({ name }) => name },
);
const patches = fc.record(
  { metadata: fc.record({ labels }), spec: fc.record({ containers: items, nodeName: fc.constantFrom(null, 'n') }) },
  { requiredKeys: [] },
);

describe('laws', () => {
  const document = { metadata: { name: 'p', labels: { a: '0' } }, spec: { containers: containers('a', 'b') } };

  it('a patch applied again changes nothing', () => {
    fc.assert(
      fc.property(patches, (patch) => {
        const once = applyStrategicMergePatch(document, patch as JsonObject, Pod);
        expect(applyStrategicMergePatch(once, patch as JsonObject, Pod)).toEqual(once);
      }),
    );
  });

  it('every value of the patch is in the result, and what it does not name is as before', () => {
    fc.assert(
      fc.property(patches, (patch) => {
        const result = applyStrategicMergePatch(document, patch as JsonObject, Pod) as typeof document;
        for (const item of patch.spec?.containers ?? []) {
          expect(result.spec.containers.find(({ name }) => name === item.name)).toMatchObject(item);
        }
        const touched = new Set(patch.spec?.containers?.map(({ name }) => name));
        for (const item of document.spec.containers) {
          if (!touched.has(item.name as 'a')) expect(result.spec.containers).toContainEqual(item);
        }
      }),
    );
  });

  it('an empty patch gives the same object', () => {
    expect(applyStrategicMergePatch(document, {}, ConfigMap)).toEqual(document);
  });
});
