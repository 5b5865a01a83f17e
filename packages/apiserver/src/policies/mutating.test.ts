import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { HttpsCaller } from '../webhooks/https-caller.ts';

let harness: Harness;
const group = '/apis/admissionregistration.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
/** What a webhook answers, and how often it was asked. */
const webhook = { patch: [] as object[], calls: 0 };
const httpsCaller: HttpsCaller = {
  async call({ body }) {
    webhook.calls++;
    const { uid } = JSON.parse(body ?? '').request;
    const patch = Buffer.from(JSON.stringify(webhook.patch)).toString('base64');
    const response = { uid, allowed: true, patchType: 'JSONPatch', patch };
    const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response };
    return { code: 200, headers: {}, body: JSON.stringify(review) };
  },
};
beforeAll(async () => {
  harness = await Harness.start({}, { httpsCaller });
});
afterEach(async () => {
  for (const resource of [
    'mutatingadmissionpolicybindings',
    'mutatingadmissionpolicies',
    'mutatingwebhookconfigurations',
  ])
    await harness.call('DELETE', `${group}/${resource}`);
  await harness.call('DELETE', maps);
  await harness.call('DELETE', deployments);
});
afterAll(() => harness.stop());

const matching = (resources: string[], apiGroups: string[] = ['']) => ({
  resourceRules: [{ operations: ['CREATE', 'UPDATE'], apiGroups, apiVersions: ['v1'], resources }],
});
const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

function policyOf(mutations: object[], more: object = {}, name = 'p') {
  const matchConstraints = matching(['configmaps']);
  return { metadata: { name }, spec: { matchConstraints, reinvocationPolicy: 'Never', mutations, ...more } };
}

/** Puts a policy in force. */
async function enforce(mutations: object[], more: object = {}, binding: { name?: string; paramRef?: object } = {}) {
  const { name = 'p', ...spec } = binding;
  await harness.create(`${group}/mutatingadmissionpolicies`, policyOf(mutations, more, name));
  await harness.create(`${group}/mutatingadmissionpolicybindings`, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, ...spec },
  });
}

const post = (data: Record<string, string>, metadata: object = {}) =>
  harness.call('POST', maps, { body: { metadata: { name: 'm', ...metadata }, data } });

const deployment = (spec: object = {}) => ({
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image: 'nginx' }] } },
    ...spec,
  },
});
const forDeployments = { matchConstraints: matching(['deployments'], ['apps']) };

