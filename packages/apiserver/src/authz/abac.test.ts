import { afterEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { AbacAuthorizer, parseAbacPolicies } from './abac.ts';
import type { Attributes } from './authorizer.ts';

const VERSION = 'abac.authorization.kubernetes.io/v1beta1';
const policy = (spec: object) => JSON.stringify({ apiVersion: VERSION, kind: 'Policy', spec });

function allows(line: string, asked: Partial<Attributes> & { user?: Attributes['user'] }): boolean {
  const authorizer = new AbacAuthorizer(parseAbacPolicies(line, 'policies.jsonl'));
  const base = { isResource: true, group: '', subresource: '', namespace: 'ns', name: '', path: '' };
  const user = { name: 'alice', groups: ['system:authenticated'] };
  return authorizer.authorize({ ...base, user, verb: 'get', resource: 'pods', ...asked }).allowed === true;
}

const anybody = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
const inDevs = { name: 'bob', groups: ['devs', 'system:authenticated'] };
const path = (text: string) => ({ isResource: false, path: text });

describe('a policy', () => {
  it.each<[string, object, Parameters<typeof allows>[1], boolean]>([
    ['names a user', { user: 'alice', namespace: '*', resource: '*', apiGroup: '*' }, {}, true],
    ['is not about others', { user: 'bob', namespace: '*', resource: '*', apiGroup: '*' }, {}, false],
    ['names a group', { group: 'devs', namespace: '*', resource: '*' }, { user: inDevs }, true],
    ['names both', { user: 'alice', group: 'devs', namespace: '*', resource: '*' }, { user: inDevs }, false],
    ['names nobody', { namespace: '*', resource: '*' }, {}, false],
    ['is for all who are known', { user: '*', namespace: '*', resource: '*' }, { user: anybody }, false],
    ['is for all who are known', { group: '*', namespace: '*', resource: '*' }, {}, true],
    ['is about one namespace', { user: 'alice', namespace: 'other', resource: '*' }, {}, false],
    ['is about what has none', { user: 'alice', resource: 'nodes' }, { resource: 'nodes', namespace: '' }, true],
    ['is about one resource', { user: 'alice', namespace: 'ns', resource: 'services' }, {}, false],
    ['is about one group', { user: 'alice', namespace: 'ns', resource: 'pods' }, { group: 'apps' }, false],
    ['lets read', { user: 'alice', namespace: 'ns', resource: 'pods', readonly: true }, { verb: 'watch' }, true],
    ['lets only read', { user: 'alice', namespace: 'ns', resource: 'pods', readonly: true }, { verb: 'create' }, false],
    ['is about all paths', { user: 'alice', nonResourcePath: '*' }, path('/x/y'), true],
    ['is about one path', { user: 'alice', nonResourcePath: '/version' }, path('/version/'), false],
    ['is about paths below', { user: 'alice', nonResourcePath: '/api/*' }, path('/api/v1'), true],
    ['is about paths below', { user: 'alice', nonResourcePath: '/api/*' }, path('/api'), false],
    ['is about paths or resources', { user: 'alice', nonResourcePath: '*' }, {}, false],
  ])('%s: %j', (_what, spec, asked, expected) => {
    expect(allows(policy(spec), asked)).toBe(expected);
  });

  it('without a version matches what it does not name', () => {
    expect(allows('{"user":"alice"}', { group: 'apps', resource: 'deployments' })).toBe(true);
    expect(allows('{"user":"alice"}', path('/metrics'))).toBe(true);
    expect(allows('{"user":"alice","resource":"pods"}', path('/metrics'))).toBe(false);
    expect(allows('{"readonly":true}', {})).toBe(true);
    expect(allows('{"readonly":true}', { user: anybody })).toBe(false);
  });
});

describe('a policy file', () => {
  it('has comments and empty lines', () => {
    expect(parseAbacPolicies(`# all\n\n  ${policy({ user: 'a' })}\n`, 'f')).toHaveLength(1);
  });

  it.each([
    ['{', /^error reading policy file f, line 2: \{: /],
    ['{"apiVersion":"v1","kind":"Pod"}', /line 2: .*: no kind "Pod" is registered for version "v1"$/],
    [policy({ user: 1 }), /line 2: .*: user is no text$/],
    [policy({ readonly: 'yes' }), /line 2: .*: readonly is neither true nor false$/],
    ['[]', /line 2: .*: it is no JSON object$/],
  ])('with the line %s is refused', (line, message) => {
    expect(() => parseAbacPolicies(`${policy({ user: 'a' })}\n${line}`, 'f')).toThrow(message);
  });
});

describe('the mode ABAC', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('decides about requests', async () => {
    const lines = [policy({ user: 'jane', namespace: 'default', resource: 'pods', readonly: true })];
    const policies = parseAbacPolicies(`${lines.join('\n')}\n${policy({ user: 'jane', nonResourcePath: '/v*' })}`, 'f');
    harness = await Harness.start({ authorizers: [{ type: 'ABAC', policies }] });
    const jane = { headers: { 'impersonate-user': 'jane' } };
    expect((await harness.call('GET', '/api/v1/namespaces/default/pods', jane)).code).toBe(200);
    const refused = await harness.call('GET', '/api/v1/namespaces/default/services', jane);
    expect(refused.json().message).toBe(
      'services is forbidden: User "jane" cannot list resource "services" in API group "" in the namespace "default": No policy matched.',
    );
  });

  it('lists what it lets do', async () => {
    const all = { user: 'jane', namespace: '*', resource: '*', apiGroup: '*', readonly: false, nonResourcePath: '/v*' };
    const policies = parseAbacPolicies(policy(all), 'f');
    harness = await Harness.start({ authorizers: [{ type: 'ABAC', policies }] });
    const review = await harness.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      headers: { 'impersonate-user': 'jane' },
      body: { spec: { namespace: 'default' } },
    });
    expect(review.json().status).toEqual({
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/v*'] }],
      incomplete: false,
    });
  });
});
