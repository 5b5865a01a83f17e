import { silentLogger } from '@kubets/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { HttpsCall } from '../webhooks/https-caller.ts';
import { authorizersOfModes, parseAuthorizationConfiguration } from './configuration.ts';

let harness: Harness;
let status: object | undefined;
const calls: HttpsCall[] = [];
const caller = {
  async call(call: HttpsCall) {
    calls.push(call);
    if (!status) throw new Error('dial tcp: connect: connection refused');
    return { code: 201, headers: {}, body: JSON.stringify({ ...JSON.parse(call.body!), status }) };
  },
};
const endpoint = { url: 'https://authz.example.org/' };
const asJane = { headers: { 'impersonate-user': 'jane' } };
const pods = '/api/v1/namespaces/default/pods';

beforeEach(() => {
  calls.length = 0;
  status = { allowed: true, reason: 'jane may' };
});
afterEach(() => harness?.stop());

async function start(file: string): Promise<void> {
  const authorizers = parseAuthorizationConfiguration(
    `{apiVersion: apiserver.config.k8s.io/v1, kind: AuthorizationConfiguration, authorizers: [${file}]}`,
    () => endpoint,
  );
  harness = await Harness.start({ authorizers, httpsCaller: caller, logger: silentLogger });
}

const webhook = (more = '', failurePolicy = 'NoOpinion') =>
  `{type: Webhook, name: w, webhook: {timeout: 3s, failurePolicy: ${failurePolicy}, connectionInfo: {type: KubeConfigFile, kubeConfigFile: k} ${more}}}`;
const RBAC = '{type: RBAC, name: rbac}';

describe('an authorization webhook', () => {
  it('is asked with a review, and believed for a while', async () => {
    await start(`${RBAC}, ${webhook()}`);
    expect((await harness.call('GET', pods, asJane)).code).toBe(200);
    expect((await harness.call('GET', pods, asJane)).code).toBe(200);
    expect(calls).toHaveLength(1);
    expect(JSON.parse(calls[0]!.body!)).toMatchObject({
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: {
        resourceAttributes: { namespace: 'default', verb: 'list', version: 'v1', resource: 'pods' },
        user: 'jane',
        groups: ['system:authenticated'],
      },
    });
    const review = await harness.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      body: { spec: { user: 'joe', nonResourceAttributes: { verb: 'get', path: '/x' } } },
    });
    expect(review.json().status).toEqual({ allowed: true, reason: 'jane may' });
  });

  it('is told what a request limits itself to, as far as that can be read', async () => {
    await start(`${webhook()}, ${RBAC}`);
    const asked = async (query: string) => {
      await harness.call('GET', `${pods}?${query}`, asJane);
      return JSON.parse(calls.at(-1)!.body!).spec.resourceAttributes;
    };
    const labelSelector = encodeURIComponent('app in (b,a),tier!=x,new,!old');
    expect(await asked(`fieldSelector=spec.nodeName=n1,status.phase!=Failed&labelSelector=${labelSelector}`)).toEqual({
      namespace: 'default',
      verb: 'list',
      version: 'v1',
      resource: 'pods',
      fieldSelector: {
        requirements: [
          { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
          { key: 'status.phase', operator: 'NotIn', values: ['Failed'] },
        ],
      },
      labelSelector: {
        requirements: [
          { key: 'app', operator: 'In', values: ['a', 'b'] },
          { key: 'new', operator: 'Exists' },
          { key: 'old', operator: 'DoesNotExist' },
          { key: 'tier', operator: 'NotIn', values: ['x'] },
        ],
      },
    });
    const plain = { namespace: 'default', verb: 'list', version: 'v1', resource: 'pods' };
    expect(await asked('fieldSelector=nonsense&labelSelector=,,')).toEqual(plain);
  });

  it('refuses in its own words, and for those behind it only when it denies', async () => {
    await start(`${webhook()}, ${RBAC}`);
    status = { allowed: false, reason: 'not today' };
    expect((await harness.call('GET', pods, asJane)).json().message).toMatch(/: not today$/);
    const version = { headers: { 'impersonate-user': 'joe' } };
    expect((await harness.call('GET', '/version', version)).code).toBe(200);
    status = { denied: true, reason: 'never' };
    expect((await harness.call('GET', '/version/', version)).code).toBe(403);
  });

  it('that fails has no opinion, or denies', async () => {
    status = undefined;
    await start(`${webhook()}, ${RBAC}`);
    expect((await harness.call('GET', '/version', asJane)).code).toBe(200);
    await harness.stop();
    await start(`${webhook('', 'Deny')}, ${RBAC}`);
    expect((await harness.call('GET', '/version', asJane)).code).toBe(403);
  });

  it('is asked only what meets its conditions', async () => {
    await start(
      webhook(`, matchConditions: [{expression: "has(request.resourceAttributes) && request.user == 'jane'"}]`),
    );
    expect((await harness.call('GET', pods, { headers: { 'impersonate-user': 'joe' } })).code).toBe(403);
    expect(calls).toEqual([]);
    expect((await harness.call('GET', pods, asJane)).code).toBe(200);
  });
});

describe('authorization modes', () => {
  it('stand for authorizers', async () => {
    const sources = { webhook: () => endpoint, policies: () => [] };
    const authorizers = authorizersOfModes(['AlwaysAllow'], sources);
    harness = await Harness.start({ authorizers });
    expect((await harness.call('GET', pods, { token: '' })).code).toBe(200);
    expect(() => authorizersOfModes(['Some'], sources)).toThrow('authorization-mode "Some" is not a valid mode');
    expect(() => authorizersOfModes(['RBAC', 'RBAC'], sources)).toThrow('has mode specified more than once');
  });
});
