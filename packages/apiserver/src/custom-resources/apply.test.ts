import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const path = '/apis/example.com/v1/namespaces/default/things';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  name: { type: 'string' },
                  color: { type: 'string', default: 'red' },
                  maybe: { type: 'string', nullable: true },
                  port: { 'x-kubernetes-int-or-string': true },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                  items: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
                  },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

beforeAll(async () => {
  harness = await Harness.start();
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await harness.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
});
afterAll(() => harness.stop());

async function apply(target: string, body: object, { manager = 'one', force = false } = {}) {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const name = target.split('/')[0];
  const metadata = { name, ...(body as { metadata?: object }).metadata };
  const answer = await harness.call('PATCH', `${path}/${target}?fieldManager=${manager}&force=${force}`, {
    headers,
    body: { apiVersion: 'example.com/v1', kind: 'Thing', ...body, metadata },
  });
  return answer.json();
}

describe('applying a null', () => {
  it('sets it where the schema allows it', async () => {
    const thing = await apply('allowed', { spec: { maybe: null } });
    expect(thing.spec).toEqual({ maybe: null, color: 'red' });
    expect(thing.metadata.managedFields[0].fieldsV1).toEqual({ 'f:spec': { 'f:maybe': {} } });
    expect((await apply('allowed', { spec: {} })).spec).toEqual({ color: 'red' });
  });

  it('sets the default where there is one', async () => {
    const thing = await apply('default', { spec: { name: 'x', color: null } });
    expect(thing.spec).toEqual({ name: 'x', color: 'red' });
    expect(thing.metadata.managedFields[0].fieldsV1).toEqual({ 'f:spec': { 'f:color': {}, 'f:name': {} } });
  });

  it.each([
    [{ name: null }, 'spec.name: Invalid value: "null": spec.name in body must be of type string: "null"'],
    [
      { labels: { a: null } },
      'spec.labels.a: Invalid value: "null": spec.labels.a in body must be of type string: "null"',
    ],
    [{ port: null }, 'spec.port: Invalid value: "null": spec.port in body must be of type integer,string: "null"'],
    [
      { items: [{ name: null }] },
      'spec.items[0].name: Invalid value: "null": spec.items[0].name in body must be of type string: "null"',
    ],
  ])('is invalid elsewhere: %j', async (spec, why) => {
    expect(await apply('refused', { spec })).toMatchObject({
      code: 422,
      message: `Thing.example.com "refused" is invalid: ${why}`,
    });
  });

  it('leaves filled lists and maps alone', async () => {
    const spec = { items: [{ name: 'a' }], labels: { a: 'b' }, color: 'blue' };
    await harness.create(path, { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'filled' }, spec });
    const thing = await apply('filled', { spec: { items: null, labels: null } });
    expect(thing.spec).toEqual(spec);
  });
});

describe('applying', () => {
  it('leaves null where it takes the last part away', async () => {
    await apply('emptied', { spec: { color: 'blue' } });
    const answer = await apply('emptied', { spec: {} });
    const why = 'spec: Invalid value: "null": spec in body must be of type object: "null"';
    expect(answer).toMatchObject({ code: 422, message: `Thing.example.com "emptied" is invalid: ${why}` });
  });

  it('has no time where it changes nothing but owners', async () => {
    await apply('shared', { spec: { name: 'x' } });
    const { metadata } = await apply('shared', { spec: { name: 'x' } }, { manager: 'two' });
    const byManager = Object.fromEntries(
      metadata.managedFields.map((entry: { manager: string; time?: string }) => [entry.manager, entry.time]),
    );
    expect(byManager).toEqual({ one: expect.any(String), two: undefined });
    expect(metadata.managedFields[0].manager).toBe('two');
  });

  it('owns no metadata through the status', async () => {
    const metadata = { labels: { a: 'b' } };
    await harness.create(path, {
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 'status', ...metadata },
    });
    const answer = await apply('status/status', { metadata: { labels: { a: 'mine' } }, status: { phase: 'Up' } });
    expect(answer.metadata.labels).toEqual({ a: 'b' });
    const mine = answer.metadata.managedFields.find((entry: { operation: string }) => entry.operation === 'Apply');
    expect(mine).toMatchObject({ subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } });
    expect(mine.fieldsV1).not.toHaveProperty('f:metadata');
  });

  it('creates no object that is to have a UID or a version', async () => {
    const why = 'uid mismatch: the provided object specified uid x, and no existing object was found';
    expect(await apply('new', { metadata: { uid: 'x' } })).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on things.example.com "new": ${why}`,
    });
    const created = await apply('new', { metadata: { resourceVersion: '1' }, spec: { name: 'x' } });
    expect(created.metadata.uid).toBeDefined();
    expect(await apply('new', { metadata: { resourceVersion: null }, spec: { name: 'x' } })).toMatchObject({
      code: 422,
    });
  });

  it.each([
    [
      '[]',
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      '"x"',
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}',
    ],
  ])('takes no %s', async (body, why) => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const answer = await harness.call('PATCH', `${path}/bad?fieldManager=one`, { headers, body });
    expect(answer.json()).toMatchObject({ code: 400, message: `error decoding YAML: ${why}` });
  });
});
