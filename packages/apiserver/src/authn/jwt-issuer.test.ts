import { silentLogger, VirtualClock } from '@kubets/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { HttpsCall } from '../webhooks/https-caller.ts';
import { oidcIssuer, parseAuthenticationConfiguration } from './configuration.ts';
import { JwtKeys } from './jwt.ts';
import { JwtIssuer } from './jwt-issuer.ts';
import { WebhookTokens } from './webhook-tokens.ts';

const URL = 'https://issuer.example.org';
const clock = new VirtualClock();
const nowSeconds = Math.floor(clock.now() / 1000);
let keys: JwtKeys;
let strangers: JwtKeys;
const calls: HttpsCall[] = [];
const caller = {
  async call(call: HttpsCall) {
    calls.push(call);
    const isDiscovery = call.url.endsWith('/.well-known/openid-configuration');
    const body = isDiscovery ? { issuer: URL, jwks_uri: `${URL}/keys` } : { keys: keys.jwks() };
    return { code: 200, headers: {}, body: JSON.stringify(body) };
  },
};

beforeAll(async () => {
  [keys, strangers] = await Promise.all([JwtKeys.generate(), JwtKeys.generate()]);
});

const file = (more: string) => `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: ${URL}, audiences: [kubets, other]}
${more}
`;
const SIMPLE = `  claimMappings:
    username: {claim: sub, prefix: "oidc:"}
    groups: {claim: roles, prefix: "g:"}`;

const issuer = (more = SIMPLE) =>
  new JwtIssuer(parseAuthenticationConfiguration(file(more)).issuers[0]!, { caller, clock, apiAudiences: ['api'] });
const claims = (more: object = {}) => ({ iss: URL, aud: 'kubets', sub: 'jane', exp: nowSeconds + 60, ...more });
const signed = (more: object = {}) => keys.sign(claims(more));

describe('an issuer of tokens', () => {
  it('vouches for users and their groups', async () => {
    const found = await issuer().authenticateToken(await signed({ roles: ['a', 'b'] }), []);
    expect(found?.user).toEqual({ name: 'oidc:jane', groups: ['g:a', 'g:b'] });
    const forApi = await issuer().authenticateToken(await signed(), ['api', 'vault']);
    expect(forApi?.audiences).toEqual(['api']);
    expect(await issuer().authenticateToken(await signed(), ['vault'])).toBeUndefined();
  });

  it('is asked for its keys once, and again for a key that is new', async () => {
    const one = issuer();
    calls.length = 0;
    await one.authenticateToken(await signed(), []);
    await one.authenticateToken(await signed(), []);
    expect(calls.map(({ url }) => url)).toEqual([`${URL}/.well-known/openid-configuration`, `${URL}/keys`]);
    await expect(one.authenticateToken(await strangers.sign(claims()), [])).rejects.toThrow(
      'failed to verify signature',
    );
    expect(calls).toHaveLength(2);
    clock.advance(10_000);
    await expect(one.authenticateToken(await strangers.sign(claims()), [])).rejects.toThrow(
      'failed to verify signature',
    );
    expect(calls).toHaveLength(4);
  });

  it.each([
    [{ exp: nowSeconds - 1 }, 'oidc: token is expired'],
    [{ nbf: nowSeconds + 50 }, 'before nbf'],
    [{ aud: ['somebody'] }, 'expected audience in'],
    [{ sub: '' }, 'missing or empty'],
  ])('is not believed for %o', async (more, message) => {
    await expect(issuer().authenticateToken(await signed(more), [])).rejects.toThrow(message);
  });

  it('has nothing to do with the tokens of others, or without a signature', async () => {
    expect(await issuer().authenticateToken(await signed({ iss: 'https://other' }), [])).toBeUndefined();
    expect(await issuer().authenticateToken('nonsense', [])).toBeUndefined();
    const [, payload] = (await signed()).split('.');
    const none = `${btoa('{"alg":"none"}').replace(/=+$/, '')}.${payload}.x`;
    await expect(issuer().authenticateToken(none, [])).rejects.toThrow('failed to verify signature');
  });

  it('maps claims with expressions, and is held to rules', async () => {
    const one = issuer(`  claimValidationRules:
  - {claim: hd, requiredValue: example.org}
  - {expression: "claims.exp - claims.iat < 3600", message: "lives too long"}
  claimMappings:
    username: {expression: "claims.email.split('@')[0]"}
    groups: {expression: "claims.roles.split(',')"}
    uid: {claim: sub}
    extra: [{key: example.org/tenant, valueExpression: claims.tenant}]
  userValidationRules:
  - {expression: "!user.username.startsWith('system:')", message: "no system users"}`);
    const good = { hd: 'example.org', iat: nowSeconds, email: 'joe@example.org', roles: 'a,b', tenant: 't' };
    expect((await one.authenticateToken(await signed(good), []))?.user).toEqual({
      name: 'joe',
      uid: 'jane',
      groups: ['a', 'b'],
      extra: { 'example.org/tenant': ['t'] },
    });
    const refused = async (more: object) => one.authenticateToken(await signed({ ...good, ...more }), []);
    await expect(refused({ hd: 'x' })).rejects.toThrow('required claim hd value does not match');
    await expect(refused({ iat: nowSeconds - 4000 })).rejects.toThrow('lives too long');
    await expect(refused({ email: 'system:admin@x' })).rejects.toThrow('no system users');
  });

  it.each([
    ['  claimMappings: {username: {claim: sub}}', 'jwt[0].claimMappings.username.prefix: Required value'],
    ['  claimMappings: {}', 'jwt[0].claimMappings.username: Required value'],
    [
      '  claimMappings: {username: {expression: "claims +"}}',
      'jwt[0].claimMappings.username.expression: Invalid value',
    ],
  ])('with %s is refused', (more, message) => {
    expect(() => parseAuthenticationConfiguration(file(more))).toThrow(message);
  });
});

