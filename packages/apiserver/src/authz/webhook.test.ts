import { silentLogger } from '@kubets/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { HttpsCall } from '../webhooks/https-caller.ts';
import { authorizersOfModes, parseAuthorizationConfiguration } from './configuration.ts';

let harness: Harness;
let status: object | undefined;
/** What is answered instead, by the spec of the question. */
let answerOf: ((spec: { resourceAttributes?: { verb?: string } }) => object) | undefined;
const calls: HttpsCall[] = [];
const caller = {
  async call(call: HttpsCall) {
    calls.push(call);
    if (!status) throw new Error('dial tcp: connect: connection refused');
    const { spec, ...review } = JSON.parse(call.body!);
    if (review.kind === 'AdmissionReview') {
      const response = { uid: review.request.uid, allowed: true };
      return { code: 200, headers: {}, body: JSON.stringify({ ...review, response }) };
    }
    return { code: 201, headers: {}, body: JSON.stringify({ ...review, spec, status: answerOf?.(spec) ?? status }) };
  },
};
const endpoint = { url: 'https://authz.example.org/' };
const asJane = { headers: { 'impersonate-user': 'jane' } };
const pods = '/api/v1/namespaces/default/pods';

beforeEach(() => {
  calls.length = 0;
  answerOf = undefined;
  status = { allowed: true, reason: 'jane may' };
});
afterEach(() => harness?.stop());

async function start(file: string): Promise<void> {
  const authorizers = parseAuthorizationConfiguration(
    `{apiVersion: apiserver.config.k8s.io/v1, kind: AuthorizationConfiguration, authorizers: [${file}]}`,
    { endpointOf: () => endpoint, policies: () => [] },
  );
  harness = await Harness.start({ authorizers, httpsCaller: caller, logger: silentLogger }, { httpsCaller: caller });
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

describe('where an answer is needed at once, it is asked too', () => {
  const last = () => JSON.parse(calls.at(-1)!.body!).spec;
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
  const role = (name: string) => ({
    metadata: { name },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  });

  it('by expressions of policies', async () => {
    await start(`${RBAC}, ${webhook()}`);
    const admissions = '/apis/admissionregistration.k8s.io/v1';
    const check = (verb: string) =>
      `authorizer.group('').resource('secrets').namespace('n').name(object.metadata.name).check('${verb}').allowed()`;
    await harness.create(`${admissions}/validatingadmissionpolicies`, {
      metadata: { name: 'p' },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
        validations: [
          { expression: `${check('get')} && !${check('update')}` },
          { expression: "authorizer.path('/metrics').check('get').reason() == 'jane may'" },
        ],
      },
    });
    await harness.create(`${admissions}/validatingadmissionpolicybindings`, {
      metadata: { name: 'p' },
      spec: { policyName: 'p', validationActions: ['Deny'] },
    });
    await harness.create('/api/v1/namespaces', { metadata: { name: 'n' } });
    answerOf = ({ resourceAttributes }) =>
      resourceAttributes?.verb === 'update' ? { allowed: false } : { allowed: true, reason: 'jane may' };
    calls.length = 0;
    const write = (name: string) =>
      harness.call('POST', '/api/v1/namespaces/n/configmaps', { ...asJane, body: { metadata: { name } } });
    expect((await write('a')).code).toBe(201);
    expect(calls.map(({ body }) => JSON.parse(body!).spec)).toMatchObject([
      { resourceAttributes: { resource: 'configmaps', verb: 'create' } },
      { resourceAttributes: { resource: 'secrets', verb: 'get', version: '*', namespace: 'n', name: 'a' } },
      { resourceAttributes: { resource: 'secrets', verb: 'update', name: 'a' }, user: 'jane' },
      { nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    ]);
    answerOf = () => ({ allowed: true });
    expect((await write('b')).code).toBe(422);
  });

  it('by match conditions of webhooks, and by what policies change', async () => {
    await start(`${RBAC}, ${webhook()}`);
    const admissions = '/apis/admissionregistration.k8s.io/v1';
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
    const condition = "authorizer.group('x').resource('y').check('use').allowed()";
    await harness.create('/api/v1/namespaces', { metadata: { name: 'n' } });
    await harness.create(`${admissions}/mutatingadmissionpolicies`, {
      metadata: { name: 'p' },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: `Object{data: {"may": ${condition} ? "yes" : "no"}}` },
          },
        ],
      },
    });
    await harness.create(`${admissions}/mutatingadmissionpolicybindings`, {
      metadata: { name: 'p' },
      spec: { policyName: 'p' },
    });
    await harness.create(`${admissions}/validatingwebhookconfigurations`, {
      metadata: { name: 'w' },
      webhooks: [
        {
          name: 'w.example.org',
          clientConfig: { url: 'https://admission.example.org/' },
          rules: [rule],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          matchConditions: [{ name: 'c', expression: condition }],
        },
      ],
    });
    answerOf = ({ resourceAttributes }) => ({ allowed: resourceAttributes?.verb !== 'use' });
    const written = await harness.call('POST', '/api/v1/namespaces/n/configmaps', {
      ...asJane,
      body: { metadata: { name: 'a' } },
    });
    expect(written.json().data).toEqual({ may: 'no' });
    expect(calls.map(({ url }) => url)).not.toContain('https://admission.example.org/?timeout=10s');
    answerOf = () => ({ allowed: true });
    calls.length = 0;
    const other = await harness.call('POST', '/api/v1/namespaces/n/configmaps', {
      headers: { 'impersonate-user': 'joe' },
      body: { metadata: { name: 'b' } },
    });
    expect(other.json().message ?? other.json().data).toEqual({ may: 'yes' });
    expect(calls.map(({ url }) => url)).toContain('https://admission.example.org/?timeout=10s');
  });

  it('about giving rights away', async () => {
    await start(`${RBAC}, ${webhook()}`);
    answerOf = ({ resourceAttributes }) => ({ allowed: resourceAttributes?.verb === 'create' });
    const refused = await harness.call('POST', roles, { ...asJane, body: role('a') });
    expect(refused.json().message).toContain('is attempting to grant RBAC permissions not currently held');
    expect(last().resourceAttributes).toEqual({
      verb: 'escalate',
      group: 'rbac.authorization.k8s.io',
      version: '*',
      resource: 'clusterroles',
      name: 'a',
    });
    answerOf = () => ({ allowed: true });
    expect((await harness.call('POST', roles, { ...asJane, body: role('b') })).code).toBe(201);
  });
});

