import { existsSync, readFileSync } from 'node:fs';
import { decodeEnvelope } from '@kubets/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { compareVersions } from './documents.ts';

const FACTS = new URL('../../../../../shared/reference/api/resources.json', import.meta.url);
let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start({ serverAddress: '10.0.0.1:6443' });
});
afterAll(() => harness.stop());

const get = async (path: string, accept = 'application/json') => harness.call('GET', path, { headers: { accept } });

describe('discovery', () => {
  it('lists versions, groups and resources', async () => {
    expect((await get('/api')).json()).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }],
    });
    const { groups } = (await get('/apis')).json();
    expect(groups.find((group: { name: string }) => group.name === 'autoscaling')).toEqual({
      name: 'autoscaling',
      versions: [
        { groupVersion: 'autoscaling/v2', version: 'v2' },
        { groupVersion: 'autoscaling/v1', version: 'v1' },
      ],
      preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
    });
    expect((await get('/apis/apps')).json().kind).toBe('APIGroup');
    expect((await get('/apis/nonsense')).code).toBe(404);
  });

  it('serves everything in one document, and says when it has not changed', async () => {
    for (const version of ['v2', 'v2beta1']) {
      const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;
      const answer = await get('/apis', accept);
      expect(answer.headers['content-type']).toBe(
        `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      );
      expect(answer.json()).toMatchObject({
        kind: 'APIGroupDiscoveryList',
        apiVersion: `apidiscovery.k8s.io/${version}`,
      });
      const again = await harness.call('GET', '/apis', {
        headers: { accept, 'if-none-match': String(answer.headers.etag) },
      });
      expect(again.code).toBe(304);
    }
    const protobuf = await get(
      '/apis',
      'application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    );
    expect(decodeEnvelope(protobuf.bytes).kind).toBe('APIGroupDiscoveryList');
  });

  it('wraps the verbs of a resource in a message of their own in protobuf', async () => {
    const { bytes } = await get('/api/v1', 'application/vnd.kubernetes.protobuf');
    const text = new TextDecoder('latin1').decode(decodeEnvelope(bytes).raw);
    // Field 4 of length 8, in it field 1 of length 6.
    expect(text).toContain('"\x08\n\x06create2\x07binding');
  });

  it.skipIf(!existsSync(FACTS))('agrees with the API in every resource', async () => {
    const facts = JSON.parse(readFileSync(FACTS, 'utf8')) as Record<string, Record<string, unknown>>;
    const served: Record<string, Record<string, unknown>> = {};
    const groupVersions = [
      'v1',
      ...(await get('/apis'))
        .json()
        .groups.flatMap((group: { versions: { groupVersion: string }[] }) =>
          group.versions.map((each) => each.groupVersion),
        ),
    ];
    for (const groupVersion of groupVersions) {
      const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
      for (const { name, ...resource } of (await get(path)).json().resources)
        served[`${groupVersion}/${name}`] = resource;
    }
    expect(Object.keys(served).sort()).toEqual(Object.keys(facts).sort());
    for (const [name, fact] of Object.entries(facts)) expect([name, served[name]]).toEqual([name, fact]);
  });

  it('takes no other method than GET where the resources are built in', async () => {
    for (const path of ['/api', '/api/v1', '/apis/apps/v1', '/apis/apiextensions.k8s.io/v1/', '/version']) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) {
        const answer = await harness.call(method, path);
        expect([method, path, answer.code]).toEqual([method, path, 405]);
        const message = 'the server does not allow this method on the requested resource';
        expect(answer.json()).toMatchObject({ reason: 'MethodNotAllowed', message });
      }
    }
    expect((await harness.call('POST', '/apis')).json().kind).toBe('APIGroupList');
    expect((await harness.call('POST', '/apis/apps')).json().kind).toBe('APIGroup');
  });

  it('has its documents at their very paths', async () => {
    const missing = { code: 404, message: 'the server could not find the requested resource', details: {} };
    for (const path of ['/api/v2', '/api/v1/none', '/apis/apps/v2', '/version/x']) {
      expect([path, (await get(path)).json()]).toMatchObject([path, missing]);
    }
    for (const path of ['//api', '//apis', '/apis//apps/v1', '/apis/none.example.com', '/healthz/', '/livez/ping/']) {
      const answer = await get(path);
      expect([path, answer.code, answer.text()]).toEqual([path, 404, '404 page not found\n']);
    }
    expect((await get('/api/v1//namespaces')).json()).toMatchObject(missing);
    expect((await get('/apis/')).json().kind).toBe('APIGroupList');
    expect((await get('/apis/apps/')).json().kind).toBe('APIGroup');
    expect((await get('/index.html')).json()).toEqual((await get('/')).json());
  });

  it('takes a slash at the end for none', async () => {
    for (const path of ['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/version']) {
      expect([path, (await get(`${path}/`)).json()]).toEqual([path, (await get(path)).json()]);
    }
    const configMaps = '/api/v1/namespaces/default/configmaps/';
    expect((await harness.call('POST', configMaps, { body: { metadata: { name: 'slash' } } })).code).toBe(201);
    expect((await get(configMaps)).json()).toMatchObject({ kind: 'ConfigMapList' });
    expect((await get(`${configMaps}/`)).json()).toMatchObject({ kind: 'ConfigMapList' });
    expect((await get(`${configMaps}slash/`)).json()).toMatchObject({ kind: 'ConfigMap' });
    expect((await harness.call('DELETE', `${configMaps}slash/`)).code).toBe(200);
    const { paths } = (await get('/')).json();
    expect(paths).not.toContain('/api/');
    expect(paths).not.toContain('/version/');
  });

  it('says which forms there are in the words of whoever chooses among them', async () => {
    const three = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
    const streams = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
    const routed = (types: string) => ({
      code: 406,
      message: `406: Not Acceptable\n\nAvailable representations: ${types}`,
      details: {},
    });
    expect((await get('/api/v1', 'text/plain')).json()).toMatchObject(routed(three));
    expect((await get('/api/v1', 'application/*')).json()).toMatchObject(routed(three));
    expect((await get('/version', 'application/xml')).json()).toMatchObject(routed('application/json'));
    expect((await get('/api/v1/pods', 'text/plain')).json()).toMatchObject(routed(`${three}, ${streams}`));
    expect((await get('/api/v1/pods/x', 'text/plain')).code).toBe(404);
    expect((await get('/api/v1/nodes/x', 'text/plain')).json()).toMatchObject(routed(three));
    expect((await get('/apis', 'text/plain')).json()).toMatchObject({
      code: 406,
      message: `only the following media types are accepted: ${three}`,
    });
    expect((await get('/api/v1/nodes', 'application/json;q=0')).code).toBe(200);
    expect((await get('/openapi/v2', 'text/plain')).code).toBe(406);
    expect((await get('/openapi/v3/none')).code).toBe(404);
  });

  it('orders versions by maturity', () => {
    const versions = ['v1beta1', 'v1', 'v2', 'v1alpha1', 'foo', 'v2beta1', 'v1beta2'];
    expect(versions.sort(compareVersions)).toEqual(['v2', 'v1', 'v2beta1', 'v1beta2', 'v1beta1', 'v1alpha1', 'foo']);
  });
});

describe('documents', () => {
  it('serves health with its checks', async () => {
    expect((await get('/livez')).text()).toBe('ok');
    expect((await harness.call('HEAD', '/healthz')).code).toBe(200);
    expect((await get('/readyz?verbose')).text()).toBe('[+]ping ok\n[+]shutdown ok\nreadyz check passed\n');
    expect((await get('/readyz?verbose&exclude=ping')).text()).toContain('[+]ping excluded: ok');
    expect((await get('/readyz/ping')).text()).toBe('ok');
    harness.front.health.startShutdown();
    expect((await get('/readyz')).code).toBe(500);
  });

  it('serves OpenAPI with hashes', async () => {
    const { paths } = (await get('/openapi/v3')).json();
    const url = paths['apis/apps/v1'].serverRelativeURL;
    const answer = await get(url);
    expect(answer.json()).toMatchObject({ openapi: '3.0.0' });
    expect(answer.headers['cache-control']).toBe('public, immutable');
    expect((await get('/openapi/v3/apis/apps/v1?hash=old')).code).toBe(301);
    expect((await get('/openapi/v2')).json().swagger).toBe('2.0');
    expect((await get('/openapi/v3/apis/nonsense/v1')).code).toBe(404);
  });

  it('serves version, metrics and the list of paths', async () => {
    expect((await get('/version')).json()).toMatchObject({ major: '1', minor: '36' });
    expect((await get('/metrics')).text()).toMatch(/apiserver_request_total\{code="200",.*\} \d+/);
    const { paths } = (await get('/')).json();
    expect(paths).toEqual(expect.arrayContaining(['/apis', '/apis/', '/apis/apps/v1', '/healthz', '/version']));
    expect(paths).toEqual([...paths].sort());
  });
});
