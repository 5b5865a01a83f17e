import { encodeBase64, type KubeObject } from '@kubets/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { HttpsCaller } from '../webhooks/https-caller.ts';

/** v1 has spec.host and spec.port; v2 has spec.hostPort. */
type Endpoint = KubeObject & { spec: { host?: string; port?: string; hostPort?: string } };

interface Review {
  readonly apiVersion: string;
  readonly request: { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: readonly Endpoint[] };
}

let harness: Harness;
let reviews: Review[];
let failure: string;

function converted(object: Endpoint, apiVersion: string): Endpoint {
  const { host, port, hostPort } = object.spec;
  if (apiVersion === object.apiVersion) return object;
  if (apiVersion === 'example.com/v2') return { ...object, apiVersion, spec: { hostPort: `${host}:${port}` } };
  const [before = '', after = ''] = (hostPort ?? '').split(':');
  return { ...object, apiVersion, spec: { host: before, port: after } };
}

/** Stands for the webhook, and for the network before it. */
const caller: HttpsCaller = {
  async call({ body }) {
    const review = JSON.parse(body ?? '{}') as Review;
    reviews.push(review);
    const { uid, desiredAPIVersion, objects } = review.request;
    const result = failure ? { status: 'Failed', message: failure } : { status: 'Success' };
    const convertedObjects = failure ? [] : objects.map((object) => converted(object, desiredAPIVersion));
    const answer = {
      apiVersion: review.apiVersion,
      kind: 'ConversionReview',
      response: { uid, result, convertedObjects },
    };
    return { code: 200, headers: {}, body: JSON.stringify(answer) };
  },
};

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const path = (version: string) => `/apis/example.com/${version}/namespaces/default/endpoints`;

function definition(storage: string) {
  const version = (name: string, properties: object) => ({
    name,
    served: true,
    storage: name === storage,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
  });
  const text = { type: 'string', maxLength: 20 };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'endpoints.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'endpoints', kind: 'Endpoint' },
      versions: [version('v1', { host: text, port: text }), version('v2', { hostPort: text })],
      conversion: {
        strategy: 'Webhook',
        webhook: {
          conversionReviewVersions: ['v1'],
          clientConfig: { url: 'https://converter.example.com/convert', caBundle: encodeBase64(new Uint8Array(0)) },
        },
      },
    },
  };
}

const endpoint = (version: string, name: string, spec: Endpoint['spec']) => ({
  apiVersion: `example.com/${version}`,
  kind: 'Endpoint',
  metadata: { name, labels: { app: name } },
  spec,
});

beforeEach(async () => {
  reviews = [];
  failure = '';
  harness = await Harness.start({}, { httpsCaller: caller });
  await harness.create(definitionsPath, definition('v1'));
});
afterEach(() => harness.stop());

const specOf = async (version: string, name: string) =>
  (await harness.call('GET', `${path(version)}/${name}`)).json().spec;

/** What is stored so far stays in v1. */
async function storeInV2(): Promise<void> {
  const merge = { 'content-type': 'application/merge-patch+json' };
  const { spec } = definition('v2');
  const answer = await harness.call('PATCH', `${definitionsPath}/endpoints.example.com`, {
    headers: merge,
    body: { spec },
  });
  expect(answer.code).toBe(200);
}

describe('conversion by a webhook', () => {
  it('serves every version of what was written in any', async () => {
    const made = await harness.create(path('v2'), endpoint('v2', 'a', { hostPort: 'h:1' }));
    expect(made.json()).toMatchObject({ apiVersion: 'example.com/v2', spec: { hostPort: 'h:1' } });
    expect(await specOf('v1', 'a')).toEqual({ host: 'h', port: '1' });
    expect(await specOf('v2', 'a')).toEqual({ hostPort: 'h:1' });
    const merge = { 'content-type': 'application/merge-patch+json' };
    const body = { spec: { hostPort: 'h:2' } };
    const patched = await harness.call('PATCH', `${path('v2')}/a`, { headers: merge, body });
    expect(patched.json().spec).toEqual({ hostPort: 'h:2' });
    expect(await specOf('v1', 'a')).toEqual({ host: 'h', port: '2' });
    const old = patched.json();
    const updated = await harness.call('PUT', `${path('v2')}/a`, { body: { ...old, spec: { hostPort: 'i:3' } } });
    expect(updated.json().metadata).toMatchObject({ uid: old.metadata.uid, generation: 3 });
    const apply = { 'content-type': 'application/apply-patch+yaml' };
    const applied = await harness.call('PATCH', `${path('v2')}/a?fieldManager=x&force=true`, {
      headers: apply,
      body: endpoint('v2', 'a', { hostPort: 'j:4' }),
    });
    expect(applied.json().spec).toEqual({ hostPort: 'j:4' });
    expect((await harness.call('DELETE', `${path('v2')}/a`)).code).toBe(200);
    expect(reviews.every(({ apiVersion }) => apiVersion === 'apiextensions.k8s.io/v1')).toBe(true);
  });

  it('holds objects to the schema of the version that they are written in', async () => {
    const long = endpoint('v2', 'a', { hostPort: 'h'.repeat(30) });
    const answer = await harness.call('POST', path('v2'), { body: long });
    expect(answer.json().message).toContain('spec.hostPort: Too long: may not be more than 20');
  });

  it('lists and watches objects that are stored in different versions', async () => {
    await harness.create(path('v1'), endpoint('v1', 'a', { host: 'h', port: '1' }));
    await storeInV2();
    await harness.create(path('v2'), endpoint('v2', 'b', { hostPort: 'i:2' }));
    reviews = [];
    const list = async (version: string, query = '') =>
      (await harness.call('GET', `${path(version)}${query}`)).json().items.map(({ spec }: Endpoint) => spec);
    expect(await list('v2')).toEqual([{ hostPort: 'h:1' }, { hostPort: 'i:2' }]);
    expect(await list('v1')).toEqual([
      { host: 'h', port: '1' },
      { host: 'i', port: '2' },
    ]);
    expect(await list('v1', '?fieldSelector=metadata.name=a')).toEqual([{ host: 'h', port: '1' }]);
    expect(await list('v1', '?labelSelector=app=b')).toEqual([{ host: 'i', port: '2' }]);
    const stream = await harness.stream(`${path('v1')}?watch=true&resourceVersion=0&fieldSelector=metadata.name=b`);
    await stream.wait((text) => text.includes('"ADDED"') && text.includes('"host":"i"'));
    const merge = { 'content-type': 'application/merge-patch+json' };
    await harness.call('PATCH', `${path('v2')}/b`, { headers: merge, body: { spec: { hostPort: 'k:9' } } });
    const text = await stream.wait((seen) => seen.includes('"MODIFIED"'));
    expect(text).toContain('"host":"k","port":"9"');
    expect(text).not.toContain('"host":"h"');
    stream.close();
  });

  it('tells what went wrong', async () => {
    await harness.create(path('v1'), endpoint('v1', 'a', { host: 'h', port: '1' }));
    failure = 'out of order';
    const answer = await harness.call('GET', `${path('v2')}/a`);
    expect(answer.json()).toMatchObject({
      code: 500,
      message: 'Internal error occurred: conversion webhook for example.com/v1, Kind=Endpoint failed: out of order',
    });
    expect(await specOf('v1', 'a')).toEqual({ host: 'h', port: '1' });
  });
});