describe('an authorization file', () => {
  const parse = (authorizers: string) =>
    parseAuthorizationConfiguration(
      `{apiVersion: apiserver.config.k8s.io/v1, kind: AuthorizationConfiguration, authorizers: [${authorizers}]}`,
      { endpointOf: () => endpoint, policies: () => [] },
    );

  it('names authorizers of every type', () => {
    const types = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'];
    const named = types.map((type) => `{type: ${type}, name: ${type.toLowerCase()}}`);
    const chosen = parse([...named, webhook(), webhook().replace('name: w', 'name: v')].join(', '));
    expect(chosen.map(({ type }) => type)).toEqual([...types, 'Webhook', 'Webhook']);
  });

  it.each([
    ['', 'authorizers: Required value: at least one authorization mode must be defined'],
    ['{name: a}', 'authorizers[0].type: Required value'],
    [
      '{type: Other, name: a}',
      'authorizers[0].type: Unsupported value: "Other": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
    ],
    ['{type: RBAC}', 'authorizers[0].name: Required value'],
    ['{type: RBAC, name: a}, {type: RBAC, name: b}', 'authorizers[1].type: Duplicate value: "RBAC"'],
    ['{type: RBAC, name: a}, {type: Node, name: a}', 'authorizers[1].name: Duplicate value: "a"'],
    ['{type: RBAC, name: A_}', 'authorizers[0].name: Invalid value: "A_": authorizer name is invalid: '],
    ['{type: Webhook, name: a}', 'authorizers[0].webhook: Required value: required when type=Webhook'],
    [
      '{type: RBAC, name: a, webhook: {timeout: 3s}}',
      'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
    ],
  ])('with [%s] is refused', (authorizers, message) => {
    expect(() => parse(authorizers)).toThrow(message);
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
