import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const path = '/apis/example.com/v1/namespaces/default/widgets';

const version = (name: string, change: object = {}) => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' }, color: { type: 'string' } } } },
    },
  },
  selectableFields: [{ jsonPath: '.spec.color' }],
  additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
  ...change,
});

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
    versions: [
      version('v1', { subresources: { status: {} } }),
      version('v1beta1', { deprecated: true }),
      version('v2', { served: false }),
    ],
  },
};

const widget = (name: string, spec: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

beforeAll(async () => {
  harness = await Harness.start();
  await harness.create(definitionsPath, definition);
});
afterAll(() => harness.stop());

describe('custom resources over HTTP', () => {
  it('are made known by discovery and OpenAPI, and forgotten with their definition', async () => {
    const group = await harness.call('GET', '/apis/example.com');
    expect(group.json()).toMatchObject({
      versions: [{ version: 'v1' }, { version: 'v1beta1' }],
      preferredVersion: { version: 'v1' },
    });
    const resources = (await harness.call('GET', '/apis/example.com/v1')).json().resources;
    expect(resources.map(({ name }: { name: string }) => name)).toEqual(['widgets', 'widgets/status']);
    expect(resources[0]).toMatchObject({ singularName: 'widget', shortNames: ['wd'], categories: ['all'] });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const aggregated = await harness.call('GET', '/apis', { headers: { accept } });
    expect(aggregated.text()).toContain('"responseKind":{"group":"example.com","version":"v1","kind":"Widget"}');
    const openApi = (await harness.call('GET', '/openapi/v3/apis/example.com/v1')).json();
    expect(openApi.components.schemas['com.example.v1.Widget'].properties.spec.properties.size.type).toBe('integer');
    expect(Object.keys(openApi.paths)).toContain('/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status');
    expect((await harness.call('GET', '/openapi/v2')).text()).toContain('com.example.v1.Widget');
    const index = (await harness.call('GET', '/openapi/v3')).json().paths;
    expect(index['apis/example.com/v1'].serverRelativeURL).toMatch(/hash=/);

    const other = structuredClone(definition);
    other.metadata.name = 'gadgets.other.example.com';
    other.spec.group = 'other.example.com';
    other.spec.names.plural = 'gadgets';
    await harness.create(definitionsPath, other);
    expect((await harness.call('GET', '/apis/other.example.com/v1/gadgets')).code).toBe(200);
    const after = (await harness.call('GET', '/openapi/v3')).json().paths;
    expect(after['apis/example.com/v1']).toEqual(index['apis/example.com/v1']);
    await harness.call('DELETE', `${definitionsPath}/gadgets.other.example.com`);
    await expect
      .poll(async () => (await harness.call('GET', '/apis/other.example.com')).text())
      .toBe('404 page not found\n');
  });

  it('publish the hash of the version that they are stored in', async () => {
    for (const version of ['v1', 'v1beta1']) {
      const { resources } = (await harness.call('POST', `/apis/example.com/${version}`)).json();
      const digest = createHash('sha256').update('example.com/v1/Widget').digest();
      expect(resources[0].storageVersionHash).toBe(digest.subarray(0, 8).toString('base64'));
    }
  });

  it('answer like an unserved path for what their version does not have', async () => {
    const base = '/apis/example.com/v1';
    const paths = [
      ['GET', `${base}/zzz`],
      ['POST', `${base}/namespaces/default/zzz`],
      ['OPTIONS', `${base}/namespaces/default/zzz/x`],
      ['GET', `${base}/namespaces`],
      ['GET', `${base}/widgets/x`],
      ['POST', `${base}/widgets`],
      ['DELETE', `${base}/widgets`],
    ] as const;
    for (const [method, at] of paths) {
      const answer = await harness.call(method, at);
      expect([method, at, answer.code, answer.text()]).toEqual([method, at, 404, '404 page not found\n']);
    }
    expect((await harness.call('GET', `${base}/widgets`)).code).toBe(200);
  });

  it('name themselves where a method or subresource is missing', async () => {
    const refused = { code: 405, reason: 'MethodNotAllowed', details: { group: 'example.com', kind: 'widgets' } };
    expect((await harness.call('OPTIONS', path)).json()).toMatchObject({
      ...refused,
      message: ' is not supported on resources of kind "widgets.example.com"',
    });
    expect((await harness.call('POST', `${path}/a/status`)).json()).toMatchObject({
      ...refused,
      message: 'create is not supported on resources of kind "widgets.example.com"',
    });
    for (const below of ['b', 'scale', 'b/c']) {
      expect((await harness.call('PUT', `${path}/a/${below}`)).json()).toMatchObject({
        code: 404,
        message: 'widgets.example.com "a" not found',
        details: { name: 'a', group: 'example.com', kind: 'widgets' },
      });
    }
    for (const method of ['PUT', 'PATCH']) {
      expect((await harness.call(method, path)).json()).toMatchObject({ code: 400, message: 'name must be provided' });
    }
    expect((await harness.call('HEAD', path)).code).toBe(200);
  });

  it('have no version that is not served', async () => {
    expect((await harness.call('GET', '/apis/example.com/v2/widgets')).code).toBe(404);
  });

  it('come as JSON and YAML, and as protobuf only in metadata', async () => {
    await harness.create(path, widget('forms', { size: 1 }));
    const get = (accept: string, at = `${path}/forms`) => harness.call('GET', at, { headers: { accept } });
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const refused = await get(protobuf);
    expect(refused.code).toBe(406);
    expect(refused.text()).toContain('only the following media types are accepted: application/json, application/yaml');
    const either = await get(`${protobuf},application/json`);
    expect(either.headers['content-type']).toBe('application/json');
    expect((await get('application/yaml')).text()).toContain('size: 1');
    const metadata = await get(`${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json`, path);
    expect(metadata.headers['content-type']).toBe(protobuf);
    const sent = await harness.call('POST', path, { headers: { 'content-type': protobuf }, body: either.bytes });
    expect(sent.json().code).toBe(415);
    const table = await get('application/json;as=Table;v=v1;g=meta.k8s.io');
    expect(table.json().rows[0].cells).toEqual(['forms', 1]);
  });

  it('have to say what they are', async () => {
    const { kind: _, ...bare } = widget('bare');
    const answer = await harness.call('POST', path, { body: bare });
    expect(answer.json()).toMatchObject({ code: 400 });
    const missing = `Object 'Kind' is missing in '${JSON.stringify(bare)}'`;
    const head = 'the object provided is unrecognized (must be of type Widget)';
    expect(answer.json().message).toBe(`${head}: ${missing} ({"apiVersion":"example.com/v1" ...)`);
    const careless = await harness.call('POST', `${path}?fieldValidation=Ignore`, { body: bare });
    expect(careless.json().message).toBe(`Widget in version "v1" cannot be handled as a Widget: ${missing}`);
    const other = await harness.call('POST', path, { body: { ...widget('other'), kind: 'Other' } });
    const message = 'Other.example.com "other" is invalid: kind: Invalid value: "Other": must be Widget';
    expect(other.json()).toMatchObject({ code: 422, message });
  });

  it('are created wherever below the collection the body is sent to', async () => {
    const answer = await harness.call('POST', `${path}/elsewhere`, { body: widget('named') });
    expect(answer.json()).toMatchObject({ metadata: { name: 'named' } });
    expect((await harness.call('POST', `${path}/elsewhere/status`, { body: widget('named') })).code).toBe(405);
    expect((await harness.call('GET', `${path}//`)).code).toBe(200);
  });

  it('are only updated and patched in the version that they were read in', async () => {
    await harness.create(path, widget('versioned'));
    const required =
      'widgets.example.com "versioned" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update';
    const body = { ...widget('versioned'), metadata: { name: 'versioned', resourceVersion: '0' } };
    const put = await harness.call('PUT', `${path}/versioned`, { body });
    expect(put.json()).toMatchObject({ code: 422, message: required });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patch = { metadata: { resourceVersion: null } };
    const patched = await harness.call('PATCH', `${path}/versioned`, { headers, body: patch });
    expect(patched.json()).toMatchObject({ code: 422, message: required });
  });

  it('are refused with what a patch made of them', async () => {
    const { metadata } = (await harness.create(path, widget('patched'))).json();
    const { creationTimestamp, resourceVersion, uid } = metadata;
    const { managedFields: _, ...system } = { ...metadata, creationTimestamp, resourceVersion, uid };
    const headers = { 'content-type': 'application/merge-patch+json' };
    const bare = await harness.call('PATCH', `${path}/patched`, {
      headers,
      body: { metadata: { managedFields: [{}] } },
    });
    const before = bare.json();
    const strict = await harness.call('PATCH', `${path}/patched?fieldValidation=Strict`, {
      headers,
      body: { spec: { odd: 1 } },
    });
    const [cause] = strict.json().details.causes;
    const sorted = (value: object) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    const shown = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: sorted({ ...system, resourceVersion: before.metadata.resourceVersion }),
      spec: { odd: 1 },
    };
    const quoted = JSON.stringify(JSON.stringify(shown));
    expect(cause.message).toBe(`Invalid value: ${quoted}: strict decoding error: unknown field "spec.odd"`);
    expect(strict.json().details).not.toHaveProperty('kind');
    const operations = [{ op: 'remove', path: '/kind' }];
    const nameless = await harness.call('PATCH', `${path}/patched`, {
      headers: { 'content-type': 'application/json-patch+json' },
      body: operations,
    });
    expect(nameless.json()).toMatchObject({ code: 422 });
    expect(nameless.json().message).toContain("Object 'Kind' is missing in '{");
  });

  it('are defined by definitions that have no conditions at first, name their version, and go without grace', async () => {
    const name = 'others.example.com';
    const names = { plural: 'others', kind: 'Other' };
    const body = { ...definition, metadata: { name }, spec: { ...definition.spec, names } };
    const dry = (await harness.call('POST', `${definitionsPath}?dryRun=All`, { body })).json();
    expect(dry.status).toMatchObject({ conditions: null, storedVersions: ['v1'] });
    await harness.create(definitionsPath, body);
    const put = await harness.call('PUT', `${definitionsPath}/${name}`, { body });
    expect(put.json().message).toMatch(/metadata.resourceVersion: Invalid value: 0: must be specified for an update$/);
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patch = { status: { storedVersions: [] } };
    const patched = await harness.call('PATCH', `${definitionsPath}/${name}/status`, { headers, body: patch });
    expect(patched.json().status.storedVersions).toEqual(['v1']);
    const deleted = (await harness.call('DELETE', `${definitionsPath}/${name}`)).json();
    expect(deleted.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
  });

  it('are listed with a continuation, though it may be none', async () => {
    expect((await harness.call('GET', path)).json().metadata.continue).toBe('');
    const yaml = await harness.call('GET', path, { headers: { accept: 'application/yaml' } });
    expect(yaml.text()).toContain('metadata:\n  continue: ""\n');
  });

  it('say what they cannot be turned into', async () => {
    await harness.create(path, widget('turned'));
    const ask = async (target: string, as: string) => {
      const headers = { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` };
      return (await harness.call('GET', target, { headers })).json().message;
    };
    const asked = (as: string) => `you requested ${as}, but the requested object is`;
    const [one, many] = ['PartialObjectMetadata', 'PartialObjectMetadataList'];
    expect(await ask(path, one!)).toBe(`${asked(one!)} a list (*unstructured.UnstructuredList)`);
    expect(await ask('/api/v1/nodes', one!)).toBe(`${asked(one!)} a list (*core.NodeList)`);
    expect(await ask(`${definitionsPath}/${definition.metadata.name}`, many!)).toBe(
      `${asked(many!)} not a list (*apiextensions.CustomResourceDefinition)`,
    );
    const protobuf = await harness.call('GET', path, { headers: { accept: 'application/vnd.kubernetes.protobuf' } });
    expect(protobuf.text()).toContain('application/json, application/yaml, application/vnd.kubernetes.protobuf');
    expect((await harness.call('GET', `${path}?includeObject=Foo`)).code).toBe(200);
  });

  it('are shown again when they are deleted again', async () => {
    const body = { ...widget('held'), metadata: { name: 'held', finalizers: ['example.com/held'] } };
    await harness.create(path, body);
    for (let time = 0; time < 2; time++) {
      const answer = await harness.call('DELETE', `${path}/held`);
      expect(answer.json()).toMatchObject({ kind: 'Widget', metadata: { deletionGracePeriodSeconds: 0 } });
    }
  });

  it('warn of finalizers without a domain', async () => {
    const body = {
      ...widget('final'),
      metadata: { name: 'final', finalizers: ['mine', 'example.com/fine', 'orphan'] },
    };
    const advice =
      'prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers';
    const answer = await harness.call('POST', `${path}?dryRun=All`, { body });
    expect(answer.headers.warning).toEqual([`299 - "metadata.finalizers: \\"mine\\": ${advice}"`]);
  });

  it('are warned of in deprecated versions, also where the answer is an error', async () => {
    const old = path.replace('/v1/', '/v1beta1/');
    const warning = ['299 - "example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget"'];
    expect((await harness.call('GET', old)).headers.warning).toEqual(warning);
    expect((await harness.call('GET', `${old}/none`)).headers.warning).toEqual(warning);
    expect((await harness.call('GET', path)).headers.warning).toBeUndefined();
  });

  it('have the subresources of their version alone', async () => {
    await harness.create(path, widget('sub'));
    expect((await harness.call('GET', `${path}/sub/status`)).code).toBe(200);
    expect((await harness.call('GET', `${path.replace('/v1/', '/v1beta1/')}/sub/status`)).code).toBe(404);
  });

  it('are shown as the newest schema has them, also when they were shown before and are stored otherwise', async () => {
    const paints = {
      spec: {
        group: 'paint.example.com',
        scope: 'Namespaced',
        names: { plural: 'paints', kind: 'Paint' },
        versions: [{ name: 'v1', served: true, storage: true, schema: version('v1').schema }],
      },
      metadata: { name: 'paints.paint.example.com' },
    };
    await harness.create(definitionsPath, paints);
    const paintsPath = '/apis/paint.example.com/v1/namespaces/default/paints';
    const type = { apiVersion: 'paint.example.com/v1', kind: 'Paint' };
    await harness.create(paintsPath, { ...type, metadata: { name: 'a' }, spec: { size: 1, color: 'red' } });
    const list = async () => (await harness.call('GET', paintsPath)).text();
    const get = async () => (await harness.call('GET', `${paintsPath}/a`)).text();
    const [first, second] = [await list(), await list()];
    expect(second.replace(/"resourceVersion":"\d+"/, '')).toBe(first.replace(/"resourceVersion":"\d+"/, ''));
    expect(second).toContain((await get()).trimEnd());
    const gloss = { size: { type: 'integer' }, gloss: { type: 'string', default: 'matt' } };
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: gloss } } } };
    const patch = [{ op: 'replace', path: '/spec/versions/0/schema', value: schema }];
    const headers = { 'content-type': 'application/json-patch+json' };
    await harness.call('PATCH', `${definitionsPath}/${paints.metadata.name}`, { headers, body: patch });
    for (let round = 0; round < 3; round++) {
      expect(JSON.parse(await list()).items[0].spec).toEqual({ size: 1, gloss: 'matt' });
      expect(JSON.parse(await get()).spec).toEqual({ size: 1, gloss: 'matt' });
    }
  });

  it('are refused or warned of fields that the schema does not know', async () => {
    const body = widget('strict', { size: 1, other: true });
    const strict = await harness.call('POST', `${path}?fieldValidation=Strict`, { body });
    expect(strict.json().message).toBe(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.other"',
    );
    const warned = await harness.call('POST', `${path}?fieldValidation=Warn`, { body });
    expect(warned.headers.warning).toEqual(['299 - "unknown field \\"spec.other\\""']);
    expect(warned.json().spec).toEqual({ size: 1 });
  });

  it('are selected by the fields that the definition names', async () => {
    await harness.create(path, widget('red', { color: 'red' }));
    await harness.create(path, widget('blue', { color: 'blue' }));
    const names = async (selector: string) => {
      const answer = await harness.call('GET', `${path}?fieldSelector=${selector}`);
      return answer.code === 200
        ? answer.json().items.map((item: { metadata: { name: string } }) => item.metadata.name)
        : answer.code;
    };
    expect(await names('spec.color=red')).toEqual(['red']);
    expect(await names('spec.size=1')).toBe(400);
  });

  it('are allowed by the names of their resource', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const subject = { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:unauthenticated' };
    await harness.create(`${rbac}/clusterroles`, {
      metadata: { name: 'widget-reader' },
      rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['list'] }],
    });
    expect((await harness.call('GET', path, { token: '' })).code).toBe(403);
    await harness.create(`${rbac}/clusterrolebindings`, {
      metadata: { name: 'widget-reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'widget-reader' },
      subjects: [subject],
    });
    expect((await harness.call('GET', path, { token: '' })).code).toBe(200);
    expect((await harness.call('POST', path, { token: '', body: widget('x') })).code).toBe(403);
  });
});
