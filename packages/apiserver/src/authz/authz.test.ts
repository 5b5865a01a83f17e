import type { PolicyRule } from '@kubets/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { User } from '../request.ts';
import type { Attributes } from './authorizer.ts';
import { compileRule, missingRights, printRule } from './rules.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start({
    tokens: new Map([
      ['admin-token', { name: 'admin', groups: ['system:masters', 'system:authenticated'] }],
      ['jane', { name: 'jane', groups: ['devs', 'system:authenticated'] }],
      ['node', { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }],
    ]),
  });
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await harness.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
afterAll(() => harness.stop());

function ask(user: User, rest: Partial<Attributes>): Attributes {
  const base = {
    isResource: true,
    group: '',
    subresource: '',
    namespace: '',
    name: '',
    path: '',
    verb: 'get',
    resource: 'pods',
  };
  return { user, ...base, ...rest };
}

/** Resolves once the authorizer has seen what was written. */
async function settled(attributes: Attributes): Promise<void> {
  while (!harness.front.authorizer.authorize(attributes).allowed) await new Promise((resolve) => setImmediate(resolve));
}

describe('role-based access control', () => {
  it('adds up what roles bound to a user and to the groups allow', async () => {
    const rules: PolicyRule[] = [
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] },
      { verbs: ['update'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'] },
      { verbs: ['*'], apiGroups: ['apps'], resources: ['*/scale'] },
    ];
    await harness.create(`${RBAC}/namespaces/default/roles`, { metadata: { name: 'dev' }, rules });
    await harness.create(`${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name: 'dev' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'dev' },
      subjects: [{ kind: 'Group', name: 'devs', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    const jane: User = { name: 'jane', groups: ['devs'] };
    const namespace = 'default';
    await settled(ask(jane, { namespace }));
    const may = (rest: Partial<Attributes>) => harness.front.authorizer.authorize(ask(jane, rest)).allowed === true;
    expect(may({ namespace, subresource: 'log' })).toBe(true);
    expect(may({ namespace: 'other' })).toBe(false);
    expect(may({ namespace, verb: 'delete' })).toBe(false);
    expect(may({ namespace, verb: 'update', resource: 'configmaps', name: 'one' })).toBe(true);
    expect(may({ namespace, verb: 'update', resource: 'configmaps', name: 'two' })).toBe(false);
    expect(may({ namespace, verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale' })).toBe(true);
    expect(may({ namespace, verb: 'update', group: 'apps', resource: 'deployments' })).toBe(false);
  });

  it('matches URLs by their beginning', () => {
    const someone: User = { name: 'x', groups: ['system:authenticated'] };
    const path = (text: string) =>
      harness.front.authorizer.authorize(ask(someone, { isResource: false, path: text })).allowed === true;
    expect([path('/version'), path('/apis/apps/v1'), path('/metrics')]).toEqual([true, true, false]);
  });

  it('answers access reviews with the binding that allows', async () => {
    const review = await harness.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      token: 'jane',
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } } },
    });
    expect(review.json().status).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "dev/default" of Role "dev" to Group "devs"',
    });
    const empty = await harness.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      body: { spec: {} },
    });
    expect(empty.code).toBe(422);
    const rules = await harness.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      token: 'jane',
      body: { spec: { namespace: 'default' } },
    });
    expect(rules.json().status.resourceRules).toContainEqual({
      verbs: ['get', 'list'],
      apiGroups: [''],
      resources: ['pods', 'pods/log'],
    });
  });

  it('answers access reviews by the selectors that they name, and says which it cannot read', async () => {
    const review = (more: object) =>
      harness.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        body: {
          spec: {
            user: 'system:node:n1',
            groups: ['system:nodes'],
            resourceAttributes: { verb: 'list', resource: 'pods', ...more },
          },
        },
      });
    const own = { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1'] }] };
    expect((await review({ fieldSelector: own })).json().status).toEqual({ allowed: true });
    expect((await review({ fieldSelector: { rawSelector: 'spec.nodeName=n1' } })).json().status.allowed).toBe(true);
    const reason = 'can only list/watch pods with spec.nodeName field selector';
    const unreadable = { fieldSelector: { rawSelector: 'spec.nodeName=n1,?' }, labelSelector: { rawSelector: ',,' } };
    const ignored = (name: string) => `spec.resourceAttributes.${name} ignored due to parse error`;
    expect((await review(unreadable)).json().status).toEqual({
      allowed: false,
      reason,
      evaluationError: `[${ignored('fieldSelector')}, ${ignored('labelSelector')}]`,
    });
    const several = { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1', 'n2'] }] };
    const status = { allowed: false, reason, evaluationError: ignored('fieldSelector') };
    expect((await review({ fieldSelector: several })).json().status).toEqual(status);
    const twice = await review({ fieldSelector: { ...own, rawSelector: 'spec.nodeName=n1' } });
    expect(twice.json().message).toContain('may not specified at the same time as requirements');
  });

  it('lets nobody grant what they do not have', async () => {
    const editor = [{ verbs: ['*'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'] }];
    const onlyWrites = editor.map((rule) => ({ ...rule, verbs: ['get', 'create', 'update'] }));
    await harness.create(`${RBAC}/namespaces/default/roles`, { metadata: { name: 'editor' }, rules: onlyWrites });
    await harness.create(`${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name: 'editor' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'editor' },
      subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    await settled(
      ask(
        { name: 'jane', groups: [] },
        { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'roles', namespace: 'default' },
      ),
    );
    const wanted = {
      metadata: { name: 'mine' },
      rules: [{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] }],
    };
    const refused = await harness.call('POST', `${RBAC}/namespaces/default/roles`, { token: 'jane', body: wanted });
    expect(refused.json().message).toBe(
      'roles.rbac.authorization.k8s.io "mine" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
    );
    const less = { ...wanted, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] };
    expect((await harness.call('POST', `${RBAC}/namespaces/default/roles`, { token: 'jane', body: less })).code).toBe(
      201,
    );
    const binding = {
      metadata: { name: 'root' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
    };
    const bound = await harness.call('POST', `${RBAC}/namespaces/default/rolebindings`, {
      token: 'jane',
      body: binding,
    });
    expect([bound.code, bound.json().message]).toEqual([403, expect.stringContaining('not currently held')]);
  });

  it('knows what of a rule is covered by others', () => {
    const owned = [compileRule({ verbs: ['*'], apiGroups: ['apps'], resources: ['*'] })];
    expect(
      missingRights(owned, [{ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'] }]),
    ).toEqual([]);
    const missing = missingRights(owned, [{ verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods'] }]);
    expect(missing.map(printRule)).toEqual(['{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}']);
  });
});

describe('nodes', () => {
  it('read only what their pods use', async () => {
    const node: User = { name: 'system:node:n1', groups: ['system:nodes'] };
    const may = (rest: Partial<Attributes>) =>
      harness.front.authorizer.authorize(ask(node, { namespace: 'default', ...rest }));
    await harness.create('/api/v1/nodes', { metadata: { name: 'n1' } });
    await harness.create('/api/v1/namespaces/default/pods', {
      metadata: { name: 'web' },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'settings' } }] }],
        volumes: [{ name: 's', secret: { secretName: 'password' } }],
      },
    });
    await settled(ask(node, { namespace: 'default', name: 'web' }));
    expect(may({ resource: 'secrets', name: 'password' }).allowed).toBe(true);
    expect(may({ resource: 'configmaps', name: 'settings' }).allowed).toBe(true);
    expect(may({ resource: 'secrets', name: 'other' })).toEqual({
      allowed: undefined,
      reason: "no relationship found between node 'n1' and this object",
    });
    expect(may({ resource: 'secrets', name: 'password', verb: 'delete' }).reason).toBe(
      'can only read resources of this type',
    );
    expect(may({ resource: 'pods', verb: 'list', fieldSelector: 'spec.nodeName=n1' }).allowed).toBe(true);
    expect(may({ resource: 'pods', verb: 'list' }).reason).toBe(
      'can only list/watch pods with spec.nodeName field selector',
    );
    expect(may({ resource: 'nodes', namespace: '', name: 'n2' }).reason).toContain('only its own Node object');
    const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease' };
    expect([may({ ...lease, name: 'n1' }).allowed, may({ ...lease, name: 'n2' }).allowed]).toEqual([true, undefined]);
  });
});
