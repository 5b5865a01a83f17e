import { DeleteOptions } from '@kubets/api';
import { decodeEnvelope, encodeEnvelope, encodeMessage } from '@kubets/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const maps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

beforeAll(async () => {
  harness = await Harness.start();
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
});
afterAll(() => harness.stop());

describe('verbs over HTTP', () => {
  it('creates, reads, patches and deletes', async () => {
    const created = await harness.create(maps, configMap('a', { k: 'v' }));
    expect(created.json()).toMatchObject({ kind: 'ConfigMap', data: { k: 'v' } });
    expect(created.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.headers['cache-control']).toBe('no-cache, private');
    expect(created.headers['x-kubernetes-pf-flowschema-uid']).toMatch(/^[0-9a-f-]{36}$/);
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patched = await harness.call('PATCH', `${maps}/a`, { headers, body: { data: { k: 'w' } } });
    expect(patched.json().data).toEqual({ k: 'w' });
    const listed = await harness.call('GET', maps);
    expect(listed.json()).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect((await harness.call('DELETE', `${maps}/a`)).json().status).toBe('Success');
    expect((await harness.call('GET', `${maps}/a`)).json()).toMatchObject({
      code: 404,
      message: 'configmaps "a" not found',
    });
  });

  it('speaks protobuf, YAML and pretty JSON', async () => {
    await harness.create(maps, configMap('forms'));
    const protobuf = await harness.call('GET', maps, { headers: { accept: 'application/vnd.kubernetes.protobuf' } });
    expect(decodeEnvelope(protobuf.bytes)).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMapList' });
    const one = await harness.call('GET', `${maps}/forms`, {
      headers: { accept: 'application/vnd.kubernetes.protobuf' },
    });
    const renamed = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    const conflict = await harness.call('POST', maps, { headers: renamed, body: one.bytes });
    expect(conflict.json().message).toContain('resourceVersion should not be set');
    const yaml = await harness.call('GET', `${maps}/forms`, { headers: { accept: 'application/yaml' } });
    expect(yaml.text()).toContain('kind: ConfigMap\n');
    const pretty = await harness.call('GET', `${maps}/forms?pretty=true`);
    expect(pretty.text()).toContain('\n  "kind": "ConfigMap"');
    const body = 'metadata:\n  name: from-yaml\n';
    expect((await harness.call('POST', maps, { headers: { 'content-type': 'application/yaml' }, body })).code).toBe(
      201,
    );
  });

  it('takes options of a deletion in the version of the group that they are for, as client-go names them', async () => {
    await harness.call('POST', maps, { body: { metadata: { name: 'kept' } } });
    const options = { apiVersion: 'apps/v1', kind: 'DeleteOptions', preconditions: { uid: 'another' } };
    const body = encodeEnvelope({
      apiVersion: 'apps/v1',
      kind: 'DeleteOptions',
      raw: encodeMessage(DeleteOptions, options),
    });
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    expect((await harness.call('DELETE', `${maps}/kept`, { body, headers })).code).toBe(409);
    await harness.call('DELETE', `${maps}/kept`);
  });

  it('makes tables and partial metadata', async () => {
    await harness.create(maps, configMap('table', { a: '1', b: '2' }));
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = (
      await harness.call('GET', `${maps}?fieldSelector=metadata.name=table`, { headers: { accept } })
    ).json();
    expect(table.kind).toBe('Table');
    expect(table.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(['Name', 'Data', 'Age']);
    expect(table.rows[0].cells.slice(0, 2)).toEqual(['table', 2]);
    expect(table.rows[0].object.kind).toBe('PartialObjectMetadata');
    const bare = await harness.call('GET', `${maps}?includeObject=None`, { headers: { accept } });
    expect(bare.json().rows[0].object).toBeNull();
    const bad = await harness.call('GET', `${maps}?includeObject=No`, { headers: { accept } });
    expect(bad.code).toBe(400);
    const partial = await harness.call('GET', maps, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    });
    expect(partial.json()).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
  });

  it('warns of fields given twice or unknown, or refuses them when asked to be strict', async () => {
    const body = '{"metadata":{"name":"twice","name":"twice2"},"data":{},"nonsense":1}';
    const warned = await harness.call('POST', `${maps}?fieldValidation=Warn`, { body });
    expect(warned.headers.warning).toEqual([
      '299 - "duplicate field \\"metadata.name\\""',
      '299 - "unknown field \\"nonsense\\""',
    ]);
    const strict = await harness.call('POST', `${maps}?fieldValidation=Strict`, { body });
    expect(strict.json().message).toContain(
      'strict decoding error: duplicate field "metadata.name", unknown field "nonsense"',
    );
  });

  it('names odd fields in the order of the document, and what is unknown only as that', async () => {
    const body = '{"metadata":{"name":"x"},"odd":1,"odd":2,"data":{},"data":{},"z":1}';
    const strict = await harness.call('POST', `${maps}?fieldValidation=Strict`, { body });
    expect(strict.json().message).toContain(
      'strict decoding error: unknown field "odd", duplicate field "data", unknown field "z"',
    );
  });

  it('finds fields that a patch gives twice', async () => {
    const apply = { headers: { 'content-type': 'application/apply-patch+yaml' } };
    const body = '\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: "1"\n  a: "2"\n';
    const path = `${maps}/twice?fieldManager=m&fieldValidation=`;
    const strict = await harness.call('PATCH', `${path}Strict`, { ...apply, body });
    expect(strict.json()).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(strict.json().message).toContain('error strict decoding YAML');
    expect(strict.json().message).toContain('line 8: key "a" already set in map');
    const warned = await harness.call('PATCH', `${path}Warn`, { ...apply, body });
    expect(warned.code).toBe(201);
    expect(String(warned.headers.warning)).toContain('already set in map');
    const merge = { headers: { 'content-type': 'application/merge-patch+json' }, body: '{"data":{"b":"1","b":"2"}}' };
    const merged = await harness.call('PATCH', `${path}Strict`, merge);
    expect(merged.code).toBe(422);
    expect(merged.json().message).toContain('strict decoding error: duplicate field "data.b"');
  });

  it('makes no tables of reviews', async () => {
    const body = { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    expect((await harness.call('POST', path, { headers: { accept: table }, body })).code).toBe(406);
    const either = await harness.call('POST', path, { headers: { accept: `${table},application/json` }, body });
    expect(either.json()).toMatchObject({ kind: 'SelfSubjectAccessReview', status: { allowed: true } });
  });
});

describe('refusals', () => {
  it.each([
    ['GET', '/apis/apps/v1/nonsense', 404, 'the server could not find the requested resource'],
    ['GET', '/api/v1/pods/web', 404, 'the server could not find the requested resource'],
    ['GET', '/api/v1/namespaces/a/nodes', 404, 'the server could not find the requested resource'],
    ['PUT', '/api/v1/pods', 405, 'the server does not allow this method on the requested resource'],
    [
      'POST',
      '/api/v1/namespaces/default/pods/web',
      405,
      'the server does not allow this method on the requested resource',
    ],
    ['GET', '/api/v1/pods?limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'GET',
      '/api/v1/pods?resourceVersionMatch=Exact',
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'POST',
      `${maps}?dryRun=Some`,
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'DELETE',
      `${maps}/x?propagationPolicy=Never`,
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Never": supported values: "Background", "Foreground", "Orphan", "nil"',
    ],
    ['PATCH', `${maps}/x`, 415, '415: Unsupported Media Type'],
  ])('%s %s is %i', async (method, target, code, message) => {
    const answer = await harness.call(method, target, {
      body: method === 'GET' || method === 'DELETE' ? undefined : {},
    });
    expect([answer.code, answer.json().message]).toEqual([code, message]);
  });

  it('answers paths of unknown groups with plain text', async () => {
    const answer = await harness.call('GET', '/apis/nonsense/v1/things');
    expect([answer.code, answer.text()]).toEqual([404, '404 page not found\n']);
  });

  it('tells strangers what they may not do', async () => {
    const anonymous = await harness.call('GET', maps, { token: '' });
    expect(anonymous.json()).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
      details: { kind: 'configmaps' },
    });
    expect((await harness.call('GET', '/nonsense', { token: '' })).json().message).toBe(
      'forbidden: User "system:anonymous" cannot get path "/nonsense"',
    );
    expect((await harness.call('GET', maps, { token: 'wrong' })).json()).toMatchObject({
      code: 401,
      message: 'Unauthorized',
    });
    expect((await harness.call('GET', '/healthz', { token: '' })).text()).toBe('ok');
  });
});

describe('watches', () => {
  it('sends each change as a line, and tables with their columns once', async () => {
    const version = (await harness.call('GET', maps)).json().metadata.resourceVersion;
    const plain = await harness.stream(`${maps}?watch=1&resourceVersion=${version}`);
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = await harness.stream(`${maps}?watch=1&resourceVersion=${version}`, { headers: { accept } });
    await harness.create(maps, configMap('w1'));
    await harness.create(maps, configMap('w2'));
    const lines = (await plain.wait((text) => text.split('\n').length === 3)).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line)).map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'w1'],
      ['ADDED', 'w2'],
    ]);
    const tables = (await table.wait((text) => text.split('\n').length === 3))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).object);
    expect(tables.map((each) => each.columnDefinitions)).toEqual([expect.any(Array), null]);
  });

  it('ends with an error event when the revision is gone', async () => {
    const watch = await harness.stream(`${maps}?watch=1&resourceVersion=1&timeoutSeconds=1`);
    const text = await watch.wait((all) => all.includes('\n'));
    expect(JSON.parse(text.split('\n')[0]!)).toMatchObject({ type: expect.stringMatching(/ADDED|ERROR/) });
  });
});
