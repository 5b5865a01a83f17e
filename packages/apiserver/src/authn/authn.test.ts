import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const accounts = '/api/v1/namespaces/default/serviceaccounts';
const WHO = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

beforeAll(async () => {
  harness = await Harness.start();
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await harness.create(accounts, { metadata: { name: 'robot' } });
  await harness.call('POST', accounts, { body: { metadata: { name: 'default' } } });
});
afterAll(() => harness.stop());

const tokenFor = async (account: string, spec: object = {}) =>
  harness.call('POST', `${accounts}/${account}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
  });
const whoIs = async (token: string) => harness.call('POST', WHO, { token, body: {} });

describe('service-account tokens', () => {
  it('stand for their account', async () => {
    const answer = await tokenFor('robot');
    expect(answer.code).toBe(201);
    const { status, spec } = answer.json();
    expect(spec).toMatchObject({ audiences: ['https://kubernetes.default.svc'], expirationSeconds: 3600 });
    const { userInfo } = (await whoIs(status.token)).json().status;
    expect(userInfo).toMatchObject({
      username: 'system:serviceaccount:default:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
    });
  });

  it('end with what they are bound to, and are good only for their audience', async () => {
    const pod = {
      metadata: { name: 'p' },
      spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] },
    };
    const { metadata } = (await harness.create('/api/v1/namespaces/default/pods', pod)).json();
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: metadata.uid };
    const token = (await tokenFor('robot', { boundObjectRef })).json().status.token;
    const review = async () =>
      (await harness.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: { spec: { token } } })).json()
        .status;
    expect(await review()).toMatchObject({
      authenticated: true,
      user: { extra: { 'authentication.kubernetes.io/pod-name': ['p'] } },
      // Who asks for no audience asks for the API server's.
      audiences: ['https://kubernetes.default.svc'],
    });
    await harness.call('DELETE', '/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0');
    const error = '[invalid bearer token, service account token has been invalidated]';
    expect(await review()).toEqual({ user: {}, error });
    const other = (await tokenFor('robot', { audiences: ['elsewhere'] })).json().status.token;
    expect((await whoIs(other)).code).toBe(401);
    expect((await whoIs(`${other.slice(0, -3)}abc`)).code).toBe(401);
  });

  it('are refused for what cannot be', async () => {
    expect((await tokenFor('robot', { expirationSeconds: 10 })).json().message).toBe(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    );
    expect((await tokenFor('nobody')).json().message).toBe('serviceaccounts "nobody" not found');
    expect((await tokenFor('robot', { boundObjectRef: { kind: 'Pod', name: 'none' } })).json().message).toBe(
      'pods "none" not found',
    );
    const toJob = await tokenFor('robot', { boundObjectRef: { kind: 'Job', apiVersion: 'batch/v1', name: 'x' } });
    expect([toJob.code, toJob.json().message]).toEqual([400, 'cannot bind token to object of type batch/v1, Kind=Job']);
    const secret = await harness.create('/api/v1/namespaces/default/secrets', { metadata: { name: 'bound' } });
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 'bound', uid: 'other' };
    const stale = await tokenFor('robot', { boundObjectRef });
    expect([stale.code, stale.json().message]).toEqual([
      409,
      'Operation cannot be fulfilled on Secret "bound": the UID in the bound object reference (other) does not match the UID in record. The object might have been deleted and then recreated',
    ]);
    const { uid } = secret.json().metadata;
    expect((await tokenFor('robot', { boundObjectRef: { ...boundObjectRef, uid } })).code).toBe(201);
    expect((await tokenFor('robot', 5 as never)).code).toBe(400);
  });

  it('of pods last a year, unless that is turned off or something shorter is the most', async () => {
    const claimsOf = (token: string) =>
      JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
    const node = { metadata: { name: 'p2' }, spec: { nodeName: 'gone', containers: [{ name: 'c', image: 'i' }] } };
    const spec = { expirationSeconds: 3607, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p2' } };
    const lasting = async (on: Harness, path: string) => {
      const created = await on.create('/api/v1/namespaces/default/pods', node);
      const answer = await on.call('POST', path, { body: { spec } });
      const claims = claimsOf(answer.json().status.token);
      return { answer, claims, pod: created.json().metadata, lastsSeconds: claims.exp - claims.iat };
    };
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const { claims, pod, answer, lastsSeconds } = await lasting(harness, path);
    expect(lastsSeconds).toBe(365 * 24 * 3600);
    expect(claims['kubernetes.io']).toEqual({
      namespace: 'default',
      node: { name: 'gone' },
      pod: { name: 'p2', uid: pod.uid },
      serviceaccount: { name: 'default', uid: expect.any(String) },
      warnafter: claims.iat + 3607,
    });
    expect(answer.json().spec.expirationSeconds).toBe(3607);
    expect(claims.jti).toMatch(/^[\da-f-]{36}$/);
    const short = await Harness.start({ tokenLimits: { extendsPodTokens: false } });
    expect((await lasting(short, path)).lastsSeconds).toBe(3607);
    await short.stop();
    const limited = await Harness.start({ tokenLimits: { maxSeconds: 3600 } });
    const least = await lasting(limited, path);
    expect([least.lastsSeconds, least.answer.json().spec.expirationSeconds]).toEqual([3600, 3600]);
    expect(least.answer.headers.warning).toEqual([
      '299 - "requested expiration of 3607 seconds shortened to 3600 seconds"',
    ]);
    await limited.stop();
  });

  it('without an end note when they were last used, until they are marked', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    const { uid } = (await harness.call('GET', `${accounts}/robot`)).json().metadata;
    const names = { namespace: 'default', serviceAccount: { name: 'robot', uid }, secretName: 'old' };
    const token = await harness.front.tokens.issueLegacy(names);
    await harness.create(secrets, {
      metadata: { name: 'old', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
      type: 'kubernetes.io/service-account-token',
      data: { token: btoa(token) },
    });
    expect((await whoIs(token)).json().status.userInfo.username).toBe('system:serviceaccount:default:robot');
    const labels = async () => (await harness.call('GET', `${secrets}/old`)).json().metadata.labels;
    while (!(await labels())) await new Promise((resolve) => setImmediate(resolve));
    expect(await labels()).toEqual({
      'kubernetes.io/legacy-token-last-used': expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    await harness.call('PATCH', `${secrets}/old`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { labels: { 'kubernetes.io/legacy-token-invalid-since': '2024-01-01' } } },
    });
    const review = await harness.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      body: { spec: { token } },
    });
    expect(review.json().status.error).toContain(
      'the token in secret default/old for service account default/robot has been marked invalid.',
    );
    const tracking = '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking';
    expect((await harness.call('GET', tracking)).json().data).toEqual({
      since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
  });

  it('can be checked by others', async () => {
    const keys = (await harness.call('GET', '/openid/v1/jwks')).json().keys;
    expect(keys[0]).toMatchObject({ kty: 'EC', alg: 'ES256', use: 'sig' });
    const configuration = (await harness.call('GET', '/.well-known/openid-configuration')).json();
    expect(configuration.issuer).toBe('https://kubernetes.default.svc');
  });
});

describe('bootstrap tokens', () => {
  it('let new nodes in until they expire', async () => {
    await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'kube-system' } } });
    const secret = (id: string, expiration: string) => ({
      metadata: { name: `bootstrap-token-${id}` },
      type: 'bootstrap.kubernetes.io/token',
      stringData: {
        'token-id': id,
        'token-secret': '0123456789abcdef',
        expiration,
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': 'system:bootstrappers:nodes,other',
      },
    });
    await harness.create('/api/v1/namespaces/kube-system/secrets', secret('abcdef', '2999-01-01T00:00:00Z'));
    await harness.create('/api/v1/namespaces/kube-system/secrets', secret('expire', '2000-01-01T00:00:00Z'));
    const { userInfo } = (await whoIs('abcdef.0123456789abcdef')).json().status;
    expect(userInfo).toMatchObject({
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:nodes', 'system:authenticated'],
    });
    expect((await whoIs('abcdef.0123456789abcdee')).code).toBe(401);
    expect((await whoIs('expire.0123456789abcdef')).code).toBe(401);
  });
});

describe('certificates, proxies and impersonation', () => {
  const certificate = { commonName: 'jane', organizations: ['devs'], fingerprint: 'f', authority: 'client' as const };

  it('takes name and groups from a client certificate', async () => {
    const answer = await harness.call('POST', WHO, { token: '', certificate, body: {} });
    expect(answer.json().status.userInfo).toMatchObject({ username: 'jane', groups: ['devs', 'system:authenticated'] });
    const unknown = { ...certificate, authority: 'unknown' as const };
    expect((await harness.call('POST', WHO, { token: '', certificate: unknown, body: {} })).code).toBe(401);
  });

  it('believes a front proxy', async () => {
    const headers = { 'x-remote-user': 'joe', 'x-remote-group': 'a, b', 'x-remote-extra-scopes': 's' };
    const proxy = { ...certificate, commonName: 'front-proxy-client', authority: 'front-proxy' as const };
    const answer = await harness.call('POST', WHO, { token: '', certificate: proxy, headers, body: {} });
    expect(answer.json().status.userInfo).toMatchObject({
      username: 'joe',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { scopes: ['s'] },
    });
    const stranger = { ...proxy, commonName: 'stranger' };
    expect((await harness.call('POST', WHO, { token: '', certificate: stranger, headers, body: {} })).code).toBe(401);
  });

  it('lets those who may act as others', async () => {
    const headers = { 'impersonate-user': 'bob', 'impersonate-group': 'ops' };
    const answer = await harness.call('POST', WHO, { headers, body: {} });
    expect(answer.json().status.userInfo).toMatchObject({ username: 'bob', groups: ['ops', 'system:authenticated'] });
    const refused = await harness.call('POST', WHO, { token: '', certificate, headers, body: {} });
    expect(refused.json().message).toBe(
      'users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    expect((await harness.call('GET', '/api', { headers: { 'impersonate-group': 'x' } })).code).toBe(400);
  });
});
