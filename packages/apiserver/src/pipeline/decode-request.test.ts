import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const maps = '/api/v1/namespaces/default/configmaps';
const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

beforeAll(async () => {
  harness = await Harness.start();
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
});
afterAll(() => harness.stop());

async function refusal(method: string, path: string, body: string, contentType = 'application/json') {
  const answer = await harness.call(method, path, { body, headers: { 'content-type': contentType } });
  const { code, message } = answer.json();
  return { code, message };
}

describe('bodies that are not what they should be', () => {
  const unknown = (kind: string, apiVersion: string) =>
    `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`;

  it.each([
    [
      '[]',
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${TYPE_META} (5b5d)`,
    ],
    [
      '{"kind":1}',
      'couldn\'t get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})',
    ],
    ['{"apiVersion":"a/b/c"}', 'unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})'],
  ])('%s is not recognized', async (body, why) => {
    const message = `the object provided is unrecognized (must be of type ConfigMap): ${why}`;
    expect(await refusal('POST', maps, body)).toEqual({ code: 400, message });
  });

  it.each([
    [{ kind: 'Foo' }, `Foo in version "v1" cannot be handled as a ConfigMap: ${unknown('Foo', 'v1')}`],
    [
      { apiVersion: 'apps/v1' },
      `ConfigMap in version "v1" cannot be handled as a ConfigMap: ${unknown('ConfigMap', 'apps/v1')}`,
    ],
    [
      { kind: 'Secret' },
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ],
    [
      { kind: 'SecretList' },
      'SecretList in version "v1" cannot be handled as a ConfigMap: converting (v1.SecretList) to (core.ConfigMap): unknown conversion',
    ],
    [
      { kind: 'Deployment', apiVersion: 'apps/v1', spec: 1 },
      'Deployment in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ],
  ])('%j is no ConfigMap', async (body, message) => {
    expect(await refusal('POST', maps, JSON.stringify(body))).toEqual({ code: 400, message });
  });

  it('take null for an object without fields', async () => {
    const { code, message } = await refusal('POST', maps, 'null');
    expect([code, message]).toEqual([
      422,
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ]);
    expect((await refusal('DELETE', `${maps}/none`, 'null')).code).toBe(404);
  });

  it.each([
    [
      reviews,
      'POST',
      '{"kind":"Foo"}',
      `Foo in version "v1" cannot be handled as a SelfSubjectAccessReview: ${unknown('Foo', 'authorization.k8s.io/v1')}`,
    ],
    [
      reviews,
      'POST',
      '{"metadata":[]}',
      'SelfSubjectAccessReview in version "v1" cannot be handled as a SelfSubjectAccessReview: json: cannot unmarshal array into Go struct field SelfSubjectAccessReview.metadata of type v1.ObjectMeta',
    ],
    [
      `${deployments}/x/scale`,
      'PUT',
      '{"kind":"Foo"}',
      `Foo in version "v1" cannot be handled as a Scale: ${unknown('Foo', 'autoscaling/v1')}`,
    ],
    [
      `${deployments}/x/scale`,
      'PUT',
      '{"spec":{"replicas":"x"}}',
      'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32',
    ],
    [
      `${deployments}/x/scale?fieldValidation=Strict`,
      'PUT',
      '{"spec":{"odd":1}}',
      'Scale in version "v1" cannot be handled as a Scale: strict decoding error: unknown field "spec.odd"',
    ],
    [
      `${deployments}/x/scale`,
      'PUT',
      '{}',
      'the name of the object (x based on URL) was undeterminable: name must be provided',
    ],
  ])('%s is told what is wrong with its own kind of body', async (path, method, body, message) => {
    expect(await refusal(method, path, body)).toEqual({ code: 400, message });
  });

  it.each([
    [
      '{"kind":"Foo","apiVersion":"v1"}',
      'no kind "Foo" is registered for version "v1" in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"',
    ],
    [
      '{"kind":1}',
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
    ],
    [
      '{"gracePeriodSeconds":"x"}',
      'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    ['{"dryRun":[1]}', 'json: cannot unmarshal number into Go struct field DeleteOptions.dryRun of type string'],
    [
      '{"preconditions":[]}',
      'json: cannot unmarshal array into Go struct field DeleteOptions.preconditions of type v1.Preconditions',
    ],
    ['{"a":', "couldn't get version/kind; json parse error: unexpected end of JSON input"],
  ])('%s are no options of a deletion', async (body, message) => {
    expect(await refusal('DELETE', `${maps}/x`, body)).toEqual({ code: 400, message });
  });
});

describe('patches that are none', () => {
  const jsonPatch = 'application/json-patch+json';
  const merge = 'application/merge-patch+json';
  beforeAll(() => harness.create(maps, { metadata: { name: 'patched' } }));

  it.each([
    [
      jsonPatch,
      '{}',
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
    [
      jsonPatch,
      '[1]',
      'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
    ],
    [
      jsonPatch,
      '[{"op":"add"}]',
      'invalid operation {"op":"add"}: failed to decode \'value\': operation, missing value field: missing value',
    ],
    [merge, 'null', 'Invalid JSON Patch'],
    [merge, '[]', 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ])('%s %s', async (contentType, body, message) => {
    expect(await refusal('PATCH', `${maps}/patched`, body, contentType)).toEqual({ code: 400, message });
  });

  const quoted = (answer: { details: { causes: { message: string }[] } }) => answer.details.causes[0]!.message;

  it('change the type of an object', async () => {
    const patch = async (body: object, contentType = merge) =>
      (await harness.call('PATCH', `${maps}/patched`, { body, headers: { 'content-type': contentType } })).json();
    const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';
    const foo = quoted(await patch({ kind: 'Foo' }));
    expect(foo).toMatch(
      /^Invalid value: "\{\\"kind\\":\\"Foo\\",\\"apiVersion\\":\\"v1\\",\\"metadata\\":\{\\"name\\"/,
    );
    expect(foo.endsWith(`: no kind "Foo" is registered for version "v1" ${scheme}`)).toBe(true);
    expect(quoted(await patch({ kind: 'Secret' }))).toContain(
      'converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    );
    expect(quoted(await patch({ apiVersion: 'v2' }))).toContain('no kind "ConfigMap" is registered for version "v2"');
    expect((await patch({ kind: 'Foo' }, 'application/strategic-merge-patch+json')).kind).toBe('ConfigMap');
  });

  it('of the strategic kind are told of in words of their own', async () => {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const wrong = (await harness.call('PATCH', `${maps}/patched`, { body: { data: { a: 1 } }, headers })).json();
    expect(quoted(wrong)).toBe('Invalid value: "map[data:map[a:1]]": cannot convert int64 to string');
    expect((await harness.call('PATCH', `${maps}/patched`, { body: 'null', headers })).code).toBe(200);
  });

  it('may be null where they are lists of operations', async () => {
    const answer = await harness.call('PATCH', `${maps}/patched`, {
      body: 'null',
      headers: { 'content-type': jsonPatch },
    });
    expect(answer.code).toBe(200);
  });

  it('are told of members that operations do not have', async () => {
    const body = '[{"op":"add","path":"/data","value":{},"value":{},"extra":1}]';
    const headers = { 'content-type': jsonPatch };
    const warned = await harness.call('PATCH', `${maps}/patched`, { body, headers });
    expect(warned.headers.warning).toEqual([
      '299 - "json patch duplicate field \\"[0].value\\""',
      '299 - "json patch unknown field \\"[0].extra\\""',
    ]);
    const strict = await harness.call('PATCH', `${maps}/patched?fieldValidation=Strict`, { body, headers });
    expect(strict.json().message).toMatch(/strict decoding error: json patch duplicate field/);
  });

  it('of no type at all are not acceptable where there is no body either', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await harness.call('PATCH', `${maps}/patched`, { headers })).json()).toMatchObject({
      code: 406,
      message: '406: Not Acceptable\n\nAvailable representations: ',
    });
  });
});

describe('metadata of the system', () => {
  it('is left out of new objects, and kept or refused in old ones', async () => {
    const deletionTimestamp = '2020-01-01T00:00:00Z';
    const created = await harness.create(maps, { metadata: { name: 'system', deletionTimestamp }, data: { a: 'b' } });
    expect(created.json().metadata.managedFields[0].fieldsV1).toEqual({ 'f:data': { '.': {}, 'f:a': {} } });
    const { creationTimestamp } = created.json().metadata;
    const moved = { metadata: { name: 'system', creationTimestamp: deletionTimestamp }, data: { a: 'c' } };
    const put = await harness.call('PUT', `${maps}/system`, { body: moved });
    expect(put.json().metadata.creationTimestamp).toBe(creationTimestamp);
    const body = { metadata: { name: 'system', deletionTimestamp } };
    const refused = (await harness.call('PUT', `${maps}/system`, { body })).json();
    const message = `Invalid value: "${deletionTimestamp}": field is immutable`;
    expect(refused).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'metadata.deletionTimestamp', message }, {}] },
    });
  });

  it('names the key of an object with another UID', async () => {
    const { uid } = (await harness.create(maps, { metadata: { name: 'unique' } })).json().metadata;
    const put = await harness.call('PUT', `${maps}/unique`, { body: { metadata: { name: 'unique', uid: 'other' } } });
    expect(put.json().message).toBe(
      `Operation cannot be fulfilled on configmaps "unique": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/unique, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ${uid}`,
    );
  });
});
