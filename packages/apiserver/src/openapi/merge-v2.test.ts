import type { JsonObject } from '@kubets/core';
import { expect, it } from 'vitest';
import { mergeV2 } from './merge-v2.ts';

const ref = (name: string) => ({ $ref: `#/definitions/${name}` });
const get = (name: string) => ({ get: { responses: { 200: { schema: ref(name) } } } });
const GVK = 'x-kubernetes-group-version-kind';
const kind = (name: string) => ({ group: name, version: 'v1', kind: 'DeleteOptions' });

const own: JsonObject = {
  swagger: '2.0',
  info: { title: 'Kubernetes', version: '1' },
  paths: { '/apis/apps/v1/': get('Meta'), '/apis/flowers/v1/both': get('Meta') },
  definitions: { Meta: { type: 'object', [GVK]: [kind('')] }, Other: { type: 'string' }, Other_v2: { type: 'number' } },
};
const remote: JsonObject = {
  swagger: '2.0',
  info: { title: 'Flowers', version: '2' },
  paths: {
    '/apis/flowers/v1/roses': get('Rose'),
    '/apis/flowers/v1/both': get('Rose'),
    '/apis/trees/v1/oaks': get('Oak'),
    '/version': get('Version'),
  },
  definitions: {
    Rose: { properties: { meta: ref('Meta'), other: ref('Other') } },
    Meta: { type: 'object', [GVK]: [kind('flowers')] },
    Other: { type: 'boolean', items: ref('Other') },
    Oak: { type: 'object' },
    Version: { type: 'object' },
  },
};

it('takes what concerns the group, and renames what is something else', () => {
  const merged = mergeV2(own, [{ group: 'flowers', document: remote }]);
  expect(merged.info).toEqual(own.info);
  expect(Object.keys(merged.paths as object).sort()).toEqual([
    '/apis/apps/v1/',
    '/apis/flowers/v1/both',
    '/apis/flowers/v1/roses',
  ]);
  expect((merged.paths as JsonObject)['/apis/flowers/v1/both']).toEqual(get('Meta'));
  expect(merged.definitions).toEqual({
    Meta: { type: 'object', [GVK]: [kind(''), kind('flowers')] },
    Other: { type: 'string' },
    Other_v2: { type: 'number' },
    Other_v3: { type: 'boolean', items: ref('Other_v3') },
    Rose: { properties: { meta: ref('Meta'), other: ref('Other_v3') } },
  });
});

it('uses a renamed definition again for another server that has the same', () => {
  const twice = mergeV2(own, [
    { group: 'flowers', document: remote },
    { group: 'flowers', document: remote },
  ]);
  expect(twice).toEqual(mergeV2(own, [{ group: 'flowers', document: remote }]));
  expect(own.definitions).not.toHaveProperty('Rose');
});