describe('the options of one issuer', () => {
  const options = { issuerUrl: URL, clientId: 'kubets' };

  it('have the usual claims and prefixes', async () => {
    const one = new JwtIssuer(oidcIssuer(options), { caller, clock, apiAudiences: [] });
    expect((await one.authenticateToken(await signed(), []))?.user).toEqual({ name: `${URL}#jane`, groups: [] });
    const mapped = oidcIssuer({ ...options, usernamePrefix: '-', groupsClaim: 'roles', requiredClaims: ['hd=a=b'] });
    expect(mapped.requiredClaims).toEqual([{ claim: 'hd', value: 'a=b' }]);
    const other = new JwtIssuer(mapped, { caller, clock, apiAudiences: [] });
    expect((await other.authenticateToken(await signed({ roles: 'r', hd: 'a=b' }), []))?.user).toEqual({
      name: 'jane',
      groups: ['r'],
    });
    expect(oidcIssuer({ ...options, usernameClaim: 'email' }).username).toEqual({ claim: 'email', prefix: '' });
  });
});

describe('requests without credentials', () => {
  it('may be welcome at some paths only', async () => {
    const { anonymous } = parseAuthenticationConfiguration(
      '{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, anonymous: {enabled: true, conditions: [{path: /livez}]}}',
    );
    const harness = await Harness.start({ anonymous: anonymous! });
    expect((await harness.call('GET', '/livez?verbose', { token: '' })).code).toBe(200);
    expect((await harness.call('GET', '/version', { token: '' })).code).toBe(401);
    await harness.stop();
  });
});

describe('a token webhook', () => {
  let harness: Harness;
  const asked: HttpsCall[] = [];
  beforeAll(async () => {
    const webhook = {
      async call(call: HttpsCall) {
        asked.push(call);
        const { token } = JSON.parse(call.body!).spec as { token: string };
        const user = { username: 'remote', uid: '7', groups: ['friends'], extra: { k: ['v'] } };
        const status =
          token === 'good' ? { authenticated: true, user } : { authenticated: false, error: 'unknown token' };
        return { code: 201, headers: {}, body: JSON.stringify({ status }) };
      },
    };
    const tokens = new WebhookTokens({ endpoint: { url: 'https://tokens.example.org' }, caller: webhook, clock });
    harness = await Harness.start({ tokenAuthenticators: [tokens], logger: silentLogger });
  });
  afterAll(() => harness.stop());

  it('is asked whom a token stands for', async () => {
    const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const answer = await harness.call('POST', reviews, { token: 'good', body: {} });
    expect(answer.json().status.userInfo).toEqual({
      username: 'remote',
      uid: '7',
      groups: ['friends', 'system:authenticated'],
      extra: { k: ['v'] },
    });
    await harness.call('POST', reviews, { token: 'good', body: {} });
    expect(asked).toHaveLength(1);
    expect((await harness.call('POST', reviews, { token: 'bad', body: {} })).code).toBe(401);
  });
});