describe('a mutating policy', () => {
  it('applies configurations', async () => {
    await enforce(
      [
        apply(`Object{
          metadata: Object.metadata{annotations: {"mutated-by": "admission-policy"}},
          spec: Object.spec{replicas: 1337, ?paused: object.spec.replicas > 5 ? optional.of(true) : optional.none()}
        }`),
      ],
      forDeployments,
    );
    const created = (await harness.call('POST', deployments, { body: deployment({ replicas: 2 }) })).json();
    expect(created.spec).toMatchObject({ replicas: 1337, selector: { matchLabels: { app: 'x' } } });
    expect(created.spec.paused).toBeUndefined();
    expect(created.metadata.annotations).toEqual({ 'mutated-by': 'admission-policy' });
  });

  it('merges items of lists by their keys, and fills in the defaults of what it adds', async () => {
    const pod = 'Object.spec.template.spec';
    const sidecar = `${pod}.initContainers{name: "mesh", image: "mesh:1", restartPolicy: "Always"}`;
    const first = `${pod}.containers{name: "main", env: [${pod}.containers.env{name: "A", value: "1"}]}`;
    await enforce(
      [
        apply(`Object{spec: Object.spec{template: Object.spec.template{spec: ${pod}{
          initContainers: [${sidecar}], containers: [${first}]}}}}`),
      ],
      forDeployments,
    );
    const created = (await harness.call('POST', deployments, { body: deployment() })).json();
    const { initContainers, containers } = created.spec.template.spec;
    expect(initContainers).toMatchObject([{ name: 'mesh', imagePullPolicy: 'IfNotPresent', restartPolicy: 'Always' }]);
    expect(containers).toMatchObject([{ name: 'main', image: 'nginx', env: [{ name: 'A', value: '1' }] }]);
  });

  it('patches', async () => {
    await enforce([
      patch(`[
        JSONPatch{op: "test", path: "/data/a", value: "1"},
        JSONPatch{op: "test", path: "/data/none", value: null},
        JSONPatch{op: "replace", path: "/data/a", value: "2"},
        JSONPatch{op: "copy", from: "/data/a", path: "/data/b"},
        JSONPatch{op: "add", path: "/metadata/labels", value: {"added": "yes"}},
        JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/x"), value: "y"}
      ]`),
    ]);
    const created = (await post({ a: '1' })).json();
    expect(created.data).toEqual({ a: '2', b: '2' });
    expect(created.metadata.labels).toEqual({ added: 'yes', 'example.com/x': 'y' });
    // A test that fails leaves everything as it was.
    await harness.call('DELETE', maps);
    expect((await post({ a: '3' })).json().data).toEqual({ a: '3' });
  });

  it('patches with objects', async () => {
    const container = 'Object.spec.template.spec.containers{name: "second", image: "busybox"}';
    await enforce(
      [patch(`[JSONPatch{op: "add", path: "/spec/template/spec/containers/-", value: ${container}}]`)],
      forDeployments,
    );
    const created = (await harness.call('POST', deployments, { body: deployment() })).json();
    expect(created.spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual(['main', 'second']);
  });

  it('sees in each mutation what those before it have done', async () => {
    await enforce(
      [
        apply('Object{metadata: Object.metadata{labels: {"count": string(variables.count)}}}'),
        patch('[JSONPatch{op: "add", path: "/data/x", value: "1"}]'),
        apply('Object{metadata: Object.metadata{annotations: {"count": string(variables.count)}}}'),
      ],
      { variables: [{ name: 'count', expression: 'object.data.size()' }] },
    );
    const { metadata } = (await post({ a: '1' })).json();
    expect([metadata.labels.count, metadata.annotations.count]).toEqual(['1', '2']);
  });

  it('heeds conditions, selectors and parameters', async () => {
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    const expression = 'Object{metadata: Object.metadata{labels: {"team": params.data.team}}}';
    const matchConditions = [
      { name: 'unmarked', expression: '!has(object.metadata.labels) || !("team" in object.metadata.labels)' },
      { name: 'user', expression: 'request.userInfo.username != "nobody" && params.data.team != ""' },
    ];
    await harness.create('/api/v1/namespaces/kube-system/configmaps', {
      metadata: { name: 'teams' },
      data: { team: 'blue' },
    });
    const paramRef = { name: 'teams', namespace: 'kube-system', parameterNotFoundAction: 'Deny' };
    const matchConstraints = {
      ...matching(['configmaps']),
      objectSelector: { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] },
    };
    await enforce([apply(expression)], { paramKind, matchConditions, matchConstraints }, { paramRef });
    expect((await post({})).json().metadata.labels).toEqual({ team: 'blue' });
    expect((await post({}, { name: 'n', labels: { team: 'red' } })).json().metadata.labels).toEqual({ team: 'red' });
    expect((await post({}, { name: 'o', labels: { skip: '' } })).json().metadata.labels).toEqual({ skip: '' });
    await harness.call('DELETE', '/api/v1/namespaces/kube-system/configmaps/teams');
    expect((await post({}, { name: 'q' })).json()).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: `policy 'p' with binding 'p-binding' denied request: failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
    });
  });

  it('runs again where others changed the object behind it, if it wants to', async () => {
    const count = (key: string) =>
      `Object{metadata: Object.metadata{annotations: {"${key}": string((has(object.metadata.annotations) ? int(object.metadata.annotations[?"${key}"].orValue("0")) : 0) + 1)}}}`;
    const once = { reinvocationPolicy: 'IfNeeded' };
    await enforce([apply(count('a'))], once, { name: 'a' });
    await enforce([apply(count('b'))], {}, { name: 'b' });
    await enforce([apply(count('c'))], once, { name: 'c' });
    expect((await post({})).json().metadata.annotations).toEqual({ a: '2', b: '1', c: '2' });
  });
});

describe('a policy for another version of what is written', () => {
  const url = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
  const body = {
    metadata: { name: 'h' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }, maxReplicas: 3 },
  };
  const policy = (matchPolicy: string) => {
    const rule = { ...matching(['horizontalpodautoscalers'], ['autoscaling']).resourceRules[0], apiVersions: ['v2'] };
    const behavior = 'Object.spec.behavior{scaleDown: Object.spec.behavior.scaleDown{stabilizationWindowSeconds: 7}}';
    const expression = `Object{spec: Object.spec{behavior: ${behavior}}, metadata: Object.metadata{labels: {"as": request.kind.version + request.requestKind.version}}}`;
    return enforce([apply(expression)], { matchConstraints: { resourceRules: [rule], matchPolicy } });
  };
  afterEach(() => harness.call('DELETE', url('v2')));

  it('sees it in that version', async () => {
    await policy('Equivalent');
    expect((await harness.call('POST', url('v1'), { body })).json()).toMatchObject({
      apiVersion: 'autoscaling/v1',
      metadata: { labels: { as: 'v2v1' } },
    });
    const { spec } = (await harness.call('GET', `${url('v2')}/h`)).json();
    expect(spec.behavior.scaleDown.stabilizationWindowSeconds).toBe(7);
  });

  it('unless it is for that version exactly', async () => {
    await policy('Exact');
    expect((await harness.call('POST', url('v1'), { body })).json().metadata.labels).toBeUndefined();
  });
});

describe('policies and webhooks', () => {
  const count = `Object{metadata: Object.metadata{annotations: {"count": string(object.metadata.?annotations[?"count"].optMap(n, int(n)).orValue(0) + 1)}}}`;
  const configure = (reinvocationPolicy: string) =>
    harness.create(`${group}/mutatingwebhookconfigurations`, {
      metadata: { name: 'w' },
      webhooks: [
        {
          name: 'w.example.org',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          reinvocationPolicy,
          rules: matching(['configmaps']).resourceRules,
          clientConfig: { url: 'https://127.0.0.1/' },
        },
      ],
    });

  it('policies come first, and run again after a webhook that changes something', async () => {
    webhook.patch = [{ op: 'copy', from: '/metadata/annotations/count', path: '/metadata/annotations/seen' }];
    webhook.calls = 0;
    await configure('Never');
    await enforce([apply(count)], { reinvocationPolicy: 'IfNeeded' });
    expect((await post({})).json().metadata.annotations).toEqual({ count: '2', seen: '1' });
    expect(webhook.calls).toBe(1);
  });

  it('webhooks are asked again when plugins change what they left', async () => {
    webhook.patch = [{ op: 'add', path: '/metadata/labels', value: { asked: 'yes' } }];
    webhook.calls = 0;
    await configure('IfNeeded');
    await enforce([apply(count)], { reinvocationPolicy: 'IfNeeded' });
    expect((await post({})).json().metadata.annotations).toEqual({ count: '2' });
    expect(webhook.calls).toBe(2);
  });

  it('a webhook that changes nothing is asked once', async () => {
    webhook.patch = [];
    webhook.calls = 0;
    await configure('IfNeeded');
    await enforce([apply(count)]);
    expect((await post({})).json().metadata.annotations).toEqual({ count: '1' });
    expect(webhook.calls).toBe(1);
  });
});

describe('failures', () => {
  const WHERE = `policy 'p' with binding 'p-binding' denied request: `;
  const cases: [name: string, mutation: object, message: string][] = [
    [
      'an expression that fails',
      apply('Object{data: {"x": object.data.missing}}'),
      `expression 'Object{data: {"x": object.data.missing}}' resulted in error: no such key: missing`,
    ],
    [
      'a field that is none',
      apply('Object{nope: "x"}'),
      'error applying patch: failed to convert patch object to typed object: .nope: field not declared in schema',
    ],
    [
      'a type of another name',
      apply('Object{metadata: Object.spec{}}'),
      'type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type',
    ],
    [
      'a path that is none',
      patch('[JSONPatch{op: "add", path: "/metadata/labels/x", value: "y"}]'),
      'JSONPath: add operation does not apply: doc is missing path: "/metadata/labels/x": missing value',
    ],
    [
      'a key that is none',
      patch('[JSONPatch{op: "remove", path: "/data/x"}]'),
      "JSONPath: error in remove for path: '/data/x': Unable to remove nonexistent key: x: missing value",
    ],
    [
      'a source that is none',
      patch('[JSONPatch{op: "copy", from: "/spec/x", path: "/data/x"}]'),
      'JSONPath: copy operation does not apply: doc is missing from path: /spec/x: missing value',
    ],
    [
      'an operation that is none',
      patch('[JSONPatch{op: "mangle", path: "/data"}]'),
      'JSONPath: Unexpected kind: mangle',
    ],
  ];
  it.each(cases)('%s', async (_, mutation, message) => {
    await enforce([mutation]);
    const refused = await post({ a: '1' });
    expect(refused.code).toBe(403);
    expect(refused.json()).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining(`${WHERE}${message}`),
      details: { name: 'm', kind: 'configmaps', causes: [{ message: expect.stringContaining(WHERE) }] },
    });
    await harness.call('DELETE', `${group}/mutatingadmissionpolicybindings`);
    await harness.call('DELETE', `${group}/mutatingadmissionpolicies`);
    await enforce([mutation, apply('Object{data: {"still": "here"}}')], { failurePolicy: 'Ignore' });
    expect((await post({ a: '1' })).json().data).toEqual({ a: '1', still: 'here' });
  });

  it('lists and maps that are one value are not changed', async () => {
    await enforce([apply('Object{spec: Object.spec{selector: Object.spec.selector{}}}')], forDeployments);
    expect((await harness.call('POST', deployments, { body: deployment() })).json().message).toBe(
      `${WHERE}error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector`,
    );
  });

  it('an object that is not valid afterwards is refused as such', async () => {
    await enforce([apply('Object{spec: Object.spec{replicas: -1}}')], forDeployments);
    const refused = await harness.call('POST', deployments, { body: deployment() });
    expect(refused.json()).toMatchObject({ code: 422, message: expect.stringContaining('spec.replicas') });
  });
});

describe('a policy is refused', () => {
  const at = 'spec.mutations[0]';
  const cases: [name: string, mutation: object, error: string][] = [
    ['without a type', { applyConfiguration: { expression: 'Object{}' } }, `${at}.patchType: Required value`],
    [
      'without its patch',
      { patchType: 'JSONPatch' },
      `${at}.jsonPatch: Required value: must be specified when patchType is JSONPatch`,
    ],
    [
      'with another patch',
      { ...apply('Object{}'), jsonPatch: { expression: '[]' } },
      `${at}.jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration`,
    ],
    ['without an expression', apply(' '), `${at}.applyConfiguration.expression: Required value`],
    [
      'that gives no object',
      apply('{"a": "b"}'),
      `${at}.applyConfiguration.expression: Invalid value: "{\\"a\\": \\"b\\"}": must evaluate to Object but got map(string, string)`,
    ],
    ['that gives a part of an object', apply('Object.spec{}'), 'must evaluate to Object but got Object.spec'],
    ['that gives no patches', patch('["x"]'), 'must evaluate to list(JSONPatch) but got list(string)'],
    [
      'with a patch of other fields',
      patch('[JSONPatch{oops: "add"}]'),
      "compilation failed: ERROR: <input>:1:16: undefined field 'oops'",
    ],
    [
      'with a patch of other types',
      patch('[JSONPatch{op: 1}]'),
      "expected type of field 'op' is 'string' but provided type is 'int'",
    ],
    [
      'with parameters that it does not declare',
      apply('Object{data: params.data}'),
      "undeclared reference to 'params'",
    ],
    ['with names that are none', apply('Nothing{}'), "undeclared reference to 'Nothing' (in container '')"],
  ];
  it.each(cases)('%s', async (_, mutation, error) => {
    const answer = await harness.call('POST', `${group}/mutatingadmissionpolicies`, { body: policyOf([mutation]) });
    expect(answer.code).toBe(422);
    expect(answer.json().message).toContain(error);
  });

  it('for what it matches, its variables and its conditions', async () => {
    const spec = {
      matchConstraints: { resourceRules: [{ ...matching(['pods']).resourceRules[0], operations: ['DELETE'] }] },
      variables: [
        { name: 'a', expression: 'variables.b' },
        { name: 'b', expression: '1 +' },
        { name: 'for', expression: '1' },
      ],
      matchConditions: [{ name: 'c', expression: '1' }],
      reinvocationPolicy: 'Sometimes',
    };
    const answer = await harness.call('POST', `${group}/mutatingadmissionpolicies`, { body: policyOf([], spec) });
    const causes = answer.json().details.causes.map(({ field, message }: { field: string; message: string }) => {
      return `${field}: ${message.split('\n')[0]}`;
    });
    expect(causes).toEqual([
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
      'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool but got int',
      `spec.variables[0].expression: Invalid value: "variables.b": compilation failed: ERROR: <input>:1:10: undefined field 'b'`,
      expect.stringContaining(
        'spec.variables[1].expression: Invalid value: "1 +": compilation failed: ERROR: <input>:1:4: Syntax error',
      ),
      'spec.variables[2].name: Invalid value: "for": must be a valid CEL identifier',
      'spec.mutations: Required value: mutations must contain at least one item',
      'spec.reinvocationPolicy: Unsupported value: "Sometimes": supported values: "IfNeeded", "Never"',
    ]);
  });
});
